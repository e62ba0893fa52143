"""Numbers of any depth -> 8 bits: 16-bit grey, floats, white that is zero, and grey values that are transparent."""

import numpy as np
from PIL import Image

from captioner.errors import ImageError

PHOTOMETRIC, BITS, WHITE_IS_ZERO = 262, 258, 0
ROWS = 256  # turned at a time


def is_deep(picture: Image.Image) -> bool:
    return picture.mode in ("I", "F") or picture.mode.startswith("I;16")


def as_grey(picture: Image.Image, name: str) -> Image.Image:
    """A deep picture as "L", or as "LA" where one of its values is transparent.

    Raises:
        ImageError: it holds something else than numbers.
    """
    values = np.asarray(picture)
    tags = getattr(picture, "tag_v2", {})
    grey = eight_bit(values, name, _white(picture, tags), stretch=True)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        np.subtract(255, grey, out=grey)
    result = Image.fromarray(grey)
    clear = picture.info.get("transparency")
    if isinstance(clear, int | float):
        result.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return result


def eight_bit(values: np.ndarray, name: str, white: float | None = None, stretch: bool = False) -> np.ndarray:
    """Numbers of any depth as uint8 of the same shape; the peak tells 0..1, 0..255 and 0..65535 apart.

    Args:
        white: what white is, where that is known.
        stretch: whether the least and the most of other ranges become black and white.

    Raises:
        ImageError: they are no numbers, or of another range.
    """
    if values.dtype == np.uint8 and white is None:
        return values
    if values.dtype.kind not in "buif":
        raise ImageError(f"{name} holds {values.dtype} values, not numbers: give uint8, uint16 or floats in 0..1.")
    low, peak = float(values.min()), float(values.max())
    if not np.isfinite([low, peak]).all():
        raise ImageError(f"{name} holds NaN or infinity: replace those values by finite ones.")
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        ranges = (65535,)
    else:
        ranges = {"b": (1,), "f": (1, 255, 65535)}.get(values.dtype.kind, (255, 65535))
    # Filters overshoot a little, so 1.005 is still a white of 1.
    white = white or next((top for top in ranges if peak <= top * 1.01), None)
    black = 0.0
    if white is None or low < -0.01 * white:
        if not stretch:
            raise ImageError(f"{name} holds values from {low:g} to {peak:g}: scale them to 0..1 or 0..255.")
        black, white = low, peak if peak > low else low + 1
    grey = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), ROWS):
        part = np.clip(values[start : start + ROWS].astype(np.float64 if stretch else np.float32), black, white)
        grey[start : start + ROWS] = np.rint((part - black) * (255 / (white - black)))
    return grey


def true_transparency(picture: Image.Image) -> None:
    """Say a PNG's transparent colour in the 8 bits that its pixels will have, before they are read."""
    clear, tiles = picture.info.get("transparency"), getattr(picture, "tile", None)
    if picture.format != "PNG" or not tiles or isinstance(clear, bytes | None):
        return
    raw = tiles[0][3]
    raw = raw if isinstance(raw, str) else raw[0]
    if picture.mode in ("1", "L") and isinstance(clear, int):
        bits = int(raw.rpartition(";")[2]) if ";" in raw else 1 if picture.mode == "1" else 8
        picture.info["transparency"] = min(clear * 255 // (2**bits - 1), 255)
    elif picture.mode == "RGB" and isinstance(clear, tuple):
        picture.info["transparency"] = tuple(min(value >> 8 if "16" in raw else value, 255) for value in clear)


def _white(picture: Image.Image, tags) -> float | None:
    """What white is in a deep picture; None where only its peak tells."""
    if picture.format == "PPM" and picture.mode == "I":
        return 65535
    bits = tags.get(BITS)
    if picture.mode.startswith("I;16") and bits:
        return 2 ** min(max(bits if isinstance(bits, tuple) else (bits,)), 16) - 1
    return None
