"""A probability of 40% is right in 40 of 100 cases, and a caption with a low score is worth less."""

import numpy as np
import pytest
from keras import ops

from captioner.captioner import Caption
from captioner.engines.keras_engine import KerasEngine
from captioner.evaluation.metrics import java_available
from captioner.training.calibration import doubt, draw_reliability, reliability, tempered
from captioner.vocabulary import PAD
from tests.networks.test_decoders import small_decoder

needs_java = pytest.mark.skipif(not java_available(), reason="needs a Java runtime, which is not here")
IMAGES, CAPTIONS, LENGTH, WORDS = 64, 5, 9, 30


def people_of(temperature, random):
    """Logits of a decoder, and captions drawn from them at a temperature, the last words of some cut off."""
    logits = random.normal(scale=2, size=(IMAGES * CAPTIONS, LENGTH, WORDS))
    logits[..., PAD] = -1e9
    written = (logits / temperature + random.gumbel(size=logits.shape)).argmax(-1)  # [rows, length]
    written[::3, 5:] = PAD
    token_ids = np.pad(written, ((0, 0), (1, 0)), constant_values=1).reshape(IMAGES, CAPTIONS, LENGTH + 1)
    return logits.reshape(IMAGES, CAPTIONS, LENGTH, WORDS), token_ids


@pytest.mark.parametrize("temperature", [0.7, 1.0, 1.5])
def test_it_finds_the_temperature_that_the_words_were_drawn_at(temperature):
    logits, token_ids = people_of(temperature, np.random.default_rng(0))

    def decoder(features, token_ids):
        return logits[features[:, 0, 0].astype(int)].reshape(-1, LENGTH, WORDS)

    features = np.arange(IMAGES, dtype="float32")[:, None, None]
    found, before, after = tempered(decoder, features, token_ids)
    assert found == pytest.approx(temperature, rel=0.1)
    assert after.error < 0.03
    assert before.words.sum() == (token_ids[..., 1:] != PAD).sum()
    if temperature != 1:
        assert before.error > 2 * after.error


def test_reliability_by_hand(tmp_path):
    curve = reliability(np.array([0.95, 0.95, 0.15, 1.0]), np.array([True, False, False, True]))
    assert curve.words.tolist() == [0, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert curve.correct[9] == pytest.approx(2 / 3) and np.isnan(curve.correct[0])
    assert curve.error == pytest.approx((3 * (2.9 / 3 - 2 / 3) + 0.15) / 4)
    draw_reliability(curve, curve, tmp_path / "reliability.png")
    assert (tmp_path / "reliability.png").read_bytes().startswith(b"\x89PNG")


@needs_java
def test_captions_below_the_limit_are_the_worst_ones():
    references = [[f"a {animal} runs through the {place}"] for animal in ("dog", "cat", "horse", "bird", "fish")
                  for place in ("snow", "water")]  # fmt: skip
    captions = [Caption(texts[0], -0.5, -5.0, True, ()) for texts in references]
    captions[3] = Caption("two men sit", -2.0, -6.0, True, ())
    captions[7] = Caption("a man sits", -1.5, -6.0, True, ())
    limit, unsure, sure = doubt(captions, references)
    assert -1.5 < limit < -0.5
    assert unsure < 100 < sure


def test_a_temperature_changes_how_sure_words_are_and_not_which_are_likeliest():
    decoder = small_decoder(12)
    features = np.random.default_rng(4).normal(size=(2, 6, 5)).astype("float32")
    how = {"beam_width": 1, "max_length": 5, "length_penalty": 1.0}
    plain, soft = (KerasEngine(None, decoder, temperature).search(features, **how) for temperature in (1.0, 3.0))
    np.testing.assert_array_equal(plain.tokens, soft.tokens)
    first = ops.convert_to_numpy(decoder(features, np.ones((2, 1), "int32")))[:, 0]
    for found, temperature in ((plain, 1.0), (soft, 3.0)):
        chances = np.exp(first / temperature) / np.exp(first / temperature).sum(-1, keepdims=True)
        chosen = np.take_along_axis(chances, found.tokens[:, 0, :1], -1)
        np.testing.assert_allclose(np.exp(found.log_probabilities[:, 0, :1]), chosen, rtol=1e-4)
