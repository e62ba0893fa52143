"""BMP files of the kinds that Pillow has wrong or refuses: run lengths, and bit fields of any layout."""

import numpy as np
from PIL import Image

from captioner.pictures.pieces import boxes

RLE8, RLE4, BITFIELDS, ALPHA_BITFIELDS = 1, 2, 3, 6
ROW_ENDS, PICTURE_ENDS, MOVE = 0, 1, 2  # what a run of no pixels means


class Header:
    """What the file says of itself; `compression` is None where there is no header that we know."""

    def __init__(self, content: bytes):
        def number(start: int, size: int = 4, signed: bool = False) -> int:
            return int.from_bytes(content[start : start + size], "little", signed=signed)

        self.start, length = number(10), number(14)
        self.compression = None
        if length < 40 or len(content) < 54:
            return
        self.width, height = number(18, signed=True), number(22, signed=True)
        self.height, self.downwards = abs(height), height < 0
        self.bits, self.compression = number(28, 2), number(30)
        self.masks = [
            number(54 + 4 * place) for place in range(3 + (length >= 56 or self.compression == ALPHA_BITFIELDS))
        ]
        palette = (
            content[14 + length : 14 + length + 4 * min(number(46) or 2**self.bits, 256)] if self.bits <= 8 else b""
        )
        self.palette = palette[: len(palette) // 4 * 4]

    @property
    def is_ours(self) -> bool:
        """Whether it is one of those kinds."""
        runs = (self.compression, getattr(self, "bits", 0)) in ((RLE8, 8), (RLE4, 4))
        return runs or (self.compression in (BITFIELDS, ALPHA_BITFIELDS) and self.bits in (16, 32))


def read(content: bytes, header: Header) -> Image.Image:
    """The picture.

    Raises:
        ValueError: the file is damaged or cut.
    """
    if header.compression in (RLE8, RLE4):
        indices = _runs(content[header.start :], header)
        picture = Image.fromarray(indices if header.downwards else indices[::-1])
        colours = np.frombuffer(header.palette[: len(header.palette) // 4 * 4], np.uint8).reshape(-1, 4)[:, 2::-1]
        picture.putpalette(colours.tobytes())
        return picture
    return _fields(content, header)


def _runs(data: bytes, header: Header) -> np.ndarray:
    """Palette indices `uint8 [height, width]`, the file's first row first; what no run covers is 0."""
    width, height = header.width, header.height
    pixels = np.zeros((height, width), np.uint8)
    deep = header.bits == 8
    position = x = y = 0
    while y < height and (y, x) != (height - 1, width):
        if position + 2 > len(data):
            raise ValueError
        count, value = data[position], data[position + 1]
        position += 2
        if count:
            run = bytes([value]) * count if deep else (bytes([value >> 4, value & 15]) * ((count + 1) // 2))[:count]
        elif value == ROW_ENDS:
            x, y = 0, y + 1
            continue
        elif value == PICTURE_ENDS:
            break
        elif value == MOVE:
            right, down = data[position : position + 2]
            x, y, position = x + right, y + down, position + 2
            continue
        else:
            length = value if deep else (value + 1) // 2
            packed = data[position : position + length]
            if len(packed) < length:
                raise ValueError
            run = packed if deep else bytes(half for byte in packed for half in (byte >> 4, byte & 15))[:value]
            position += length + length % 2
        run = run[: max(width - x, 0)]
        pixels[y, x : x + len(run)] = np.frombuffer(run, np.uint8)
        x += len(run)
    return pixels


def _fields(content: bytes, header: Header) -> Image.Image:
    """A picture whose masks say which bits are red, green, blue and perhaps alpha."""
    depth = header.bits // 8
    stride = (header.width * depth + 3) // 4 * 4
    data = np.frombuffer(content, np.uint8, stride * header.height, header.start).reshape(header.height, stride)
    data = data if header.downwards else data[::-1]
    masks = [mask & (2**header.bits - 1) for mask in header.masks]
    masks = masks if any(masks[3:]) else masks[:3]
    picture = Image.new("RGBA" if len(masks) == 4 else "RGB", (header.width, header.height))
    for left, top, right, bottom in boxes(picture.size):
        values = np.ascontiguousarray(data[top:bottom, left * depth : right * depth]).view(f"<u{depth}")
        pixels = np.empty((*values.shape, len(masks)), np.uint8)
        for channel, mask in enumerate(masks):
            pixels[..., channel] = _field(values, mask)
        picture.paste(Image.fromarray(pixels), (left, top))
    return picture


def _field(values: np.ndarray, mask: int) -> np.ndarray | int:
    if not mask:
        return 0
    shift = (mask & -mask).bit_length() - 1
    return np.rint(((values & mask) >> shift) * (255 / (mask >> shift))).astype(np.uint8)
