"""The reward for a drawn caption: its CIDEr-D against the captions people wrote for the picture."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from captioner.vocabulary import END, PAD, START

ORDERS = 4  # n-grams of 1 to 4 tokens
SIGMA = 6.0  # tokens; how sharply a different length is penalized


class CiderReward:
    """CIDEr-D on token ids (Vedantam et al. 2015, arXiv 1411.5726), with the end token counted as a word.

    Otherwise a caption could break off after "with a" without a penalty (arXiv 2305.12254). The rarer an n-gram is in
    the training captions, the more it counts.

    Args:
        token_ids: `int32 [images, captions, length]`, the training captions.
    """

    def __init__(self, token_ids: np.ndarray):
        seen_with = Counter()
        for captions in token_ids:
            seen_with.update({ngram for tokens in captions for ngram in ngrams(tokens)})
        self.common = np.log(len(token_ids))
        self.rarity = {ngram: self.common - np.log(count) for ngram, count in seen_with.items()}

    def __call__(self, candidates: np.ndarray, references: np.ndarray) -> np.ndarray:
        """Rewards `float32 [images, samples]` of candidates `[images, samples, length]` against references
        `[images, captions, length]`; 0 means nothing in common, 10 is the reference itself."""
        rewards = np.zeros(candidates.shape[:2], "float32")
        for image, (drawn, written) in enumerate(zip(candidates, references, strict=True)):
            known = [self._vector(tokens) for tokens in written if len(caption_of(tokens))]
            for sample, tokens in enumerate(drawn):
                vector = self._vector(tokens)
                rewards[image, sample] = np.mean([_similarity(vector, reference) for reference in known])
        return rewards

    def _vector(self, tokens: np.ndarray) -> tuple[dict, np.ndarray, int]:
        """The weights of the caption's n-grams, their norm for each n, and the caption's length."""
        weights = {
            ngram: count * self.rarity.get(ngram, self.common) for ngram, count in Counter(ngrams(tokens)).items()
        }
        squares = np.zeros(ORDERS)
        for ngram, weight in weights.items():
            squares[len(ngram) - 1] += weight**2
        return weights, np.sqrt(squares), len(caption_of(tokens))


def _similarity(candidate: tuple, reference: tuple) -> float:
    """10 times the clipped cosine, averaged over n, with a penalty for a different length."""
    (weights, norms, length), (others, other_norms, other_length) = candidate, reference
    products = np.zeros(ORDERS)
    for ngram, weight in weights.items():
        if ngram in others:
            products[len(ngram) - 1] += min(weight, others[ngram]) * others[ngram]
    cosines = products / np.maximum(norms * other_norms, 1e-12)
    return 10 * cosines.mean() * np.exp(-((length - other_length) ** 2) / (2 * SIGMA**2))


def caption_of(tokens: np.ndarray) -> list[int]:
    """A caption's tokens up to and including its end, without start and padding."""
    tokens = [int(token) for token in tokens if token not in (PAD, START)]
    return tokens[: tokens.index(END) + 1] if END in tokens else tokens


def ngrams(tokens: np.ndarray) -> Iterator[tuple[int, ...]]:
    """All n-grams of a caption, short ones first."""
    caption = caption_of(tokens)
    for order in range(1, ORDERS + 1):
        yield from (tuple(caption[start : start + order]) for start in range(len(caption) - order + 1))
