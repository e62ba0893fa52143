"""Colours as a file stores them -> sRGB, the one colour space of screens, of the web and of what the networks know."""

import io
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from captioner.pictures import apart

SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}  # an ICC profile's -> Pillow's mode
MOST_SECONDS = 0.5  # that a profile may take for 4 megapixels
UNLIKE = 2  # of 255: what a profile that is sRGB in other words changes at most
FLAGS = ImageCms.Flags.NOCACHE | ImageCms.Flags.BLACKPOINTCOMPENSATION  # without a cache threads can share one
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_SRGB = ImageCms.createProfile("sRGB")


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """An unpacked picture in "RGB", on white where it is transparent.

    Args:
        profile: its ICC profile; one that is broken or of another kind of colour is passed over.
    """
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    colours = picture.convert({"LA": "L", "RGBA": "RGB"}[picture.mode]) if alpha else picture
    change = _change(profile, colours.mode) if isinstance(profile, bytes) and profile else None
    result = change.apply(colours) if change else colours.convert("RGB")
    if alpha is None:
        return result
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(result, mask=alpha)
    return sheet


def unpacked(picture: Image.Image) -> Image.Image:
    """Palettes, bits, colour keys and premultiplied alpha in plain channels."""
    mode = picture.mode
    if mode in ("La", "RGBa"):
        return picture.convert({"La": "LA", "RGBa": "RGBA"}[mode])
    if mode in ("P", "PA") or (picture.has_transparency_data and mode not in ("LA", "RGBA")):
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if mode in ("L", "RGB", "CMYK", "LAB", "LA", "RGBA"):
        return picture
    return picture.convert("L" if mode == "1" else "RGB")


@lru_cache(maxsize=32)
def _change(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """How colours of a mode become sRGB; None where nothing has to be done, or the profile does not say."""
    try:
        read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if SPACES.get(read.profile.xcolor_space) != mode:
            return None
        if b"mpet" in profile:  # steps of any kind and number, done for each pixel
            apart.call(_tried, profile, mode, seconds=MOST_SECONDS)
        change = ImageCms.buildTransform(read, _SRGB, mode, "RGB", INTENT, FLAGS)
        return change if mode not in ("RGB", "L") or _shows(change, mode) else None
    except Exception:  # whatever is wrong with a profile says nothing against the pixels
        return None


def _tried(profile: bytes, mode: str) -> Iterator[bytes]:
    """Nothing, once a large picture has been changed; for a process apart."""
    read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    ImageCms.buildTransform(read, _SRGB, mode, "RGB", INTENT, FLAGS).apply(Image.new(mode, (2000, 2000)))
    yield b""


def _shows(change: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether colours look different afterwards."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    probe = Image.fromarray(cube if mode == "RGB" else steps[None])
    before = np.asarray(probe.convert("RGB"), np.int16)
    return bool(np.abs(np.asarray(change.apply(probe), np.int16) - before).max() > UNLIKE)
