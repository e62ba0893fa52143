"""Model folders that mean harm, each with a manifest that fits: refused before anything in them is used."""

import json
import pickle
import resource
import struct
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from captioner import Captioner, ModelError
from captioner.engines.exports import FORMAT
from captioner.folder.manifest import MANIFEST, describe, manifest_of, write_manifest
from captioner.folder.storage import save

MEGABYTE = 2**20


@pytest.fixture
def folder(tiny_model, tmp_path):
    save(tiny_model, tmp_path / "models/tiny")
    return tmp_path / "models/tiny"


def refused(folder, sentence: str) -> None:
    """The folder is refused with a sentence by every engine, and takes little memory."""
    before = peak()
    for engine in ("keras", "litert", None):
        with pytest.raises(ModelError, match=sentence):
            Captioner.from_pretrained(folder, engine)
    assert peak() - before < 300 * MEGABYTE


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def edited(folder, **changes) -> None:
    config = json.loads((folder / "config.json").read_text())
    for key, value in changes.items():
        config[key] = {**config[key], **value} if isinstance(value, dict) else value
    (folder / "config.json").write_text(json.dumps(config))
    write_manifest(folder)


def in_manifest(folder, name: str) -> None:
    files = json.loads((folder / MANIFEST).read_text())["files"]
    (folder / MANIFEST).write_bytes(manifest_of(files | {name: describe(b"")}))


class Harm:
    """A pickle that makes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("name", ["../../.bashrc", "/etc/passwd", "sub/../config.json", "..\\x", "vocabulary.txt/../x"])
def test_a_file_name_that_leads_out_of_the_folder(folder, name):
    in_manifest(folder, name)
    refused(folder, "does not belong in a model folder")


def test_a_zip_bomb_in_place_of_the_weights(folder):
    with zipfile.ZipFile(folder / "model.safetensors", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros.npy", bytes(400 * MEGABYTE))
    write_manifest(folder)
    assert (folder / "model.safetensors").stat().st_size < MEGABYTE
    refused(folder, r"head of .*tiny/model\.safetensors is not readable")


def test_a_pickle_in_place_of_the_weights_or_beside_them(folder, tmp_path):
    harm = tmp_path / "harm"
    (folder / "model.pkl").write_bytes(pickle.dumps(Harm(harm)))
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(pickle.dumps(Harm(harm)))
    write_manifest(folder)
    refused(folder, r"head of .*tiny/model\.safetensors is not readable")
    (folder / "model.safetensors").write_bytes(weights)
    write_manifest(folder)
    in_manifest(folder, "model.pkl")
    refused(folder, "'model.pkl', which does not belong in a model folder")
    assert not harm.exists()


def test_a_keras_config_with_a_lambda(folder):
    harm = {"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wAA"}}}}
    edited(folder, preset={"decoder": harm})
    refused(folder, "decoder is .*Lambda.*; expected str")
    (folder / "config.json").write_text(json.dumps({"class_name": "Sequential", "config": {"layers": [harm]}}))
    write_manifest(folder)
    refused(folder, "not in model format 1")


def test_a_vocabulary_of_ten_billion_rows(folder):
    """Said by the config, by the weights, by the file, which takes no room here, and by its lines."""
    edited(folder, decoder={"vocabulary": 10**10})
    refused(folder, "says 10000000000 words")

    words = len((folder / "vocabulary.txt").read_text().splitlines())
    edited(folder, decoder={"vocabulary": words})
    weights = (folder / "model.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", weights[:8])
    header = json.loads(weights[8 : 8 + size])
    [embeddings] = [name for name in header if name.startswith("decoder.") and name.endswith(".embeddings")]
    header[embeddings]["shape"][0] = 10**10
    head = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + weights[8 + size :])
    write_manifest(folder)
    refused(folder, r"do not fit vocabulary\.txt: their shape is \[10000000000")

    with (folder / "vocabulary.txt").open("ab") as file:
        file.write(b"".join(b"word%d\n" % number for number in range(300_000)))
    write_manifest(folder)
    refused(folder, "has 300,0.. words; the limit is 200,000")

    with (folder / "vocabulary.txt").open("r+b") as file:
        file.truncate(4 * 10**10)
    refused(folder, "has 40,000,000,000 bytes; the limit is 8,388,608")


def test_shapes_that_do_not_match(folder):
    """Networks of 2,000 times the size take no memory before that is seen."""
    edited(folder, preset={"units": 4096, "heads": 64, "blocks": 16})
    refused(folder, "do not match config.json|do not fit config.json")
    edited(folder, preset={"units": 16, "heads": 2, "blocks": 2})
    arrays = load_file(folder / "model.safetensors")
    name = next(name for name in arrays if name.startswith("decoder") and name.endswith("kernel"))
    save_file(arrays | {name: arrays[name][:1]}, folder / "model.safetensors")
    write_manifest(folder)
    refused(folder, f"do not fit config.json.*{name}")


def test_evidence_that_would_make_each_word_slow(folder):
    edited(folder, preset={"evidence_words": 100_000})
    refused(folder, "evidence_words is 100000; it must be 1 to 64")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_numbers(folder, value):
    arrays = load_file(folder / "model.safetensors")
    name = list(arrays)[-1]
    arrays[name].flat[0] = value
    save_file(arrays, folder / "model.safetensors")
    write_manifest(folder)
    refused(folder, "values that are not numbers")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "learning-curve.png", "README.md", MANIFEST])
def test_a_link_out_of_the_folder(folder, tmp_path, name):
    secret = tmp_path / "secret"
    secret.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"secret")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(secret)
    refused(folder, f"tiny/{name} is a link out of the model folder")


def test_a_link_out_of_what_only_looks_like_the_hubs_cache(folder, tmp_path):
    (tmp_path / "secret").write_bytes((folder / "config.json").read_bytes())
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(tmp_path / "secret")
    folder.parent.rename(tmp_path / "snapshots")
    refused(tmp_path / "snapshots/tiny", "is a link out of the model folder")


@pytest.mark.parametrize("name", ["config.json", MANIFEST])
def test_an_oversized_json(folder, name):
    with (folder / name).open("r+b") as file:
        file.truncate(10**10)
    refused(folder, f"tiny/{name} has 10,000,000,000 bytes; the limit is 1,048,576")


@pytest.mark.parametrize("content", ["[" * 100_000, '{"format": ' + "9" * 100_000 + "}", '{"format": NaN}', "\\ud800"])
def test_a_json_that_is_odd_within_the_limits(folder, content):
    (folder / "config.json").write_text(content)
    write_manifest(folder)
    refused(folder, r"tiny/config\.json is not readable JSON")


@pytest.mark.parametrize("version", [99, 0, "1", None, [1]])
def test_a_wrong_format_version(folder, version):
    edited(folder, format=version)
    refused(folder, "is not in model format 1, the only one this version of Captioner reads")


@pytest.mark.parametrize(
    ("part", "key", "value", "sentence"),
    [
        ("decoding", "length_penalty", 1e999, "not readable JSON|finite"),
        ("decoding", "unsure_below", -(10**400), "finite"),
        ("decoding", "temperature", 0.0, "temperature is 0.0"),
        ("decoding", "length_penalty", -3.0, r"tiny/config\.json: The length penalty is -3\.0; it must be 0 to 5"),
        ("decoding", "length_penalty", 300.0, "The length penalty is 300.0"),
        ("decoding", "information_weight", 1e9, "The information weight is 1000000000.0; it must be 0 to 100"),
        ("decoding", "no_repeat_ngram", -1, "The no repeat ngram is -1"),
        ("decoding", "information_weight", -0.2, "The information weight is -0.2"),
        ("decoding", "beam_width", 10**9, "beam_width is 1000000000"),
        ("preset", "blocks", 10**9, "blocks is 1000000000"),
        ("preset", "heads", 0, "heads is 0"),
    ],
)
def test_numbers_without_sense(folder, part, key, value, sentence):
    edited(folder, **{part: {key: value}})
    refused(folder, sentence)


def test_an_export_of_a_strangers_is_never_run(folder, monkeypatch):
    """It comes with weights, hashes and a description that fit; what serves is made here."""
    for name in ("encoder.tflite", "start.tflite", "step.tflite"):
        (folder / name).write_bytes(b"harm")
    files = write_manifest(folder)
    description = {"format": FORMAT, "weights": files["model.safetensors"]["sha256"], "size": 224, "grid": [7, 7]}
    description |= {"networks": {name: files[name]["sha256"] for name in files if name.endswith(".tflite")}}
    description |= {"attends": True, "looks": False, "parameters": [1, 1], "precisions": {}}
    (folder / "export.json").write_text(json.dumps(description))
    write_manifest(folder)
    run = []
    monkeypatch.setattr("captioner.engines.litert_engine.Network", lambda content: run.append(content))
    assert Captioner.from_pretrained(folder, "litert").engine.name == "litert"
    assert len(run) == 3 and b"harm" not in run
