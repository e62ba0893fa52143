"""A decoder gives the same numbers word by word as over a whole caption, and looks at every region it is given."""

import keras
import numpy as np
import pytest
from keras import ops, tree

from captioner.errors import ModelError
from captioner.networks.decoders import (
    AttentionDecoder,
    BidirectionalDecoder,
    InjectDecoder,
    MergeDecoder,
    SequenceDecoder,
)
from captioner.training.losses import caption_loss
from captioner.training.teachers import Teacher

IMAGES, REGIONS, CHANNELS, VOCABULARY, LENGTH = 2, 6, 5, 11, 7


KINDS = {
    "attention": lambda **size: AttentionDecoder(blocks=2, **{"heads": 2} | size),
    "merge": lambda **size: MergeDecoder(embedding_size=5, **size),
    "inject": lambda **size: InjectDecoder(embedding_size=5, **size),
    "sequence": lambda **size: SequenceDecoder(embedding_size=5, **size),
    "sequence with attention": lambda **size: SequenceDecoder(embedding_size=5, attention=True, **size),
    "bidirectional": lambda **size: BidirectionalDecoder(embedding_size=5, caption_length=LENGTH, **size),
}
LOOKING = ("attention", "sequence with attention")


def small_decoder(vocabulary_size=VOCABULARY, channels=CHANNELS, kind="attention", units=8, dropout=0.5, **size):
    """A decoder whose every weight is drawn at random, biases and norms too, so that none of them is without effect."""
    decoder = KINDS[kind](vocabulary_size=vocabulary_size, units=units, dropout=dropout, **size)
    decoder.build((None, None, channels), (None, None))
    random = np.random.default_rng(0)
    for weight in decoder.trainable_weights:
        weight.assign(random.normal(scale=0.5, size=weight.shape))
    return decoder


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def decoder(kind):
    return small_decoder(kind=kind)


@pytest.fixture
def features():
    return np.random.default_rng(1).normal(size=(IMAGES, REGIONS, CHANNELS)).astype("float32")


def captions_for(rows):
    return np.random.default_rng(2).integers(1, VOCABULARY, size=(rows, LENGTH)).astype("int32")


def logits_of(decoder, features, token_ids, **how):
    return ops.convert_to_numpy(decoder(features, token_ids, **how))


def walk(decoder, features, token_ids):
    """Logits [rows, length, vocabulary] and attention [rows, length, regions], one step after the other."""
    state = decoder.start(features)
    captions = len(token_ids) // len(features)
    state = state._replace(memory=tree.map_structure(lambda part: ops.repeat(part, captions, axis=0), state.memory))
    steps = []
    for word in token_ids.T:
        logits, attention, state = decoder.step(word, state)
        steps.append((ops.convert_to_numpy(logits), ops.convert_to_numpy(attention)))
    return (np.stack(parts, axis=1) for parts in zip(*steps, strict=True))


@pytest.mark.parametrize("captions", [1, 5])
def test_word_by_word_is_the_same_as_teacher_forcing(decoder, features, captions):
    token_ids = captions_for(IMAGES * captions)
    stepwise, attention = walk(decoder, features, token_ids)
    assert stepwise.shape == (IMAGES * captions, LENGTH, VOCABULARY)
    assert attention.shape == (IMAGES * captions, LENGTH, REGIONS if decoder.attends else 0)
    np.testing.assert_allclose(stepwise, logits_of(decoder, features, token_ids), atol=1e-4)


def test_captions_of_a_picture_share_its_features(decoder, features):
    token_ids = captions_for(IMAGES * 5)
    shared = logits_of(decoder, features, token_ids)
    repeated = logits_of(decoder, features.repeat(5, axis=0), token_ids)
    np.testing.assert_allclose(shared, repeated, atol=1e-4)
    assert all(len(part) == IMAGES for part in tree.flatten(decoder.start(features).image))


@pytest.mark.parametrize("kind", LOOKING, scope="module")
def test_attention_is_a_distribution_over_the_regions(decoder, features):
    _, attention = walk(decoder, features, captions_for(IMAGES * 3))
    np.testing.assert_allclose(attention.sum(-1), 1, atol=1e-5)
    assert attention.min() >= 0 and attention.std(axis=-1).min() > 1e-4


@pytest.mark.parametrize("kind", LOOKING, scope="module")
def test_attention_follows_a_region_that_moves(decoder, features):
    """The same regions in another order are attended to in that order, and the words do not change."""
    token_ids, order = captions_for(IMAGES), np.random.default_rng(3).permutation(REGIONS)
    logits, attention = walk(decoder, features, token_ids)
    logits_moved, attention_moved = walk(decoder, features[:, order], token_ids)
    np.testing.assert_allclose(attention_moved, attention[..., order], atol=1e-5)
    np.testing.assert_allclose(logits_moved, logits, atol=1e-4)


def test_a_word_depends_on_no_later_one_but_on_all_before(decoder, features):
    token_ids = captions_for(IMAGES)
    changed = token_ids.copy()
    changed[:, 3] = changed[:, 3] % (VOCABULARY - 1) + 1
    before, after = logits_of(decoder, features, token_ids), logits_of(decoder, features, changed)
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (np.abs(before - after)[:, 3:].max(axis=-1) > 1e-4).all()


def test_every_picture_is_seen_by_its_own_captions_alone(decoder, features):
    other = features.copy()
    other[1] += 1
    token_ids = captions_for(IMAGES * 2)
    before, after = logits_of(decoder, features, token_ids), logits_of(decoder, other, token_ids)
    np.testing.assert_allclose(before[:2], after[:2], atol=1e-6)
    assert (np.abs(before - after)[2:].max(axis=(1, 2)) > 1e-4).all()


def test_dropout_is_for_training_only(decoder, kind, features):
    token_ids = captions_for(IMAGES)
    np.testing.assert_array_equal(
        logits_of(decoder, features, token_ids), logits_of(small_decoder(kind=kind, dropout=0.0), features, token_ids)
    )
    dropped, again = (logits_of(decoder, features, token_ids, training=True) for _ in range(2))
    assert np.abs(dropped - again).max() > 1e-3


def test_heads_that_do_not_divide_the_units_are_refused():
    with pytest.raises(ModelError, match="3 heads do not divide 8 units"):
        small_decoder(units=8, heads=3)


def test_training_reaches_every_weight(kind, features):
    decoder, token_ids = small_decoder(kind=kind, dropout=0.0), captions_for(IMAGES * 2)

    class Student(keras.Model):
        def __init__(self):
            super().__init__()
            self.decoder = decoder

        def call(self, token_ids, training=False):
            return self.decoder(features, token_ids, training=training)

    student = Student()
    student.compile(keras.optimizers.SGD(1.0), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    weights = student.trainable_variables
    before = [weight.numpy() for weight in weights]
    student.train_on_batch(token_ids, np.roll(token_ids, -1, axis=1))
    moved = [np.abs(weight.numpy() - old).max() for weight, old in zip(weights, before, strict=True)]
    still = [weight.path for weight, distance in zip(weights, moved, strict=True) if distance < 1e-6]
    # One number added to the scores of all regions changes no softmax: a key's bias has nothing to learn.
    assert [path for path in still if "/key/bias" not in path] == []
    assert len(weights) == len(decoder.trainable_weights) > 0


def test_training_silences_no_unit_that_sees_a_flattened_picture():
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    features = np.maximum(random.normal(-2, 2.5, size=(16, 1, 62720)), 0).astype("float32")  # as out of MobileNetV2
    token_ids = random.integers(1, VOCABULARY, size=(16, LENGTH))
    decoder = BidirectionalDecoder(VOCABULARY, units=64, embedding_size=5, dropout=0.0)
    teacher = Teacher(decoder)
    teacher.compile(keras.optimizers.Adam(1e-3), loss=caption_loss(0.0), jit_compile=False)
    for _ in range(10):
        teacher.train_on_batch({"pictures": features, "token_ids": token_ids[:, :-1]}, token_ids[:, 1:])
    spoken = ops.convert_to_numpy(decoder.start(features).image).max(axis=0) > 0  # [units]
    assert spoken.mean() > 0.9
