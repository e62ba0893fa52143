"""Which words people write one behind the other: what keeps a caption from nonsense."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from captioner.arrays import parse_arrays, save_arrays
from captioner.errors import ModelError
from captioner.vocabulary import Vocabulary

LEAST = 2  # times a pair is written by people: once may be a slip of the pen


@dataclass(frozen=True, eq=False)
class Bigrams:
    """The pairs of tokens that stand in the training captions, the start and the end among them.

    A decoder knows which words belong to a picture better than which belong together: it writes "a rock of rocks",
    which nobody has.

    Attributes:
        following: `int32 [pairs]`, the tokens behind token 0, then those behind token 1, and so on.
        first: `int32 [vocabulary + 1]`, where those of each token begin, and those of the last end.
    """

    following: np.ndarray
    first: np.ndarray
    _strange: dict[int, np.ndarray] = field(default_factory=dict, init=False, repr=False)  # to each token asked for

    @classmethod
    def from_captions(cls, captions: Iterable[str], vocabulary: Vocabulary) -> "Bigrams":
        """Those of the vocabulary's tokens that the captions have `LEAST` times or more."""
        counts = Counter(pair for caption in captions for pair in pairwise(vocabulary.encode(caption)))
        kept = sorted(pair for pair, count in counts.items() if count >= LEAST)
        before, following = np.array(kept, "int32").reshape(-1, 2).T
        return cls(following.copy(), np.searchsorted(before, np.arange(len(vocabulary) + 1)).astype("int32"))

    @classmethod
    def parse(cls, content: bytes, vocabulary: int, where: str) -> "Bigrams":
        """Read what `save` wrote.

        Args:
            vocabulary: how many tokens there are.
            where: it is from, for messages.

        Raises:
            ModelError: it is damaged, or of another vocabulary.
        """
        arrays = parse_arrays(content, f"The word pairs {where} are")
        if not {"following", "first"} <= arrays.keys():
            raise ModelError(f"The word pairs {where} are damaged: they lack the pairs.")
        following, first = arrays["following"], arrays["first"]
        fits = (
            following.dtype == first.dtype == np.int32
            and following.ndim == 1
            and first.shape == (vocabulary + 1,)
            and (first[0], first[-1]) == (0, len(following))
            and (np.diff(first) >= 0).all()
            and ((following >= 0) & (following < vocabulary)).all()
        )
        if not fits:
            raise ModelError(f"The word pairs {where} do not fit a vocabulary of {vocabulary} words.")
        return cls(following, first)

    def save(self, path: Path) -> None:
        """Write `bigrams.safetensors`."""
        save_arrays({"following": self.following, "first": self.first}, path)

    def strange(self, token_ids: np.ndarray) -> np.ndarray:
        """Tokens `[rows]` -> bool `[rows, vocabulary]`: which ones people do not write behind them."""
        return np.stack([self._strange_to(token) for token in token_ids.tolist()])

    def _strange_to(self, token: int) -> np.ndarray:
        """Bool `[vocabulary]` of one token, kept for the next time, since captions share most of their words."""
        if token not in self._strange:
            row = np.ones(len(self.first) - 1, bool)
            row[self.following[self.first[token] : self.first[token + 1]]] = False
            self._strange[token] = row
        return self._strange[token]
