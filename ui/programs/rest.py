"""Plain HTTP next to the page: one request, one JSON answer; errors have a 4xx status and a message.

    GET  /api/health         GET  /api/models
    POST /api/caption        POST /api/compare        POST /api/caption_batch
    POST /api/frame

Pictures come as the file parts `picture` of a form, or one as the body itself; settings as the form's other fields or
behind the address's question mark.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, NamedTuple

from anyio import CapacityLimiter, fail_after, to_thread
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from captioner import CaptionerError, ModelError
from captioner.errors import SettingError
from ui.programs.options import OF_A_COMPARISON, OPTIONS, known
from ui.programs.service import AT_ONCE, MOST_PICTURES, Service
from ui.serving.addresses import refusal
from ui.serving.room import SENTENCE, STATUS, is_of_the_disk

AT_LARGEST = 5  # of the largest pictures make the largest batch
FORM = 2**16  # bytes that a form adds around its pictures
PATIENCE = 2**28  # bytes beyond what is allowed
MOST_FIELDS = 32
LARGEST_FRAME = 2**20  # bytes of a camera's picture
IN_MEMORY = 2**20  # bytes of a picture; a larger one waits on the disk
READING_SECONDS = 300
LOADING_AT_ONCE = 2  # as on the page
SENTENCES = {
    404: 'There is nothing at this address: the page\'s tab "Use it from code" lists what there is.',
    405: "Pictures are sent to this address with POST; models and health are asked for with GET.",
}


class Asked(NamedTuple):
    """A request's content: pictures, as (name, file), and settings."""

    pictures: list[tuple[str, BinaryIO]]
    settings: dict[str, str]


class Rest:
    """A service's addresses.

    Args:
        service: answers the requests.
    """

    def __init__(self, service: Service):
        self.service = service
        self.working, self.loading = CapacityLimiter(AT_ONCE), CapacityLimiter(LOADING_AT_ONCE)
        self.waiting = 0

    def app(self) -> Starlette:
        """The application to mount."""
        post = {name: getattr(self, name) for name in ("caption", "compare", "caption_batch", "frame")}
        get = {"models": self.models, "health": self.health}
        post = {name: self._in_turn(prepare) for name, prepare in post.items()}
        routes = [
            Route(f"/{name}{slash}", answer, methods=[method])  # with or without a slash at the end
            for method, answers in (("POST", post), ("GET", get))
            for name, answer in answers.items()
            for slash in ("", "/")
        ]
        refusals = dict.fromkeys((HTTPException, CaptionerError, ClientDisconnect, TimeoutError, OSError), refused)
        return Starlette(routes=routes, exception_handlers={**refusals, Exception: failed})

    async def caption(self, request: Request) -> Callable:
        asked = await read(request, self.service.largest_picture)
        return partial(self.service.caption, only(asked.pictures), **asked.settings)

    async def compare(self, request: Request) -> Callable:
        asked = await read(request, self.service.largest_picture, OF_A_COMPARISON)
        return partial(self.service.compare, only(asked.pictures), **asked.settings)

    async def caption_batch(self, request: Request) -> Callable:
        asked = await read(request, AT_LARGEST * self.service.largest_picture)
        return partial(self.service.caption_batch, asked.pictures, **asked.settings)

    async def frame(self, request: Request) -> Callable:
        asked = await read(request, LARGEST_FRAME)
        return partial(self.service.frame, only(asked.pictures), **asked.settings)

    async def models(self, request: Request) -> JSONResponse:
        return JSONResponse(await to_thread.run_sync(self.service.models))

    async def health(self, request: Request) -> JSONResponse:
        try:
            return JSONResponse(await to_thread.run_sync(self.service.health))
        except ModelError as error:
            raise HTTPException(503, str(error)) from error

    def _in_turn(self, prepare: Callable[[Request], Awaitable[Callable]]) -> Callable:
        """Limit the requests at work to as many as on the page, and the queue behind them."""

        async def answer(request: Request) -> JSONResponse:
            if self.waiting >= self.service.most_waiting:
                raise HTTPException(503, "Too many are asking at once: try again in a moment.", {"Retry-After": "2"})
            self.waiting += 1
            try:
                with fail_after(READING_SECONDS):
                    work = await prepare(request)
                if not self.service.has_loaded(work.keywords.get("model")):  # nobody waits for another's model
                    await to_thread.run_sync(self.service.load, work.keywords["model"], limiter=self.loading)
                return JSONResponse(await to_thread.run_sync(work, limiter=self.working))
            finally:
                self.waiting -= 1

        return answer


async def read(request: Request, most: int, options: Iterable[str] = tuple(OPTIONS)) -> Asked:
    """A request's pictures and settings, from a body of at most that many bytes."""
    request = Request(request.scope, limited(request.receive, most))
    fields = list(request.query_params.multi_items())
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        form = await request.form(max_files=MOST_PICTURES, max_fields=MOST_FIELDS, max_part_size=FORM)
        fields += form.multi_items()
    elif kind.startswith("image/") or kind == "application/octet-stream":
        fields.append(("picture", await spooled(request)))
    else:
        raise HTTPException(415, "Send a form (curl -F picture=@photo.jpg), or a picture as body with its image type.")
    for name, value in fields:
        known([name], ("picture", "model", *options), "field")
        if isinstance(value, UploadFile) != (name == "picture"):
            kind = "a file (curl -F picture=@photo.jpg)" if name == "picture" else "text"
            raise SettingError(f"The field {name} must be {kind}.")
    pictures = [(value.filename or name, value.file) for name, value in fields if name == "picture"]
    return Asked(pictures, {name: value for name, value in fields if name != "picture"})


def limited(receive: Callable, most: int) -> Callable:
    """A request's messages, for a body of at most that many bytes.

    Much of a larger body is read and discarded, because many programs listen only after they have sent everything.
    """
    left = most + FORM

    async def within():
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        while -PATIENCE < left < 0 and message.get("more_body"):
            message = await receive()
            left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, f"That is too large: up to {most // 2**20} MB are read.")
        return message

    return within


async def spooled(request: Request) -> UploadFile:
    """The body, as if sent in a form."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115, it is deleted once nothing refers to it
    async for chunk in request.stream():
        file.write(chunk)
    return UploadFile(file)


def only(pictures: list[tuple[str, BinaryIO]]) -> BinaryIO:
    """The request's only picture.

    Raises:
        SettingError: there is none, or more than one.
    """
    if len(pictures) != 1:
        raise SettingError(f"There are {len(pictures)} pictures, and one is needed; /api/caption_batch takes many.")
    return pictures[0][1]


async def refused(request: Request, error: Exception) -> JSONResponse:
    """An error as JSON, with its message."""
    if isinstance(error, HTTPException):
        sentence = SENTENCES.get(error.status_code, error.detail)
        return JSONResponse({"error": sentence}, error.status_code, error.headers)
    if isinstance(error, TimeoutError | ClientDisconnect):
        return JSONResponse({"error": "The picture did not arrive in time: try again."}, 408)
    if isinstance(error, OSError):
        if is_of_the_disk(error):
            return refusal(STATUS, SENTENCE)
        raise error
    return JSONResponse({"error": str(error)}, 404 if isinstance(error, ModelError) else 400)


async def failed(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "Something broke here; the fault is not yours."}, 500)
