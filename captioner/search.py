"""Step function -> hypotheses: greedy and beam search and drawing, over many pictures at once, compiled as one loop.

A step is `logits, attention, state = step(token_ids, state)` with token_ids [rows], logits [rows, vocabulary],
attention [rows, regions] and a state whose `image` part stays and whose `memory` part belongs to the rows. The state
travels from word to word: no prefix is computed twice and no picture is encoded again.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from keras import ops, tree

IMPOSSIBLE = -1e9  # a log-probability; minus infinity would turn into NaN where it is divided or subtracted


class Hypotheses(NamedTuple):
    """What a search found; in the loop the first axis is rows, in the result [images, beam_width].

    A finished hypothesis is filled up with the end token at log-probability 0.
    """

    tokens: Any  # int [rows, max_length]
    log_probabilities: Any  # float [rows, max_length], of each token given those before it
    attention: Any  # float [rows, max_length, regions]
    total: (
        Any  # float [rows], the sum of log_probabilities; near IMPOSSIBLE where fewer hypotheses exist than asked for
    )
    length: Any  # float [rows], tokens up to and with the end
    finished: Any  # bool [rows]


def greedy_search(
    step: Callable, state, images: int, *, start: int, end: int, forbidden: Sequence[int], max_length: int, regions: int
) -> Hypotheses:
    """The likeliest next token, again and again, until the end token or `max_length` tokens.

    Args:
        step, state: a decoder's `step`, and what its `start` gave for `images` pictures.
        start, end: token ids before the first word and after the last.
        forbidden: token ids never to be written.
        max_length: tokens, the end counted.
        regions: size of the attention a step returns.

    Returns:
        Hypotheses of shape [images, 1, ...].
    """

    def extend(position, previous, memory, hypotheses):
        log_probabilities, attention, memory = _advance(step, previous, state, memory, hypotheses, end, forbidden)
        token = ops.cast(ops.argmax(log_probabilities, axis=-1), "int32")  # [rows]
        gained = ops.squeeze(ops.take_along_axis(log_probabilities, token[:, None], axis=-1), -1)
        return position + 1, token, memory, _append(hypotheses, position, token, gained, attention, end)

    return _run(extend, state.memory, images, 1, start, end, max_length, regions)


def beam_search(
    step: Callable,
    state,
    images: int,
    *,
    start: int,
    end: int,
    forbidden: Sequence[int],
    max_length: int,
    regions: int,
    beam_width: int,
    length_penalty: float,
) -> Hypotheses:
    """The `beam_width` best hypotheses a picture, by log-probability / length ** length_penalty (Wu et al. 2016, arXiv
    1609.08144, without its constants).

    A finished hypothesis keeps its place in the beam as long as its score does; the search of a batch ends when every
    place is finished. Width 1 is greedy search.

    Args:
        beam_width: hypotheses kept a picture.
        length_penalty: 0 compares plain sums, which favours short captions; 1 compares means a word.
        step, state, images, start, end, forbidden, max_length, regions: as in `greedy_search`.

    Returns:
        Hypotheses of shape [images, beam_width, ...], best first.
    """
    first_rows = ops.arange(images)[:, None] * beam_width  # [images, 1]

    def extend(position, previous, memory, hypotheses):
        log_probabilities, attention, memory = _advance(step, previous, state, memory, hypotheses, end, forbidden)
        vocabulary = log_probabilities.shape[-1]
        total = hypotheses.total[:, None] + log_probabilities  # [rows, vocabulary]
        length = hypotheses.length + ops.cast(~hypotheses.finished, "float32")
        scores = ops.reshape(total / length[:, None] ** length_penalty, (-1, beam_width * vocabulary))
        _, candidates = ops.top_k(scores, beam_width)  # [images, beam_width]
        candidates = ops.cast(candidates, "int32")
        origin = ops.reshape(first_rows + candidates // vocabulary, (-1,))  # [rows], the row each one continues
        token = ops.reshape(candidates % vocabulary, (-1,))
        gained = ops.take(ops.reshape(log_probabilities, (-1,)), origin * vocabulary + token)

        attention, memory, hypotheses = tree.map_structure(
            lambda rows: ops.take(rows, origin, axis=0), (attention, memory, hypotheses)
        )
        return position + 1, token, memory, _append(hypotheses, position, token, gained, attention, end)

    memory = tree.map_structure(lambda rows: ops.repeat(rows, beam_width, axis=0), state.memory)
    return _run(extend, memory, images, beam_width, start, end, max_length, regions)


def draw_captions(
    step: Callable, state, noise, *, start: int, end: int, forbidden: Sequence[int], max_length: int
) -> Hypotheses:
    """Captions drawn at random, each with the probability the decoder gives it.

    A token is drawn as the first to arrive where tokens arrive at rates as high as their probabilities: the same as
    the Gumbel-max trick (Kool et al. 2019, arXiv 1903.06059).

    Args:
        noise: standard exponential, [rows, max_length, vocabulary]; rows is how many captions, those of a picture one
            behind the other. The same noise gives the same captions.
        step, state, start, end, forbidden, max_length: as in `greedy_search`.

    Returns:
        Hypotheses of shape [rows, 1, ...], without attention.
    """
    rows = noise.shape[0]

    def extend(position, previous, memory, hypotheses):
        log_probabilities, attention, memory = _advance(step, previous, state, memory, hypotheses, end, forbidden)
        arrival = ops.log(ops.take(noise, position, axis=1)) - log_probabilities  # [rows, vocabulary]
        token = ops.cast(ops.argmin(arrival, axis=-1), "int32")  # [rows]
        gained = ops.squeeze(ops.take_along_axis(log_probabilities, token[:, None], axis=-1), -1)
        return position + 1, token, memory, _append(hypotheses, position, token, gained, attention[:, :0], end)

    images = tree.flatten(state.memory)[0].shape[0]
    memory = tree.map_structure(lambda memory: ops.repeat(memory, rows // images, axis=0), state.memory)
    return _run(extend, memory, rows, 1, start, end, max_length, regions=0)


def _run(extend, memory, images, beam_width, start, end, max_length, regions) -> Hypotheses:
    """Extend every row until all are finished; the first row of a picture starts alone."""
    rows = images * beam_width
    alone = ops.where(ops.arange(rows) % beam_width == 0, 0.0, IMPOSSIBLE)
    hypotheses = Hypotheses(
        tokens=ops.full((rows, max_length), end, dtype="int32"),
        log_probabilities=ops.zeros((rows, max_length)),
        attention=ops.zeros((rows, max_length, regions)),
        total=ops.cast(alone, "float32"),
        length=ops.zeros((rows,)),
        finished=ops.zeros((rows,), dtype="bool"),
    )
    first = ops.full((rows,), start, dtype="int32")
    *_, hypotheses = ops.while_loop(
        lambda position, previous, memory, hypotheses: ~ops.all(hypotheses.finished),
        extend,
        (0, first, memory, hypotheses),
        maximum_iterations=max_length,
    )
    return Hypotheses(*(ops.reshape(rows, (images, beam_width, *rows.shape[1:])) for rows in hypotheses))


def _advance(step, previous, state, memory, hypotheses, end, forbidden):
    """One step of every row: log-probabilities [rows, vocabulary], attention [rows, regions], memory."""
    logits, attention, state = step(previous, state._replace(memory=memory))
    vocabulary = np.arange(logits.shape[-1])
    allowed = np.where(np.isin(vocabulary, forbidden), IMPOSSIBLE, 0.0).astype("float32")
    nothing_more = np.where(vocabulary == end, 0.0, IMPOSSIBLE).astype("float32")
    log_probabilities = ops.where(hypotheses.finished[:, None], nothing_more, ops.log_softmax(logits) + allowed)
    return log_probabilities, attention, state.memory


def _append(hypotheses, position, token, gained, attention, end) -> Hypotheses:
    """The hypotheses with one more token at `position`."""
    alive = ~hypotheses.finished
    here = ops.arange(hypotheses.tokens.shape[1]) == position  # [max_length]
    return Hypotheses(
        tokens=ops.where(here, token[:, None], hypotheses.tokens),
        log_probabilities=ops.where(here, gained[:, None], hypotheses.log_probabilities),
        attention=ops.where(here[:, None], attention[:, None, :], hypotheses.attention),
        total=hypotheses.total + gained,
        length=hypotheses.length + ops.cast(alive, "float32"),
        finished=hypotheses.finished | (token == end),
    )
