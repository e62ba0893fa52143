"""A Hub id is fetched, kept, and refused with a sentence; the Hub is a real server on this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from captioner import Captioner, ModelError
from captioner.storage import load, load_from_hub, save
from tests.conftest import ROOT
from tests.hub_server import COMMIT, serve_hub

FILES = {"config.json", "vocabulary.txt", "model.safetensors", "README.md"}


@pytest.fixture(scope="module")
def saved(tiny_model, tmp_path_factory):
    """A repository: the model folder and two files that no one needs."""
    folder = tmp_path_factory.mktemp("hub") / "tiny"
    save(tiny_model, folder)
    (folder / "evil.py").write_text("raise SystemExit('executed')")
    (folder / "sub").mkdir()
    (folder / "sub/config.json").write_text("{}")
    return folder


@pytest.fixture
def hub(saved, tmp_path, monkeypatch):
    """A running Hub with one model, `owner/tiny`, and nothing fetched from it so far."""
    from huggingface_hub import constants

    with serve_hub() as hub:
        hub.repositories["owner/tiny"] = saved
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.chdir(tmp_path)
        yield hub


def fetched(tmp_path) -> set[str]:
    return {path.name for path in tmp_path.glob("cache/*/snapshots/*/*")}


def test_the_shell_captions_with_a_model_of_the_hub(saved, tmp_path, examples):
    command = [sys.executable, "-m", "captioner", "--model", "owner/tiny", "--beam-width", "1", str(examples[0])]
    with serve_hub() as hub:
        hub.repositories["owner/tiny"] = saved
        environment = {**os.environ, **hub.environment(tmp_path)}
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == Captioner.from_pretrained(saved).caption(examples[0], 1).text


@pytest.mark.parametrize("revision", ["", "@main", f"@{COMMIT}"])
def test_exactly_the_files_of_a_model_are_fetched(hub, tmp_path, revision):
    assert load(f"owner/tiny{revision}").name == "tiny"
    assert fetched(tmp_path) == FILES
    assert not [path for path in hub.asked if "evil" in path or "sub" in path]


def test_what_was_fetched_is_used_when_the_hub_is_away(hub, tmp_path, monkeypatch):
    load("owner/tiny")
    asked = len(hub.asked)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert load("owner/tiny").name == "tiny"
    assert len(hub.asked) == asked


def test_what_became_private_is_not_served_to_strangers_from_the_cache(hub):
    load("owner/tiny")
    hub.repositories.clear()
    with pytest.raises(ModelError, match="private"):
        load_from_hub("owner/tiny", token=False)


def test_a_local_folder_of_that_name_wins(hub, saved, tmp_path):
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner/tiny").symlink_to(saved)
    assert load("owner/tiny").name == "tiny"
    assert not hub.asked
    load_from_hub("owner/tiny")
    assert hub.asked


NO_IDS = """tiny|owner/|/tiny|owner/tiny/more|../tiny|owner/..|owner/../../tiny|owner/.tiny|owner/tiny@|owner/ti ny
owner/tiny@../../main|owner/tiny@a b|https://host/owner/tiny|owner/tiny?x=1|owner\\tiny|owner/%2e%2e"""


@pytest.mark.parametrize("name", ["", "owner/tiny\n", f"o/{'a_' * 200}!", *NO_IDS.replace("\n", "|").split("|")])
def test_what_is_no_id_is_refused_without_asking(hub, name):
    with pytest.raises(ModelError, match="owner/name"):
        load_from_hub(name)
    assert not hub.asked


def test_a_path_is_never_a_hub_id(hub, tmp_path):
    with pytest.raises(ModelError, match="no model folder owner/tiny"):
        load(Path("owner/tiny"))
    assert not hub.asked


def test_an_unknown_name_and_an_unknown_revision_are_named(hub):
    with pytest.raises(ModelError, match=r"no model owner/tyni.*private"):
        load("owner/tyni")
    with pytest.raises(ModelError, match="owner/tiny has no revision v9"):
        load("owner/tiny@v9")


def test_a_gated_model_says_what_to_do(hub):
    hub.closed["owner/tiny"] = "GatedRepo"
    with pytest.raises(ModelError, match=r"gated.*hf auth login"):
        load("owner/tiny")


@pytest.mark.parametrize("name", ["config.json", "vocabulary.txt", "model.safetensors"])
def test_another_kind_of_model_is_refused_before_anything_is_fetched(hub, saved, tmp_path, name):
    other = tmp_path / "other"
    other.mkdir()
    for file in FILES - {name}:
        (other / file).symlink_to(saved / file)
    hub.repositories["owner/other"] = other
    with pytest.raises(ModelError, match=f"owner/other is not a model of Captioner: it lacks {name}"):
        load("owner/other")
    assert fetched(tmp_path) == set()


def test_a_model_that_is_too_large_is_refused_before_anything_is_fetched(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("captioner.hub.LARGEST", 1000)
    with pytest.raises(ModelError, match="large"):
        load("owner/tiny")
    assert fetched(tmp_path) == set()


@pytest.mark.parametrize("changes", [{"format": 99}, {"preset": {"dropout": 7.0}}, {"preset": {"units": "many"}}])
def test_a_damaged_model_is_named_by_its_id(hub, saved, tmp_path, changes):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in FILES:
        (damaged / file).write_bytes((saved / file).read_bytes())
    config = json.loads((saved / "config.json").read_text()) | changes
    (damaged / "config.json").write_text(json.dumps(config))
    hub.repositories["owner/damaged"] = damaged
    with pytest.raises(ModelError, match=r"owner/damaged/config\.json") as caught:
        load("owner/damaged")
    assert str(tmp_path) not in str(caught.value)


def test_a_hub_that_is_down_is_a_sentence(hub):
    hub.shutdown()
    hub.server_close()
    with pytest.raises(ModelError, match=r"owner/tiny is not on this machine.*cannot be reached"):
        load("owner/tiny")


def test_a_hub_that_is_switched_off_is_a_sentence(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="switched off by HF_HUB_OFFLINE"):
        load("owner/tiny")
    assert not hub.asked


def test_a_server_that_is_no_hub_is_a_sentence(hub, monkeypatch):
    monkeypatch.setattr("tests.hub_server.Answer.tree", lambda *_: "hello")
    with pytest.raises(ModelError, match="owner/tiny broke off"):
        load("owner/tiny")
