"""Step function -> hypotheses: greedy and beam search in NumPy, many pictures at once, and the loop all searches share.

A step is `log_probabilities, attention, memory = step(token_ids, memory)` with token_ids [rows], log_probabilities
[rows, vocabulary], attention [rows, regions], and a memory of arrays [rows, ...]. The memory is passed from word to
word, so no prefix is computed twice and no picture is encoded again. Any engine can compute the step.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

IMPOSSIBLE = -1e9  # a log-probability; minus infinity would turn into NaN when divided or subtracted
STRANGE = np.float32(-1e3)  # a log-probability; a strange word is written only if there is no other


class Hypotheses(NamedTuple):
    """The results of a search, [images, beam_width, ...].

    A finished hypothesis is padded with end tokens at log-probability 0.
    """

    tokens: np.ndarray  # int32 [images, beam_width, max_length]
    log_probabilities: np.ndarray  # float32 [images, beam_width, max_length], of each token given those before it
    attention: np.ndarray  # float32 [images, beam_width, max_length, regions]
    total: np.ndarray  # float32 [images, beam_width], the sum; near IMPOSSIBLE if there are fewer than asked for
    length: np.ndarray  # int32 [images, beam_width], tokens including the end
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
    strange: Callable | None = None,
    automaton: np.ndarray | None = None,
    watch: Callable | None = None,
) -> Hypotheses:
    """Find the `beam_width` best hypotheses per picture, by log-probability / length ** length_penalty (Wu et al. 2016,
    arXiv 1609.08144, without its constants).

    A finished hypothesis stays in the beam as long as its score is good enough; the search of a batch ends when all
    hypotheses in its beams are finished. Width 1 is greedy search: always the likeliest next token.

    With an automaton this is constrained beam search (Anderson et al. 2017, arXiv 1612.00576): each state has its own
    beam, and each token moves a hypothesis into the beam of the state it leads to. The search ends when all hypotheses
    in state 0 are finished and no better one can still get there.

    Args:
        step, memory: the decoder's step, and its memory of each picture before the first word, arrays [images, ...].
        start, end: token ids before the first word and after the last.
        forbidden: token ids that are never written.
        max_length: tokens, including the end.
        beam_width: hypotheses kept per picture.
        length_penalty: 0 ranks by the sum, which favours short captions; 1 ranks by the mean per word.
        no_repeat_ngram: never repeat a run of this many words in a caption (Paulus et al. 2017, arXiv 1705.04304), nor
            a word within two words of itself ("white and white"); 0 allows both.
        strange: token ids [rows] -> bool [rows, vocabulary], the tokens that must not follow them if any other can.
        automaton: int [states, vocabulary], or one for each image: the state each token leads to from each state. A
            caption starts in the last state and should end in state 0; see `captioner.search.automaton`. Needs a
            forbidden token, for places no hypothesis has reached.
        watch: called at every step, `watch(log_probabilities, origin, token)`, with each row's possible next tokens,
            the rows that were continued, and the tokens chosen.

    Returns:
        Hypotheses, best first; if none reached state 0, those in the first state that any reached.
    """
    states = 1
    if automaton is not None:
        automaton = automaton.reshape(-1, *automaton.shape[-2:])  # [images or 1, states, vocabulary]
        states = automaton.shape[1]
    width = states * beam_width

    def penalty(length):
        return length.astype("float32") ** np.float32(length_penalty)

    def choose(log_probabilities, total, length):
        vocabulary = log_probabilities.shape[-1]
        scores = total[:, None] + log_probabilities  # [rows, vocabulary]
        scores /= penalty(length)[:, None]
        scores = scores.reshape(-1, width * vocabulary)  # [images, every next token of every row]
        candidates = best(scores, beam_width) if automaton is None else arriving(scores)  # [images, width]
        parents, tokens = np.divmod(candidates, vocabulary)
        if automaton is not None:
            images = np.arange(len(automaton))[:, None]
            strays = automaton[images, parents // beam_width, tokens] != np.arange(width) // beam_width
            tokens[strays] = forbidden[0]
        first_rows = np.arange(len(candidates))[:, None] * width
        return (first_rows + parents).ravel(), tokens.ravel()

    def arriving(scores):
        leads_to = np.repeat(automaton, beam_width, axis=1).reshape(len(automaton), -1)
        return np.concatenate(
            [best(np.where(leads_to == state, scores, -np.inf), beam_width) for state in range(states)], axis=1
        )

    def likeliest(log_probabilities, total, length):
        return np.arange(len(total)), log_probabilities.argmax(axis=1)

    def arrived(total, length, finished):
        own, others = slice(beam_width), slice(beam_width, None)  # rows in state 0, best first, and in other states
        scores = (total / penalty(length)).reshape(-1, width)
        total, finished = total.reshape(-1, width), finished.reshape(-1, width)
        coming = np.where(finished, IMPOSSIBLE, scores)[:, others].max(axis=1, initial=IMPOSSIBLE)
        here = finished[:, own] & (total[:, own] > IMPOSSIBLE / 2)
        done = here.all(axis=1) & (coming <= scores[:, 0])
        total[done, others] = IMPOSSIBLE  # no need to continue them while other pictures go on
        return done

    how = {"beam": width, "first": width - beam_width, "no_repeat_ngram": no_repeat_ngram}
    how |= {"strange": strange, "watch": watch}
    if automaton is not None:
        how["ended"] = arrived
    elif width == 1:  # a single free hypothesis has nothing to be compared with
        choose = likeliest
    found = run(choose, step, memory, width, start, end, forbidden, max_length, **how)
    return found if states == 1 else _reached(found, beam_width)


def run(
    choose,
    step,
    memory,
    width,
    start,
    end,
    forbidden,
    max_length,
    beam=1,
    no_repeat_ngram=0,
    strange=None,
    watch=None,
    first=0,
    ended=None,
) -> Hypotheses:
    """Extend `width` rows per picture until all are finished.

    Args:
        choose: `rows, tokens = choose(log_probabilities, total, length)`: the rows to continue, and their next tokens.
        beam, first: rows per beam, and which of them starts; the others start out impossible.
        ended: `images = ended(total, length, finished)`: which images are done; by default, those with all rows
            finished. It may make rows impossible in `total`.
        step, memory, start, end, forbidden, max_length, no_repeat_ngram, strange, watch: as in `beam_search`.
    """
    memory = [np.repeat(each, width, axis=0) for each in memory]
    rows = len(memory[0])
    total = np.zeros(rows, "float32")
    total[np.arange(rows) % beam != first] = IMPOSSIBLE
    length = np.zeros(rows, "int32")
    finished = np.zeros(rows, bool)
    token = np.full(rows, start, "int32")
    written = np.empty((rows, max_length), "int32")  # each row's tokens, used only against repetition
    row = np.arange(rows)[:, None]
    steps = []
    bars = None

    for _ in range(max_length):
        log_probabilities, attention, memory = step(token, memory)
        if bars is None:
            bars = np.zeros(log_probabilities.shape[-1], "float32")
            bars[list(forbidden)] = IMPOSSIBLE
        log_probabilities = log_probabilities + bars  # a copy, safe to write into
        if no_repeat_ngram:
            log_probabilities[row, written[:, max(len(steps) - 2, 0) : len(steps)]] += IMPOSSIBLE
        if 0 < no_repeat_ngram <= len(steps):
            log_probabilities[_repeating(written[:, : len(steps)], no_repeat_ngram)] += IMPOSSIBLE
        if strange:
            log_probabilities += strange(token) * STRANGE
        if finished.any():
            log_probabilities[finished] = IMPOSSIBLE
            log_probabilities[finished, end] = 0

        still = ~finished
        origin, token = choose(log_probabilities, total, length + still)
        token = token.astype("int32")
        if watch:
            watch(log_probabilities, origin, token)
        gained = log_probabilities[origin, token]
        if no_repeat_ngram:
            written = written[origin]
            written[:, len(steps)] = token
        steps.append((origin, token, gained, attention))
        if width > 1:
            memory = [each[origin] for each in memory]
        total = total[origin] + gained
        length = (length + still)[origin]
        finished = finished[origin] | (token == end)
        if (ended(total, length, finished) if ended else finished).all():
            break
    found = (*_traced(steps, rows, max_length, end), total, length, finished)
    return Hypotheses(*(each.reshape(rows // width, width, *each.shape[1:]) for each in found))


def _traced(steps: list, rows: int, length: int, end: int) -> list[np.ndarray]:
    """Trace the last step's rows back: tokens, log-probabilities and attention, each [rows, length, ...].

    Each step holds, for each row, the row it continues, its token and its attention.
    """
    regions = steps[0][-1].shape[-1] if steps else 0
    tokens = np.full((rows, length), end, "int32")
    gains = np.zeros((rows, length), "float32")
    maps = np.zeros((rows, length, regions), "float32")
    row = np.arange(rows)
    for position in reversed(range(len(steps))):
        origin, token, gained, attention = steps[position]
        tokens[:, position], gains[:, position] = token[row], gained[row]
        row = origin[row]
        maps[:, position] = attention[row]
    return [tokens, gains, maps]


def _reached(found: Hypotheses, beam_width: int) -> Hypotheses:
    """Of hypotheses [images, states * beam_width, ...], those [images, beam_width, ...] in the first state reached."""
    possible = found.total[:, ::beam_width] > IMPOSSIBLE / 2  # [images, states]
    places = possible.argmax(axis=1)[:, None] * beam_width + np.arange(beam_width)
    images = np.arange(len(places))[:, None]
    return Hypotheses(*(each[images, places] for each in found))


def _repeating(tokens: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and ids of the tokens that would repeat a run of `size` tokens in the row's tokens [rows, length]; length is
    at least `size`."""
    runs = tokens.shape[1] - size + 1
    begun = tokens[:, runs:]  # the last size - 1
    alike = np.ones((len(tokens), runs), bool)
    for place in range(size - 1):
        alike &= tokens[:, place : place + runs] == begun[:, place, None]
    rows, starts = alike.nonzero()
    return rows, tokens[rows, starts + size - 1]


def best(scores: np.ndarray, count: int) -> np.ndarray:
    """Places [rows, count] of the highest scores [rows, many], highest first; overwrites the scores."""
    rows = np.arange(len(scores))
    places = np.empty((len(scores), count), int)
    for rank in range(count):  # taking the maximum a few times is far quicker than sorting
        places[:, rank] = scores.argmax(axis=1)
        scores[rows, places[:, rank]] = -np.inf
    return places
