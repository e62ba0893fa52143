"""Numbers of any depth -> 8 bits: 16-bit grey, floats, white that is zero, and grey values that are transparent."""

import numpy as np
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.pieces import boxes

PHOTOMETRIC, BITS, WHITE_IS_ZERO = 262, 258, 0
FLOATS, INTEGERS = (1, 255, 65535), (255, 65535)  # what white usually is
FULL = ("JPEG2000", "PNG", "PPM")  # formats whose deep pictures Pillow gives in 16 bits, whatever they had
SAMPLE_FORMAT, UNSIGNED = 339, (1, (1,))
ROWS = 256  # turned at a time


def is_deep(picture: Image.Image) -> bool:
    return picture.mode in ("I", "F") or picture.mode.startswith("I;16")


class Grey:
    """How a deep picture becomes grey in 8 bits: "L", or "LA" where one of its values is transparent.

    Raises:
        ImageError: it holds NaN or infinity.
    """

    def __init__(self, picture: Image.Image, name: str):
        tags = getattr(picture, "tag_v2", {})
        self.name = name
        self.inverted = tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
        self.clear = picture.info.get("transparency")
        self.black, self.white = 0, _white(picture, tags)
        # Pillow takes 32 bits for signed ones.
        self.unsigned = picture.format == "TIFF" and picture.mode == "I" and tags.get(SAMPLE_FORMAT, 1) in UNSIGNED
        if self.white is None:
            low, peak = self._extremes(picture)
            ranges = FLOATS if picture.mode == "F" else INTEGERS
            self.black, self.white = _range(float(low), float(peak), ranges, name) or (min(low, 0.0), max(peak, 1e-30))
            if peak < self.white / 8 and self.white > ranges[0]:  # of no common range: the brightest is white
                self.white = max(peak, 1e-30)

    def __call__(self, part: Image.Image) -> Image.Image:
        """A part of the picture, or all of it."""
        values = self._values(part)
        grey = _scaled(values, self.black, self.white, self.name)
        result = Image.fromarray(255 - grey if self.inverted else grey)
        if isinstance(self.clear, int | float):
            result.putalpha(Image.fromarray(np.where(values == self.clear, 0, 255).astype(np.uint8)))
        return result

    def _values(self, part: Image.Image) -> np.ndarray:
        values = np.asarray(part)
        return values.view(np.uint32) if self.unsigned else values

    def _extremes(self, picture: Image.Image) -> tuple[float, float]:
        low, peak = picture.getextrema()
        if not self.unsigned or low >= 0:
            return low, peak
        parts = [self._values(picture.crop(box)) for box in boxes(picture.size)]
        return min(part.min() for part in parts), max(part.max() for part in parts)


def eight_bit(values: np.ndarray, name: str) -> np.ndarray:
    """Numbers of any depth as uint8 of the same shape; the peak tells 0..1, 0..255 and 0..65535 apart.

    Raises:
        ImageError: they are no numbers, or of another range.
    """
    if values.dtype == np.uint8:
        return values
    kind = values.dtype.kind
    if kind not in "buif":
        raise ImageError(f"{name} holds {values.dtype} values, not numbers: give uint8, uint16 or floats in 0..1.")
    ranges = {"b": (1,), "f": FLOATS}.get(kind, (65535,) if kind == "u" and values.dtype.itemsize == 2 else INTEGERS)
    low, peak = float(values.min()), float(values.max())
    found = _range(low, peak, ranges, name)
    if found is None:
        raise ImageError(f"{name} holds values from {low:g} to {peak:g}: scale them to 0..1 or 0..255.")
    return _scaled(values, *found, name)


def _range(low: float, peak: float, ranges: tuple[int, ...], name: str) -> tuple[float, float] | None:
    """Black and white of numbers; None where they are of none of these ranges."""
    _check_finite([low, peak], name)
    # Filters overshoot a little, so 1.005 is still a white of 1.
    white = next((top for top in ranges if peak <= top * 1.01), None)
    return None if white is None or low < -0.01 * white else (0.0, white)


def _scaled(values: np.ndarray, black: float, white: float, name: str) -> np.ndarray:
    grey = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), ROWS):
        part = values[start : start + ROWS]
        _check_finite(part, name)
        part = np.clip(part.astype(np.float64), black, white)
        grey[start : start + ROWS] = np.rint((part - black) * (255 / (white - black)))
    return grey


def _check_finite(values, name: str) -> None:
    if not np.isfinite(values).all():
        raise ImageError(f"{name} holds NaN or infinity: replace those values by finite ones.")


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
        picture.info["transparency"] = tuple(min(value, 255) for value in clear)


def deep_colour_key(picture: Image.Image) -> tuple[int, ...] | None:
    """The colour of a PNG with 16 bits a channel that is transparent; taken out, as Pillow knows 8 bits of it."""
    if picture.format == "PNG" and picture.mode == "RGB" and picture.tile and "16" in picture.tile[0][3]:
        clear = picture.info.pop("transparency", None)
        return clear if isinstance(clear, tuple) else None
    return None


def lower_bytes(picture: Image.Image) -> Image.Image:
    """A PNG with 16 bits a channel that gives the lower 8 of them, once its pixels are read."""
    picture.tile = [tile._replace(args="RGB;16L") for tile in picture.tile]  # which takes each second byte
    return picture


def cut_out(picture: Image.Image, lower: Image.Image, clear: tuple[int, ...]) -> None:
    """Make transparent what is of that colour.

    Args:
        picture: "RGB", the upper 8 bits; it becomes "RGBA".
        lower: the lower 8 bits.
    """
    mask = Image.new("L", picture.size)
    for box in boxes(picture.size):
        upper, rest = (np.asarray(each.crop(box)).astype(np.uint16) for each in (picture, lower))
        shown = (upper << 8 | rest) != np.array(clear, np.uint16)
        mask.paste(Image.fromarray(shown.any(-1).astype(np.uint8) * 255), box)
    picture.putalpha(mask)


def _white(picture: Image.Image, tags) -> float | None:
    """What white is in a deep picture; None where only its peak tells."""
    if picture.format in FULL:
        return 65535
    bits = tags.get(BITS)
    if picture.mode.startswith("I;16") and bits:
        return 2 ** min(max(bits if isinstance(bits, tuple) else (bits,)), 16) - 1
    return None
