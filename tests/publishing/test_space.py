"""The page on a Space: exactly the files it needs go there, and with them alone it starts and captions a photo."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from huggingface_hub import SpaceCard

import train
from captioner import ModelError
from captioner.folder import default
from captioner.folder.storage import DEFAULT_MODEL, save
from captioner.publishing.space import space_files, wait_until_it_runs
from tests.conftest import ROOT
from tests.hub_server import TOKEN, Repository, serve_hub, use_hub
from tests.proxy import shown_under

START_SECONDS = 120


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty Hub whose Spaces are quick, and who runs this is logged in."""
    monkeypatch.setattr("captioner.publishing.space.time.sleep", lambda seconds: None)
    with serve_hub() as hub:
        use_hub(monkeypatch, hub, tmp_path / "cache", TOKEN)
        yield hub


def deploy(*options) -> int:
    return train.main(["deploy", "--space", "owner/page", *options])


def listed(text: str) -> list[str]:
    return [line.split()[-1] for line in text.splitlines() if " bytes " in line]


def test_a_dry_run_lists_the_files_and_does_nothing(hub, capsys):
    assert deploy("--dry-run") == 0
    files = listed(capsys.readouterr().out)
    assert files == sorted(space_files())
    assert {"app.py", "requirements.txt", "README.md", "weights/manifest.json", "ui/page/favicon.png"} <= set(files)
    assert all(
        re.match(r"(app\.py|README\.md|requirements\.txt|LICENSE|NOTICE|(captioner|ui|examples|weights)/)", path)
        for path in files
    )
    assert not [path for path in files if re.search(r"(^|/)(\.|__pycache__|tests|benchmarks|cache|checkpoints)", path)]
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert not tracked or set(files) <= set(tracked)
    assert space_files()["requirements.txt"] == (ROOT / "requirements-page.txt").read_bytes()
    assert not hub.changes


def test_license_and_notice_go_along():
    files = space_files()
    for name in ("LICENSE", "NOTICE"):
        assert files[name] == (ROOT / name).read_bytes()


def test_the_front_matter_says_how_it_runs():
    files = space_files("owner/model@" + "c" * 40)
    about = SpaceCard(files["README.md"].decode()).data
    requirements = (ROOT / "requirements-page.txt").read_text().splitlines()
    [gradio] = [line for line in requirements if line.startswith("gradio==")]
    assert (about.sdk, f"gradio=={about.sdk_version}", about.app_file) == ("gradio", gradio, "app.py")
    assert about.python_version == "3.11" and about.models == ["owner/model"]
    assert about.preload_from_hub == [
        f"owner/model manifest.json,config.json,vocabulary.txt,model.safetensors {'c' * 40}"
    ]
    assert len(about.short_description) <= 60 and about.emoji and about.colorFrom and about.colorTo


def test_the_embedded_model_is_named_once_it_is_published(monkeypatch):
    assert "models:" not in space_files()["README.md"].decode()
    monkeypatch.setattr(default, "published", lambda: {"repository": "owner/default", "files": {}})
    assert SpaceCard(space_files()["README.md"].decode()).data.models == ["owner/default"]


def test_it_is_put_there_waited_for_and_its_address_printed(hub, capsys):
    assert deploy("--private") == 0
    space = hub.repository("spaces/owner/page")
    assert space.files == space_files()
    assert space.private and space.about["sdk"] == "gradio" and len(space.commits) == 2
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "building", "app starting", "running", "https://owner-page.hf.space"
    ]  # fmt: skip


def test_a_second_time_nothing_is_uploaded_and_what_is_no_longer_needed_goes(hub):
    deploy()
    changes = len(hub.changes)
    assert deploy() == 0
    assert len(hub.changes) == changes
    space = hub.repository("spaces/owner/page")
    space.files.update({"ui/old.py": b"", "notes.md": b"mine", "app.py": b"older"})
    assert deploy() == 0
    assert space.files == {**space_files(), "notes.md": b"mine"}


def test_a_model_of_the_hub_is_pinned_and_begun_with(hub, tiny_model, tmp_path):
    save(tiny_model, tmp_path / "tiny")
    hub.repositories["owner/tiny"] = tmp_path / "tiny"
    assert deploy("--model", "owner/tiny") == 0
    space = hub.repository("spaces/owner/page")
    pinned = f"owner/tiny@{hub.repository('owner/tiny').head}"
    assert {"key": "CAPTIONER_MODEL", "value": pinned} in space.about["variables"]
    assert pinned.partition("@")[2].encode() in space.files["README.md"]


def test_without_a_paid_plan_it_says_what_else_there_is(hub, capsys):
    hub.unpaid = True
    assert deploy() == 2
    assert "paid plan for this (owner); docs/deploy.md lists alternatives" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["BUILD_ERROR", "RUNTIME_ERROR", "PAUSED"])
def test_a_space_that_does_not_run_names_its_log(hub, capsys, stage):
    hub.stages = ["BUILDING", stage]
    assert deploy() == 2
    assert f"does not run ({stage}); see its log: {hub.url}/spaces/owner/page" in capsys.readouterr().err


def test_waiting_has_an_end_and_another_commits_running_does_not_count(hub):
    hub.repositories["spaces/owner/page"] = Repository()
    hub.stages = ["RUNNING"]
    with pytest.raises(ModelError, match="is not running after"):
        wait_until_it_runs("owner/page", "1" * 40, lambda stage: None, minutes=0.01)


def test_another_space_is_not_written_into(hub, capsys):
    hub.repositories["spaces/owner/page"] = Repository({"1" * 40: {"app.py": b"another", "model.py": b""}})
    assert deploy() == 2
    assert "holds something else" in capsys.readouterr().err
    assert not hub.changes


def test_these_files_alone_start_and_caption_a_photo(captioner, tmp_path):
    """In an empty folder, with the settings of a host: on its port, under the path of a proxy, with small limits."""
    home = tmp_path / "space"
    for path, content in space_files().items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(content)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHONPATH", "CAPTIONER"))
    }
    environment |= {
        "PORT": str(port),
        "CAPTIONER_BASE_PATH": "/captioner",
        "CAPTIONER_UPLOAD_MB": "1",
        "CAPTIONER_MODELS": DEFAULT_MODEL.name,
        "CAPTIONER_SHARING": "off",
        "GRADIO_TEMP_DIR": str(tmp_path / "uploads"),
    }
    with (tmp_path / "output.txt").open("w") as output:
        server = subprocess.Popen([sys.executable, "app.py"], cwd=home, env=environment, stdout=output, stderr=output)
    try:
        wait_until_served(f"http://127.0.0.1:{port}", server, tmp_path / "output.txt")
        with shown_under("/captioner", port) as address:
            config = json.load(urllib.request.urlopen(f"{address}/config"))
            assert config["root"] == address and config["max_file_size"] == 2**20
            client = Client(address, token=False, verbose=False, download_files=False, analytics_enabled=False)
            answer = client.predict(handle_file(ROOT / "examples/giraffes.jpg"), 3, api_name="/compare")
        assert answer["beam"]["text"] == captioner.caption(ROOT / "examples/giraffes.jpg", beam_width=3).text
    finally:
        server.terminate()
        server.wait()


def wait_until_served(address: str, server: subprocess.Popen, output: Path) -> None:
    for _ in range(START_SECONDS * 4):
        assert server.poll() is None, output.read_text()
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    pytest.fail(output.read_text())
