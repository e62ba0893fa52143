"""Step function -> hypotheses: greedy and beam search, over many pictures at once, in NumPy; what all searches share.

A step is `log_probabilities, attention, memory = step(token_ids, memory)` with token_ids [rows], log_probabilities
[rows, vocabulary], attention [rows, regions], and a memory of arrays [rows, ...]. The memory travels from word to word:
no prefix is computed twice and no picture is encoded again. Who computes the step does not matter here.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

IMPOSSIBLE = -1e9  # a log-probability; minus infinity would turn into NaN where it is divided or subtracted


class Hypotheses(NamedTuple):
    """What a search found, [images, beam_width, ...].

    A finished hypothesis is filled up with the end token at log-probability 0.
    """

    tokens: np.ndarray  # int32 [images, beam_width, max_length]
    log_probabilities: np.ndarray  # float32 [images, beam_width, max_length], of each token given those before it
    attention: np.ndarray  # float32 [images, beam_width, max_length, regions]
    total: np.ndarray  # float32 [images, beam_width], the sum; near IMPOSSIBLE where fewer exist than asked for
    length: np.ndarray  # int32 [images, beam_width], tokens up to and with the end
    finished: np.ndarray  # bool [images, beam_width]


def beam_search(
    step: Callable,
    memory: Sequence[np.ndarray],
    *,
    start: int,
    end: int,
    forbidden: Sequence[int],
    max_length: int,
    beam_width: int,
    length_penalty: float = 1.0,
    no_repeat_ngram: int = 0,
    watch: Callable | None = None,
) -> Hypotheses:
    """The `beam_width` best hypotheses a picture, by log-probability / length ** length_penalty (Wu et al. 2016, arXiv
    1609.08144, without its constants).

    A finished hypothesis keeps its place in the beam as long as its score does; the search of a batch ends when every
    place is finished. Width 1 is greedy search: the likeliest next token, again and again.

    Args:
        step, memory: of a decoder; the memory of each picture before the first word, arrays [images, ...].
        start, end: token ids before the first word and after the last.
        forbidden: token ids never to be written.
        max_length: tokens, the end counted.
        beam_width: hypotheses kept a picture.
        length_penalty: 0 compares plain sums, which favours short captions; 1 compares means a word.
        no_repeat_ngram: no run of so many words stands in a caption twice (Paulus et al. 2017, arXiv 1705.04304); 0: as
            often as it likes.
        watch: is told of every step, `watch(log_probabilities, origin, token)`: what each row could go on with, which
            rows did, and with what.

    Returns:
        Hypotheses, best first.
    """

    def choose(log_probabilities, total, length):
        vocabulary = log_probabilities.shape[-1]
        scores = total[:, None] + log_probabilities  # [rows, vocabulary]
        scores /= length.astype("float32")[:, None] ** np.float32(length_penalty)
        candidates = best(scores.reshape(-1, beam_width * vocabulary), beam_width)  # [images, beam_width]
        parents, tokens = np.divmod(candidates, vocabulary)
        first_rows = np.arange(len(candidates))[:, None] * beam_width
        return (first_rows + parents).ravel(), tokens.ravel()

    rules = {"no_repeat_ngram": no_repeat_ngram, "watch": watch}
    return run(choose, step, memory, beam_width, start, end, forbidden, max_length, beam=beam_width, **rules)


def run(
    choose, step, memory, width, start, end, forbidden, max_length, beam=1, no_repeat_ngram=0, watch=None
) -> Hypotheses:
    """Extend `width` rows a picture until all are finished.

    Args:
        choose: `rows, tokens = choose(log_probabilities, total, length)`: which rows go on, and with what.
        beam: how many rows are one beam; its first row starts alone, the others being impossible.
        step, memory, start, end, forbidden, max_length, no_repeat_ngram, watch: as in `beam_search`.
    """
    memory = [np.repeat(each, width, axis=0) for each in memory]
    rows = len(memory[0])
    total = np.zeros(rows, "float32")
    total[np.arange(rows) % beam != 0] = IMPOSSIBLE
    length = np.zeros(rows, "int32")
    finished = np.zeros(rows, bool)
    token = np.full(rows, start, "int32")
    tokens = np.full((rows, max_length), end, "int32")
    gains = np.zeros((rows, max_length), "float32")
    maps = None

    for position in range(max_length):
        log_probabilities, attention, memory = step(token, memory)
        log_probabilities = np.array(log_probabilities)  # our own, to write into
        log_probabilities[:, forbidden] += IMPOSSIBLE
        if no_repeat_ngram:
            log_probabilities[_repeating(tokens[:, :position], no_repeat_ngram)] += IMPOSSIBLE
        log_probabilities[finished] = IMPOSSIBLE
        log_probabilities[finished, end] = 0
        if maps is None:
            maps = np.zeros((rows, max_length, attention.shape[-1]), "float32")

        origin, token = choose(log_probabilities, total, length + ~finished)
        token = token.astype("int32")
        if watch:
            watch(log_probabilities, origin, token)
        gained = log_probabilities[origin, token]
        memory = [each[origin] for each in memory]
        tokens, gains, maps = tokens[origin], gains[origin], maps[origin]
        tokens[:, position], gains[:, position], maps[:, position] = token, gained, attention[origin]
        total = total[origin] + gained
        length = length[origin] + ~finished[origin]
        finished = finished[origin] | (token == end)
        if finished.all():
            break
    found = (tokens, gains, maps, total, length, finished)
    return Hypotheses(*(each.reshape(rows // width, width, *each.shape[1:]) for each in found))


def _repeating(tokens: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and ids of tokens that would complete, once more, a run of `size` in the row's tokens [rows, length]."""
    length = tokens.shape[1]
    if length < size:
        return np.empty(0, int), np.empty(0, int)
    runs = sliding_window_view(tokens, size, axis=1)  # [rows, length - size + 1, size]
    begun = tokens[:, None, length - size + 1 :]
    rows, places = (runs[..., :-1] == begun).all(axis=-1).nonzero()
    return rows, runs[rows, places, -1]


def best(scores: np.ndarray, count: int) -> np.ndarray:
    """Places [rows, count] of the highest scores [rows, many], highest first; the scores are used up."""
    rows = np.arange(len(scores))
    places = np.empty((len(scores), count), int)
    for rank in range(count):  # few times the maximum is far quicker than any sorting
        places[:, rank] = scores.argmax(axis=1)
        scores[rows, places[:, rank]] = -np.inf
    return places
