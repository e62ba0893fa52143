"""What a caption has to say and may not say, as a small finite-state machine for constrained beam search.

An automaton is an array int [states, vocabulary]: the state each token leads to from each state, `BARRED` where it may
not be written. State 0 is where a caption should end up, the last state is where it starts; that of a plain search is
one state which every token leads back to.
"""

from collections.abc import Collection, Sequence

import numpy as np

BARRED = -1
MOST_WANTED = 2  # sets of words: with each the states, and so the work, double


def saying(vocabulary: int, *wanted: Collection[int]) -> np.ndarray:
    """The automaton of captions with a token of each of the wanted sets in it, in any order.

    A state is the sets still to come, a bit for each.

    Args:
        vocabulary: how many tokens there are.
        wanted: token ids, any one of which will do; at most `MOST_WANTED` sets.

    Raises:
        ValueError: more sets than that.
    """
    if len(wanted) > MOST_WANTED:
        raise ValueError(f"{len(wanted)} words are wanted; a search can see to {MOST_WANTED}.")
    states = np.arange(2 ** len(wanted))[:, None]
    said = np.zeros(vocabulary, int)
    for bit, ids in enumerate(wanted):
        said[list(ids)] |= 1 << bit
    return states & ~said


def barring(automaton: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """The same without captions that have any of these tokens in them."""
    automaton = automaton.copy()
    automaton[:, list(ids)] = BARRED
    return automaton


def led_by(automaton: np.ndarray, leading: Sequence[int]) -> np.ndarray:
    """The same, with nothing but leading tokens before the first wanted one, and no wanted one twice."""
    led = automaton.copy()
    start = len(automaton) - 1
    led[:start, automaton[start] != start] = BARRED
    for state in range(start):  # what is still to come there is said for the first time
        led[state] = np.where(automaton[state] != state, automaton[state], led[state])
    others = np.ones(automaton.shape[1], bool)
    others[list(leading)] = False
    led[start, others & (automaton[start] == start)] = BARRED
    return led
