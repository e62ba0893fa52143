"""A large picture piece by piece, so that working on all of it does not take its memory once more."""

import hashlib
from collections.abc import Iterator

from PIL import Image

PIECE = 1_000_000  # pixels at a time


def boxes(size: tuple[int, int], multiple: int = 1) -> Iterator[tuple[int, int, int, int]]:
    """(left, top, right, bottom) of pieces that cover a picture.

    Args:
        size: width and height.
        multiple: what divides the place of each piece, and each height and width but the last ones.
    """
    width, height = size
    columns = min(-(-width // multiple), PIECE // multiple**2) * multiple
    rows = max(PIECE // columns // multiple, 1) * multiple
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield left, top, min(left + columns, width), min(top + rows, height)


def fingerprint(picture: Image.Image) -> bytes:
    """What is the same for pictures of the same pixels, and of no others."""
    digest = hashlib.sha256(f"{picture.mode} {picture.size}".encode())
    for box in boxes(picture.size):
        digest.update(picture.crop(box).tobytes())
    return digest.digest()
