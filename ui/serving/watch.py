"""What is said of each request, in a log and in metrics: what was asked for, how it ended and how long it took.

Nothing of a visitor is in it: no pictures, captions, file names, keys or network addresses.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving.addresses import FRAME, name_of

Told = Callable[[str, str, int, float], None]  # method, name of the address, status, seconds
LOG = logging.getLogger("captioner.requests")
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
FAILED, CLOSED = 500, 499
QUIET = ("/assets", "/svelte", "/static", FRAME)


class Watched:
    """An ASGI application whose requests are told of when they end.

    Args:
        app: the application.
        told: whom to tell.
    """

    def __init__(self, app: ASGIApp, told: Sequence[Told]):
        self.app = app
        self.told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        start, status, address = time.perf_counter(), CLOSED, name_of(scope)  # routes change the scope

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            return await self.app(scope, receive, seen)
        except Exception:
            status = FAILED
            raise
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            for tell in self.told:
                tell(method, address, status, time.perf_counter() - start)


def log_request(method: str, address: str, status: int, seconds: float) -> None:
    """Write a line of JSON; the page's own files and a camera's frames are left out unless they fail."""
    if address in QUIET and status < 400:
        return
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "method": method, "address": address, "status": status, "seconds": round(seconds, 4)}
    LOG.info(json.dumps(line))


def start_log() -> None:
    """Let the log come out on standard error."""
    if not LOG.handlers:
        LOG.addHandler(logging.StreamHandler())
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
