"""A model folder's export for LiteRT: it says what Keras says, and is used only where it belongs to the weights."""

import json
import shutil
import subprocess
import sys
import warnings

import numpy as np
import pytest

from captioner import Captioner, ModelError, open_image
from captioner.engines.keras_engine import KerasEngine
from captioner.export import DESCRIPTION, NETWORKS, export, fast_encode
from captioner.images import to_pixels
from captioner.model import Model
from captioner.presets import preset_named
from captioner.storage import load, save
from captioner.vocabulary import Vocabulary
from tests.conftest import ROOT

FLOAT32 = dict.fromkeys(NETWORKS, "float32")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The model that comes with the library, exported at full precision."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    save(load(), folder)
    export(load(folder), folder, FLOAT32)
    return folder


@pytest.fixture
def copy(exported, tmp_path):
    """One to damage."""
    return shutil.copytree(exported, tmp_path / "model")


def test_the_export_says_what_keras_says(exported, examples):
    ours, theirs = (Captioner.from_pretrained(exported, engine) for engine in ("litert", "keras"))
    assert (ours.engine.size, ours.engine.grid, ours.attends) == (theirs.engine.size, theirs.engine.grid, True)
    assert ours.engine.parameters == theirs.engine.parameters
    features = theirs.encode(examples)
    np.testing.assert_allclose(ours.encode(examples), features, atol=2e-3)
    for beam_width in (1, 3):
        for one, other in zip(ours.decode(features, beam_width), theirs.decode(features, beam_width), strict=True):
            assert one.text == other.text
            assert one.score == pytest.approx(other.score, abs=1e-4)
            for mine, reference in zip(one.words, other.words, strict=True):
                assert mine.probability == pytest.approx(reference.probability, abs=1e-3)
                np.testing.assert_allclose(mine.attention, reference.attention, atol=1e-3)


def test_features_for_training_are_those_of_keras(examples):
    encoder = load().encoder
    pixels = to_pixels([open_image(photo) for photo in examples[:3]], (224, 224))
    np.testing.assert_allclose(fast_encode(encoder)(pixels), KerasEngine(encoder).encode(pixels), atol=2e-3)


def test_integers_say_nearly_the_same(examples, tmp_path):
    model = load()
    save(model, tmp_path / "model")
    pixels = to_pixels([open_image(photo) for photo in examples], (224, 224))
    with pytest.raises(ModelError, match="takes its ranges from pictures"):
        export(model, tmp_path / "model", dict.fromkeys(NETWORKS, "int8"))
    export(model, tmp_path / "model", dict.fromkeys(NETWORKS, "int8"), pixels)
    files = [(tmp_path / "model" / f"{name}.tflite").stat().st_size for name in NETWORKS]
    assert sum(files) < 11e6
    ours = Captioner.from_pretrained(tmp_path / "model", "litert")
    theirs = Captioner(model)
    features = theirs.engine.encode(pixels)
    assert np.corrcoef(ours.engine.encode(pixels).ravel(), features.ravel())[0, 1] > 0.9
    for one, other in zip(ours.decode(features, 1), theirs.decode(features, 1), strict=True):
        assert one.words[0].probability == pytest.approx(other.words[0].probability, abs=0.05)


def test_together_is_as_one_by_one(exported, examples):
    captioner = Captioner.from_pretrained(exported, "litert")
    together = captioner.caption_batch(examples, 3)
    assert [caption.text for caption in together] == [captioner.caption(photo, 3).text for photo in examples]


def test_a_temperature_and_neutral_words_work_with_any_engine(exported, examples):
    ours, theirs = (Captioner.from_pretrained(exported, engine) for engine in ("litert", "keras"))
    ours.engine.temperature, theirs.engine.temperature = np.array(2, "float32"), 2.0
    for photo in examples[:4]:
        one, other = (captioner.caption(photo, 1, neutral=True) for captioner in (ours, theirs))
        assert (one.text, one.score) == (other.text, pytest.approx(other.score, abs=1e-3))


def test_the_export_is_served_without_keras_and_tensorflow(exported, examples):
    program = (
        "import sys; from captioner import Captioner; "
        f"print(Captioner.from_pretrained({str(exported)!r}).caption({str(examples[0])!r}).text); "
        "print(sorted({'keras', 'tensorflow', 'gradio', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    caption, imported = done.stdout.splitlines()
    assert caption == Captioner.from_pretrained(exported, "keras").caption(examples[0]).text
    assert imported == "[]"


@pytest.mark.parametrize("name", ["merge-vgg16", "inject-inceptionv3", "sequence-vgg16"])
def test_the_notebooks_decoders_can_be_exported(name, tmp_path):
    """The decoder alone is at stake: all of them look with a small encoder here."""
    preset = preset_named(name).but(encoder="mobilenetv2", units=8)
    model = Model.build("small", preset, Vocabulary.from_captions(["a dog runs on green grass"], 1))
    save(model, tmp_path / "model")
    export(model, tmp_path / "model", FLOAT32 | {"step": "int8"})
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 224, 224, 3)).astype("uint8")
    captioners = [Captioner.from_pretrained(tmp_path / "model", engine) for engine in ("litert", "keras")]
    captions = [captioner.caption_batch(pixels, 3) for captioner in captioners]
    for ours, theirs in zip(*captions, strict=True):
        assert ours.score == pytest.approx(theirs.score, abs=0.05)


def test_other_weights_make_the_export_stale_and_keras_computes(copy):
    model = load(copy)
    weights = (copy / "model.safetensors").read_bytes()
    model.decoder.bias.assign(model.decoder.bias + 1)
    save(model, copy)
    with pytest.raises(ModelError, match="of other weights"):
        Captioner.from_pretrained(copy, "litert")
    with pytest.warns(UserWarning, match=r"of other weights; .* Keras computes instead"):
        captioner = Captioner.from_pretrained(copy)
    assert captioner.engine.name == "keras"
    (copy / "model.safetensors").write_bytes(weights)
    assert Captioner.from_pretrained(copy).engine.name == "litert"


def test_what_training_writes_around_the_weights_leaves_the_export_fresh(copy):
    model = load(copy)
    model.metrics = []
    save(model, copy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Captioner.from_pretrained(copy).engine.name == "litert"


@pytest.mark.parametrize("file", ["encoder.tflite", "start.tflite", "step.tflite", DESCRIPTION])
def test_a_damaged_export_is_not_run(file, copy):
    content = bytearray((copy / file).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / file).write_bytes(content)
    with pytest.raises(ModelError, match=r"damaged|other weights"):
        Captioner.from_pretrained(copy, "litert")


@pytest.mark.parametrize("file", ["step.tflite", DESCRIPTION])
def test_a_missing_export_is_said(file, copy):
    (copy / file).unlink()
    with pytest.raises(ModelError, match=r"train\.py export"):
        Captioner.from_pretrained(copy, "litert")
    with pytest.warns(UserWarning, match="Keras computes instead"):
        assert Captioner.from_pretrained(copy).engine.name == "keras"


def test_a_description_of_another_format_is_not_believed(copy):
    description = json.loads((copy / DESCRIPTION).read_text())
    (copy / DESCRIPTION).write_text(json.dumps(description | {"format": 2}))
    with pytest.raises(ModelError, match="other weights"):
        Captioner.from_pretrained(copy, "litert")


def test_an_unknown_engine_is_said():
    with pytest.raises(ModelError, match=r"Unknown engine 'onnx'; known: litert, keras\."):
        Captioner.from_pretrained(engine="onnx")
