"""Assistants: a real client of the Model Context Protocol, over a real socket and as the one that starts the server."""

import base64
import shutil
import sys
from pathlib import Path

import httpx2
from anyio.from_thread import start_blocking_portal
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import ListRootsResult, Root

from captioner.folder.storage import DEFAULT_MODEL

ROOT = Path(__file__).parents[2]


def ask(server, *calls, **options) -> tuple[list[str], list]:
    """The names of a server's tools, and what calls of (tool, arguments) were answered with."""

    async def talk():
        async with Client(server, **options) as client:
            tools = await client.list_tools()
            return [tool.name for tool in tools.tools], [await client.call_tool(*call) for call in calls]

    with start_blocking_portal() as portal:  # a thread of its own: a browser's test may hold this one's loop
        return portal.call(talk)


def test_an_assistant_captions_a_picture_it_sends(url, photo, captioner):
    sent = base64.b64encode(photo.read_bytes()).decode()
    tools, (plain, greedy, models) = ask(
        f"{url}mcp",
        ("caption", {"picture": sent}),
        ("caption", {"picture": f"data:image/jpeg;base64,{sent}", "beam_width": 1}),
        ("models", {}),
    )
    assert tools == ["caption", "models"]
    for answer, width in (plain, 3), (greedy, 1):
        assert not answer.is_error
        said = answer.structured_content
        assert said["text"] == captioner.caption(photo, width).text
        assert said["text"] in answer.content[0].text
        assert said["beam_width"] == width and len(said["words"]) == len(said["text"].split())
    assert [model["id"] for model in models.structured_content["models"]] == [DEFAULT_MODEL.name, "tiny"]


def test_an_assistant_is_told_in_a_sentence_what_is_wrong(url, photo):
    sent = base64.b64encode(photo.read_bytes()).decode()
    wrong = {
        "not its path or address": {"picture": str(photo)},
        "path or address": {"picture": "http://127.0.0.1/photo.jpg"},
        "unknown kind": {"picture": base64.b64encode(b"hello").decode()},
        "no model": {"picture": sent, "model": "nothing"},
        "1 to 10": {"picture": sent, "beam_width": 11},
        "beam, diverse or nucleus": {"picture": sent, "strategy": "greedy"},
        "this model writes at most": {"picture": sent, "max_length": 1000},
        "true or false": {"picture": sent, "neutral": "perhaps"},
        "the arguments are picture, beam_width, model, strategy": {"picture": sent, "beamwidth": 3},
    }
    _, answers = ask(f"{url}mcp", *(("caption", asked) for asked in wrong.values()))
    for reason, answer in zip(wrong, answers, strict=True):
        assert answer.is_error and reason in answer.content[0].text


def test_a_strange_page_cannot_talk_to_it_by_another_name_of_this_machine(url):
    asked = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    assert httpx2.post(f"{url}mcp", json=asked, headers={**accept, "Host": "evil.example"}).status_code == 421
    assert httpx2.post(f"{url}mcp", json=asked, headers={**accept, "Origin": "http://evil.example"}).status_code == 403


def test_an_assistant_on_this_machine_starts_the_server_and_names_files_from_the_folders_it_works_in(
    photo, captioner, tmp_path
):
    folder = tmp_path / "my photos (ä)"
    folder.mkdir()
    shutil.copy(photo, folder / "in the folder.jpg")

    async def roots(context):
        return ListRootsResult(roots=[Root(uri=each.as_uri()) for each in (tmp_path / "gone", folder)])

    server = StdioServerParameters(command=sys.executable, args=["-m", "ui.programs.mcp"], cwd=str(ROOT))
    names = [str(photo), "in the folder.jpg", "not there.jpg", str(tmp_path / "nothing.jpg")]
    calls = [("caption", {"picture": name}) for name in names]
    _, (*found, missing, nothing) = ask(stdio_client(server), *calls, list_roots_callback=roots, mode="legacy")
    assert {answer.structured_content["text"] for answer in found} == {captioner.caption(photo, 3).text}
    for wrong in missing, nothing:
        assert wrong.is_error and "There is no file" in wrong.content[0].text
    _, (whole, without, _, _) = ask(stdio_client(server), *calls)
    assert whole.structured_content["text"] == captioner.caption(photo, 3).text
    assert without.is_error and "There is no file" in without.content[0].text
