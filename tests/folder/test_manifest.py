"""A model folder is read as its manifest describes it, and whoever rewrites the folder seals it anew."""

import hashlib
import json
import shutil

import pytest

import train
from captioner import Captioner, ModelError
from captioner.folder import default
from captioner.folder.manifest import CONFIG, EXPORT, MANIFEST, WEIGHTS, ModelFolder, describe, seal
from captioner.folder.storage import DEFAULT_MODEL, load, save


@pytest.fixture
def folder(tiny_model, tmp_path):
    save(tiny_model, tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.fixture
def our_default(tmp_path, monkeypatch):
    """A copy of the default model that may be changed, in the place of the default model."""
    copy = shutil.copytree(DEFAULT_MODEL.parent, tmp_path / "weights") / DEFAULT_MODEL.name
    monkeypatch.setattr(default, "DEFAULT_MODEL", copy)
    return copy


def entries(folder) -> dict:
    return json.loads((folder / MANIFEST).read_text())["files"]


def test_every_file_of_the_folder_is_named_with_size_and_hash(folder):
    (folder / "learning-curve.png").write_bytes(b"picture")
    (folder / "notes.txt").write_text("of no model folder")
    seal(folder)
    here = {path.name for path in folder.iterdir()} - {MANIFEST, "notes.txt"}
    assert entries(folder).keys() == here
    for name, entry in entries(folder).items():
        assert entry == describe((folder / name).read_bytes())


@pytest.mark.parametrize("name", ["config.json", "vocabulary.txt", "model.safetensors"])
@pytest.mark.parametrize("engine", ["keras", "litert", None])
def test_a_file_that_changed_is_refused_before_it_is_parsed(folder, name, engine):
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    with pytest.raises(ModelError, match=rf"tiny/{name} does not match manifest.json"):
        Captioner.from_pretrained(folder, engine)


def test_a_folder_from_before_there_were_manifests_is_read_and_sealed_by_its_next_save(folder):
    (folder / MANIFEST).unlink()
    model = load(folder)
    save(model, folder)
    assert entries(folder)[WEIGHTS] == describe((folder / WEIGHTS).read_bytes())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"format": 2, "files": {}}, "manifest format 1"),
        ({"format": 1, "files": []}, "manifest format 1"),
        ({"format": 1, "files": {CONFIG: {"size": 3}}}, "size and sha256 of config.json"),
        ({"format": 1, "files": {CONFIG: {"size": -1, "sha256": ""}}}, "the size -1"),
        ({"format": 1, "files": {CONFIG: {"size": 10**12, "sha256": ""}}}, "the size 1000000000000"),
        ({"format": 1, "files": {MANIFEST: {"size": 1, "sha256": ""}}}, "does not belong in a model folder"),
        ({"format": 1, "files": {}}, "has no config.json, vocabulary.txt, model.safetensors"),
        ([], "does not hold a JSON object"),
    ],
)
def test_a_damaged_manifest_is_refused(folder, content, sentence):
    (folder / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ModelError, match=sentence):
        ModelFolder(folder)


def test_the_shell_seals_a_folder_that_was_changed_by_hand(folder):
    (folder / "mistakes.json").write_text('{"photos": 50}')
    assert "mistakes.json" not in entries(folder)
    assert train.main(["seal", "--model", str(folder)]) == 0
    assert "mistakes.json" in entries(folder)


@pytest.mark.parametrize("folder", default.folders(), ids=lambda folder: folder.name)
def test_a_built_in_model_is_named_file_by_file_with_the_hashes_it_has(folder):
    named = default.published(folder)["files"]
    assert named == entries(folder)
    for name, entry in named.items():
        assert entry == describe((folder / name).read_bytes()), f"train.py seal --model {folder}"
    own = {name: named[name]["sha256"] for name in EXPORT}
    assert default.are_ours(own)
    assert not default.are_ours(own | {"step.tflite": hashlib.sha256(b"a stranger's").hexdigest()})


def test_the_networks_of_two_built_in_models_are_no_model():
    first, *others = ({name: default.published(folder)["files"][name]["sha256"] for name in EXPORT}
                      for folder in default.folders())  # fmt: skip
    for other in others:
        assert not default.are_ours(first | {"step.tflite": other["step.tflite"]})


def test_a_changed_default_model_is_named_anew_and_is_no_longer_the_published_one(our_default):
    default.was_published(our_default, "owner/default", "c0ffee")
    seal(our_default)
    assert (default.published()["repository"], default.published()["commit"]) == ("owner/default", "c0ffee")
    (our_default / "mistakes.json").write_text("{}")
    seal(our_default)
    assert default.published()["files"]["mistakes.json"]["size"] == 2
    assert (default.published()["repository"], default.published()["commit"]) == ("owner/default", None)


def test_other_folders_leave_the_default_models_manifest_alone(folder, our_default):
    before = default.manifest_path().read_bytes()
    seal(folder)
    default.was_published(folder, "owner/tiny", "c0ffee")
    assert default.manifest_path().read_bytes() == before
