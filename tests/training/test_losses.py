"""The loss of a caption is the same number, however a training reads it."""

import keras
import numpy as np
import pytest
from keras import ops

from benchmarks.notebook import exploded, notebook_model
from captioner.networks.decoders import BidirectionalDecoder, MergeDecoder
from captioner.training.batches import CachedFeatures, PrefixBatches, read_ahead
from captioner.training.losses import caption_loss
from captioner.training.teachers import PrefixTeacher
from captioner.vocabulary import END, PAD, SPECIALS, START


def test_the_loss_is_cross_entropy_with_smoothing_and_without_padding():
    random = np.random.default_rng(0)
    logits = random.normal(size=(3, 4, 6)).astype("float32")
    targets = np.array([[4, 5, 2, 0], [3, 2, 0, 0], [1, 1, 1, 1]])
    expected = []
    for row, column in zip(*np.nonzero(targets), strict=True):
        probabilities = np.exp(logits[row, column]) / np.exp(logits[row, column]).sum()
        smoothed = np.full(6, 0.1 / 6)
        smoothed[targets[row, column]] += 0.9
        expected.append(-(smoothed * np.log(probabilities)).sum())
    assert float(ops.mean(caption_loss(0.1)(targets, logits))) == pytest.approx(np.mean(expected), rel=1e-5)


@pytest.fixture
def captions_of_pictures():
    """Features [4, 1, 8] of four pictures, and token ids [4, 3, 7] of their captions; the last has two of three."""
    random = np.random.default_rng(0)
    token_ids = np.full((4, 3, 7), PAD, "int32")
    for image, caption in list(np.ndindex(4, 3))[:-1]:
        words = random.integers(len(SPECIALS), 12, size=random.integers(0, 6))
        token_ids[image, caption, : len(words) + 2] = [START, *words, END]
    return random.normal(size=(4, 1, 8)).astype("float32"), token_ids


def test_the_loss_of_whole_captions_is_that_of_the_notebooks_exploded_beginnings(captions_of_pictures):
    features, token_ids = captions_of_pictures
    decoder = MergeDecoder(12, units=16, embedding_size=16)
    decoder.build((None, 1, 8), (None, None))
    notebook = notebook_model(12, length=6, channels=8, units=16)
    for name in ("embedding", "lstm", "picture", "merged", "logits"):
        notebook.get_layer(name).set_weights(getattr(decoder, name).get_weights())
    ((inputs, one_hot),) = exploded(features, token_ids, 12, batch_size=4)
    expected = ops.mean(keras.losses.categorical_crossentropy(one_hot, notebook(inputs)))

    rows = token_ids.reshape(-1, 7)
    loss = ops.mean(caption_loss(0.0)(rows[:, 1:], decoder(features, rows[:, :-1])))
    assert len(one_hot) == (rows[:, 1:] != PAD).sum()
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_the_loss_of_batched_beginnings_is_that_of_whole_captions(captions_of_pictures):
    features, token_ids = captions_of_pictures
    decoder = BidirectionalDecoder(12, units=8, embedding_size=5, caption_length=6)
    rows = token_ids.reshape(-1, 7)
    expected = ops.mean(caption_loss(0.0)(rows[:, 1:], decoder(features, rows[:, :-1])))

    teacher = PrefixTeacher(decoder)
    batches = PrefixBatches(CachedFeatures(features, features), token_ids, 1, seed=0)
    sums = [
        float(ops.mean(caption_loss(0.0)(targets, teacher(inputs)))) * len(targets)
        for inputs, targets in read_ahead(batches)
    ]
    assert len(sums) == 4
    assert sum(sums) / (rows[:, 1:] != PAD).sum() == pytest.approx(float(expected), rel=1e-5)
