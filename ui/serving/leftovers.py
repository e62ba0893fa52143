"""What Gradio remembers of visitors who have left, without end: let go of now and then.

Gradio 6.31 keeps, of every visitor, an empty set of waiting events (`Queue.clean_events` removes it only if the visitor
left in the middle of one), and of every file the name (`delete_files_created_by_app` keeps those that are gone). It has
no setting for either, and together they are about 1 kB a photo.
"""

import os
import time
from collections.abc import Callable

import gradio as gr
from starlette.types import ASGIApp, Receive, Scope, Send

SECONDS = 60


class Leftovers:
    """An ASGI application that tidies up before a request, where nothing of Gradio's runs at the same time.

    Args:
        app: the application.
        page: gives Gradio's page, once it is there.
        clock: seconds.
    """

    def __init__(self, app: ASGIApp, page: Callable[[], gr.Blocks], clock: Callable[[], float] = time.monotonic):
        self.app = app
        self.page = page
        self.clock = clock
        self.last = clock()
        self.idle: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.clock() - self.last > SECONDS:
            self.last = self.clock()
            self.tidy_up()
        return await self.app(scope, receive, send)

    def tidy_up(self) -> None:
        """Forget who had no event waiting the last time either, and files that are gone."""
        page = self.page()
        waiting = page._queue.pending_event_ids_session
        idle = {session for session, events in waiting.items() if not events}
        for session in idle & self.idle:
            del waiting[session]
            page._queue.pending_messages_per_session.pop(session, None)
        self.idle = idle - self.idle
        for names in page.temp_file_sets:
            names -= {name for name in list(names) if not os.path.lexists(name)}
