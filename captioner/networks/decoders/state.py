"""The state a decoder carries from word to word."""

from typing import Any, NamedTuple

from keras import ops


class State(NamedTuple):
    """A decoder's state, two trees of tensors: `image` [batch, ...] belongs to a picture and never changes; `memory`
    [rows, ...] belongs to a hypothesis, and the search reorders it.
    """

    image: Any
    memory: Any


def for_rows(vectors, rows):
    """Repeat the pictures' vectors [batch, ...] for each of their rows [rows, ...]."""
    return ops.repeat(vectors, ops.shape(rows)[0] // ops.shape(vectors)[0], axis=0)
