"""Where the page asks for a password, so do the addresses beside it."""

import gradio as gr
import httpx2
import pytest

from captioner.folder.storage import DEFAULT_MODEL
from ui.models import Models
from ui.programs.routes import routes
from ui.programs.service import Service

SECRETS = {"pairs": [("ann", "key: é")], "function": lambda name, password: (name, password) == ("ann", "key: é")}


@pytest.fixture(scope="module", params=SECRETS)
def guarded(request):
    """The address of a page with a password."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Markdown("Behind a password.")
    beside = routes(Service(Models(DEFAULT_MODEL.parent)), lambda: blocks.app, mcp_host="127.0.0.1")
    _, address, _ = blocks.launch(
        auth=SECRETS[request.param], app_kwargs=beside, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1"
    )
    yield address
    blocks.close()


@pytest.mark.parametrize("path", ["api/health", "api/models", "api/caption", "mcp"])
def test_without_the_password_nobody_comes_in(guarded, path):
    for secret in None, ("ann", ""), ("ann", "wrong"), ("", ""), ("bob", ""):
        for method in "GET", "POST":
            answer = httpx2.request(method, guarded + path, auth=secret)
            assert answer.status_code == 401 and "a name and a password" in answer.json()["error"]
            assert answer.headers["WWW-Authenticate"].startswith("Basic")
    broken = httpx2.get(guarded + path, headers={"Authorization": "Basic ?"})
    assert broken.status_code == 401


def test_with_the_password_or_a_login_one_does(guarded):
    basic = "Basic YW5uOmtleTogw6k="  # ann:key: é
    assert httpx2.get(f"{guarded}api/health", headers={"Authorization": basic}).json()["status"] == "ok"
    with httpx2.Client(base_url=guarded) as browser:
        assert browser.post("login", data={"username": "ann", "password": "key: é"}).status_code == 200
        assert browser.get("api/health").json()["status"] == "ok"
