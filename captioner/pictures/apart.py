"""Decoders whose work no header tells, in a process of their own that can be stopped.

JPEG XL's and JPEG 2000's always, and those of HEIC and AVIF where the picture is large. Run as a program, this
file reads a picture from standard input and writes it as `open_image` gives it to standard output: a line with width
and height, and the pixels; or the sentence that speaks against it.
"""

import io
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from captioner.errors import ImageError

ALWAYS, WHERE_LARGE = ("JXL", "JPEG2000"), ("AVIF", "HEIF")
SECONDS = 5  # of the processor
PATIENCE = 30  # seconds on the clock, where the processor has other things to do
MEMORY = 1_500_000_000  # bytes of address space
ENOUGH = 1024  # pixels of height and width
REFUSED, TOO_MUCH, UNREADABLE = 3, 4, 5
STOPPED = [-getattr(signal, name, 0) for name in ("SIGXCPU", "SIGKILL")]
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # of width and height in JPEG XL's size header
ROOT = Path(__file__).parents[2]


def decode(content: bytes, kind: str, name: str, most_pixels: int) -> tuple[tuple[int, int], bytes]:
    """Size and pixels of a picture, upright, in sRGB and no larger than it is needed.

    Raises:
        ImageError: it cannot be read, for a reason that is known.
        ValueError: it is damaged.
        MemoryError: it has more pixels than that, or takes too much memory.
        TimeoutError: it takes too long.
    """
    command = [sys.executable, "-m", "captioner.pictures.apart", kind, str(most_pixels), name]
    own = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}  # threads take memory
    options = {"capture_output": True, "timeout": PATIENCE, "check": False, "env": {**os.environ, **own}}
    try:
        run = subprocess.run(command, input=content, **options)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    if run.returncode == REFUSED:
        raise ImageError(run.stdout.decode())
    if run.returncode == TOO_MUCH:
        raise MemoryError
    if run.returncode in STOPPED:
        raise TimeoutError
    if run.returncode:
        raise ValueError
    head, _, pixels = run.stdout.partition(b"\n")
    width, height = map(int, head.split())
    return (width, height), pixels


def main(kind: str, most_pixels: int, name: str) -> int:
    _limit()
    from captioner.pictures.decoding import decoded_here
    from captioner.pictures.images import as_rgb

    content = sys.stdin.buffer.read()
    try:
        with ExitStack() as turns:
            if kind in ALWAYS:
                picture = _decoded(content, kind, most_pixels)
            else:
                picture = decoded_here(content, kind, name, turns)
            picture = as_rgb(picture, name)
    except ImageError as error:
        sys.stdout.buffer.write(str(error).encode())
        return REFUSED
    except MemoryError:
        return TOO_MUCH
    except Exception:
        return UNREADABLE
    sys.stdout.buffer.write(b"%d %d\n" % picture.size + picture.tobytes())
    return 0


def _decoded(content: bytes, kind: str, most_pixels: int):
    """The picture of a JPEG XL or JPEG 2000."""
    from PIL import Image, ImageOps

    if kind == "JXL":
        from pillow_jxl import JpegXLImagePlugin

        JpegXLImagePlugin.DECODE_THREADS = 0  # each thread's stack would count as memory
    Image.MAX_IMAGE_PIXELS = None
    picture = Image.open(io.BytesIO(content), formats=(kind,))
    if picture.width * picture.height > most_pixels:
        raise MemoryError
    if kind == "JPEG2000":
        picture.reduce = _levels(content, picture.size)
    picture.load()
    if getattr(picture, "jpeg", False):  # a JPEG in JPEG XL's clothes; all others lie as they are to be seen
        picture = ImageOps.exif_transpose(picture)
    for orientation in "exif", "xmp":
        picture.info.pop(orientation, None)
    return picture


def size_of(content: bytes, kind: str) -> tuple[int, int] | None:
    """Width and height of a picture, by its header; None where that is not found."""
    if kind == "JXL":
        return jxl_size(content)
    start = content.find(b"\xff\x4f\xff\x51")  # the markers SOC and SIZ
    sides = [int.from_bytes(content[start + place : start + place + 4], "big") for place in (8, 12)]
    return (sides[0], sides[1]) if start >= 0 else None


def jxl_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG XL, whose plugin decodes it as soon as it is opened (ISO/IEC 18181-1, SizeHeader)."""
    start = content.find(b"\xff\x0a")
    bits = int.from_bytes(content[start + 2 : start + 14], "little") if start >= 0 else 0

    def take(count: int) -> int:
        nonlocal bits
        value, bits = bits & ((1 << count) - 1), bits >> count
        return value

    def side() -> int:
        return (take(5) + 1) * 8 if small else 1 + take((9, 13, 18, 30)[take(2)])

    small = take(1)
    height, ratio = side(), take(3)
    width = side() if ratio == 0 else height * RATIOS[ratio - 1][0] // RATIOS[ratio - 1][1]
    return (width, height) if start >= 0 else None


def _levels(content: bytes, size: tuple[int, int]) -> int:
    """How many times a JPEG 2000 can be read at half its size and still be large enough."""
    style = content.find(b"\xff\x52", content.find(b"\xff\x4f\xff\x51"))  # the marker COD
    there = content[style + 9] if 0 <= style < len(content) - 9 else 0
    return min(there, max(min(size) // ENOUGH, 1).bit_length() - 1)


def _limit() -> None:
    """Let the system stop this process where it asks for too much."""
    try:
        import resource
    except ImportError:  # Windows has the clock alone
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
