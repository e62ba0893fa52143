"""Many files in one request: each has its own answer, whatever it is."""

import json
import re

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal

from captioner import open_image
from captioner.errors import SettingError
from tests.pictures.kinds import encoded
from tests.pictures.test_memory import SMALL
from ui.programs.rest import Rest
from ui.programs.service import Service

PHOTO = encoded(SMALL, "JPEG")
FILM = b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(40)
EDITS = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN">\n<plist/>'
SETTINGS = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'
BREAKS = encoded(SMALL.resize((7, 7)), "PNG")
ALL_BREAK = encoded(SMALL.resize((9, 9)), "PNG")


class Sizes(Service):
    """A service whose caption is the size of the picture, and which breaks at some of them."""

    def __init__(self):
        super().__init__(models=None)

    def load(self, name):
        return None

    def has_loaded(self, name):
        return True

    def _captions(self, picture, searches, values, shared):
        width, height = open_image(picture).size
        if width == 7:
            raise RuntimeError("unforeseen")
        if width == 9:
            raise SettingError("This model writes at most 20 words.")
        return [{"text": f"{width} x {height}"}]


def send(*files: tuple[str, bytes]) -> httpx2.Response:
    async def ask():
        transport = httpx2.ASGITransport(Rest(Sizes()).app(), raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://captioner") as client:
            return await client.post("caption_batch", files=[("picture", file) for file in files])

    with start_blocking_portal() as portal:
        return portal.call(ask)


def test_films_and_edits_beside_live_photos_each_have_their_row_and_their_sentence():
    files = [
        ("IMG_1.JPG", PHOTO),
        ("IMG_1.MOV", FILM),
        ("IMG_1.AAE", EDITS),
        ("IMG_2.MOV", FILM),
        ("IMG_2.JPG", PHOTO),
        ("IMG_2.xmp", SETTINGS),
        ("notes.txt", b"hello"),
        ("empty.jpg", b""),
        ("cut.jpg", PHOTO[:300]),
        ("own fault.png", BREAKS),
    ]
    rows = send(*files).json()["pictures"]
    assert [row["file"] for row in rows] == [name for name, _ in files]
    reasons = [None, "is a video", "edits or notes", "is a video", None, "edits or notes", "unknown kind", "is empty",
               "damaged or incomplete", "something went wrong"]  # fmt: skip
    for row, reason in zip(rows, reasons, strict=True):
        if reason is None:
            assert (row["caption"], row["error"]) == ({"text": "48 x 32"}, None)
        else:
            assert row["caption"] is None
            assert row["error"].startswith(f'"{row["file"]}" ') and reason in row["error"]
            assert re.fullmatch(r"[^\n]+\.", row["error"])


@pytest.mark.parametrize(("content", "status"), [(BREAKS, 500), (ALL_BREAK, 400)], ids=["our fault", "a setting"])
def test_what_is_wrong_with_all_of_them_is_the_answer(content, status):
    answer = send(("a.png", content), ("b.png", content))
    assert answer.status_code == status and answer.json().keys() == {"error"}


@pytest.mark.parametrize(
    "name", ['caf\xe9 "x".jpg', "a\nb.mov", "\U0001f600" * 60 + ".mov", "x" * 4000, "..", "C:\\a.mov"]
)
def test_any_name_comes_back_with_its_row(name):
    [row] = send((name, FILM)).json()["pictures"]
    assert row["error"].endswith("choose a photo or a screenshot of it.") and "\n" not in row["error"]
    assert json.dumps(row)
