"""Which words people write one behind the other: what keeps a caption from nonsense."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import load, save_file

from captioner.errors import ModelError
from captioner.vocabulary import Vocabulary

LEAST = 2  # times a pair is written by people: once may be a slip of the pen


class Bigrams(NamedTuple):
    """The pairs of tokens that stand in the training captions, the start and the end among them.

    A decoder knows which words belong to a picture better than which belong together: it writes "a rock of rocks",
    which nobody has.

    Attributes:
        following: `int32 [pairs]`, the tokens behind token 0, then those behind token 1, and so on.
        first: `int32 [vocabulary + 1]`, where those of each token begin, and those of the last end.
    """

    following: np.ndarray
    first: np.ndarray

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
        try:
            bigrams = cls(**load(content))
            following, first = bigrams
            whole = following.dtype == first.dtype == np.int32 and following.ndim == 1
            ends = first.shape == (vocabulary + 1,) and first[0] == 0 and first[-1] == len(following)
            fits = whole and ends and (np.diff(first) >= 0).all()
            known = fits and ((following >= 0) & (following < vocabulary)).all()
        except Exception as error:  # for a kind of number that NumPy has not, it is no error of safetensors
            raise ModelError(f"The word pairs {where} are damaged: {error}.") from error
        if not known:
            raise ModelError(f"The word pairs {where} do not fit a vocabulary of {vocabulary} words.")
        return bigrams

    def save(self, path: Path) -> None:
        """Write `bigrams.safetensors`."""
        save_file(self._asdict(), path)
        path.chmod(0o644)  # safetensors makes files that only their owner may read

    def strange(self, token_ids: np.ndarray) -> np.ndarray:
        """Tokens `[rows]` -> bool `[rows, vocabulary]`: which ones people do not write behind them."""
        begin = self.first[token_ids]
        count = self.first[token_ids + 1] - begin
        rows = np.repeat(np.arange(len(token_ids)), count)
        place = np.arange(len(rows)) - np.repeat(count.cumsum() - count, count)  # among those of its row
        strange = np.ones((len(token_ids), len(self.first) - 1), bool)
        strange[rows, self.following[place + begin[rows]]] = False
        return strange
