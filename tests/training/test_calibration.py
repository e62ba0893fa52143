"""A probability of 40% is right in 40 of 100 cases, and a caption with a low score is worth less."""

import numpy as np
import pytest
from keras import ops

from captioner.engines.keras_engine import KerasEngine
from captioner.evaluation.metrics import java_available
from captioner.training.calibration import (
    RIGHT,
    draw_reliability,
    mostly_right,
    peoples_worth,
    reliability,
    tempered,
)
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
def test_peoples_worth_is_how_well_they_agree():
    alike = [[f"a {animal} runs through the snow"] * 3 for animal in ("dog", "cat", "horse", "bird")]
    apart = [["a dog runs", "two men sit", "the red car"], ["a cat", "green hills", "one boat sails"]]
    assert peoples_worth([*alike, ["alone"]]) > 300
    assert peoples_worth(apart) < 10


def test_where_nobody_can_be_compared_no_caption_counts_as_right():
    assert not np.array([500.0]) >= peoples_worth([["a dog runs"], ["a cat sleeps"]])


@pytest.mark.parametrize("seed", range(20))
def test_most_captions_are_right_from_the_limit_on_and_from_no_lower_one(seed):
    random = np.random.default_rng(seed)
    scores = random.normal(size=200).round(1)
    right = random.random(200) < 1 / (1 + np.exp(-random.uniform(0, 3) * scores))
    limit = mostly_right(scores, right)
    if (scores >= limit).any():
        assert right[scores >= limit].mean() >= RIGHT
    for lower in np.unique(scores[scores < limit]):
        assert right[scores >= lower].mean() < RIGHT


def test_no_caption_is_sure_where_too_few_are_right_and_each_is_where_all_are():
    scores = np.array([-0.5, -0.7, -0.7, -2.0])
    assert not (scores >= mostly_right(scores, np.zeros(4, bool))).any()
    assert mostly_right(scores, np.ones(4, bool)) == -2.0


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
