"""The feature cache: every picture goes through the encoder once, whatever interrupts it."""

import os
import shutil
import tarfile
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from PIL import Image

from captioner.errors import DiskError, ImageError
from captioner.pictures.member import Member
from captioner.training import features as module
from captioner.training import stored
from captioner.training.features import cached_features
from captioner.training.stored import StoredArray
from tests.disks import full_after

IMAGES, BATCH, SIZE = 11, 4, 8


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(module, "BATCH", BATCH)


@pytest.fixture
def encoder():
    """What an `Encoder` is to the cache: weights, a name, sizes."""
    pixels = keras.Input((SIZE, SIZE, 3))
    halves = keras.layers.Conv2D(3, (SIZE, SIZE // 2), strides=SIZE // 2)(pixels)
    encoder = keras.Model(pixels, keras.layers.Reshape((2, 3))(halves), name="halves")
    encoder.size, encoder.features = SIZE, "regions"
    return encoder


class Encode:
    """Mean colours of the left and right half, [batch, 2, 3]; remembers what it was given, and may be interrupted."""

    def __init__(self, interrupted_at=None):
        self.seen = []
        self.interrupted_at = interrupted_at

    def __call__(self, pixels):
        if len(self.seen) == self.interrupted_at:
            raise KeyboardInterrupt
        assert pixels.shape[1:] == (SIZE, SIZE, 3) and pixels.dtype == np.float32
        self.seen.append(len(pixels))
        return pixels.reshape(len(pixels), SIZE, 2, SIZE // 2, 3).mean((1, 3))


@pytest.fixture
def images(tmp_path):
    """Pictures whose left half tells their number, the right half being black."""
    paths = [tmp_path / f"{number}.bmp" for number in range(IMAGES)]
    for number, path in enumerate(paths):
        picture = Image.new("RGB", (SIZE, SIZE))
        picture.paste((10 * number, 200, 0), (0, 0, SIZE // 2, SIZE))
        picture.save(path)
    return paths


@pytest.fixture
def home(tmp_path):
    return tmp_path / "cache"


EXPECTED = np.array([[[10 * number, 200, 0], [0, 0, 0]] for number in range(IMAGES)])


def folders(home):
    return len(list(home.iterdir()))


def test_features_come_in_the_order_of_the_pictures_and_are_on_the_disk(images, encoder, home):
    features = cached_features(images, encoder, Encode(), home)
    np.testing.assert_array_equal(features, EXPECTED)
    assert isinstance(features, StoredArray) and features[:].dtype == np.float16


def test_the_second_time_nothing_is_encoded(images, encoder, home):
    first, second = Encode(), Encode()
    features = cached_features(images, encoder, first, home)
    again = cached_features(images, encoder, second, home)
    assert first.seen == [4, 4, 3] and second.seen == []
    np.testing.assert_array_equal(features, again)
    assert folders(home) == 1


def test_an_interrupted_run_goes_on_where_it_stopped(images, encoder, home):
    interrupted, resumed = Encode(interrupted_at=2), Encode()
    with pytest.raises(KeyboardInterrupt):
        cached_features(images, encoder, interrupted, home)
    features = cached_features(images, encoder, resumed, home)
    assert interrupted.seen == [4, 4] and resumed.seen == [3]
    np.testing.assert_array_equal(features, EXPECTED)


def test_a_kill_while_progress_is_noted_is_survived(images, encoder, home):
    with pytest.raises(KeyboardInterrupt):
        cached_features(images, encoder, Encode(interrupted_at=1), home)
    # What lies on the disk between opening a file anew and writing to it.
    next(home.glob("*/count.txt")).write_text("")
    np.testing.assert_array_equal(cached_features(images, encoder, Encode(), home), EXPECTED)


@pytest.fixture
def small_files(monkeypatch):
    """Three pictures in a file, the last one with two."""
    monkeypatch.setattr(stored, "LARGEST", 3 * 2 * 3 * 2)


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("stopped", range(3))
def test_a_run_over_several_files_goes_on_where_it_stopped(images, encoder, home, stopped):
    resumed = Encode()
    with pytest.raises(KeyboardInterrupt):
        cached_features(images, encoder, Encode(interrupted_at=stopped), home)
    features = cached_features(images, encoder, resumed, home)
    np.testing.assert_array_equal(features, EXPECTED)
    assert sum(resumed.seen) == IMAGES - 4 * stopped
    assert [len(np.load(path)) for path in features.files] == [3, 3, 3, 2]


@pytest.mark.usefixtures("small_files")
def test_from_a_file_that_is_lost_on_features_are_computed_again(images, encoder, home):
    cached_features(images, encoder, Encode(), home).files[2].unlink()
    again = Encode()
    np.testing.assert_array_equal(cached_features(images, encoder, again, home), EXPECTED)
    assert sum(again.seen) == IMAGES - 6


def test_a_cache_in_one_file_as_it_once_was_is_made_anew(images, encoder, home):
    folder = cached_features(images, encoder, Encode(), home).folder
    for path in folder.glob("*.npy"):
        path.unlink()
    np.save(folder / "features.npy", np.zeros((IMAGES, 2, 3), "float16"))
    assert (folder / "count.txt").read_text() == str(IMAGES)
    with pytest.raises(KeyboardInterrupt):  # and not as zeros that the older note counts as done
        cached_features(images, encoder, Encode(interrupted_at=0), home)
    again = Encode()
    np.testing.assert_array_equal(cached_features(images, encoder, again, home), EXPECTED)
    assert sum(again.seen) == IMAGES and not (folder / "features.npy").exists()


def test_mirrored_pictures_have_features_of_their_own(images, encoder, home):
    upright = cached_features(images, encoder, Encode(), home)
    flipped = cached_features(images, encoder, Encode(), home, view=1)
    np.testing.assert_array_equal(flipped, EXPECTED[:, ::-1])
    np.testing.assert_array_equal(upright, EXPECTED)
    assert folders(home) == 2


def test_further_views_are_crops_the_same_again_each_time(images, encoder, home):
    whole, *crops = (np.asarray(cached_features(images, encoder, Encode(), home, view)) for view in (0, 2, 3))
    assert (crops[0] != whole).any() and (crops[0] != crops[1]).any()
    shutil.rmtree(home)
    np.testing.assert_array_equal(cached_features(images, encoder, Encode(), home, view=2), crops[0])


def test_other_weights_have_features_of_their_own(images, encoder, home):
    cached_features(images, encoder, Encode(), home)
    encoder.weights[0].assign(encoder.weights[0] + 1e-3)
    other = Encode()
    cached_features(images, encoder, other, home)
    assert sum(other.seen) == IMAGES and folders(home) == 2


def test_names_and_members_of_tars_are_keys_like_any_other(images, encoder, home, tmp_path):
    odd = images[3].rename(tmp_path / "caf\udce9.bmp") if os.name == "posix" else images[3]  # bytes that are not UTF-8
    images[3] = odd
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        for image in images:
            archive.add(image, image.name)
        members = [
            Member(tmp_path / "all.tar", each.name, each.offset_data, each.size) for each in archive.getmembers()
        ]
    for view in range(3):
        np.testing.assert_array_equal(
            *(cached_features(each, encoder, Encode(), home, view) for each in (images, members))
        )
    assert folders(home) == 3


@pytest.mark.parametrize("choice", [slice(None, None, -1), slice(5)])
def test_another_list_of_pictures_has_features_of_its_own(images, encoder, home, choice):
    cached_features(images, encoder, Encode(), home)
    np.testing.assert_array_equal(cached_features(images[choice], encoder, Encode(), home), EXPECTED[choice])
    assert folders(home) == 2


def test_a_picture_of_another_size_is_encoded_anew(images, encoder, home):
    cached_features(images, encoder, Encode(), home)
    Image.new("RGB", (2 * SIZE, SIZE), "white").save(images[3])
    assert (cached_features(images, encoder, Encode(), home)[3] == 255).all()


def test_a_broken_picture_is_named_and_the_rest_is_not_lost(images, encoder, home):
    broken, content = images[5], images[5].read_bytes()
    broken.write_bytes(bytes(len(content)))
    first, resumed = Encode(), Encode()
    with pytest.raises(ImageError, match=broken.name):
        cached_features(images, encoder, first, home)
    broken.write_bytes(content)
    np.testing.assert_array_equal(cached_features(images, encoder, resumed, home), EXPECTED)
    assert first.seen == [4] and resumed.seen == [4, 3]


def test_a_cache_that_is_full_is_said_and_goes_on_once_there_is_room(images, encoder, home):
    with (
        full_after(100),
        pytest.raises(DiskError, match="There is no room for the feature cache in"),
    ):
        cached_features(images, encoder, Encode(), home)
    assert not list(home.glob("*/*.npy"))
    np.testing.assert_array_equal(cached_features(images, encoder, Encode(), home), EXPECTED)


def test_two_trainings_that_need_the_same_features_compute_them_once(images, encoder, home):
    first, second = Encode(), Encode()
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(cached_features, images, encoder, encode, home) for encode in (first, second)]
        for each in both:
            np.testing.assert_array_equal(each.result(), EXPECTED)
    assert sorted([first.seen, second.seen]) == [[], [4, 4, 3]]
