"""A fault that nobody foresaw, or a full disk: who asked gets a sentence, and the log what it was and where.

What the fault itself says is in neither, since it may be a visitor's words or the name of a file.
"""

import logging
import sys
import traceback
from types import SimpleNamespace

import gradio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving import room
from ui.serving.addresses import GRADIO, path_of, refusal
from ui.serving.room import is_of_the_disk

LOG = logging.getLogger("captioner.faults")
SENTENCES = {
    400: "This request makes no sense here: see Endpoints on the page for what can be sent.",
    500: "Something went wrong here: try again, or with another picture.",
    room.STATUS: room.SENTENCE,
}


class Faults:
    """An ASGI application whose faults are an answer with a sentence.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def seen(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            return await self.app(scope, receive, seen)
        except Exception as error:
            if scope["type"] != "http":
                raise
            if is_of_the_disk(error):
                status = room.STATUS
            else:  # what is asked of Gradio's own addresses is checked by nobody before it fails
                status = 400 if path_of(scope).startswith(GRADIO) else 500
                tell(error)
            if answered:
                raise ConnectionAbortedError from None  # for the server to close the connection
        return await refusal(status, SENTENCES[status])(scope, receive, send)


def tell(error: BaseException) -> None:
    """Log what a fault is and where."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    LOG.warning("%s in %s, line %d", type(error).__name__, where.filename, where.lineno)


def tell_of_gradios() -> None:
    """Have Gradio tell of its faults in the same way: it would print what visitors sent."""
    for module in (gradio.queueing, gradio.route_utils, gradio.routes, gradio.utils):
        module.traceback = SimpleNamespace(**{**vars(traceback), "print_exc": lambda: tell(sys.exc_info()[1])})
