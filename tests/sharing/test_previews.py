"""What a chat or a feed makes of a link to the page, read over a real socket."""

import io
import re
from html import unescape

import gradio as gr
import httpx2
import pytest
from PIL import Image

from captioner.folder.storage import DEFAULT_MODEL
from ui.models import Models
from ui.programs.routes import routes
from ui.programs.service import Service
from ui.sharing.results import Results

CONTENT = {
    "model": "small",
    "captions": [{"kind": "greedy", "text": "a cat"}, {"kind": "beam", "text": 'a "dog" <runs>'}],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return Results(tmp_path_factory.mktemp("results") / "results.sqlite")


@pytest.fixture(scope="module")
def serve(results):
    """Open a page that keeps results -> its address."""
    opened = []

    def page(auth=None) -> str:
        with gr.Blocks(title="Captioner", analytics_enabled=False) as blocks:
            gr.Markdown("A page.")
        beside = routes(Service(Models(DEFAULT_MODEL.parent)), lambda: blocks.app, results=results)
        opened.append(blocks)
        return blocks.launch(
            app_kwargs=beside, auth=auth, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1"
        )[1]

    yield page
    for blocks in opened:
        blocks.close()


def head(address: str) -> dict[str, str]:
    """The elements of a page's head that previews are made of; none is there twice."""
    found = re.findall(r'<meta\s+(?:name|property)="([\w:]+)"\s+content="([^"]*)"', httpx2.get(address).text)
    names = [name for name, _ in found if name != "viewport"]
    assert len(names) == len(set(names))
    return {name: unescape(content) for name, content in found}


def test_a_link_shows_the_page_or_the_shared_result(serve, results):
    address = serve()
    plain = head(address)
    assert plain["og:title"] == plain["twitter:title"] and plain["og:title"].startswith("Captioner")
    assert "English" in plain["description"] and "Gradio" not in str(plain) and "gradio" not in str(plain)
    assert plain["og:image"] == f"{address}preview.jpg"
    assert Image.open(io.BytesIO(httpx2.get(plain["og:image"]).content)).format == "JPEG"

    kept = results.keep(Image.new("RGB", (64, 48), "green"), CONTENT)
    shared = head(f"{address}?result={kept.id}")
    assert shared["og:title"] == 'A "dog" <runs>.' and shared["og:url"] == f"{address}?result={kept.id}"
    card = Image.open(io.BytesIO(httpx2.get(shared["og:image"]).content))
    red, green, blue = card.convert("RGB").getpixel((card.width // 2, 60))  # in the photo, which was kept as JPEG
    assert card.format == "PNG" and red < 5 and 120 < green < 136 and blue < 5
    for unknown in "nothing-like-this", "../../etc", '"><script>':
        assert head(str(httpx2.URL(address, params={"result": unknown}))) == plain


def test_behind_a_password_a_link_tells_nothing_of_the_result(serve, results):
    address = serve(auth=[("ann", "secret")])
    kept = results.keep(Image.new("RGB", (64, 48)), CONTENT)
    assert head(f"{address}?result={kept.id}")["og:title"].startswith("Captioner")
    assert httpx2.get(f"{address}preview/{kept.id}.png").status_code == 401
