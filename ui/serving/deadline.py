"""An end to waiting: an answer that does not come in time is an error with a sentence."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving.addresses import CAPTIONS, path_of, refusal

SENTENCE = "This took longer than {seconds} seconds and was given up: send fewer or smaller pictures, or try again."


class Deadline:
    """An ASGI application whose captions come within so many seconds, or an error does.

    What computes in a thread cannot be stopped; it goes on, and nobody waits for it.

    Args:
        app: the application.
        seconds: from the beginning of a request to the beginning of its answer.
    """

    def __init__(self, app: ASGIApp, seconds: float):
        self.app = app
        self.seconds = seconds
        self.given_up: set[asyncio.Task] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or path_of(scope) not in CAPTIONS:
            return await self.app(scope, receive, send)
        answered = late = False

        async def send_in_time(message: Message) -> None:
            nonlocal answered
            if not late:
                answered = True
                await send(message)

        task = asyncio.ensure_future(self.app(scope, receive, send_in_time))
        try:
            await asyncio.wait({task}, timeout=self.seconds)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if answered or task.done():
            return await task
        late = True
        self.given_up.add(task)
        task.add_done_callback(self._forget)
        return await refusal(504, SENTENCE.format(seconds=f"{self.seconds:g}"))(scope, receive, send)

    def _forget(self, task: asyncio.Task) -> None:
        self.given_up.discard(task)
        if not task.cancelled():
            task.exception()  # nobody is left to hear of it
