"""The addresses next to Gradio's: /api for plain HTTP, /mcp for assistants, and the pictures of link previews."""

from collections.abc import Callable

from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from ui.programs.guard import Guard
from ui.programs.rest import Rest
from ui.programs.service import Service
from ui.sharing.previews import Previews, preview_routes
from ui.sharing.results import Results


def routes(service: Service, page: Callable, mcp_host: str | None = None, results: Results | None = None) -> dict:
    """What Gradio's application needs for them, as `launch(app_kwargs=...)`.

    Args:
        service: answers the requests.
        page: Gradio's application, once it is there.
        mcp_host: where the page is served, if assistants are served as well.
        results: the shared results, for the previews of links to them.
    """
    addresses = [Mount("/api", Guard(Rest(service).app(), page)), *preview_routes(results, page)]
    middleware = [Middleware(Previews, results=results, page=page)]
    if mcp_host is None:
        return {"routes": addresses, "middleware": middleware}
    from ui.programs.mcp import over_http  # slow to import, and needed only for assistants

    assistants, lifespan = over_http(service, mcp_host)
    guarded = Guard(assistants, page)

    mcp = [Route("/mcp", guarded), Route("/mcp/", Unslashed(guarded))]
    return {"routes": [*addresses, *mcp], "lifespan": lifespan, "middleware": middleware}


class Unslashed:
    """An ASGI application whose address may end in a slash."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        return await self.app({**scope, "path": scope["path"].rstrip("/")}, receive, send)
