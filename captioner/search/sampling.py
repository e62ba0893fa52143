"""Captions drawn at random, from all words or only from the likely ones."""

from collections.abc import Callable, Sequence

import numpy as np

from captioner.search.beam import IMPOSSIBLE, Hypotheses, run


def draw_captions(
    step: Callable,
    memory: Sequence[np.ndarray],
    *,
    start: int,
    end: int,
    forbidden: Sequence[int],
    max_length: int,
    samples: int,
    random: np.random.Generator,
    temperature: float = 1.0,
    top_p: float = 1.0,
    no_repeat_ngram: int = 0,
    strange: Callable | None = None,
) -> Hypotheses:
    """Draw captions at random, each word with the probability the decoder gives it.

    Tokens race: each arrives after an exponential delay with its probability as the rate, and the first to arrive is
    drawn. This is equivalent to the Gumbel-max trick (Kool et al. 2019, arXiv 1903.06059).

    Args:
        samples: captions drawn per picture.
        random: the source of randomness; the same state draws the same captions.
        temperature: divides the log-probabilities first; below 1, likely words become even likelier.
        top_p: draw only from the likeliest words that together have this share (0..1) of the probability: nucleus
            sampling (Holtzman et al. 2019, arXiv 1904.09751).
        step, memory, start, end, forbidden, max_length, no_repeat_ngram, strange: as in `beam_search`.

    Returns:
        Hypotheses, in the order they were drawn.
    """

    def choose(log_probabilities, total, length):
        log_probabilities = log_probabilities / np.float32(temperature)
        if top_p < 1:
            log_probabilities = _nucleus(log_probabilities, top_p)
        delay = random.standard_exponential(log_probabilities.shape, "float32")
        delay = np.maximum(delay, 2**-25)  # a delay rounded down to 0 would let even a forbidden token win
        arrival = np.log(delay) - log_probabilities
        return np.arange(len(arrival)), arrival.argmin(axis=1)

    how = {"no_repeat_ngram": no_repeat_ngram, "strange": strange}
    return run(choose, step, memory, samples, start, end, forbidden, max_length, **how)


def _nucleus(log_probabilities: np.ndarray, top_p: float) -> np.ndarray:
    """Make all tokens impossible but the likeliest ones that together have `top_p` of the probability."""
    falling = -np.sort(-log_probabilities, axis=1)
    mass = np.exp(falling)
    before = mass.cumsum(axis=1) - mass  # the probability of all likelier tokens
    last = (before < top_p * mass.sum(axis=1, keepdims=True)).sum(axis=1, keepdims=True) - 1
    least = np.take_along_axis(falling, last, axis=1)
    return np.where(log_probabilities >= least, log_probabilities, np.float32(IMPOSSIBLE))


class SameForEach:
    """A random generator that gives every picture the same numbers, so that captions do not depend on the batch.

    Args:
        seed: the same seed draws the same captions.
        pictures: number of pictures.
    """

    def __init__(self, seed: int, pictures: int):
        self.random = np.random.default_rng(seed)
        self.pictures = pictures

    def standard_exponential(self, shape: tuple[int, int], dtype: str) -> np.ndarray:
        """Delays `[pictures * samples, vocabulary]`."""
        rows, vocabulary = shape
        one = self.random.standard_exponential((rows // self.pictures, vocabulary), dtype)
        return np.tile(one, (self.pictures, 1))
