"""What Gradio remembers of visitors who have left, without end: let go of now and then.

Gradio 6.31 keeps, of every visitor, the set of events whose results were not fetched, empty or not (it removes the set
only if the visitor left in the middle of one), with these results, and of every file the name. It has no setting for
any of them.
"""

import os
import time
from collections.abc import Callable

import gradio as gr
from starlette.types import ASGIApp, Receive, Scope, Send

SECONDS = 120


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
        """Forget who has fetched all results, or whose events had all ended the last time as well, since results may be
        on their way; and the names of files that are gone."""
        page, queue = self.page(), self.page()._queue
        waiting = queue.pending_event_ids_session
        idle = {session for session, events in waiting.items() if not events & queue.event_ids_to_events.keys()}
        for session in {session for session in idle if not waiting[session] or session in self.idle}:
            del waiting[session]
            queue.pending_messages_per_session.pop(session, None)
        self.idle = idle & waiting.keys()
        for names in page.temp_file_sets:
            names -= {name for name in list(names) if not os.path.lexists(name)}
