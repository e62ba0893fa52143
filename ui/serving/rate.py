"""How often one visitor may ask, so that no flood of one drowns the others."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from ui.serving.addresses import FRAME, causes_work, client_of, path_of, refusal

MINUTE = 60
FRAMES = 2  # of a camera for each request, as small as they are
MOST_CLIENTS = 10_000
SENTENCE = "You are asking faster than this page can answer everyone: try again in {seconds} {unit}."


class Rate:
    """An ASGI application that each client may ask so many times a minute, in a burst or evenly.

    Only requests that cause work count. The rate is kept by the generic cell rate algorithm (ITU-T I.371): for each
    client, the time at which all it has asked for will be paid for. Frames of a camera have an allowance of their own,
    so that nobody is refused a photo for having watched.

    Args:
        app: the application.
        per_minute: requests.
        clock: seconds.
    """

    def __init__(self, app: ASGIApp, per_minute: int, clock: Callable[[], float] = time.monotonic):
        self.app = app
        self.cost = MINUTE / per_minute
        self.clock = clock
        self.paid_at: OrderedDict[tuple[str, bool], float] = OrderedDict()  # who has not asked for longest comes first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and causes_work(scope):
            seconds = math.ceil(self.wait(client_of(scope), path_of(scope) == FRAME))
            if seconds > 0:
                sentence = SENTENCE.format(seconds=seconds, unit="second" if seconds == 1 else "seconds")
                return await refusal(429, sentence, {"Retry-After": str(seconds)})(scope, receive, send)
        return await self.app(scope, receive, send)

    def wait(self, client: str, is_frame: bool = False) -> float:
        """The seconds a client has to wait; 0 if it need not, and then the request counts."""
        now, allowance = self.clock(), (client, is_frame)
        cost = self.cost / FRAMES if is_frame else self.cost
        paid_at = max(self.paid_at.pop(allowance, now), now) + cost
        late = paid_at - now - MINUTE
        self.paid_at[allowance] = paid_at - cost if late > 1e-9 else paid_at
        while len(self.paid_at) > MOST_CLIENTS:
            self.paid_at.popitem(last=False)
        return late if late > 1e-9 else 0
