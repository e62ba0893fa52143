"""Pictures as people have them -> upright RGB pictures -> pixel batches."""

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.content import content_of, name_of, suffix_of
from captioner.pictures.decoding import decoded, decoded_file
from captioner.pictures.depth import eight_bit
from captioner.pictures.upright import as_rgb
from captioner.pictures.work import check_size


def open_image(source) -> Image.Image:
    """Open a picture in any common form as an upright RGB picture in sRGB.

    `source` is a path, a `Member` of a tar, the bytes of a picture file, a binary file object, a PIL image, or a NumPy
    array `[height, width]` or `[height, width, 1, 3 or 4]` of uint8, uint16 or floats in 0..1. Of an animation the
    first frame with something in it is taken, transparency is laid on white, and colour profile and EXIF orientation
    are applied. Nothing above 60 megapixels is decoded (50 of HEIC, 42 of AVIF, 24.5 of WebP), and a large picture
    comes at a half, quarter or eighth of its size, 1024 pixels at least.

    Safe to call from several threads: large pictures take turns, and small ones do not wait for them.

    Raises ImageError, with a sentence to show to a person, for everything that is not such a picture.
    """
    name = name_of(source)
    try:
        with ExitStack() as turns:
            if isinstance(source, np.ndarray):
                picture = _from_array(source, name)
            elif isinstance(source, Image.Image):
                picture = decoded(source, name)
            else:
                picture = decoded_file(content_of(source, name), suffix_of(source), name, turns)
            return as_rgb(picture, name)
    except MemoryError:
        raise ImageError(f"{name} takes more memory than there is: make it smaller and try again.") from None


def to_pixels(pictures: Sequence[Image.Image], size: tuple[int, int]) -> np.ndarray:
    """Squash whole pictures to one size and stack them, the one way for training and for use.

    `pictures` are RGB, as `open_image` gives them; `size` is (height, width). Bilinear with antialiasing, nothing
    cropped. Returns float32 `[batch, height, width, 3]` in 0..255.
    """
    height, width = size
    pixels = np.empty((len(pictures), height, width, 3), np.float32)
    for row, picture in zip(pixels, pictures, strict=True):
        row[:] = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
    return pixels


def _from_array(array: np.ndarray, name: str) -> Image.Image:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ImageError(
            f"An array of shape {array.shape} is no picture: give [height, width] or [height, width, channels] "
            "with 1, 3 or 4 channels."
        )
    check_size(array.shape[1], array.shape[0], name)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(eight_bit(array, name))
