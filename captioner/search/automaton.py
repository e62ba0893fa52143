"""What a caption must say, as a small finite-state machine for constrained beam search.

An automaton is an array int [states, vocabulary]: the state each token leads to from each state. A caption starts in
the last state and should end in state 0. A plain search has a single state.
"""

from collections.abc import Collection

import numpy as np

MOST_WANTED = 2  # sets of words; each one doubles the states, and so the work


def saying(vocabulary: int, *wanted: Collection[int]) -> np.ndarray:
    """An automaton for captions that contain a token from each wanted set, in any order.

    A state has a bit for each set that is still missing.

    Args:
        vocabulary: number of tokens.
        wanted: sets of token ids, at most `MOST_WANTED`; one id from each set is enough.

    Raises:
        ValueError: there are more sets than that.
    """
    if len(wanted) > MOST_WANTED:
        raise ValueError(f"{len(wanted)} words are wanted; a search can handle {MOST_WANTED}.")
    states = np.arange(2 ** len(wanted))[:, None]
    said = np.zeros(vocabulary, int)
    for bit, ids in enumerate(wanted):
        said[list(ids)] |= 1 << bit
    return states & ~said
