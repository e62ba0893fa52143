"""What a link to the page shows in a chat or a feed: the page's own words and picture, or a shared result's.

Gradio writes its own name and picture into the page's head; these are put in their place as the page goes out.
"""

import io
import re
from collections.abc import Callable
from pathlib import Path

from anyio import to_thread
from gradio.route_utils import get_root_url
from PIL import Image
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from captioner import CaptionerError, as_sentence
from ui.page.render import render
from ui.programs.guard import Guard
from ui.sharing.links import kept_to_use
from ui.sharing.result_card import result_card
from ui.sharing.results import Result, Results

TITLE = "Captioner: what does a model see in your photo?"
DESCRIPTION = "Drop a photo and read an English caption, how sure the model is of every word, and where it looked."
PICTURE = Path(__file__).parents[2] / "examples/dog.jpg"
GRADIOS_OWN = re.compile(rb"""<meta\s+(?:property|name)="(?:og|twitter):[^>]*?/>\s*""")
RESULT = "/preview/{id}.png"


class Previews:
    """An ASGI middleware that writes the page's head, and the pictures it names.

    Args:
        app: Gradio's application.
        results: the shared results; None if there are none.
        page: Gradio's application, once it is there.
    """

    def __init__(self, app, results: Results | None, page: Callable):
        self.app = app
        self.results = results
        self.guard = Guard(app, page)
        self.page = page

    async def __call__(self, scope, receive, send):
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or scope["path"].rstrip("/") != scope.get("root_path", "")
        ):
            return await self.app(scope, receive, send)
        request = Request(scope)
        head = (await self._head(request)).encode()
        start = None

        async def rewritten(message):
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                body.clear()
                return
            body.append(message.get("body", b""))
            if message.get("more_body"):
                return
            content = b"".join(body)
            headers = MutableHeaders(raw=start["headers"])
            if headers.get("content-type", "").startswith("text/html"):
                content = GRADIOS_OWN.sub(b"", content).replace(b"<head>", b"<head>\n" + head, 1)
                headers["content-length"] = str(len(content))
            await send(start)
            await send({"type": "http.response.body", "body": content})

        body: list[bytes] = []
        await self.app(scope, receive, rewritten)

    async def _head(self, request: Request) -> str:
        root = get_root_url(request, "/", self.page().root_path)
        asked = request.query_params.get("result")
        found = None
        if asked and self.results and await self.guard.may_enter(request):
            found = await to_thread.run_sync(shared, self.results, asked)
        if found:
            text, _ = found
            title, picture, address = as_sentence(text), RESULT.format(id=asked), f"?result={asked}"
        else:
            title, picture, address = TITLE, "/preview.jpg", ""
        return render(
            "preview.html",
            title=title,
            description=DESCRIPTION,
            picture=f"{root}{picture}",
            address=f"{root}/{address}",
        )


def preview_routes(results: Results | None, page: Callable) -> list[Route]:
    """The addresses of the pictures that the head names."""

    def picture(request: Request) -> Response:
        return FileResponse(PICTURE, media_type="image/jpeg")

    def result(request: Request) -> Response:
        found = results and shared(results, request.path_params["id"])
        if not found:
            return Response(status_code=404)
        text, kept = found
        card = result_card(Image.open(io.BytesIO(kept.picture)), as_sentence(text), kept.content["model"])
        return Response(card, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    return [Route("/preview.jpg", picture), Route(RESULT, Guard(Route(RESULT, result).app, page))]


def shared(results: Results, id: str) -> tuple[str, Result] | None:
    """The caption to use of a shared result, and the result; None where there is no such result or caption."""
    try:
        kept = results.find(id)
        text = kept_to_use(kept).text
    except (CaptionerError, KeyError, TypeError):
        return None
    return (text, kept) if text else None
