"""The tree of a beam search: the words it kept, and the likeliest ones it dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from captioner.search.beam import IMPOSSIBLE

ALTERNATIVES = 2  # dropped words shown for each word of the caption


@dataclass(frozen=True)
class Branch:
    """A word the search considered, in one place.

    Attributes:
        parent: index of the word before it in the tree; None for a first word.
        position: its place in the sentence, from 0.
        text: the word; empty at the end of a sentence.
        probability: 0..1, of this word after the words before it.
        fate: "chosen" if it is in the caption, "kept" if it was in the beam for a while, "dropped" if it never was.
    """

    parent: int | None
    position: int
    text: str
    probability: float
    fate: str


class TreeRecorder:
    """Records a beam search (its `watch`), and builds each picture's tree afterwards.

    Args:
        beam_width: of the search.
        tokens: the vocabulary's tokens.
        end: id of the end token.
        states: number of states in the automaton, each with its own beam.
    """

    def __init__(self, beam_width: int, tokens: Sequence[str], end: int, states: int = 1):
        self.beam_width = beam_width
        self.rows = states * beam_width
        self.texts = ["" if token == end else text for token, text in enumerate(tokens)]
        self.steps = []

    def __call__(self, log_probabilities: np.ndarray, origin: np.ndarray, token: np.ndarray) -> None:
        count = min(self.rows + ALTERNATIVES, log_probabilities.shape[1])
        likely = np.argpartition(-log_probabilities, count - 1, axis=1)[:, :count]
        gains = np.take_along_axis(log_probabilities, likely, axis=1)
        self.steps.append((origin, token, log_probabilities[origin, token], likely, gains))

    def tree(self, image: int, tokens: Sequence[int], written: Sequence[str] = ()) -> tuple[Branch, ...]:
        """The tree of one picture, parents before children.

        Args:
            image: the picture's index.
            tokens: the chosen caption's; what comes behind its end does not matter.
            written: the chosen words as they are written, where that differs from the vocabulary.
        """
        rows = range(image * self.rows, (image + 1) * self.rows)
        branches: list[Branch] = []
        weighed = {}  # branch -> the likeliest next words, and their log-probabilities
        beam = {rows[-self.beam_width]: None}  # row -> its last branch; an impossible row has none
        for position, (origin, token, gained, likely, gains) in enumerate(self.steps):
            before, beam = beam, {}
            weighed |= {branch: (likely[row], gains[row]) for row, branch in before.items()}
            for row in rows:
                if origin[row] not in before or gained[row] < IMPOSSIBLE / 2:
                    continue
                beam[row] = parent = before[origin[row]]
                if parent is None or branches[parent].text:
                    beam[row] = len(branches)
                    text, probability = self.texts[token[row]], float(np.exp(gained[row]))
                    branches.append(Branch(parent, position, text, probability, "kept"))
        chosen = [self.texts[token] for token in tokens]
        ways = (_way(branches, last) for last in beam.values())
        way = next(way for way in ways if [branches[place].text for place in way] == chosen[: len(way)])
        dropped = [branch for place in way for branch in self._dropped(branches, place, weighed)]
        for place, text in zip_longest(way, written):
            branches[place] = replace(branches[place], text=text or branches[place].text, fate="chosen")
        return (*branches, *dropped)

    def _dropped(self, branches: list[Branch], chosen: int, weighed: dict) -> list[Branch]:
        """The likeliest alternatives to a chosen word that were never kept."""
        parent, position = branches[chosen].parent, branches[chosen].position
        taken = {branch.text for branch in branches if branch.parent == parent}
        tokens, gains = weighed[parent]
        likely = [(self.texts[tokens[place]], gains[place]) for place in np.argsort(-gains)]
        never = [(text, gain) for text, gain in likely if text not in taken and gain > IMPOSSIBLE / 2]
        return [Branch(parent, position, text, float(np.exp(gain)), "dropped") for text, gain in never[:ALTERNATIVES]]


def _way(branches: list[Branch], last: int) -> list[int]:
    """The indices of the branches from the first word to the last."""
    way = []
    while last is not None:
        way.insert(0, last)
        last = branches[last].parent
    return way


def renamed(tree: Sequence[Branch], said_as: dict[str, str]) -> tuple[Branch, ...]:
    """The tree with some words replaced."""
    return tuple(replace(branch, text=said_as.get(branch.text, branch.text)) for branch in tree)
