"""What every answer tells the browser to refuse: other sites' scripts and frames, guesses at a file's kind."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving.addresses import GRADIO, path_of

# Gradio's page has scripts and styles in itself, and makes functions from the text of `js_on_load`.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob: data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}


class Headers:
    """An ASGI application whose answers carry the headers.

    Args:
        app: the application.
        embedding: the sites that may show the page in a frame, as `https://example.org`, or `*` for all.
    """

    def __init__(self, app: ASGIApp, embedding: Sequence[str] = ()):
        self.app = app
        policy = {**POLICY, "frame-ancestors": " ".join(("'self'", *embedding))}
        self.headers = {
            **ALWAYS,
            "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        }
        if not embedding:
            self.headers["X-Frame-Options"] = "SAMEORIGIN"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        is_private = path_of(scope).startswith((f"{GRADIO}file", "/api/"))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                if is_private:  # a proxy is not to keep one visitor's photo for the next
                    headers["Cache-Control"] = "private"
            await send(message)

        return await self.app(scope, receive, with_headers)
