"""Step function -> hypotheses: greedy and beam search and drawing, over many pictures at once, in NumPy.

A step is `log_probabilities, attention, memory = step(token_ids, memory)` with token_ids [rows], log_probabilities
[rows, vocabulary], attention [rows, regions], and a memory of arrays [rows, ...]. The memory travels from word to word:
no prefix is computed twice and no picture is encoded again. Who computes the step does not matter here.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

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

    Returns:
        Hypotheses, best first.
    """

    def choose(log_probabilities, total, length):
        vocabulary = log_probabilities.shape[-1]
        scores = total[:, None] + log_probabilities  # [rows, vocabulary]
        scores /= length.astype("float32")[:, None] ** np.float32(length_penalty)
        candidates = _best(scores.reshape(-1, beam_width * vocabulary), beam_width)  # [images, beam_width]
        parents, tokens = np.divmod(candidates, vocabulary)
        first_rows = np.arange(len(candidates))[:, None] * beam_width
        return (first_rows + parents).ravel(), tokens.ravel()

    return _run(choose, step, memory, beam_width, start, end, forbidden, max_length, alone=True)


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
) -> Hypotheses:
    """Captions drawn at random, each word with the probability the decoder gives it.

    A token is drawn as the first to arrive where tokens arrive at rates as high as their probabilities: the same as
    the Gumbel-max trick (Kool et al. 2019, arXiv 1903.06059).

    Args:
        samples: captions drawn a picture.
        random: the same state of it draws the same captions.
        temperature: what log-probabilities are divided by first: below 1, likely words become likelier still.
        step, memory, start, end, forbidden, max_length: as in `beam_search`.

    Returns:
        Hypotheses in the order they were drawn in.
    """

    def choose(log_probabilities, total, length):
        delay = random.standard_exponential(log_probabilities.shape, "float32")
        delay = np.maximum(delay, 2**-25)  # rounded down to 0, it would have even a forbidden token arrive at once
        arrival = np.log(delay) - log_probabilities / np.float32(temperature)
        return np.arange(len(arrival)), arrival.argmin(axis=1)

    return _run(choose, step, memory, samples, start, end, forbidden, max_length, alone=False)


def _run(choose, step, memory, width, start, end, forbidden, max_length, alone) -> Hypotheses:
    """Extend `width` rows a picture until all are finished.

    Args:
        choose: `rows, tokens = choose(log_probabilities, total, length)`: which rows go on, and with what.
        alone: whether the first row of a picture starts alone, the others being impossible.
    """
    memory = [np.repeat(each, width, axis=0) for each in memory]
    rows = len(memory[0])
    total = np.zeros(rows, "float32")
    if alone:
        total[np.arange(rows) % width != 0] = IMPOSSIBLE
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
        log_probabilities[finished] = IMPOSSIBLE
        log_probabilities[finished, end] = 0
        if maps is None:
            maps = np.zeros((rows, max_length, attention.shape[-1]), "float32")

        origin, token = choose(log_probabilities, total, length + ~finished)
        token = token.astype("int32")
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


def _best(scores: np.ndarray, count: int) -> np.ndarray:
    """Places [rows, count] of the highest scores [rows, many], highest first; the scores are used up."""
    rows = np.arange(len(scores))
    places = np.empty((len(scores), count), int)
    for rank in range(count):  # few times the maximum is far quicker than any sorting
        places[:, rank] = scores.argmax(axis=1)
        scores[rows, places[:, rank]] = -np.inf
    return places
