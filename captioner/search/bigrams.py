"""Which words follow each other in people's captions: keeps generated captions from nonsense."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from captioner.arrays import parse_arrays, save_arrays
from captioner.errors import ModelError
from captioner.vocabulary import Vocabulary

LEAST = 2  # times people must write a pair; once may be a slip of the pen


@dataclass(frozen=True, eq=False)
class Bigrams:
    """The token pairs in the training captions, including start and end.

    A decoder knows better which words fit a picture than which fit together: it writes "a rock of rocks", which
    nobody ever wrote.

    Attributes:
        following: `int32 [pairs]`, the tokens that follow token 0, then those that follow token 1, and so on.
        first: `int32 [vocabulary + 1]`, where each token's part of `following` starts, and where the last one ends.
    """

    following: np.ndarray
    first: np.ndarray
    _strange: dict[int, np.ndarray] = field(default_factory=dict, init=False, repr=False)  # token -> its row, once used

    @classmethod
    def from_captions(cls, captions: Iterable[str], vocabulary: Vocabulary) -> "Bigrams":
        """The pairs of vocabulary tokens found at least `LEAST` times in the captions."""
        counts = Counter(pair for caption in captions for pair in pairwise(vocabulary.encode(caption)))
        kept = sorted(pair for pair, count in counts.items() if count >= LEAST)
        before, following = np.array(kept, "int32").reshape(-1, 2).T
        return cls(following.copy(), np.searchsorted(before, np.arange(len(vocabulary) + 1)).astype("int32"))

    @classmethod
    def parse(cls, content: bytes, vocabulary: int, where: str) -> "Bigrams":
        """Read what `save` wrote.

        Args:
            vocabulary: number of tokens.
            where: the file's name, for error messages.

        Raises:
            ModelError: the file is damaged, or belongs to another vocabulary.
        """
        arrays = parse_arrays(content, f"The word pairs {where} are")
        if not {"following", "first"} <= arrays.keys():
            raise ModelError(f"The word pairs {where} are damaged: the pairs are missing.")
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
        """Tokens `[rows]` -> bool `[rows, vocabulary]`: the tokens that never follow them in people's captions."""
        return np.stack([self._strange_to(token) for token in token_ids.tolist()])

    def _strange_to(self, token: int) -> np.ndarray:
        """Bool `[vocabulary]` for one token, cached, since captions share most of their words."""
        if token not in self._strange:
            row = np.ones(len(self.first) - 1, bool)
            row[self.following[self.first[token] : self.first[token + 1]]] = False
            self._strange[token] = row
        return self._strange[token]
