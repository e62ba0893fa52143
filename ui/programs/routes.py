"""The addresses beside Gradio's: /api, plain HTTP, /mcp, for assistants, and /metrics, for Prometheus."""

from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from ui.programs.guard import Guard
from ui.programs.rest import Rest
from ui.programs.service import Service


def routes(
    service: Service,
    page: Callable,
    mcp_host: str | None = None,
    metrics: Callable[[Request], Response] | None = None,
) -> dict:
    """What Gradio's application takes along, as `launch(app_kwargs=...)`.

    Args:
        service: who answers.
        page: Gradio's application, once it is there.
        mcp_host: where the page is served, if assistants are served as well.
        metrics: what answers at /metrics, if anything does.
    """
    addresses = [
        Route("/api/ready", Guard(answering(partial(ready, service)), page)),
        Mount("/api", Guard(Rest(service).app(), page)),
    ]
    if metrics is not None:
        addresses.append(Route("/metrics", Guard(answering(metrics), page)))
    if mcp_host is None:
        return {"routes": addresses}
    from ui.programs.mcp import over_http  # who serves no assistants does not wait for it

    assistants, lifespan = over_http(service, mcp_host)
    guarded = Guard(assistants, page)

    mcp = [Route("/mcp", guarded), Route("/mcp/", Unslashed(guarded))]
    return {"routes": [*addresses, *mcp], "lifespan": lifespan}


def ready(service: Service, request: Request) -> JSONResponse:
    """Whether the default model is in memory, so that a caption takes no longer than usual."""
    names = service.models_at_hand.names()
    if names and service.has_loaded(names[0]):
        return JSONResponse({"status": "ready"})
    return JSONResponse({"error": "The model is being loaded: try again in a moment."}, 503, {"Retry-After": "2"})


def answering(answer: Callable[[Request], Response]) -> Starlette:
    """An application that gives one answer to all who look."""
    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET"])])


class Unslashed:
    """An ASGI application whose address may have a slash behind it."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        return await self.app({**scope, "path": scope["path"].rstrip("/")}, receive, send)
