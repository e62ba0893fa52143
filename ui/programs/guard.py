"""Access to our own addresses, those that are not Gradio's: whoever may see the page may use them.

If the page asks for a name and a password (`launch(auth=...)`), these addresses accept HTTP Basic authentication
(`curl -u name:password`) or the cookie of a browser that is logged in.
"""

import base64
import inspect
from collections.abc import Callable
from secrets import compare_digest

from starlette.requests import Request
from starlette.responses import JSONResponse


class Guard:
    """An ASGI application that is open only to those who may see the page.

    Args:
        app: the application.
        page: the page's Gradio application, which knows who is logged in.
    """

    def __init__(self, app, page: Callable):
        self.app = app
        self.page = page

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and not await self.may_enter(Request(scope)):
            refusal = {"error": "This page asks for a name and a password: send them as HTTP Basic authentication."}
            self_explaining = {"WWW-Authenticate": 'Basic realm="Captioner", charset="UTF-8"'}
            return await JSONResponse(refusal, 401, self_explaining)(scope, receive, send)
        return await self.app(scope, receive, send)

    async def may_enter(self, request: Request) -> bool:
        """Whether whoever asks may see the page."""
        page = self.page()
        if page.auth is None:
            return True
        cookies = (f"access-token-{page.cookie_id}", f"access-token-unsecure-{page.cookie_id}")
        if any(request.cookies.get(cookie) in page.tokens for cookie in cookies):
            return True
        name, password = basic_credentials(request.headers.get("Authorization", ""))
        if callable(page.auth):
            answer = page.auth(name, password)
            return bool(await answer if inspect.isawaitable(answer) else answer)
        return compare_digest(page.auth.get(name, "").encode(), password.encode()) and name in page.auth


def basic_credentials(header: str) -> tuple[str, str]:
    """Name and password from an `Authorization` header; empty if it has none."""
    kind, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:
        return "", ""
    name, _, password = text.partition(":")
    return name, password
