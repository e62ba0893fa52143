"""A model folder holds the whole model, and a damaged one is refused with a sentence."""

import hashlib
import json
import time

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from captioner import Captioner, ModelError
from captioner.folder.default import folders
from captioner.folder.manifest import seal
from captioner.folder.storage import load, save
from tests.conftest import ROOT


@pytest.fixture
def folder(tiny_model, tmp_path):
    save(tiny_model, tmp_path / "tiny")
    return tmp_path / "tiny"


def edit_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    seal(folder)


def test_a_saved_model_says_the_same_words(tiny_model, folder, examples):
    before, after = Captioner(tiny_model), Captioner.from_pretrained(folder)
    for photo in examples[:3]:
        assert before.caption(photo, 3).text == after.caption(photo, 3).text


def test_saving_a_loaded_model_changes_no_byte_of_its_weights(folder, tmp_path):
    save(load(folder), tmp_path / "again")
    assert (tmp_path / "again/model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert (tmp_path / "again/config.json").read_bytes() == (folder / "config.json").read_bytes()


def test_the_folder_holds_what_the_design_says(folder):
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "vocabulary.txt",
        "model.safetensors",
        "README.md",
        "manifest.json",
    }
    assert all(array.dtype == np.float16 for array in load_file(folder / "model.safetensors").values())
    assert (folder / "README.md").read_text().startswith("---\n")


def test_the_order_of_layer_names_in_the_process_does_not_matter(folder):
    load(folder)
    assert load(folder).name == "tiny"


def test_saving_over_a_model_keeps_the_files_beside_it_and_leaves_no_scratch(tiny_model, folder):
    (folder / "learning-curve.png").write_bytes(b"picture")
    save(tiny_model, folder)
    assert (folder / "learning-curve.png").read_bytes() == b"picture"
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("name", ["config.json", "vocabulary.txt", "model.safetensors"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        load(folder)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ModelError, match="nowhere"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "format"),
        ({"preset": {"wings": 2}}, "wings"),
        ({"preset": {"units": "many"}}, "units"),
        ({"preset": {"encoder": "alexnet"}}, "alexnet"),
        ({"preset": {"decoder": "parrot"}}, "parrot"),
        ({"decoding": {"beam_width": None}}, "beam_width"),
        ({"decoding": {"max_length": 10**9}}, "max_length"),
        ({"preset": {"units": 10**6}}, "units"),
        ({"preset": {"dropout": 7.0}}, "do not make a network"),
        ({"name": 3}, "name"),
    ],
)
def test_a_config_with_a_wrong_setting_is_refused_by_name(folder, changes, message):
    edit_config(folder, **changes)
    with pytest.raises(ModelError, match=message):
        load(folder)


def test_a_config_that_is_no_json_is_refused(folder):
    (folder / "config.json").write_text("{")
    seal(folder)
    with pytest.raises(ModelError, match="JSON"):
        load(folder)


def test_truncated_weights_are_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    seal(folder)
    with pytest.raises(ModelError, match="damaged"):
        load(folder)


def test_weights_of_another_model_are_refused(folder):
    arrays = load_file(folder / "model.safetensors")
    name = next(name for name, array in arrays.items() if name.startswith("decoder") and name.endswith(".kernel"))
    save_file(arrays | {name: np.zeros((3, 3), "float16")}, folder / "model.safetensors")
    seal(folder)
    with pytest.raises(ModelError, match="do not fit"):
        load(folder)
    del arrays[name]
    save_file(arrays, folder / "model.safetensors")
    seal(folder)
    with pytest.raises(ModelError, match="do not match"):
        load(folder)


def test_weights_that_are_no_numbers_are_refused(folder):
    arrays = load_file(folder / "model.safetensors")
    first = next(iter(arrays))
    save_file(arrays | {first: np.full_like(arrays[first], np.nan)}, folder / "model.safetensors")
    seal(folder)
    with pytest.raises(ModelError, match=first):
        load(folder)


def test_a_vocabulary_of_another_model_is_refused(folder):
    with (folder / "vocabulary.txt").open("a") as file:
        file.write("zebra\n")
    seal(folder)
    with pytest.raises(ModelError, match="do not fit"):
        load(folder)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_built_in_model_is_small_and_made_here(folder):
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 36_000_000
    config = json.loads((folder / "config.json").read_text())
    assert "fine-tune" in {record["stage"] for record in config["training"]["history"]}


def test_the_embedded_model_loads_fast():
    """Generous beside the second it is to take (benchmarks/latency.py measures), so that only a blunder fails here."""
    start = time.perf_counter()
    load()
    assert time.perf_counter() - start < 10


def test_no_model_folder_holds_a_file_that_can_run():
    """Numbers and text, and the graphs LiteRT interprets: those alone that the folder's own export has written."""
    for folder in (path.parent for path in (ROOT / "weights").glob("*/config.json")):
        exported = (
            json.loads((folder / "export.json").read_text())["networks"] if (folder / "export.json").exists() else {}
        )
        for path in folder.iterdir():
            if path.name in exported:
                assert hashlib.sha256(path.read_bytes()).hexdigest() == exported[path.name]
            else:
                assert path.suffix in (".json", ".txt", ".safetensors", ".md", ".png"), path
