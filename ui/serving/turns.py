"""Fair turns among clients: however much one client asks for at a time, another's photo is not behind all of it."""

import asyncio
from contextlib import asynccontextmanager, nullcontext

from starlette.types import ASGIApp, Receive, Scope, Send

from ui.serving.addresses import BATCH, CAPTIONS, client_of, path_of, refusal

PHOTOS_EACH, BATCHES_EACH = 4, 1
BATCHES = 4  # of all clients together, so that single photos find room beside them
WAITING_EACH = 32
SENTENCE = "You have {count} requests waiting here already: send more when some of them are answered."


class Client:
    """The requests of one client: those at work, and those waiting for these."""

    def __init__(self):
        self.requests = 0
        self.photos = asyncio.Semaphore(PHOTOS_EACH)
        self.batches = asyncio.Semaphore(BATCHES_EACH)


class Line:
    """Where clients wait: a few requests of each are at work at a time, and a few batches of them all.

    Who waits is served in the order of coming; a client with too many waiting is to be refused more.
    """

    def __init__(self):
        self.clients: dict[str, Client] = {}
        self.batches = asyncio.Semaphore(BATCHES)

    def is_full(self, name: str) -> bool:
        """Whether this client has too many waiting."""
        return name in self.clients and self.clients[name].requests >= WAITING_EACH

    @asynccontextmanager
    async def turn(self, name: str, is_batch: bool = False):
        """Wait for this client's turn, and have it."""
        client = self.clients.setdefault(name, Client())
        client.requests += 1
        try:
            async with client.batches if is_batch else client.photos, self.batches if is_batch else nullcontext():
                yield
        finally:
            client.requests -= 1
            if not client.requests:
                del self.clients[name]


class Turns:
    """An ASGI application in which programs take turns.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp):
        self.app = app
        self.line = Line()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or path_of(scope) not in CAPTIONS:
            return await self.app(scope, receive, send)
        name, is_batch = client_of(scope), path_of(scope) == BATCH
        if self.line.is_full(name):
            sentence = SENTENCE.format(count=WAITING_EACH)
            return await refusal(429, sentence, {"Retry-After": "2"})(scope, receive, send)
        async with self.line.turn(name, is_batch):
            return await self.app(scope, receive, send)
