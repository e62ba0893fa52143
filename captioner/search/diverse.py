"""Several captions that differ from each other: beams that avoid each other's words."""

from collections.abc import Callable, Sequence

import numpy as np

from captioner.search.beam import Hypotheses, best, run


def diverse_beam_search(
    step: Callable,
    memory: Sequence[np.ndarray],
    *,
    start: int,
    end: int,
    forbidden: Sequence[int],
    max_length: int,
    groups: int,
    beam_width: int,
    diversity: float,
    length_penalty: float = 1.0,
    no_repeat_ngram: int = 0,
    strange: Callable | None = None,
) -> Hypotheses:
    """Find the best hypothesis of each of several beams; each beam pays a penalty for words that earlier beams have in
    the same place (Vijayakumar et al. 2016, arXiv 1610.02424, with Hamming diversity). Ending together is free.

    The penalty decides which hypotheses are kept, but they are returned with the decoder's own log-probabilities.

    Args:
        groups: beams per picture; the first is a plain beam search.
        beam_width: hypotheses kept per beam.
        diversity: the penalty, in log-probability, for each earlier hypothesis with the same word in that place.
        step, memory, start, end, forbidden, max_length, length_penalty, no_repeat_ngram, strange: as in `beam_search`.

    Returns:
        Hypotheses `[images, groups, ...]`, in the order of the groups.
    """
    width = groups * beam_width
    paid = np.zeros((len(memory[0]), groups, beam_width), "float32")

    def choose(log_probabilities, total, length):
        vocabulary = log_probabilities.shape[-1]
        gains = log_probabilities.reshape(*paid.shape, vocabulary)
        so_far = total.reshape(paid.shape) - paid
        lengths = length.reshape(paid.shape).astype("float32") ** np.float32(length_penalty)
        images = np.arange(len(paid))[:, None]
        price = np.zeros((len(paid), vocabulary), "float32")  # the penalty for each word in this place
        parents, tokens = np.empty((2, *paid.shape), int)
        for group in range(groups):
            scores = (so_far[:, group, :, None] + gains[:, group] - price[:, None]) / lengths[:, group, :, None]
            parent, token = np.divmod(best(scores.reshape(len(paid), -1), beam_width), vocabulary)
            paid[:, group] = paid[images, group, parent] + price[images, token]
            parents[:, group], tokens[:, group] = parent, token
            np.add.at(price, (images, token), np.float32(diversity))
            price[:, end] = 0
        first_rows = np.arange(len(paid) * groups).reshape(-1, groups, 1) * beam_width
        return (first_rows + parents).ravel(), tokens.ravel()

    how = {"beam": beam_width, "no_repeat_ngram": no_repeat_ngram, "strange": strange}
    found = run(choose, step, memory, width, start, end, forbidden, max_length, **how)
    return Hypotheses(*(each[:, ::beam_width] for each in found))
