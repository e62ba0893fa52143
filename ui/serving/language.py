"""The language that the page's address asks for, as in `?lang=de`, goes before the one that the browser does."""

import re

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

CODE = re.compile("[a-z]{2}")


class AddressLanguage:
    """An ASGI application to which a link can bring a language; the page's events carry its address's query.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and b"lang=" in scope["query_string"]:
            asked = QueryParams(scope["query_string"]).get("lang", "")
            if CODE.fullmatch(asked):
                scope = {**scope}
                MutableHeaders(scope=scope)["accept-language"] = asked
        return await self.app(scope, receive, send)
