"""What a decoder carries from word to word."""

from typing import Any, NamedTuple

from keras import ops


class State(NamedTuple):
    """`image` belongs to a picture and stays as `start` made it, [batch, ...]; `memory` belongs to a hypothesis, and
    the search reorders it, [rows, ...]. Both are trees of tensors.
    """

    image: Any
    memory: Any


def for_rows(vectors, rows):
    """Vectors [batch, ...] of pictures, one for each of the rows [rows, ...] that belong to them."""
    return ops.repeat(vectors, ops.shape(rows)[0] // ops.shape(vectors)[0], axis=0)
