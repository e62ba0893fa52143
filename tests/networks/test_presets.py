"""Recipes: by name, with settings changed, and built into networks that fit together."""

import numpy as np
import pytest
from keras import ops

from captioner import Captioner, ModelError
from captioner.folder.model import Model
from captioner.folder.storage import save
from captioner.networks.build import build_decoder, build_encoder
from captioner.networks.presets import PRESETS, Preset, preset_named
from captioner.search.strategy import Decoding
from captioner.training.batches import CachedFeatures
from captioner.training.losses import caption_loss
from captioner.training.optimizer import OPTIMIZERS
from captioner.training.teachers import teaching
from captioner.vocabulary import SPECIALS, START, Vocabulary


class FakeEncoder:
    output_shape = (None, 4, 6)


def test_an_unknown_preset_is_refused_with_those_there_are():
    with pytest.raises(ModelError, match=r"'attention-mobilenetv3'.*attention-mobilenetv2"):
        preset_named("attention-mobilenetv3")


def test_an_unknown_setting_is_refused_with_those_there_are():
    with pytest.raises(ModelError, match=r"'unit'.*units.*fine_tune_learning_rate"):
        Preset().but(unit=16)


def test_an_unknown_decoder_is_refused_with_those_there_are():
    with pytest.raises(ModelError, match=r"'transformer'.*attention"):
        build_decoder(Preset(decoder="transformer"), 10, FakeEncoder())


def test_settings_change_a_copy():
    preset = preset_named("attention-mobilenetv2")
    changed = preset.but(units=16, epochs=3)
    assert (changed.units, changed.epochs) == (16, 3)
    assert changed.but(units=preset.units, epochs=preset.epochs) == preset == PRESETS["attention-mobilenetv2"]


def test_a_decoder_has_the_settings_of_its_preset():
    preset = Preset(units=12, blocks=3, heads=4, dropout=0.25)
    decoder = build_decoder(preset, 10, FakeEncoder())
    assert decoder.embedding.embeddings.shape == (10, 12)
    assert [block.attention.heads for block in decoder.blocks] == [4] * 3
    assert {layer.rate for layer in (decoder.dropout, *(block.dropout for block in decoder.blocks))} == {0.25}
    made = len(decoder.weights)
    assert decoder(np.zeros((2, 4, 6), "float32"), np.zeros((2, 5), "int32")).shape == (2, 5, 10)
    assert len(decoder.weights) == made  # all of them before the first call, so that they can be loaded


def rounded(network) -> None:
    """Give a network the weights that a folder keeps of it."""
    for weight in network.weights:
        weight.assign(weight.numpy().astype("float16"))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_at_its_true_size_trains_travels_and_captions(name, tmp_path, examples, eagerly):
    """One step of training, the same numbers word by word, and the same words after a journey through a folder."""
    preset = preset_named(name)
    vocabulary = Vocabulary([*SPECIALS, *(f"word{number}" for number in range(2535))])
    decoding = Decoding(beam_width=preset.beam_width, max_length=6)
    model = Model.build(name, preset, vocabulary, decoding=decoding)
    rounded(model.encoder)
    captioner = Captioner(model)
    features = captioner.encode(examples[:2])
    assert features.shape[1:] == model.encoder.output_shape[1:]

    token_ids = np.random.default_rng(0).integers(4, len(vocabulary), size=(2, 5, 7))
    token_ids[:, :, 0] = START
    teacher_class, batches_class = teaching(model.decoder)
    teacher = teacher_class(model.decoder)
    teacher.compile(OPTIMIZERS[preset.optimizer](1e-3), loss=caption_loss(preset.label_smoothing), jit_compile=False)
    inputs, targets = batches_class(CachedFeatures(features, features), token_ids, batch_size=2, seed=0)[0]
    loss = float(teacher.train_on_batch(inputs, targets))
    assert np.isfinite(loss)
    assert float(teacher.train_on_batch(inputs, targets)) < loss

    token_ids = token_ids[0, :1]
    teacher_forced = ops.convert_to_numpy(model.decoder(features[:1], token_ids))[0]
    state, stepwise = model.decoder.start(features[:1]), []
    for token in token_ids[0]:
        logits, attention, state = model.decoder.step(np.array([token]), state)
        stepwise.append(ops.convert_to_numpy(logits)[0])
    np.testing.assert_allclose(np.stack(stepwise), teacher_forced, atol=1e-4)
    assert attention.shape == (1, model.encoder.output_shape[1] if model.decoder.attends else 0)

    rounded(model.decoder)
    save(model, tmp_path / name)
    again = Captioner.from_pretrained(tmp_path / name, engine="keras")  # an export is rounded more
    np.testing.assert_array_equal(again.encode(examples[:2]), features)
    for width in (1, 2):
        ours, theirs = (each.decode(features, width) for each in (again, captioner))
        assert [caption.text for caption in ours] == [caption.text for caption in theirs]
    assert again.model.decoding.beam_width == preset.beam_width


def test_a_preset_can_be_a_file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"units": 64, "dropout": 0, "glove": true}')
    assert preset_named(str(path)) == Preset(units=64, dropout=0, glove=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "cannot be read"), ("[]", "no settings"), ('{"wings": 2}', "wings"), ('{"units": "x"}', "units")],
)
def test_a_preset_file_that_is_wrong_is_refused(tmp_path, text, message):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=message):
        preset_named(str(path))


@pytest.mark.parametrize("encoder", ["mobilenetv2", "inceptionv3"])
def test_any_preset_takes_any_encoder(encoder):
    preset = preset_named("merge-vgg16").but(encoder=encoder)
    built = build_encoder(preset)
    assert build_decoder(preset, 10, built).picture.kernel.shape[0] == built.output_shape[-1]
