"""What a beam search has weighed, as a tree: the words it kept, and the likeliest of those it did not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from captioner.search.beam import IMPOSSIBLE

ALTERNATIVES = 2  # words never kept that are told of for each word of the caption


@dataclass(frozen=True)
class Branch:
    """A word that the search has weighed in one place.

    Attributes:
        parent: the place in the tree of the word before it; None for a first word.
        position: its place in the sentence, from 0.
        text: the word; empty where the sentence ends.
        probability: 0..1, of this word after those before it.
        fate: "chosen" for a word of the caption, "kept" for one of a hypothesis that was in the beam for a time,
            "dropped" for one that never was.
    """

    parent: int | None
    position: int
    text: str
    probability: float
    fate: str


class TreeRecorder:
    """Watches a beam search, as `beam_search` allows, and tells afterwards what was weighed for each picture.

    Args:
        beam_width: of the search.
        tokens: the vocabulary's.
        end: the id of its end token.
        states: of its automaton, each with a beam of its own.
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

    def tree(self, image: int, written: Sequence[str] = ()) -> tuple[Branch, ...]:
        """What was weighed for one picture of the search, parents before children.

        Args:
            image: which picture.
            written: what the chosen words are written as, where that is not as the vocabulary has them.
        """
        rows = range(image * self.rows, (image + 1) * self.rows)
        branches: list[Branch] = []
        weighed = {}  # branch -> the likeliest words to go on with, and their log-probabilities
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
        best = next(beam[row] for row in rows[:: self.beam_width] if row in beam)  # of the first state reached
        way = _way(branches, best)
        dropped = [branch for place in way for branch in self._dropped(branches, place, weighed)]
        for place, text in zip_longest(way, written):
            branches[place] = replace(branches[place], text=text or branches[place].text, fate="chosen")
        return (*branches, *dropped)

    def _dropped(self, branches: list[Branch], chosen: int, weighed: dict) -> list[Branch]:
        """The likeliest words beside a chosen one that were never kept."""
        parent, position = branches[chosen].parent, branches[chosen].position
        taken = {branch.text for branch in branches if branch.parent == parent}
        tokens, gains = weighed[parent]
        likely = [(self.texts[tokens[place]], gains[place]) for place in np.argsort(-gains)]
        never = [(text, gain) for text, gain in likely if text not in taken and gain > IMPOSSIBLE / 2]
        return [Branch(parent, position, text, float(np.exp(gain)), "dropped") for text, gain in never[:ALTERNATIVES]]


def _way(branches: list[Branch], last: int) -> list[int]:
    """The places of the branches from the first word to the last."""
    way = []
    while last is not None:
        way.insert(0, last)
        last = branches[last].parent
    return way


def renamed(tree: Sequence[Branch], said_as: dict[str, str]) -> tuple[Branch, ...]:
    """The tree with other texts for some words."""
    return tuple(replace(branch, text=said_as.get(branch.text, branch.text)) for branch in tree)
