"""The addresses next to Gradio's: /api for plain HTTP, /mcp for assistants, /metrics, and the pictures of previews."""

from collections.abc import Callable
from functools import partial

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, request_response

from ui.programs.guard import Guard
from ui.programs.rest import Rest
from ui.programs.service import Service
from ui.sharing.previews import Previews, preview_routes
from ui.sharing.results import Results


def routes(
    service: Service,
    page: Callable,
    mcp_host: str | None = None,
    results: Results | None = None,
    metrics: Callable[[Request], Response] | None = None,
) -> dict:
    """What Gradio's application needs for them, as `launch(app_kwargs=...)`.

    Args:
        service: answers the requests.
        page: Gradio's application, once it is there.
        mcp_host: where the page is served, if assistants are served as well.
        results: the shared results, for the previews of links to them.
        metrics: answers at /metrics; None for no such address.
    """
    addresses = [
        Route("/api/ready", Guard(request_response(partial(ready, service)), page), methods=["GET"]),
        Mount("/api", Guard(Rest(service).app(), page)),
        *preview_routes(results, page),
    ]
    if metrics is not None:
        addresses.append(Route("/metrics", Guard(request_response(metrics), page), methods=["GET"]))
    middleware = [Middleware(Previews, results=results, page=page)]
    if mcp_host is None:
        return {"routes": addresses, "middleware": middleware}
    from ui.programs.mcp import over_http  # slow to import, and needed only for assistants

    assistants, lifespan = over_http(service, mcp_host)
    guarded = Guard(assistants, page)

    mcp = [Route("/mcp", guarded), Route("/mcp/", Unslashed(guarded))]
    return {"routes": [*addresses, *mcp], "lifespan": lifespan, "middleware": middleware}


def ready(service: Service, request: Request) -> JSONResponse:
    """Whether the default model is in memory, so that a caption takes no longer than usual."""
    names = service.models_at_hand.names()
    if names and service.has_loaded(names[0]):
        return JSONResponse({"status": "ready"})
    return JSONResponse({"error": "The model is being loaded: try again in a moment."}, 503, {"Retry-After": "2"})


class Unslashed:
    """An ASGI application whose address may end in a slash."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        return await self.app({**scope, "path": scope["path"].rstrip("/")}, receive, send)
