"""Pictures as people have them -> upright RGB pictures -> pixel batches."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from captioner.errors import ImageError

MAX_PIXELS = 60_000_000
ENOUGH = (1024, 1024)  # pixels: what the page shows; the networks see less
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
KNOWN_FORMATS = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"

pillow_heif.register_heif_opener()


def open_image(source) -> Image.Image:
    """Open a picture in any common form as an upright RGB picture.

    `source` is a path, the bytes of a picture file, a binary file object, a PIL image, or a NumPy array
    `[height, width]` or `[height, width, 1, 3 or 4]` of uint8, uint16 or floats in 0..1. Of an animation the first
    frame is taken, transparency is laid on white, and EXIF orientation is applied. Nothing above 60 megapixels is
    decoded, and a large JPEG file only to a half, quarter or eighth of its size, 1024 pixels at least.

    Raises ImageError, with a sentence to show to a person, for everything that is not such a picture.
    """
    name = _name_of(source)
    if isinstance(source, np.ndarray):
        picture = _from_array(source, name)
    elif isinstance(source, Image.Image):
        picture = _decoded(source, name)
    else:
        with _binary_file(source, name) as file:
            picture = _identified(file, name)
            _check_size(*picture.size, name)
            picture.draft(None, ENOUGH)  # which only JPEG can
            picture = _decoded(picture, name)
    return _as_rgb(_upright(picture), name)


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


def _name_of(source) -> str:
    """What to call the picture in an error: its quoted file name where there is one."""
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "filename", None)
    path = path or getattr(source, "name", None)
    return _quoted(Path(os.fsdecode(path)).name) if isinstance(path, str | os.PathLike) else "This picture"


def _quoted(text: str) -> str:
    return '"' + "".join(letter if letter.isprintable() else "?" for letter in text) + '"'


def _binary_file(source, name: str) -> BinaryIO:
    """The bytes of a path, bytes or file object as a seekable file at its start."""
    if isinstance(source, str | os.PathLike):
        return _file_at(Path(os.fsdecode(source)), name)
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if hasattr(source, "read"):
        return io.BytesIO(_content_of(source, name))
    kind = type(source).__name__
    raise ImageError(f"{kind} is no picture: give a path, bytes, a file object, a NumPy array or a PIL image.")


def _file_at(path: Path, name: str) -> BinaryIO:
    try:
        if path.is_dir():
            raise ImageError(f"{name} is a folder: choose a picture inside it.")
        if path.exists() and not path.is_file():
            raise ImageError(f"{name} is not an ordinary file: choose a picture file.")
        return path.open("rb")
    except FileNotFoundError:
        raise ImageError(f"There is no file {_quoted(str(path))}: check the path.") from None
    except (OSError, ValueError):
        raise ImageError(f"{name} cannot be opened: check its path and that you may read it.") from None


def _content_of(file, name: str) -> bytes:
    try:
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        content = file.read()
    except (OSError, ValueError):
        raise ImageError(f"{name} cannot be read from its file object: open the file again and retry.") from None
    if not isinstance(content, bytes | bytearray):
        raise ImageError(f'{name} was opened as text: open the file in binary mode, "rb".')
    return content


def _identified(file: BinaryIO, name: str) -> Image.Image:
    """The picture in a file, header read and pixels not yet."""
    if file.seek(0, os.SEEK_END) == 0:
        raise ImageError(f"{name} is empty: choose another file or copy it again.")
    try:
        return Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(name) from None
    except UnidentifiedImageError:
        raise ImageError(f"{name} is damaged or of an unknown kind: save it as {KNOWN_FORMATS}.") from None
    except Exception:
        raise _damaged(name) from None


def _decoded(picture: Image.Image, name: str) -> Image.Image:
    """The picture with its pixels in memory, unless it has too many or none."""
    _check_size(*picture.size, name)
    try:
        picture.load()
    except Exception:
        raise _damaged(name) from None
    return picture


def _from_array(array: np.ndarray, name: str) -> Image.Image:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ImageError(
            f"An array of shape {array.shape} is no picture: give [height, width] or [height, width, channels] "
            "with 1, 3 or 4 channels."
        )
    _check_size(array.shape[1], array.shape[0], name)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(_eight_bit(array, name))


def _check_size(width: int, height: int, name: str) -> None:
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height}): choose another one.")
    if width * height > MAX_PIXELS:
        raise _too_large(name)


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        # Broken EXIF says nothing against the pixels, so the picture is shown as it lies.
        return picture


def _as_rgb(picture: Image.Image, name: str) -> Image.Image:
    """The picture in RGB, deep ones scaled to 8 bits and transparent ones on white."""
    try:
        if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
            picture = Image.fromarray(_eight_bit(np.asarray(picture), name))
        if not picture.has_transparency_data:
            return picture.convert("RGB")
        # "La" has no direct way to RGBA.
        layer = picture.convert("LA" if picture.mode == "La" else picture.mode).convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    except (OSError, ValueError):
        raise ImageError(f"{name} uses the colour mode {picture.mode}, which we cannot read: save it as RGB.") from None


def _eight_bit(values: np.ndarray, name: str) -> np.ndarray:
    """Numbers of any depth as uint8 of the same shape; the peak tells 0..1, 0..255 and 0..65535 apart."""
    if values.dtype == np.uint8:
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
    white = next((top for top in ranges if peak <= top * 1.01), None)
    if white is None or low < -0.01 * white:
        raise ImageError(f"{name} holds values from {low:g} to {peak:g}: scale them to 0..1 or 0..255.")
    return np.rint(np.clip(values.astype(np.float32), 0, white) * (255 / white)).astype(np.uint8)


def _too_large(name: str) -> ImageError:
    return ImageError(f"{name} has more than {MAX_PIXELS // 1_000_000} megapixels: make it smaller and try again.")


def _damaged(name: str) -> ImageError:
    return ImageError(f"{name} is damaged or incomplete: copy, download or save it again.")
