"""Batch work that is requested at the same time."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

MOST = 16  # inputs in one go


class Together:
    """A function of many inputs, called with one at a time from many threads.

    The first caller works at once, alone. Callers who arrive in the meantime wait, and then one of them works for all.
    So nobody waits for a batch to fill, and many callers are served in few batches.

    Args:
        work: a list of inputs -> a list of answers; never called in two threads at the same time.
        most: inputs per batch.
    """

    def __init__(self, work: Callable[[list], Sequence], most: int = MOST):
        self.work = work
        self.most = most
        self._waiting: deque[tuple[object, Future]] = deque()
        self._turn = threading.Lock()

    def __call__(self, one):
        """The answer for one input; an error in the work is raised for every caller in its batch."""
        mine: Future = Future()
        self._waiting.append((one, mine))
        with self._turn:
            while not mine.done():
                self._go()
        return mine.result()

    def _go(self) -> None:
        asked = [self._waiting.popleft() for _ in range(min(self.most, len(self._waiting)))]
        inputs, futures = zip(*asked, strict=True)
        try:
            for future, answer in zip(futures, self.work(list(inputs)), strict=True):
                future.set_result(answer)
        except BaseException as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
