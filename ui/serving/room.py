"""A machine that has no room for what is sent says so, and goes on with what needs none."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captioner.disk.whole import FORBIDDEN, FULL
from ui.serving.addresses import refusal

STATUS = 507  # Insufficient Storage
SENTENCE = "There is no room for pictures here right now: try again later."


class Room:
    """An ASGI application whose full or read-only disk is an answer with a sentence.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def seen(message: Message) -> None:
            nonlocal answered
            answered = answered or message["type"] == "http.response.start"
            await send(message)

        try:
            return await self.app(scope, receive, seen)
        except OSError as error:
            if scope["type"] != "http" or answered or not is_of_the_disk(error):
                raise
            return await refusal(STATUS, SENTENCE)(scope, receive, send)


def is_of_the_disk(error: OSError) -> bool:
    """Whether there was no room, or nothing may be written; that is logged, for whoever can change it."""
    if error.errno not in (*FULL, *FORBIDDEN):
        return False
    logging.getLogger(__name__).warning("What visitors send cannot be kept: %s", error)
    return True
