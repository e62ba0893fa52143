"""What reading a picture may cost, told from its header: pixels, passes and memory; and whose turn it is.

A decoder cannot be stopped, so what it would have to do is reckoned before it starts. Pictures that take much memory
take turns, and the small ones never wait for them.
"""

import io
import struct
import threading
import time
from contextlib import nullcontext

from captioner.errors import ImageError
from captioner.pictures.formats import IN_WORDS, MAX_PIXELS, MOST_OF
from captioner.pictures.jpeg import Frame, frame_of
from captioner.pictures.pace import slowness

MOST_PASSES = 20 * MAX_PIXELS  # samples gone over: an honest progressive JPEG goes over each pixel 16 times at most
MOST_MEMORY = 400_000_000  # bytes that a JPEG or a TIFF may ask for
MOST_ROWS = 2_000_000  # Pillow keeps a pointer to each
LARGE = 8_000_000  # pixels: those with more take turns
ENOUGH = 1024  # pixels of height and width: what the page shows; the networks see less
LARGEST = 16_000_000  # pixels of what is given, however long and narrow
SECONDS = 1.5  # of the usual processor, between the first byte read and the last
MOST_WORDS = 30_000_000  # bytes of a PPM in plain text, whose numbers are read one by one
WIDTH, HEIGHT = 256, 257
COMPRESSION, RAW = 259, 1
STRIP_OFFSETS, ROWS_PER_STRIP, STRIP_SIZES = 273, 278, 279
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_SIZES = 322, 323, 324, 325
SAMPLES, BITS = 277, 258
PLANAR, APART = 284, 2  # each plane of colour in strips of its own

_turn = threading.RLock()


class Watched(io.BytesIO):
    """A picture file that can be read from until its time is up."""

    def __init__(self, content: bytes, name: str):
        super().__init__(content)
        self.called = name
        self.since = time.thread_time()
        self.until = self.since + SECONDS

    def read(self, size: int | None = -1) -> bytes:
        self.check_time()
        return super().read(size)

    def check_time(self) -> None:
        """Raises ImageError once the time is up."""
        if time.thread_time() < self.until:
            return
        self.until = max(self.until, self.since + SECONDS * slowness())  # it matters only now
        if time.thread_time() > self.until:
            raise takes_too_long(self.called)


def turn(pixels: float):
    """To be held while a picture of so many pixels is decoded: large ones come one after the other."""
    return _turn if pixels > LARGE else nullcontext()


def check_size(width: int, height: int, name: str, most: int = MAX_PIXELS) -> None:
    """Raises ImageError where a picture has too many pixels or none."""
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height}): choose another one.")
    if width * height > most or height > MOST_ROWS:
        raise too_large(name, most)


def factor_of(size: tuple[int, int]) -> int:
    """By what a picture's width and height are divided, so that it is no larger than it is needed."""
    factor = next((each for each in (8, 4, 2) if min(size) >= each * ENOUGH), 1)
    while size[0] * size[1] > LARGEST * factor**2:
        factor *= 2
    return factor


def jpeg_factor(frame: Frame, size: tuple[int, int], name: str) -> int:
    """By what a JPEG's width and height are divided as it is decoded: 1, 2, 4 or 8.

    Raises:
        ImageError: it takes too much memory even so.
    """
    factor = min(factor_of(size), 8)
    while (memory := frame.kept + 4 * size[0] * size[1] // factor**2) > MOST_MEMORY and factor < 8:
        factor *= 2
    if memory > MOST_MEMORY:
        raise takes_too_much(name)
    return factor


def check_file(content: bytes, kind: str, name: str) -> None:
    """Look into a file before any decoder does.

    Args:
        kind: its format, as Pillow names it.

    Raises:
        ImageError: it would take too much time or memory.
    """
    if kind == "JPEG":
        check_passes(frame_of(content), name)
    elif kind == "WEBP" and len(content) >= 30:
        check_size(*webp_size(content), name, MOST_OF["WEBP"])
    elif kind == "ICO":
        for size in icon_sizes(content):
            check_size(*size, name)
    elif kind == "PPM" and content.startswith(IN_WORDS) and len(content) > MOST_WORDS:
        raise takes_too_long(name)


def check_passes(frame: Frame, name: str) -> None:
    """Raises ImageError where a JPEG goes over its pixels too often."""
    pixels = frame.size[0] * frame.size[1] if frame.size else 0
    if pixels <= MAX_PIXELS and pixels * frame.passes > MOST_PASSES:
        raise ImageError(
            f"{name} stores its {pixels / 1e6:.0f} megapixels in {len(frame.scans)} layers, which take too long to "
            "read: save it again as an ordinary JPEG."
        )


def check_tiff(tags, content: bytes, in_jpeg: bool, name: str) -> None:
    """Look into a TIFF whose tags are read.

    Args:
        tags: number -> value, as Pillow has them.
        in_jpeg: whether its strips are JPEGs.

    Raises:
        ImageError: it would take too much time or memory.
        ValueError: it has fewer strips or tiles than its size needs, so that some of the picture is missing.
    """
    width, height = int(tags[WIDTH]), int(tags[HEIGHT])  # as it is stored, which may be lying on its side
    rows = min(int(tags.get(ROWS_PER_STRIP, height)), height)
    wide, high = (int(tags[TILE_WIDTH]), int(tags[TILE_LENGTH])) if TILE_WIDTH in tags else (width, rows)
    part = wide * high
    bits = tags.get(BITS, (1,))
    deep = max(bits if isinstance(bits, tuple) else (bits,)) * int(tags.get(SAMPLES, 1))
    held = 0 if tags.get(COMPRESSION, RAW) == RAW else part * deep / 8  # what is not packed is read row by row
    if held + 4 * width * height > MOST_MEMORY:
        raise takes_too_much(name)
    offsets = tags.get(TILE_OFFSETS) or tags.get(STRIP_OFFSETS) or ()
    planes = int(tags.get(SAMPLES, 1)) if tags.get(PLANAR) == APART else 1
    if part < 1 or len(offsets) < planes * -(-width // wide) * -(-height // high):
        raise ValueError
    if not in_jpeg:
        return
    sizes = tags.get(TILE_SIZES) or tags.get(STRIP_SIZES) or ()
    passes = 0
    known: dict[tuple[int, int], float] = {}
    for place in zip(offsets, sizes, strict=False):
        if place not in known:
            known[place] = frame_of(content[place[0] : sum(place)]).passes
        passes += known[place] * part
    if passes > MOST_PASSES:
        raise takes_too_long(name)


def webp_size(content: bytes) -> tuple[int, int]:
    """Width and height of a WebP, whose decoder makes room for them as soon as it is opened."""
    kind, body = content[12:16], content[20:30]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(body[6:8], "little") & 0x3FFF or 1, int.from_bytes(body[8:10], "little") & 0x3FFF or 1


def icon_sizes(content: bytes) -> list[tuple[int, int]]:
    """Width and height of an ICO's pictures, which need not be those of its directory."""
    sizes = []
    for entry in range(int.from_bytes(content[4:6], "little")):
        start = int.from_bytes(content[18 + 16 * entry : 22 + 16 * entry], "little")
        if content[start : start + 4] == b"\x89PNG":
            shape, head = ">II", content[start + 16 : start + 24]
        else:
            shape, head = "<ii", content[start + 4 : start + 12]
        if len(head) == 8:
            width, height = map(abs, struct.unpack(shape, head))
            sizes.append((width or 1, height or 1))
    return sizes


def too_large(name: str, most: int = MAX_PIXELS) -> ImageError:
    return ImageError(f"{name} has more than {most // 1_000_000} megapixels: make it smaller and try again.")


def takes_too_much(name: str) -> ImageError:
    return ImageError(f"{name} takes too much memory to read: save it again as an ordinary JPEG or PNG.")


def takes_too_long(name: str) -> ImageError:
    return ImageError(f"{name} takes too long to read: save it again as an ordinary JPEG or PNG.")
