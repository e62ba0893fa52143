"""The real app.py with --mcp, in a process of its own, asked over a real socket."""

import httpx2
import pytest

from captioner.folder.storage import DEFAULT_MODEL, save
from tests.browser.conftest import network_log, served  # noqa: F401
from tests.hub_server import serve_hub


@pytest.fixture(scope="session")
def url(network_log, tiny_model, tmp_path_factory):  # noqa: F811
    """The address of a page with the default model and the tiny one, which the Hub has as `owner/name`."""
    weights = tmp_path_factory.mktemp("weights")
    (weights / DEFAULT_MODEL.name).symlink_to(DEFAULT_MODEL)
    save(tiny_model, weights / "tiny")
    with serve_hub() as hub:
        hub.repositories = {"owner/name": weights / "tiny"}
        environment = {
            **hub.environment(tmp_path_factory.mktemp("hub")),
            "GRADIO_TEMP_DIR": str(tmp_path_factory.mktemp("gradio")),
            "CAPTIONER_WEIGHTS": str(weights),
            "CAPTIONER_UPLOAD_MB": "40",
            "CAPTIONER_RESULTS": str(tmp_path_factory.mktemp("results") / "results.sqlite"),
        }
        with served(network_log, environment, "--mcp") as address:
            yield address


@pytest.fixture
def http(url):
    """Plain HTTP to the page."""
    with httpx2.Client(base_url=url, timeout=180) as client:
        yield client


@pytest.fixture
def photo(examples):
    """A photograph of a dog."""
    [photo] = [example for example in examples if example.stem == "dog"]
    return photo
