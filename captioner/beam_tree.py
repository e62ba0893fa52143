"""What a beam search has weighed, as a tree: the words it kept, and the likeliest of those it did not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from captioner.search import IMPOSSIBLE

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
    """

    def __init__(self, beam_width: int, tokens: Sequence[str], end: int):
        self.beam_width = beam_width
        self.texts = ["" if token == end else text for token, text in enumerate(tokens)]
        self.steps = []

    def __call__(self, log_probabilities: np.ndarray, origin: np.ndarray, token: np.ndarray) -> None:
        count = min(self.beam_width + ALTERNATIVES, log_probabilities.shape[1])
        likely = np.argpartition(-log_probabilities, count - 1, axis=1)[:, :count]
        gains = np.take_along_axis(log_probabilities, likely, axis=1)
        self.steps.append((origin, token, log_probabilities[origin, token], likely, gains))

    def tree(self, image: int) -> tuple[Branch, ...]:
        """What was weighed for one picture of the search, parents before children."""
        first = image * self.beam_width
        branches: list[Branch] = []
        weighed = {}  # branch -> the likeliest words to go on with, and their log-probabilities
        beam = {first: None}  # row -> its last branch; an impossible row has none
        for position, (origin, token, gained, likely, gains) in enumerate(self.steps):
            before, beam = beam, {}
            weighed |= {branch: (likely[row], gains[row]) for row, branch in before.items()}
            for row in range(first, first + self.beam_width):
                if origin[row] not in before or gained[row] < IMPOSSIBLE / 2:
                    continue
                beam[row] = parent = before[origin[row]]
                if parent is None or branches[parent].text:
                    beam[row] = len(branches)
                    text, probability = self.texts[token[row]], float(np.exp(gained[row]))
                    branches.append(Branch(parent, position, text, probability, "kept"))
        return _with_fates(branches, beam[first], lambda branch: self._likely(*weighed[branch]))

    def _likely(self, tokens: np.ndarray, gains: np.ndarray) -> list[tuple[str, float]]:
        """Words and their probabilities, likeliest first."""
        falling = [place for place in np.argsort(-gains) if gains[place] > IMPOSSIBLE / 2]
        return [(self.texts[tokens[place]], float(np.exp(gains[place]))) for place in falling]


def _with_fates(branches: list[Branch], last: int, likely) -> tuple[Branch, ...]:
    """Mark the way to the last branch of the caption, and add the likeliest words beside it that were never kept."""
    way = []
    while last is not None:
        way.append(last)
        last = branches[last].parent
    for place in way:
        branches[place] = replace(branches[place], fate="chosen")
    dropped = []
    for place in reversed(way):
        parent, position = branches[place].parent, branches[place].position
        taken = {branch.text for branch in branches if branch.parent == parent}
        others = [(text, probability) for text, probability in likely(parent) if text not in taken]
        dropped += [Branch(parent, position, *other, "dropped") for other in others[:ALTERNATIVES]]
    return (*branches, *dropped)
