"""Arrays of numbers as pictures."""

import numpy as np
import pytest

from captioner.pictures.images import open_image
from tests.pictures.test_images import difference, photo, refusal  # noqa: F401


def test_arrays(photo):  # noqa: F811
    pixels = np.asarray(photo)
    grey = pixels[..., 0]
    same = [pixels, pixels.copy("F"), pixels[::-1][::-1], pixels.astype(np.int64), pixels.astype(np.uint16) * 257]
    same += [pixels / 255, (pixels / 255).astype(np.float32), pixels.astype(np.float32)]
    same += [(pixels.astype(np.uint16) * 257).astype(">u2"), np.dstack([pixels, np.full_like(grey, 255)])]
    for array in same:
        assert difference(open_image(array), pixels) == 0
    for array in (grey, grey[..., None]):
        assert difference(open_image(array), np.dstack([grey] * 3)) == 0
    assert set(np.unique(open_image(grey > 128))) == {0, 255}


def test_float_arrays_may_overshoot_a_little():
    pixels = np.asarray(open_image(np.float32([[-0.005, 1.005]])))
    assert pixels[0, 0, 0] == 0 and pixels[0, 1, 0] == 255


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 0), np.uint8),
        np.zeros((5, 5, 2), np.uint8),
        np.zeros((1, 5, 5, 3), np.uint8),
        np.zeros(5, np.uint8),
        np.full((5, 5), np.nan),
        np.array([[0, np.inf]]),
        np.array([[-1.0, 1.0]]),
        np.array([[0, 1e9]]),
        np.array([[-5, 5]]),
        np.array([[1j]]),
        np.array([["a"]]),
        np.array([[None]]),
    ],
    ids=repr,
)
def test_arrays_that_are_no_pictures(array):
    refusal(array)
