"""All that is put around Gradio's application, from the outside in."""

from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from ui.serving.deadline import Deadline
from ui.serving.doors import Doors
from ui.serving.faults import Faults, tell_of_gradios
from ui.serving.headers import Headers
from ui.serving.language import AddressLanguage
from ui.serving.rate import Rate
from ui.serving.turns import Turns
from ui.serving.watch import Told, Watched, log_request, start_log
from ui.settings import Settings


def around(settings: Settings, uploads: Path, told: Sequence[Told] = ()) -> list[Middleware]:
    """What Gradio's application takes along, as `launch(app_kwargs={"middleware": ...})`.

    Args:
        settings: how the page is served.
        uploads: the folder of what visitors send.
        told: who is told of every request.
    """
    tell_of_gradios()
    middleware = [Middleware(Headers, embedding=settings.embedding)]
    if told:
        middleware.append(Middleware(Watched, told=told))
    middleware.append(Middleware(Doors, uploads=uploads))
    if settings.rate:  # at home all visitors are one
        middleware += [Middleware(Rate, per_minute=settings.rate), Middleware(Turns)]
    deadline = Middleware(Deadline, seconds=settings.deadline)
    last = [deadline, Middleware(Faults), Middleware(AddressLanguage)]
    return [*middleware, *last]


def listeners(settings: Settings) -> tuple[list[Told], Callable[[Request], Response] | None]:
    """Who is told of every request, and what answers at /metrics, if anything does."""
    told: list[Told] = []
    if settings.log:
        start_log()
        told.append(log_request)
    if not settings.metrics:
        return told, None
    from ui.serving.metrics import Metrics  # who wants none does not wait for it

    metrics = Metrics()
    return [*told, metrics.tell], metrics.show
