"""Data augmentation: a picture, cropped and mirrored a little differently each time."""

import numpy as np
from PIL import Image, ImageOps

SMALLEST_CROP = 0.6  # of the picture's area


def augmented(picture: Image.Image, size: tuple[int, int], random: np.random.Generator) -> Image.Image:
    """A random crop of the picture, resized to (height, width) and mirrored half of the time."""
    height, width = size
    part = [side * random.uniform(SMALLEST_CROP, 1) ** 0.5 for side in picture.size]
    left, top = (random.uniform(0, whole - side) for whole, side in zip(picture.size, part, strict=True))
    box = (left, top, left + part[0], top + part[1])
    picture = picture.resize((width, height), Image.Resampling.BILINEAR, box=box)
    return ImageOps.mirror(picture) if random.random() < 0.5 else picture
