"""Recipes: by name, with settings changed, and built into networks that fit together."""

import numpy as np
import pytest
from keras import ops

from captioner.errors import ModelError
from captioner.presets import PRESETS, Preset, build_decoder, build_encoder, preset_named


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


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_decoder_reads_its_encoders_features(name):
    preset = preset_named(name)
    encoder = build_encoder(preset)
    decoder = build_decoder(preset, 10, encoder)
    features = np.ones((1, *encoder.output_shape[1:]), "float32")
    logits, attention, _ = decoder.step(np.zeros(1, "int32"), decoder.start(features))
    assert logits.shape == (1, 10) and np.isfinite(ops.convert_to_numpy(logits)).all()
    assert not decoder.attends or attention.shape == (1, encoder.grid[0] * encoder.grid[1])
