"""Which of Gradio's addresses there are: those the page needs, and of files only what was uploaded to this page."""

import os
from pathlib import Path
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from ui.serving.addresses import GRADIO, endpoint, path_of, refusal

FILE = f"{GRADIO}file="
CLOSED = ("/monitoring", "/dev")
NOTHING = "There is nothing at this address."


class Doors:
    """An ASGI application of which only what the page needs can be reached.

    Args:
        app: the application.
        uploads: the folder that files are served from.
    """

    def __init__(self, app: ASGIApp, uploads: Path):
        self.app = app
        self.uploads = uploads.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self.is_open(scope):
            return await refusal(404, NOTHING)(scope, receive, send)
        return await self.app(scope, receive, send)

    def is_open(self, scope: Scope) -> bool:
        """Whether there is something at the address, for visitors to know of."""
        path = path_of(scope)
        if any(path == closed or path.startswith(f"{closed}/") for closed in CLOSED):
            return False
        if b"deep_link" in scope["query_string"] and "deep_link" in parse_qs(scope["query_string"].decode("latin-1")):
            return False
        if path.startswith(FILE):
            return self.is_upload(scope["path"].partition(FILE)[2])
        return not path.startswith(GRADIO) or endpoint(path) not in ("other", "file")

    def is_upload(self, name: str) -> bool:
        """Whether this is a file in the folder of uploads, wherever links lead."""
        try:
            path = Path(os.path.realpath(name, strict=True))
        except (OSError, ValueError):
            return False
        return path.is_file() and path.is_relative_to(self.uploads)
