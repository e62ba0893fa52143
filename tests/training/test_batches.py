"""Training batches: every picture once an epoch, with all its captions, the same again for the same seed."""

import keras
import numpy as np
import pytest
from PIL import Image

from captioner.training.batches import (
    AugmentedPictures,
    CachedFeatures,
    CaptionBatches,
    PrefixBatches,
    read_ahead,
)
from captioner.vocabulary import END, PAD, SPECIALS, START, Vocabulary, encode_captions

IMAGES, BATCH, CAPTIONS, LENGTH = 103, 8, 5, 9
VOCABULARY = Vocabulary([*SPECIALS, *(f"word{image}" for image in range(IMAGES))])


def captions_of(image):
    """Captions that say which image they belong to, of 1 to 6 words; every seventh image has two of five."""
    random = np.random.default_rng(image)
    count = 2 if image % 7 == 0 else CAPTIONS
    return [" ".join([f"word{image}"] * words) for words in random.integers(1, 7, size=count)]


@pytest.fixture(scope="module")
def token_ids():
    return encode_captions([captions_of(image) for image in range(IMAGES)], VOCABULARY, LENGTH)


@pytest.fixture(scope="module")
def pictures():
    """Features that say which image they belong to: upright the number itself, mirrored its negative."""
    numbers = np.arange(1, IMAGES + 1, dtype="float16")[:, None, None]
    return CachedFeatures(numbers, -numbers)


@pytest.fixture
def batches(pictures, token_ids):
    return CaptionBatches(pictures, token_ids, BATCH, seed=1)


def epoch_of(batches, number):
    batches.begin(number)
    return list(read_ahead(batches))


def images_in(inputs):
    return np.abs(inputs["pictures"][:, 0, 0]).astype(int) - 1


def assert_same(epoch, other):
    assert len(epoch) == len(other)
    for (inputs, targets), (other_inputs, other_targets) in zip(epoch, other, strict=True):
        np.testing.assert_array_equal(inputs["pictures"], other_inputs["pictures"])
        np.testing.assert_array_equal(inputs["token_ids"], other_inputs["token_ids"])
        np.testing.assert_array_equal(targets, other_targets)


def test_captions_are_encoded_with_rows_of_padding_for_missing_ones(token_ids):
    assert token_ids.shape == (IMAGES, CAPTIONS, LENGTH + 1)
    for image in range(IMAGES):
        captions = captions_of(image)
        for row, caption in zip(token_ids[image], captions, strict=False):
            expected = VOCABULARY.encode(caption, LENGTH)
            assert row.tolist() == expected + [PAD] * (LENGTH + 1 - len(expected))
        assert (token_ids[image, len(captions) :] == PAD).all()


def test_captions_too_long_are_cut():
    token_ids = encode_captions([["word1 word2 word3 word4"]], VOCABULARY, 3)
    assert token_ids.tolist() == [[VOCABULARY.encode("word1 word2", 3)]]


def test_an_epoch_shows_every_image_once(batches):
    epoch = epoch_of(batches, 0)
    seen = np.concatenate([images_in(inputs) for inputs, _ in epoch])
    assert sorted(seen) == list(range(IMAGES))
    assert len(epoch) == len(batches) == 13
    assert sorted(len(inputs["pictures"]) for inputs, _ in epoch) == [IMAGES % BATCH, *[BATCH] * 12]


def test_a_picture_comes_with_all_its_captions(batches, token_ids):
    for inputs, _ in epoch_of(batches, 0):
        length = inputs["token_ids"].shape[-1]
        rows = inputs["token_ids"].reshape(len(inputs["pictures"]), CAPTIONS, length)
        np.testing.assert_array_equal(rows, token_ids[images_in(inputs), :, :length])


def test_the_target_is_the_next_word(batches):
    for inputs, targets in epoch_of(batches, 0):
        captions = inputs["token_ids"]
        assert targets.shape == captions.shape
        np.testing.assert_array_equal(targets[:, :-1], captions[:, 1:])
        present = captions[:, 0] == START
        assert ((targets == END).sum(-1) == present).all()  # whole captions, and nothing of the missing ones
        assert (targets[~present] == PAD).all() and (captions[~present] == PAD).all()
        assert (targets[:, -1] != PAD).any()  # no padding that nobody needs


def test_the_same_seed_and_epoch_give_the_same_batches(batches, pictures, token_ids):
    resumed = CaptionBatches(pictures, token_ids, BATCH, seed=1)
    next(read_ahead(batches))  # an epoch begun and left changes nothing
    assert_same(epoch_of(batches, 2), epoch_of(resumed, 2))


@pytest.mark.parametrize(("seed", "epoch"), [(1, 1), (2, 0)])
def test_another_epoch_or_seed_gives_other_batches(batches, pictures, token_ids, seed, epoch):
    orders = [
        np.concatenate([images_in(inputs) for inputs, _ in each])
        for each in (epoch_of(batches, 0), epoch_of(CaptionBatches(pictures, token_ids, BATCH, seed), epoch))
    ]
    assert (orders[0] != orders[1]).mean() > 0.8


def test_about_half_of_the_features_are_mirrored_and_others_each_epoch(batches):
    def mirrored(epoch):
        shown = np.concatenate([inputs["pictures"][:, 0, 0] for inputs, _ in epoch_of(batches, epoch)])
        return (shown < 0)[np.argsort(np.abs(shown))]

    first, second = mirrored(0), mirrored(1)
    assert 0.35 < first.mean() < 0.65 and 0.35 < second.mean() < 0.65
    assert (first != second).any()


def test_features_are_made_ready_for_training(pictures):
    features = pictures(np.array([4, 2]), np.random.default_rng(0))
    assert features.shape == (2, 1, 1) and features.dtype == np.float32


def test_an_error_of_a_picture_ends_the_epoch(token_ids):
    def unreadable(indices, random):
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        epoch_of(CaptionBatches(unreadable, token_ids, BATCH, seed=1), 0)


def test_keras_goes_through_them_epoch_by_epoch(batches):
    assert isinstance(batches, keras.utils.PyDataset)
    batches.begin(0)
    batches.on_epoch_end()
    assert_same(list(read_ahead(batches)), epoch_of(batches, 1))


@pytest.fixture
def prefixes(pictures, token_ids):
    return PrefixBatches(pictures, token_ids, BATCH, seed=1)


def test_every_beginning_of_every_caption_comes_once_with_its_picture_and_its_next_word(prefixes, token_ids):
    seen = []
    for inputs, targets in epoch_of(prefixes, 0):
        images = images_in(inputs)[inputs["picture"]]
        assert len(set(images)) == len(inputs["pictures"])  # each picture once, and none for nothing
        for image, beginning, word in zip(images, inputs["token_ids"], targets, strict=True):
            words = beginning[beginning != PAD].tolist()
            assert beginning.tolist() == words + [PAD] * (len(beginning) - len(words))
            seen.append((image, *words, *word))
    expected = []
    for image, captions in enumerate(token_ids):
        for caption in captions:
            words = caption[caption != PAD].tolist()
            expected += [(image, *words[:end]) for end in range(2, len(words) + 1)]
    assert sorted(seen) == sorted(expected)


def test_batches_of_beginnings_are_equally_large_and_hardly_padded(prefixes):
    rows, words, places = [], 0, 0
    for inputs, _ in epoch_of(prefixes, 0):
        rows.append(len(inputs["token_ids"]))
        words += (inputs["token_ids"] != PAD).sum()
        places += inputs["token_ids"].size
    assert len(rows) == len(prefixes) and max(rows) - min(rows) <= 1
    assert words > 0.8 * places


def test_beginnings_follow_from_seed_and_epoch_alone(prefixes, pictures, token_ids):
    resumed = PrefixBatches(pictures, token_ids, BATCH, seed=1)
    epoch_of(prefixes, 1)
    assert_same(epoch_of(prefixes, 2), epoch_of(resumed, 2))
    first, second = (np.concatenate([targets for _, targets in epoch_of(resumed, number)]) for number in (0, 1))
    assert (first != second).any()


@pytest.fixture
def slope(tmp_path):
    """A picture, wider than high, that brightens to the right in red and downwards in green."""
    red, green = np.meshgrid(np.linspace(0, 255, 48), np.linspace(0, 255, 32))
    pixels = np.stack([red, green, np.full_like(red, 255)], axis=-1).astype("uint8")
    Image.fromarray(pixels).save(tmp_path / "slope.png")
    return AugmentedPictures([tmp_path / "slope.png"], size=20)


def test_augmented_pictures_are_crops_half_of_them_mirrored(slope):
    pixels = slope(np.zeros(80, int), np.random.default_rng(0))
    assert pixels.shape == (80, 20, 20, 3) and pixels.dtype == np.float32
    assert pixels.min() >= 0 and pixels.max() == 255 and (pixels[..., 2] == 255).all()

    across, down = pixels[..., 0].mean(1), pixels[..., 1].mean(2)  # [pictures, columns], [pictures, rows]
    assert 0.35 < (across[:, 0] > across[:, -1]).mean() < 0.65
    assert (down[:, 0] < down[:, -1]).all()  # never upside down
    share = np.abs(across[:, -1] - across[:, 0]) * (down[:, -1] - down[:, 0]) / 255**2
    assert 0.5 < share.min() < 0.65 and 0.85 < share.max() < 1
    assert across.mean(1).std() > 5 and down.mean(1).std() > 5  # here and there, not from the middle alone


def test_augmentation_follows_from_the_random_numbers(slope):
    one, same, other = (slope(np.zeros(3, int), np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1
