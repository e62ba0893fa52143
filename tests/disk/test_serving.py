"""A page whose disk is full or may only be read says so, and goes on with all that needs none."""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import gradio as gr
import httpx2
import pytest
from PIL import Image

from captioner import CaptionerError
from captioner.bulk.captions import Result
from captioner.pictures.archive import sources_in
from tests.disks import contents, full_after, open_folder, read_only
from ui.page.many import Batch, download
from ui.programs.routes import routes
from ui.serving.around import around
from ui.serving.uploads import Uploads
from ui.settings import Settings
from ui.sharing.results import ResultError, Results

NO_ROOM = {"error": "There is no room for pictures here right now: try again later."}
LARGE, SMALL = bytes(3_000_000), bytes(100_000)
SERVICE = SimpleNamespace(
    largest_picture=2**25,
    most_waiting=8,
    has_loaded=lambda name: True,
    caption=lambda picture: {"bytes": len(picture.read())},
)


@contextmanager
def page(uploads: Uploads):
    """A page that takes uploads, with all its layers and the addresses for programs -> a client of it."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.File()
    beside = routes(SERVICE, lambda: blocks.app)
    beside["middleware"] = [*around(Settings(), uploads.folder), *beside["middleware"]]
    _, address, _ = blocks.launch(app_kwargs=beside, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    try:
        with httpx2.Client(base_url=address, timeout=60) as client:
            yield client
    finally:
        blocks.close()


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    uploads = Uploads(tmp_path / "uploads")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(uploads.folder))
    yield uploads
    uploads.remove()


def test_a_picture_that_finds_no_room_is_refused_with_a_sentence_and_the_page_goes_on(uploads):
    def upload(content: bytes) -> httpx2.Response:
        return client.post("gradio_api/upload", files={"files": ("photo.jpg", content)})

    def caption(content: bytes) -> httpx2.Response:
        return client.post("api/caption", content=content, headers={"Content-Type": "image/jpeg"})

    with page(uploads) as client:
        for send in upload, caption:
            with full_after(1_500_000):
                refused = send(LARGE)
                assert (refused.status_code, refused.json()) == (507, NO_ROOM)
                assert send(SMALL).status_code == 200
                assert client.get("").status_code == 200
            assert send(LARGE).status_code == 200


def test_uploads_in_a_folder_that_may_only_be_read_are_a_sentence_at_the_start():
    sentence = r"The folder for uploads, .+, cannot be used \(Permission denied\): free some space, or set GRADIO_TEMP"
    with open_folder() as home, read_only(home), pytest.raises(CaptionerError, match=sentence):
        Uploads(home)


def test_a_result_that_finds_no_room_is_not_shared_and_those_before_are_found(tmp_path):
    store = Results(tmp_path / "results.sqlite")
    small, large = Image.new("RGB", (100, 100)), Image.effect_noise((1000, 1000), 100)
    before = store.keep(small, {"captions": []})
    with full_after(300_000):
        for _ in range(3):
            with pytest.raises(ResultError, match="cannot be reached right now; everything else works"):
                store.keep(large, {"captions": []})
        assert store.find(before.id).content == {"captions": []}
    assert store.find(store.keep(large, {"captions": []}).id).picture


def test_results_in_a_folder_that_may_only_be_read_are_a_sentence():
    with open_folder() as home, read_only(home), pytest.raises(ResultError, match="everything else works"):
        Results(home / "new/results.sqlite").keep(Image.new("RGB", (9, 9)), {})


@pytest.mark.parametrize("kind", ["csv", "jsonl", "zip"])
def test_a_download_that_finds_no_room_leaves_the_one_before(tmp_path, examples, kind):
    [source] = sources_in(examples[:1])
    batch = Batch(1, [Result(source, "model", {"text": "a dog", "score": -0.5, "sure": True, "words": []})], [""])
    download(kind, tmp_path, batch, "[]")
    before = contents(tmp_path)
    with full_after(20), pytest.raises(gr.Error, match=re.escape("There is no room for this file here right now")):
        download(kind, tmp_path, batch, '[[0, "a cat"]]')
    assert contents(tmp_path) == before
