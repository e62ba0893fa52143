"""A model's export for LiteRT: it says what Keras says, and is run only where this project or this machine made it."""

import shutil
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from captioner import Captioner, ModelError, open_image
from captioner.engines.export import PRECISIONS, export, fast_encode, make_export
from captioner.engines.exports import cache, find_export, keep
from captioner.engines.keras_engine import KerasEngine
from captioner.engines.litert_engine import Network, one_by_one
from captioner.folder.manifest import DESCRIPTION, NETWORKS, ModelFolder, seal
from captioner.folder.model import Model
from captioner.folder.storage import DEFAULT_MODEL, load, read_model, save
from captioner.networks.presets import preset_named
from captioner.pictures.images import to_pixels
from captioner.vocabulary import Vocabulary
from tests.conftest import ROOT
from tests.networks.small import small_mobilenet

FLOAT32 = dict.fromkeys(NETWORKS, "float32")


@pytest.fixture(autouse=True, scope="module")
def cached_here(tmp_path_factory):
    """Exports made by other tests do not matter here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAPTIONER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def model():
    """The model that comes with the library, with its networks."""
    return load()


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    """The model that comes with the library, without its own export, and exported here at full precision."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    save(model, folder)
    export(model, folder, FLOAT32)
    return folder


@pytest.fixture(scope="module")
def both(exported):
    """The exported model, served by LiteRT and by Keras."""
    return [Captioner.from_pretrained(exported, engine) for engine in ("litert", "keras")]


@pytest.fixture
def default_copy(tmp_path):
    """The model that comes with the library, with its own export, to be damaged; nothing has been exported here."""
    return shutil.copytree(DEFAULT_MODEL, tmp_path / "model")


@pytest.fixture
def made(exported, monkeypatch, tmp_path):
    """Which models an export was asked of in a test; each gets the same one, and so needs no networks. The cache is
    empty at its start."""
    model = load(exported, networks=False)
    some = find_export(ModelFolder(exported), model.preset)
    names = []
    monkeypatch.setenv("CAPTIONER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("captioner.captioner.read_model", partial(read_model, networks=False))
    monkeypatch.setattr("captioner.engines.export.make_export", lambda model: names.append(model.name) or some)
    return names


def test_the_export_says_what_keras_says(both, examples):
    ours, theirs = both
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


def test_features_for_training_are_those_of_keras(model, examples):
    pixels = to_pixels([open_image(photo) for photo in examples[:3]], (224, 224))
    features = KerasEngine(model.encoder).encode(pixels)
    np.testing.assert_allclose(fast_encode(model.encoder)(pixels), features, atol=2e-3)


@pytest.fixture(scope="module")
def pixels(examples):
    return to_pixels([open_image(photo) for photo in examples[::2]], (224, 224))


@pytest.fixture(scope="module")
def in_integers(model, pixels):
    """An export of the model that comes with the library, all of it in integers."""
    return make_export(model, dict.fromkeys(NETWORKS, "int8"), pixels)


def test_integers_say_nearly_the_same(model, in_integers, pixels, tmp_path, monkeypatch):
    monkeypatch.setenv("CAPTIONER_CACHE", str(tmp_path / "cache"))
    save(model, tmp_path / "model")
    with pytest.raises(ModelError, match="needs sample pictures"):
        export(model, tmp_path / "model", dict.fromkeys(NETWORKS, "int8"))
    keep(in_integers, ModelFolder(tmp_path / "model"), model.preset)
    [file] = cache().glob("exports/*")
    assert file.stat().st_size < 0.65 * (tmp_path / "model" / "model.safetensors").stat().st_size
    ours = Captioner.from_pretrained(tmp_path / "model", "litert")
    theirs = Captioner(model)
    features = theirs.engine.encode(pixels)
    assert np.corrcoef(ours.engine.encode(pixels).ravel(), features.ravel())[0, 1] > 0.9
    for one, other in zip(ours.decode(features, 1), theirs.decode(features, 1), strict=True):
        assert one.words[0].probability == pytest.approx(other.words[0].probability, abs=0.05)


def test_an_encoder_partly_in_integers_sees_better_than_one_in_integers_and_is_smaller_than_one_in_floats(
    model, exported, in_integers, pixels, monkeypatch
):
    monkeypatch.setattr("captioner.engines.export._decoder_functions", lambda model: {})  # the encoder is at stake
    made = {
        "float32": find_export(ModelFolder(exported), model.preset),
        "mixed": make_export(model, PRECISIONS | {"encoder": "mixed"}, pixels),
        "int8": in_integers,
    }
    encoders = {precision: export.networks["encoder"] for precision, export in made.items()}
    seen = {precision: one_by_one(Network(content), pixels)[0] for precision, content in encoders.items()}
    off = {precision: np.abs(features - seen["float32"]).mean() for precision, features in seen.items()}
    assert off["mixed"] < 0.8 * off["int8"]
    assert len(encoders["mixed"]) < 0.6 * len(encoders["float32"])


def test_in_batches_that_grow_and_shrink_each_picture_stays_itself(captioner, examples):
    """A network that runs in parts may mix up its memory where a batch is larger than those before it."""
    engine, features = captioner.engine, np.concatenate([captioner.encode(examples)] * 8)  # [128, regions, channels]

    def begun(features):
        step, memory, information = engine.start(features)
        return information, *memory, step(np.full(len(features), 4, "int32"), memory)[0]

    alone = [np.concatenate(parts) for parts in zip(*(begun(features[i : i + 1]) for i in range(16)), strict=True)]
    for count in (*range(1, 129, 9), *np.random.default_rng(0).integers(1, 129, 12)):
        for found, expected in zip(begun(features[:count]), alone, strict=True):
            np.testing.assert_allclose(found, np.concatenate([expected] * 8)[:count], atol=2e-3)


def test_together_is_as_one_by_one(both, examples):
    captioner, _ = both
    together = captioner.caption_batch(examples, 3)
    assert [caption.text for caption in together] == [captioner.caption(photo, 3).text for photo in examples]


def test_a_temperature_and_neutral_words_work_with_any_engine(exported, examples):
    ours, theirs = (Captioner.from_pretrained(exported, engine) for engine in ("litert", "keras"))
    ours.engine.temperature, theirs.engine.temperature = np.array(2, "float32"), 2.0
    for photo in examples[:4]:
        one, other = (captioner.caption(photo, 1, neutral=True) for captioner in (ours, theirs))
        assert (one.text, one.score) == (other.text, pytest.approx(other.score, abs=1e-3))


def test_the_export_is_served_without_keras_and_tensorflow(both, exported, examples):
    program = (
        "import sys; from captioner import Captioner; "
        f"print(Captioner.from_pretrained({str(exported)!r}).caption({str(examples[0])!r}).text); "
        "print(sorted({'keras', 'tensorflow', 'gradio', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    caption, imported = done.stdout.splitlines()
    assert caption == both[1].caption(examples[0]).text
    assert imported == "[]"


@pytest.fixture
def small_encoder():
    with small_mobilenet():
        yield


@pytest.mark.parametrize("name", ["merge-vgg16", "inject-inceptionv3", "sequence-vgg16", "bilstm-mobilenetv2"])
def test_the_notebooks_decoders_can_be_exported(name, tmp_path, small_encoder):
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


def test_an_export_is_made_once_and_then_served_without_keras(tiny_model, tmp_path, made):
    save(tiny_model, tmp_path / "tiny")
    first, second = (Captioner.from_pretrained(tmp_path / "tiny") for _ in range(2))
    assert first.engine.name == second.engine.name == "litert" and made == ["tiny"]
    assert first.model.encoder is second.model.encoder is None


def test_other_weights_and_other_settings_get_another_export(tiny_model, tmp_path, made):
    save(tiny_model, tmp_path / "tiny")
    model = load(tmp_path / "tiny")
    weights = (tmp_path / "tiny/model.safetensors").read_bytes()
    Captioner.from_pretrained(tmp_path / "tiny")
    model.decoder.embedding.embeddings.assign(model.decoder.embedding.embeddings + 1)
    save(model, tmp_path / "tiny")
    Captioner.from_pretrained(tmp_path / "tiny")
    assert made == ["tiny", "tiny"]
    (tmp_path / "tiny/model.safetensors").write_bytes(weights)
    seal(tmp_path / "tiny")
    model.metrics = []
    Captioner.from_pretrained(tmp_path / "tiny")
    assert made == ["tiny", "tiny"]


def test_the_default_model_is_served_by_its_own_export(default_copy, made):
    assert Captioner.from_pretrained(default_copy).engine.name == "litert"
    assert made == []


@pytest.mark.parametrize("how", ["flipped", "flipped and sealed", "missing"])
@pytest.mark.parametrize("file", ["encoder.tflite", "step.tflite", DESCRIPTION])
def test_an_export_that_this_project_does_not_name_is_not_run_but_made_anew(default_copy, file, how, made):
    content = bytearray((default_copy / file).read_bytes())
    content[len(content) // 2] ^= 1
    (default_copy / file).unlink()
    if "flipped" in how:
        (default_copy / file).write_bytes(content)
    if "sealed" in how:
        seal(default_copy)
    assert Captioner.from_pretrained(default_copy).engine.name == "litert"
    assert made == ["attention-efficientnetlite1"]


def test_the_default_models_export_does_not_serve_other_weights(default_copy, made):
    model = load(default_copy)
    model.decoder.bias.assign(model.decoder.bias + 1)
    save(model, default_copy)
    Captioner.from_pretrained(default_copy)
    assert made == ["attention-efficientnetlite1"]


def test_a_damaged_cache_is_made_anew(tiny_model, tmp_path, made):
    save(tiny_model, tmp_path / "tiny")
    Captioner.from_pretrained(tmp_path / "tiny")
    [file] = cache().glob("exports/*")
    file.write_bytes(file.read_bytes()[:-1])
    Captioner.from_pretrained(tmp_path / "tiny")
    assert made == ["tiny", "tiny"]
    assert [path.name for path in cache().glob("exports/*")] == [file.name]


def test_where_nothing_can_be_kept_the_export_serves_all_the_same(tiny_model, tmp_path, monkeypatch, made):
    save(tiny_model, tmp_path / "tiny")
    (tmp_path / "a file").touch()
    monkeypatch.setenv("CAPTIONER_CACHE", str(tmp_path / "a file"))
    assert Captioner.from_pretrained(tmp_path / "tiny").engine.name == "litert"


def test_what_cannot_be_exported_is_computed_by_keras(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("CAPTIONER_CACHE", str(tmp_path / "cache"))
    save(tiny_model, tmp_path / "tiny")
    monkeypatch.setattr(
        "captioner.engines.export._decoder_functions", lambda model: (_ for _ in ()).throw(ModelError("Cannot."))
    )
    with pytest.warns(UserWarning, match="Cannot. Keras runs instead"):
        assert Captioner.from_pretrained(tmp_path / "tiny").engine.name == "keras"
    with pytest.raises(ModelError, match="Cannot"):
        Captioner.from_pretrained(tmp_path / "tiny", "litert")


def test_the_default_models_export_is_written_beside_its_weights_and_named(model, tmp_path, monkeypatch):
    from captioner.folder import default

    copy = shutil.copytree(DEFAULT_MODEL.parent, tmp_path / "weights") / DEFAULT_MODEL.name
    monkeypatch.setattr(default, "DEFAULT_MODEL", copy)
    monkeypatch.setattr(
        "captioner.engines.export._converted", lambda function, precision, shown=None: precision.encode()
    )
    monkeypatch.setattr("captioner.engines.export.shared", lambda network: network)
    export(model, copy, FLOAT32)
    folder = ModelFolder(copy)
    for name in (DESCRIPTION, *(f"{network}.tflite" for network in NETWORKS)):
        assert default.are_ours({name: folder.sha256(name)}) and folder.read(name)
    assert folder.read_json(DESCRIPTION)["precisions"] == FLOAT32


def test_an_unknown_engine_is_said():
    with pytest.raises(ModelError, match=r"Unknown engine 'onnx'; known: litert, keras\."):
        Captioner.from_pretrained(engine="onnx")
