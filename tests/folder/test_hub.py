"""A Hub id is fetched, kept, and refused with a sentence; the Hub is a real server on this machine."""

import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from captioner import Captioner, ModelError
from captioner.folder import storage
from captioner.folder.hub import download
from captioner.folder.manifest import seal
from captioner.folder.storage import DEFAULT_MODEL, find, save
from captioner.search.bigrams import Bigrams
from tests.conftest import ROOT, printed
from tests.hub_server import COMMIT, Repository, serve_hub, use_hub

load = partial(storage.load, networks=False)  # they are made of what was fetched, from wherever it was
FILES = {"config.json", "vocabulary.txt", "model.safetensors", "bigrams.safetensors", "README.md", "manifest.json"}


@pytest.fixture(scope="module")
def saved(tiny_model, tmp_path_factory):
    """A repository: the model folder and three files that no one needs."""
    folder = tmp_path_factory.mktemp("hub") / "tiny"
    save(replace(tiny_model, bigrams=Bigrams.from_captions([], tiny_model.vocabulary)), folder)
    (folder / "evil.py").write_text("raise SystemExit('executed')")
    (folder / "reliability.png").write_bytes(b"a picture")
    (folder / "sub").mkdir()
    (folder / "sub/config.json").write_text("{}")
    return folder


@pytest.fixture
def hub(saved, tmp_path, monkeypatch):
    """A running Hub with one model, `owner/tiny`, and nothing fetched from it so far."""
    with serve_hub() as hub:
        hub.repositories["owner/tiny"] = saved
        use_hub(monkeypatch, hub, tmp_path / "cache")
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
    assert run.stdout.strip() == printed(Captioner.from_pretrained(saved).caption(examples[0], 1))


@pytest.mark.parametrize("revision", [None, "main", COMMIT, "v1"])
def test_a_revision_is_pinned_to_its_commit(hub, revision):
    hub.repository("owner/tiny").tags["v1"] = COMMIT
    folder = find("owner/tiny", revision)
    assert folder.revision == folder.path.name == COMMIT
    assert load(f"owner/tiny@{revision or 'main'}").revision == COMMIT
    assert not [path for path in hub.asked if "resolve" in path and COMMIT not in path]


def test_a_revision_is_named_once_and_of_the_hub(hub, saved):
    with pytest.raises(ModelError, match="only once"):
        find("owner/tiny@main", "main")
    with pytest.raises(ModelError, match="is not a revision"):
        find("owner/tiny", "../main")
    with pytest.raises(ModelError, match="has no revisions"):
        find(saved, "main")
    assert not hub.asked


@pytest.mark.parametrize("revision", ["", "@main", f"@{COMMIT}"])
def test_exactly_the_files_of_a_model_are_fetched(hub, tmp_path, revision):
    assert storage.load(f"owner/tiny{revision}").name == "tiny"
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
        download("owner/tiny", token=False)


def test_a_local_folder_of_that_name_wins(hub, saved, tmp_path):
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner/tiny").symlink_to(saved)
    assert load("owner/tiny").name == "tiny"
    assert not hub.asked
    download("owner/tiny")
    assert hub.asked


NO_IDS = """tiny|owner/|/tiny|owner/tiny/more|../tiny|owner/..|owner/../../tiny|owner/.tiny|owner/tiny@|owner/ti ny
owner/tiny@../../main|owner/tiny@a b|https://host/owner/tiny|owner/tiny?x=1|owner\\tiny|owner/%2e%2e"""


@pytest.mark.parametrize("name", ["", "owner/tiny\n", f"o/{'a_' * 200}!", *NO_IDS.replace("\n", "|").split("|")])
def test_what_is_no_id_is_refused_without_asking(hub, name):
    with pytest.raises(ModelError, match="owner/name"):
        download(name)
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
def test_another_kind_of_model_is_refused_before_anything_is_fetched(hub, tmp_path, name):
    del hub.repository("owner/tiny").files[name]
    with pytest.raises(ModelError, match=f"owner/tiny is not a Captioner model: it has no {name}"):
        load("owner/tiny")
    assert fetched(tmp_path) == set()


def test_a_model_without_a_manifest_is_refused_before_anything_is_fetched(hub, tmp_path):
    del hub.repository("owner/tiny").files["manifest.json"]
    with pytest.raises(ModelError, match=r"owner/tiny has no manifest.json .* train\.py publish"):
        load("owner/tiny")
    assert fetched(tmp_path) == set()


@pytest.mark.parametrize("limit", ["captioner.folder.hub.MOST", "captioner.folder.hub.LARGEST"])
def test_a_model_that_is_too_large_is_refused_before_it_is_fetched(hub, tmp_path, monkeypatch, limit):
    monkeypatch.setattr(limit, 10_000 if "MOST" in limit else dict.fromkeys([*FILES, "reliability.png"], 10_000))
    with pytest.raises(ModelError, match="too large"):
        load("owner/tiny")
    assert fetched(tmp_path) <= {"manifest.json"}


@pytest.mark.parametrize("changes", [{"format": 99}, {"preset": {"dropout": 7.0}}, {"preset": {"units": "many"}}])
def test_a_damaged_model_is_named_by_its_id(hub, saved, tmp_path, changes):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in FILES:
        (damaged / file).write_bytes((saved / file).read_bytes())
    config = json.loads((saved / "config.json").read_text()) | changes
    (damaged / "config.json").write_text(json.dumps(config))
    seal(damaged)
    hub.repositories["owner/damaged"] = damaged
    with pytest.raises(ModelError, match=r"owner/damaged/config\.json") as caught:
        storage.load("owner/damaged")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "vocabulary.txt", "model.safetensors"])
def test_a_file_that_the_manifest_does_not_know_is_refused_unread(hub, name):
    files = hub.repository("owner/tiny").files
    files[name] = files[name].replace(b"a", b"b", 1)
    with pytest.raises(ModelError, match=f"owner/tiny/{name} does not match manifest.json"):
        load("owner/tiny")


def test_one_flipped_byte_in_the_cache_is_refused(hub, tmp_path):
    load("owner/tiny")
    [weights] = tmp_path.glob("cache/*/snapshots/*/model.safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.resolve().write_bytes(content)
    for engine in (None, "litert", "keras"):
        with pytest.raises(ModelError, match=r"owner/tiny/model\.safetensors does not match manifest.json"):
            Captioner.from_pretrained("owner/tiny", engine)


def test_a_download_that_broke_off_goes_on_where_it_was(hub):
    """In whole chunks of 10 MB, as the Hub's client takes them."""
    hub.repositories["owner/default"] = DEFAULT_MODEL
    hub.cut.add("model.safetensors")
    assert download("owner/default").read("model.safetensors")
    [(path, bytes_wanted)] = hub.ranges
    assert path.endswith("/model.safetensors")
    assert bytes_wanted == f"bytes={10 * 2**20}-"


def test_two_processes_that_fetch_at_once_both_succeed(hub, tmp_path):
    program = "from captioner.folder.storage import load; print(load('owner/tiny', networks=False).name)"
    environment = {**os.environ, **hub.environment(tmp_path)}
    hub.pause.clear()
    both = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=-1, stderr=-1, text=True)
        for _ in range(2)
    ]
    while len(hub.asked) < 2:  # both wait for the same answer
        assert all(process.poll() is None for process in both)
        time.sleep(0.05)
    hub.pause.set()
    for process in both:
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, output.strip()) == (0, "tiny"), errors


def failing_disk(monkeypatch, number: int) -> None:
    """Have every file of the Hub's cache fail to be opened for writing, as `number` says; root may write anywhere."""
    real = Path.open

    def fail(self, mode="r", *rest, **options):
        if mode == "wb" and "blobs" in self.parts:
            raise OSError(number, os.strerror(number), str(self))
        return real(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", fail)


@pytest.mark.parametrize(
    ("number", "sentence"), [(errno.ENOSPC, "no room for owner/tiny"), (errno.EROFS, "not writable")]
)
def test_a_disk_that_takes_nothing_is_said_and_leaves_nothing_half(hub, tmp_path, monkeypatch, number, sentence):
    with monkeypatch.context() as patch:
        failing_disk(patch, number)
        with pytest.raises(ModelError, match=rf"{sentence}.*HF_HOME"):
            load("owner/tiny")
    assert fetched(tmp_path) == set()
    assert load("owner/tiny").name == "tiny"


def test_a_file_may_not_grow_over_what_is_allowed(hub, tmp_path):
    """A limit of this machine's own, in place of a disk that is full: the system refuses the write in the middle."""
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)); "
        "from captioner.folder.hub import download; download('owner/tiny')"
    )
    environment = {**os.environ, **hub.environment(tmp_path / "home")}
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert "There is no room for owner/tiny" in run.stderr.splitlines()[-1]
    assert not list(tmp_path.glob("home/**/*.incomplete"))


def test_what_others_may_not_read_is_a_sentence(hub):
    hub.failing = 403
    with pytest.raises(ModelError, match="You have no access"):
        load("owner/tiny")


def test_a_hub_in_trouble_is_served_from_the_cache(hub):
    load("owner/tiny")
    hub.failing = 503
    assert load("owner/tiny").name == "tiny"


def test_the_default_model_brings_its_own_export_along_and_no_other_model_does(hub, tmp_path):
    files = Repository.of(DEFAULT_MODEL).files
    hub.repositories["owner/default"] = Repository({COMMIT: files})
    assert Captioner.from_pretrained("owner/default").engine.name == "litert"
    assert {"export.json", "encoder.tflite", "start.tflite", "step.tflite"} <= fetched(tmp_path)
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    for name, content in files.items():
        (stranger / name).write_bytes(content)
    (stranger / "step.tflite").write_bytes(files["start.tflite"])
    seal(stranger)
    hub.repositories["owner/stranger"] = stranger
    assert not [path for path in download("owner/stranger").path.iterdir() if path.suffix == ".tflite"]


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
