"""JPEG XL and JPEG 2000, whose decoders' work no header tells."""

import io

from PIL import Image, ImageOps

from captioner.pictures.mending import with_an_end
from captioner.pictures.pieces import PIECE
from captioner.pictures.profiles import profile_of
from captioner.pictures.work import ENOUGH, check_size, factor_of

CODESTREAMS = ("JXL", "JPEG2000")
IN_BYTES = ("L", "LA", "RGB", "RGBA")
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # of width and height in JPEG XL's size header


def decoded_codestream(content: bytes, kind: str, name: str, most: int) -> Image.Image:
    """The picture of such a file, to be called in a process apart.

    Raises:
        ImageError: it has more pixels than that.
    """
    if kind == "JXL":
        from pillow_jxl import JpegXLImagePlugin

        JpegXLImagePlugin.DECODE_THREADS = 0  # each thread's stack would count as memory
    Image.MAX_IMAGE_PIXELS = None
    content = next(with_an_end(content, kind), content)
    picture = Image.open(io.BytesIO(content), formats=(kind,))
    check_size(*picture.size, name, most)
    if kind == "JPEG2000":
        picture.reduce = _levels(content, picture.size)
        picture.info["icc_profile"] = profile_of(content, kind)
    if kind == "JXL" and not picture.jpeg and picture.mode in IN_BYTES:
        picture = _reduced(picture)
    picture.load()
    if getattr(picture, "jpeg", False):  # a JPEG in JPEG XL's clothes; all others lie as they are to be seen
        picture = ImageOps.exif_transpose(picture)
    for orientation in "exif", "xmp":
        picture.info.pop(orientation, None)
    return picture


def _reduced(picture: Image.Image) -> Image.Image:
    """A JPEG XL no larger than it is needed, made row by row: its plugin would have it in memory twice."""
    (width, height), factor, data = picture.size, factor_of(picture.size), memoryview(picture._data)
    stride, rows = len(data) // height, max(PIECE // width // factor, 1) * factor
    result = Image.new(picture.mode, (-(-width // factor), -(-height // factor)))
    for top in range(0, height, rows):
        size = width, min(rows, height - top)
        part = Image.frombuffer(picture.mode, size, data[top * stride :][: stride * size[1]], "raw", picture.mode, 0, 1)
        result.paste(part.reduce(factor) if factor > 1 else part, (0, top // factor))
    result.info = dict(picture.info)
    return result


def size_of(content: bytes, kind: str) -> tuple[int, int]:
    """Width and height of a picture, by its header.

    Raises:
        ValueError: there is none.
    """
    if kind == "JXL":
        return jxl_size(content)
    start = content.index(b"\xff\x4f\xff\x51")  # the markers SOC and SIZ
    width, height = (int.from_bytes(content[start + place : start + place + 4], "big") for place in (8, 12))
    return width, height


def jxl_size(content: bytes) -> tuple[int, int]:
    """Width and height of a JPEG XL, whose plugin decodes it as soon as it is opened (ISO/IEC 18181-1, SizeHeader)."""
    start = content.index(b"\xff\x0a")
    bits = int.from_bytes(content[start + 2 : start + 14], "little")

    def take(count: int) -> int:
        nonlocal bits
        value, bits = bits & ((1 << count) - 1), bits >> count
        return value

    def side() -> int:
        return (take(5) + 1) * 8 if small else 1 + take((9, 13, 18, 30)[take(2)])

    small = take(1)
    height, ratio = side(), take(3)
    width = side() if ratio == 0 else height * RATIOS[ratio - 1][0] // RATIOS[ratio - 1][1]
    return width, height


def _levels(content: bytes, size: tuple[int, int]) -> int:
    """How many times a JPEG 2000 can be read at half its size and still be large enough."""
    style = content.find(b"\xff\x52", content.find(b"\xff\x4f\xff\x51"))  # the marker COD
    there = content[style + 9] if 0 <= style < len(content) - 9 else 0
    return min(there, max(min(size) // ENOUGH, 1).bit_length() - 1)
