"""Work that is asked for at the same time, done together."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

MOST = 16  # inputs in one go


class Together:
    """A function of many inputs, called with one at a time from many threads.

    Whoever comes first works at once, for himself alone; who comes meanwhile waits until he is done, and then one of
    them works for all. So nobody waits for company, and a crowd is served in few goes.

    Args:
        work: a list of inputs -> as many answers; never in two threads at a time.
        most: inputs in one go.
    """

    def __init__(self, work: Callable[[list], Sequence], most: int = MOST):
        self.work = work
        self.most = most
        self._waiting: deque[tuple[object, Future]] = deque()
        self._turn = threading.Lock()

    def __call__(self, one):
        """The answer for one input; what the work raises is raised for all it was done for."""
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
