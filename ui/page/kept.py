"""What the page keeps for its visitors between two events: only the last of it, under keys that nobody can guess.

A visitor's page holds the key. Gradio's own `gr.State` would keep all of it for as long as the server runs.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


def new_key() -> str:
    return secrets.token_urlsafe(16)


class Kept(Generic[Thing]):
    """Things by key; those that have not been asked for longest are forgotten first.

    Args:
        most: how much is kept, in whatever `size` counts.
        size: of a thing; by default each counts as one.
    """

    def __init__(self, most: int, size: Callable[[Thing], int] = lambda thing: 1):
        self.most = most
        self.size = size
        self._things: OrderedDict[str, Thing] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: str, thing: Thing) -> None:
        with self._lock:
            self._things[key] = thing
            self._things.move_to_end(key)
            total = sum(map(self.size, self._things.values()))
            while total > self.most and len(self._things) > 1:
                _, forgotten = self._things.popitem(last=False)
                total -= self.size(forgotten)

    def get(self, key: str | None) -> Thing | None:
        """What is kept under a key; None if it is forgotten, or nobody was ever given this key."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)
