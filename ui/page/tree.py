"""The road not taken: what the beam search weighed on its way to the caption, as a drawn tree and in words."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape

from captioner import Branch
from ui.texts.texts import t

LETTER, PADDING, GAP = 8, 20, 34  # pixels: about a letter's width, around a word, and between two
FATES = ("chosen", "kept", "dropped")  # in the order they are given a place in
HEIGHT, ROW = 40, 52  # of a word's box, and from one row to the next

# The drawing is made anew with every search; whether it is unfolded stays as the visitor left it.
ROAD_SCRIPT = """
const road = () => element.querySelector('details.road');
let unfolded = false;
element.addEventListener('toggle', event => { if (event.target === road()) unfolded = road().open; }, true);
watch('value', () => { if (road()) road().open = unfolded; });
"""


def road_html(tree: Sequence[Branch] = (), beam_width: int = 1, named: Sequence[str] = ()) -> str:
    """The tree of a traced caption, folded; nothing where there is none.

    Args:
        named: what the caption had to name.
    """
    if not tree:
        return ""
    one = "Word by word the beam search kept the one sentence it found best so far, and gave up the others."
    several = "Word by word the beam search kept the {width} sentences it found best so far, and gave up the others."
    kept = t(one) if beam_width == 1 else t(several, width=beam_width)
    nouns = escape(f" {t('and')} ".join(named))
    apart = t("It had to name {nouns}: sentences that did not yet were kept beside those that did.", nouns=nouns)
    return f"""<details class="card road"><summary><h2>{t("The road not taken")}</h2></summary>
      <p class="quiet">{kept} {apart if named else ""}
        {t("The share is how likely the word was after those before it.")}</p>
      <ul class="key quiet"><li class="chosen">{t("chosen")}</li>
        <li class="kept">{t("kept for a time, given up at {cross}", cross="&#215;")}</li>
        <li class="dropped">{t("likely, never kept")}</li></ul>
      <div class="wide" tabindex="0" role="region"
        aria-label="{t("The tree, which scrolls sideways")}">{tree_svg(tree)}</div>
      <details><summary>{t("The same in words")}</summary><ol>{_in_words(tree)}</ol></details></details>"""


def tree_svg(tree: Sequence[Branch]) -> str:
    """Draw the tree from left to right: the chosen sentence in the first row, what turned off from it beneath."""
    rows = _rows(tree)
    width = max(len(_text(branch)) for branch in tree) * LETTER + PADDING
    step = width + GAP

    def left(place):
        return GAP + tree[place].position * step

    def middle(place):
        return rows[place] * ROW + HEIGHT / 2 + 2

    parents, last = {branch.parent for branch in tree}, max(branch.position for branch in tree)
    edges, boxes = [], []
    for place in sorted(range(len(tree)), key=lambda place: tree[place].fate == "chosen"):  # the chosen on top
        branch = tree[place]
        x, y = left(place), middle(place)
        from_x, from_y = (
            (5, HEIGHT / 2 + 2)
            if branch.parent is None
            else (
                left(branch.parent) + width,
                middle(branch.parent),
            )
        )
        bend = (from_x + x) / 2
        edges.append(
            f'<path class="{branch.fate}" style="stroke-width: {1 + 5 * branch.probability:.1f}px" '
            f'd="M{from_x:g} {from_y:g}C{bend:g} {from_y:g} {bend:g} {y:g} {x:g} {y:g}"/>'
        )
        given_up = branch.fate == "kept" and branch.text and place not in parents and branch.position < last
        boxes.append(
            f'<g class="{branch.fate}">'
            f'<rect x="{x:g}" y="{y - HEIGHT / 2:g}" width="{width}" height="{HEIGHT}" rx="8"/>'
            f'<text x="{x + width / 2:g}" y="{y - 2:g}">{escape(_text(branch))}</text>'
            f'<text class="share" x="{x + width / 2:g}" y="{y + 14:g}">{escape(_share(branch))}</text>'
            + (f'<text class="end" x="{x + width + 9:g}" y="{y + 5:g}">&#215;</text>' if given_up else "")
            + "</g>"
        )
    wide = GAP + (last + 1) * step
    high = (max(rows) + 1) * ROW
    return (
        f'<svg role="img" aria-label="{t("The beam as a tree, which stands in words below")}" '
        f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">'
        f'<circle cx="5" cy="{HEIGHT / 2 + 2:g}" r="4"/>{"".join(edges + boxes)}</svg>'
    )


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


def _in_words(tree: Sequence[Branch]) -> str:
    """For each word of the caption: what it was chosen over."""
    children = _children(tree)
    items = []
    for chosen in (branch for branch in tree if branch.fate == "chosen"):
        here = [place for place in children[chosen.parent] if tree[place] is not chosen]
        kept = [text for place in here if tree[place].fate == "kept" for text in _ways(tree, children, place)]
        out = [tree[place] for place in here if tree[place].fate == "dropped"]
        dropped = [f"“{_spoken(branch.text)}” ({escape(_share(branch))})" for branch in out]
        parts = [f"<strong>{_spoken(chosen.text)}</strong> ({escape(_share(chosen))})"]
        parts += [f"{t('kept for a time')}: {', '.join(kept)}"] if kept else []
        parts += [f"{t('never kept')}: {', '.join(dropped)}"] if dropped else []
        items.append(f"<li>{'; '.join(parts)}.</li>")
    return "".join(items)


def _ways(tree, children, place) -> list[str]:
    """Every way a sentence went on from a branch that was kept, as far as it came."""
    if not children[place]:
        ended = t("finished") if not tree[place].text else t("given up")
        words = []
        while place is not None and tree[place].fate == "kept":
            words.insert(0, tree[place])
            place = tree[place].parent
        text = " ".join(branch.text for branch in words if branch.text)
        return [f"“{_spoken(text)}” ({escape(_share(words[0]))}, {ended})"]
    return [way for child in children[place] for way in _ways(tree, children, child)]


def _children(tree: Sequence[Branch]) -> dict:
    children = defaultdict(list)
    for place, branch in enumerate(tree):
        children[branch.parent].append(place)
    return children


def _spoken(text: str) -> str:
    """The model's words, which are English, or that it ends."""
    return f'<span lang="en">{escape(text)}</span>' if text else t("end")


def _text(branch: Branch) -> str:
    return branch.text or t("end")


def _share(branch: Branch) -> str:
    return "<1%" if branch.probability < 0.005 else f"{branch.probability:.0%}"
