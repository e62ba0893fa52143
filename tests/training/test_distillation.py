"""Learning from other models: their probabilities beside the words that people wrote."""

import copy

import numpy as np
import pytest
from keras import ops

from captioner.data import load_examples
from captioner.errors import ModelError
from captioner.training.batches import CachedFeatures, CaptionBatches
from captioner.training.distillation import TaughtBatches, teach
from captioner.training.losses import caption_loss, taught_loss
from captioner.vocabulary import PAD, Vocabulary, encode_captions


def test_taught_batches_mix_what_teachers_say_with_what_was_written():
    random = np.random.default_rng(0)
    token_ids = np.array([[[1, 4, 2, 0], [1, 5, 4, 2]], [[1, 2, 0, 0], [0, 0, 0, 0]], [[1, 5, 2, 0], [1, 4, 4, 2]]])
    words = token_ids[:, :, 1:][token_ids[:, :, 1:] != PAD]
    taught = random.dirichlet(np.ones(6), len(words)).astype("float16")
    features = random.normal(size=(3, 2, 4)).astype("float16")
    plain = CaptionBatches(CachedFeatures(features, features), token_ids, 2, seed=0)
    mixed = TaughtBatches(CachedFeatures(features, features), token_ids, 2, 0, taught, share=0.75)
    seen = 0
    for step in range(len(plain)):
        (inputs, written), (same, targets) = plain[step], mixed[step]
        np.testing.assert_array_equal(inputs["token_ids"], same["token_ids"])
        assert targets.shape == (*written.shape, 6)
        assert (targets[written == PAD] == 0).all()
        expected = np.concatenate([taught[mixed.first[i] : mixed.first[i + 1]] for i in mixed.order[step]])
        one_hot = np.eye(6)[written[written != PAD]]
        np.testing.assert_allclose(targets[written != PAD], 0.75 * expected + 0.25 * one_hot, atol=1e-3)
        seen += len(expected)
    assert seen == len(words)


def test_the_loss_of_certain_teachers_is_that_of_the_words_they_are_certain_of():
    random = np.random.default_rng(0)
    words = np.array([[4, 5, 2, 0], [3, 2, 0, 0]])
    logits = random.normal(size=(2, 4, 6)).astype("float32")
    targets = np.eye(6, dtype="float32")[words] * (words != PAD)[..., None]
    assert float(ops.mean(taught_loss(targets, logits))) == pytest.approx(
        float(ops.mean(caption_loss(0.0)(words, logits))), rel=1e-5
    )


def test_what_is_taught_is_the_mean_of_the_teachers(tiny_model, flickr8k, tmp_path):
    examples = load_examples(flickr8k, "dev")[:3]
    token_ids = encode_captions([example.captions for example in examples], tiny_model.vocabulary, 8)
    other = copy.copy(tiny_model)
    other.decoder = lambda features, words: 2 * tiny_model.decoder(features, words)
    said = [
        teach(teachers, tiny_model, examples, token_ids, tmp_path / "cache", tmp_path / str(number))
        for number, teachers in enumerate([[tiny_model], [other], [tiny_model, other]])
    ]
    said = [np.asarray(each) for each in said]
    assert said[0].shape == ((token_ids[:, :, 1:] != PAD).sum(), len(tiny_model.vocabulary))
    np.testing.assert_allclose(said[0].sum(axis=1), 1, atol=1e-2)
    assert abs(said[0] - said[1]).max() > 1e-3
    np.testing.assert_allclose(said[2], (said[0].astype("float32") + said[1]) / 2, atol=1e-3)

    other.vocabulary = Vocabulary.from_captions(["something else"], 1)
    with pytest.raises(ModelError, match="vocabularies differ"):
        teach([other], tiny_model, examples, token_ids, tmp_path / "cache", tmp_path / "x")
