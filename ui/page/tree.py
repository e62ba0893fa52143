"""The beam search tree: what the search weighed on its way to the caption, as a drawing and in words."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from captioner import Branch
from ui.page.render import percent, render
from ui.texts.texts import gettext

LETTER, PADDING, GAP = 8, 20, 34  # pixels: about a letter's width, around a word, and between two
FATES = ("chosen", "kept", "dropped")  # in the order they are given a place in
HEIGHT, ROW = 40, 52  # of a word's box, and from one row to the next
MIDDLE = HEIGHT / 2 + 2  # of the first row


class Box(NamedTuple):
    """A branch's word, from its left edge and middle on; "" is the end of a sentence."""

    fate: str
    x: float
    y: float
    text: str
    share: str
    given_up: bool


class Edge(NamedTuple):
    """The line to a branch from the one before it, as an SVG path."""

    fate: str
    thickness: float
    path: str


class Drawing(NamedTuple):
    """The tree from left to right, the chosen sentence in the first row, what turned off from it beneath."""

    width: float
    height: float
    box_width: float
    box_height: float
    root: tuple[float, float]
    edges: list[Edge]
    boxes: list[Box]


class Way(NamedTuple):
    """A sentence's words from where it turned off, as far as it went."""

    text: str
    share: str
    finished: bool


class Choice(NamedTuple):
    """One word of the caption, and what it was chosen over."""

    text: str
    share: str
    kept: list[Way]
    dropped: list[Way]


def tree_html(
    tree: Sequence[Branch] = (), beam_width: int = 1, named: Sequence[str] = (), informed: bool = False
) -> str:
    """The tree of a traced caption, folded; nothing where there is none.

    Args:
        named: what the caption had to mention.
        informed: whether what it tells about the photo counted as well.
    """
    if not tree:
        return ""
    told = {"beam_width": beam_width, "named": named, "informed": informed}
    return render("tree.html", drawing=drawn(tree), words=in_words(tree), **told)


def drawn(tree: Sequence[Branch]) -> Drawing:
    """Give every branch its place."""
    rows = _rows(tree)
    width = max(len(branch.text or gettext("end")) for branch in tree) * LETTER + PADDING
    step = width + GAP
    root = (5, MIDDLE)
    parents, last = {branch.parent for branch in tree}, max(branch.position for branch in tree)
    edges, boxes = [], []
    for place in sorted(range(len(tree)), key=lambda place: tree[place].fate == "chosen"):  # the chosen on top
        branch = tree[place]
        x, y = GAP + branch.position * step, rows[place] * ROW + MIDDLE
        from_x, from_y = root
        if branch.parent is not None:
            from_x = GAP + tree[branch.parent].position * step + width
            from_y = rows[branch.parent] * ROW + MIDDLE
        bend = (from_x + x) / 2
        path = f"M{from_x:g} {from_y:g}C{bend:g} {from_y:g} {bend:g} {y:g} {x:g} {y:g}"
        edges.append(Edge(branch.fate, round(1 + 5 * branch.probability, 1), path))
        given_up = branch.fate == "kept" and branch.text and place not in parents and branch.position < last
        boxes.append(Box(branch.fate, x, y, branch.text, _share(branch), bool(given_up)))
    return Drawing(GAP + (last + 1) * step, (max(rows) + 1) * ROW, width, HEIGHT, root, edges, boxes)


def _rows(tree: Sequence[Branch]) -> list[int]:
    """A row for each branch: a sentence stays in its row as long as it goes on, and no two share a place."""
    children = _children(tree)
    depth = [1] * len(tree)
    for place in reversed(range(len(tree))):
        parent = tree[place].parent
        if parent is not None:
            depth[parent] = max(depth[parent], depth[place] + 1)
    rows, filled = [0] * len(tree), defaultdict(set)

    def goes_on(place):
        """The branches of one sentence from this one on: the chosen words, or else the longest way."""
        while place is not None:
            yield place
            place = max(children[place], key=lambda child: (tree[child].fate == "chosen", depth[child]), default=None)

    order = sorted(range(len(tree)), key=lambda place: (FATES.index(tree[place].fate), tree[place].position))
    placed = set()
    for start in order:
        if start in placed:
            continue
        sentence = list(goes_on(start))
        columns = {tree[place].position for place in sentence}
        row = next(row for row in range(len(tree)) if not filled[row] & columns)
        filled[row] |= columns
        placed |= set(sentence)
        for place in sentence:
            rows[place] = row
    return rows


def in_words(tree: Sequence[Branch]) -> list[Choice]:
    """For each word of the caption: what it was chosen over."""
    children = _children(tree)
    choices = []
    for chosen in (branch for branch in tree if branch.fate == "chosen"):
        here = [place for place in children[chosen.parent] if tree[place] is not chosen]
        kept = [way for place in here if tree[place].fate == "kept" for way in _ways(tree, children, place)]
        dropped = [tree[place] for place in here if tree[place].fate == "dropped"]
        dropped = [Way(branch.text, _share(branch), not branch.text) for branch in dropped]
        choices.append(Choice(chosen.text, _share(chosen), kept, dropped))
    return choices


def _ways(tree, children, place) -> list[Way]:
    """Every way a sentence went on from a branch that was kept, as far as it went."""
    if children[place]:
        return [way for child in children[place] for way in _ways(tree, children, child)]
    finished = not tree[place].text
    words = []
    while place is not None and tree[place].fate == "kept":
        words.insert(0, tree[place])
        place = tree[place].parent
    return [Way(" ".join(branch.text for branch in words if branch.text), _share(words[0]), finished)]


def _children(tree: Sequence[Branch]) -> dict:
    children = defaultdict(list)
    for place, branch in enumerate(tree):
        children[branch.parent].append(place)
    return children


def _share(branch: Branch) -> str:
    return "<1%" if branch.probability < 0.005 else percent(branch.probability)
