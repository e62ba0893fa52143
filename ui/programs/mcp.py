"""A server for assistants: the tool `caption` by the Model Context Protocol.

`python app.py --mcp` serves it at /mcp, next to the page; assistants anywhere send the picture itself.
`make mcp` serves the assistant that starts it, over standard input and output; that assistant names a file.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from anyio import CapacityLimiter, fail_after, to_thread
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import ClientCapabilities, ListRootsRequest, ListRootsResult, RootsCapability, ToolAnnotations
from pydantic import Field, WithJsonSchema

from captioner import CaptionerError
from captioner.answer import ModelsAnswer, SentenceAnswer
from captioner.pictures.formats import KNOWN_FORMATS
from captioner.pictures.named import at_path, in_base64
from ui.models import Models
from ui.programs.options import OPTIONS, Option, known, taking
from ui.programs.service import AT_ONCE, Service
from ui.settings import read_settings

INSTRUCTIONS = (
    "Captioner describes a photo in one English sentence, with a small model that runs on this machine. "
    "It makes mistakes: `doubtful` is true and word probabilities are low when it is unsure; "
    "most captions that are `sure` are right."
)
FOLDERS = ("CAPTIONER_FOLDER", "OLDPWD", "PWD", "HOME")  # where relative paths may begin; `make -C` has left OLDPWD
ROOTS_SECONDS = 5  # an assistant has to name its folders
READS_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True)
SENT = f"the picture file in Base64, or as a data: URL ({KNOWN_FORMATS})"
NAMED = f"the path of a picture file on this machine ({KNOWN_FORMATS})"


class StrictTool(Tool):
    """A tool that refuses an argument it does not know, where others would leave it unread."""

    async def run(self, arguments: dict, *more, **options):
        try:
            known(arguments, self.parameters["properties"], "argument")
        except CaptionerError as error:
            raise ToolError(str(error)) from error
        return await super().run(arguments, *more, **options)


def described(option: Option):
    """An option's schema for an assistant; its values are checked by the service, which refuses in a sentence."""
    return Annotated[Any, WithJsonSchema(option.schema())]


def assistants_server(
    service: Service, read: Callable[..., bytes | Path] = in_base64, picture_is: str = SENT
) -> MCPServer:
    """The server and its tools.

    Args:
        service: writes the captions.
        read: what an assistant gives as a picture -> what `open_image` takes. `named` is also given the assistant's
            folders.
        picture_is: what that is, in words for the assistant.
    """
    working = CapacityLimiter(AT_ONCE)

    @taking(OPTIONS, described)
    async def caption(
        context: Context,
        picture: Annotated[str, Field(description=picture_is)],
        model: Annotated[
            str | None, Field(description="a name from the `models` tool (default: the default model)")
        ] = None,
        **options,
    ) -> SentenceAnswer:
        """Describe a photo in one sentence, with a confidence for each word."""
        found = partial(read, folders=await folders_of(context)) if read is named else read
        try:
            answer = await to_thread.run_sync(
                lambda: service.caption(found(picture), model, **options), limiter=working
            )
        except CaptionerError as error:
            raise ToolError(str(error)) from error
        del answer["attention"]  # 49 numbers per word, of no use to an assistant
        return answer

    def models() -> ModelsAnswer:
        """List the models that `caption` can use."""
        return service.models()

    tools = [StrictTool.from_function(each, annotations=READS_ONLY) for each in (caption, models)]
    return MCPServer("captioner", title="Captioner", instructions=INSTRUCTIONS, tools=tools, log_level="WARNING")


def over_http(service: Service, host: str):
    """The application that answers at /mcp, and the lifespan it needs.

    Args:
        host: where the page is served; if only on this machine, requests to other names are refused (DNS rebinding).
    """
    server = assistants_server(service)
    largest = service.largest_picture * 4 // 3 + 2**16  # bytes; Base64 turns three into four
    app = server.streamable_http_app(stateless_http=True, json_response=True, max_request_body_size=largest, host=host)
    return app, lambda _: server.session_manager.run()


def named(picture: str, folders: Iterable[Path] = ()) -> bytes | Path:
    """The picture that the assistant which started this process names.

    Args:
        folders: the assistant's own, where relative paths begin.
    """
    known = [Path(folder) for name in FOLDERS if (folder := os.environ.get(name))]
    return at_path(picture, [*folders, *known])


async def folders_of(context: Context) -> list[Path]:
    """The folders an assistant works in (its "roots"); none where it does not say."""
    session = context.session
    if not session.can_send_request or not session.check_client_capability(ClientCapabilities(roots=RootsCapability())):
        return []
    try:
        with fail_after(ROOTS_SECONDS):
            answer = await session.send_request(ListRootsRequest(), ListRootsResult)
    except (MCPError, TimeoutError):
        return []
    folders = []
    for root in answer.roots:
        with suppress(CaptionerError):  # on another computer
            folders.append(at_path(str(root.uri)))
    return [folder for folder in folders if isinstance(folder, Path)]


def main() -> None:
    """Serve the assistant that started this process."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        settings = read_settings(os.environ)
    except CaptionerError as error:
        raise SystemExit(f"The server cannot start: {error}") from error
    models = Models(settings.weights, settings.engine, settings.model, settings.models)
    assistants_server(Service(models), named, NAMED).run("stdio")


if __name__ == "__main__":
    main()
