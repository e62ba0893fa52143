"""The real app.py in a process of its own, and a real Chromium before it; both are watched for whom they talk to."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from captioner.engines.export import export
from captioner.folder.model import Model
from captioner.folder.storage import DEFAULT_MODEL, save
from captioner.networks.presets import preset_named
from captioner.search.strategy import Decoding, Search
from captioner.vocabulary import END, Vocabulary
from tests.browser.visit import DESKTOP, DOG, as_film, lettering, taken
from tests.hub_server import serve_hub

ROOT = Path(__file__).parents[2]
LOCAL = re.compile(r"(https?://127\.0\.0\.1[:/]|data:|blob:|about:)")
BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
BROWSER_OPTIONS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
BROWSER_OPTIONS += ["--disable-gpu"]  # without one, drawing as if there were one takes a third more of the processor
CLIPBOARD = ["clipboard-read", "clipboard-write"]
START_SECONDS = 120

# Runs app.py as `python app.py` does, and notes every address it asks for that is not this machine.
WATCHED_APP = """
import runpy, sys
log, *sys.argv = sys.argv[1:]
LOCAL = ("127.0.0.1", "localhost", "0.0.0.0", "::1", "::", None, b"127.0.0.1", b"localhost")

def watch(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in LOCAL:
        with open(log, "a") as file:
            print(event, host, file=file)

sys.addaudithook(watch)
runpy.run_path(sys.argv[0], run_name="__main__")
"""

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def network_log(tmp_path_factory):
    """Where the server's attempts to reach another machine are noted."""
    log = tmp_path_factory.mktemp("server") / "network.txt"
    log.touch()
    return log


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Two model folders: the default model, and an untrained one of another kind, without attention."""
    folder = tmp_path_factory.mktemp("weights")
    (folder / DEFAULT_MODEL.name).symlink_to(DEFAULT_MODEL)
    preset = preset_named("merge-vgg16").but(encoder="mobilenetv2", units=16, embedding_size=8)
    vocabulary = Vocabulary.from_captions(["a zebra crosses the purple street", "two kings play chess"], 1)
    made_up = {"dataset": "none", "split": "test", "images": 1, "beam_width": 3, "BLEU-4": 5.678, "CIDEr": 12.34}
    made_up |= {"vocabulary_share": 1.0, "date": "never", "machine": "none"}
    model = Model.build("merge", preset, vocabulary, metrics=[made_up], decoding=Decoding(unsure_below=0.0))
    never_ends = [-9.0 * (token == END) for token in range(len(vocabulary))]
    model.decoder.logits.bias.assign(never_ends)
    save(model, folder / "merge")
    export(model, folder / "merge")  # as fit does at its end: the page need not wait for it
    return folder


@pytest.fixture(scope="session")
def hub(weights):
    """A Hub on this machine, which has the untrained model as `owner/name` and as `owner/slow`."""
    with serve_hub() as hub:
        hub.repositories = {"owner/name": weights / "merge", "owner/slow": weights / "merge"}
        yield hub


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """The file the page keeps shared results in."""
    return tmp_path_factory.mktemp("results") / "results.sqlite"


@pytest.fixture(scope="session")
def url(network_log, weights, hub, results, tmp_path_factory):
    """The address of the running page."""
    environment = {
        **hub.environment(tmp_path_factory.mktemp("hub")),
        "GRADIO_TEMP_DIR": str(tmp_path_factory.mktemp("gradio")),
        "CAPTIONER_WEIGHTS": str(weights),
        "CAPTIONER_RESULTS": str(results),
    }
    with served(network_log, environment) as address:
        yield address


@contextmanager
def served(network_log: Path, environment: dict[str, str], *arguments: str):
    """app.py in a process of its own -> its address; what it prints comes into output.txt beside the log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    output = output_beside(network_log)
    command = [sys.executable, "-u", "-c", WATCHED_APP, str(network_log), str(ROOT / "app.py"), *arguments]
    environment = {**os.environ, **environment, "PORT": str(port)}
    with output.open("w") as file:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_until_served(address, server, output)
        yield address
    finally:
        server.terminate()
        server.wait()


def output_beside(network_log: Path) -> Path:
    """Where app.py's own words go."""
    return network_log.with_name("output.txt")


def wait_until_served(address: str, server: subprocess.Popen, output: Path) -> None:
    for _ in range(START_SECONDS * 4):
        if server.poll() is not None:
            pytest.fail(f"app.py stopped with {server.returncode}:\n{output.read_text()}")
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.25)
    pytest.fail(f"app.py did not answer within {START_SECONDS} s:\n{output.read_text()}")


@pytest.fixture(scope="session")
def before_a_camera(tmp_path_factory):
    """Start the system's own Chromium, or the one that Playwright installed, before a camera that shows a film."""
    system = next(filter(None, map(shutil.which, BROWSERS)), None)

    @contextmanager
    def start(film: bytes):
        file = tmp_path_factory.mktemp("camera") / "film.y4m"
        file.write_bytes(film)
        options = [*BROWSER_OPTIONS, f"--use-file-for-fake-video-capture={file}"]
        try:
            chromium = playwright.chromium.launch(executable_path=system, args=options)
        except Error as error:
            reason = f"no Chromium to drive the page with: {error.message.splitlines()[0]}"
            required = os.environ.get("CAPTIONER_REQUIRE_DATA") == "1" or os.environ.get("CI")
            (pytest.fail if required else pytest.skip)(reason)
        yield chromium
        chromium.close()

    with sync_playwright() as playwright:
        yield start


@pytest.fixture(scope="session")
def browser(before_a_camera):
    """A browser before a camera that shows `lettering()`."""
    with before_a_camera(as_film(lettering())) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def seen(captioner, examples):
    """What greedy and beam search write about each example."""
    return {path: tuple(captioner.caption(path, beam_width=width) for width in (1, 3)) for path in examples}


@pytest.fixture(scope="session")
def disputed(seen):
    """A photo which greedy and beam search see differently, though not in every word, and not as they see the dog."""
    texts = {path: [caption.text for caption in captions] for path, captions in seen.items()}
    for path, (greedy, beam) in texts.items():
        shared = set(greedy.split()) & set(beam.split())
        if greedy != beam and shared and not {greedy, beam} & set(texts[DOG]):
            return path
    return pytest.fail("greedy and beam search agree on every example")


@pytest.fixture(scope="session")
def guided(captioner, seen):
    """A photo whose caption is another one without guidance, and what it has to name."""
    free = Search(beam_width=3, guided=False)
    for path, (_, caption) in seen.items():
        if caption.guided_by and caption.text != captioner.caption(path, search=free).text:
            return path, [one.noun.singular for one in caption.guided_by]
    return pytest.fail("no example has a guided caption")


@pytest.fixture(scope="session")
def photo(tmp_path_factory):
    """A photo of a dog."""
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    taken(320, 240).save(path)
    return path


@pytest.fixture(scope="session")
def returning():
    """Visitors who have been here before, by browser and options: they have its scripts, and nothing else of it."""
    return {}


def forget(visitor, address: str) -> None:
    """Close a visitor's windows, and have their browser forget all of the page but what it has in its cache."""
    for page in visitor.pages:
        page.close()
    visitor.set_offline(False)
    empty = visitor.new_page()
    everything = {"origin": address.rstrip("/"), "storageTypes": "all"}
    visitor.new_cdp_session(empty).send("Storage.clearDataForOrigin", everything)
    empty.close()


@pytest.fixture
def open_page(browser, url, returning, network_log):
    """Open the page as a visitor of one's own; when the test ends nothing may have left this machine or gone wrong."""
    visitors, faults = [], []

    def open_window(
        query="",  # what the address says; None where the test goes there itself
        console_is_quiet=True,
        for_the_first_time=False,
        script="",  # runs before the page's own
        viewport=DESKTOP,
        color_scheme="light",
        reduced_motion="no-preference",
        **options,
    ):
        kind = None if for_the_first_time else (browser, url, repr(options))
        visitor = returning.pop(kind, None) or browser.new_context(permissions=CLIPBOARD, **options)
        visitors.append((kind, visitor))
        page = visitor.new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        page.set_default_timeout(20_000)
        page.on("request", lambda request: LOCAL.match(request.url) or faults.append(f"asked for {request.url}"))
        if console_is_quiet:
            page.on("console", lambda line: line.type == "error" and faults.append(f"console: {line.text}"))
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.add_init_script(script)
        if query is not None:
            page.goto(url + query)
            expect(page.locator("#upload button")).to_be_visible()
        return page

    yield open_window
    gone_wrong = list(faults)  # before the windows close: Gradio complains of answers that it no longer gets
    for kind, visitor in visitors:
        if kind is None or kind in returning:
            visitor.close()
        else:
            forget(visitor, url)
            returning[kind] = visitor
    assert not gone_wrong, output_beside(network_log).read_text()[-5000:]


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def shoot():
    """Save what a page looks like where CAPTIONER_SCREENSHOTS names a folder, for a person to look at."""
    folder = os.environ.get("CAPTIONER_SCREENSHOTS")

    def save(page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return save
