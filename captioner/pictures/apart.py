"""Decoders whose work no header tells, JPEG XL's and JPEG 2000's, in a process of their own that can be stopped.

Run as a program, this file reads a picture from standard input and writes it, no larger than it is needed, to standard
output: a line with mode, width, height and length of the profile, the profile, and the pixels.
"""

import io
import signal
import subprocess
import sys

FORMATS = ("JXL", "JPEG2000")
SECONDS = 5  # of the processor
PATIENCE = 30  # seconds on the clock, where the processor has other things to do
MEMORY = 1_500_000_000  # bytes of address space
ENOUGH = 1024  # pixels of height and width
UNREADABLE, TOO_MUCH = 3, 4
STOPPED = [-getattr(signal, name, 0) for name in ("SIGXCPU", "SIGKILL")]
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # of width and height in JPEG XL's size header


def decode(content: bytes, kind: str, most_pixels: int) -> tuple[str, tuple[int, int], bytes, bytes]:
    """Mode, size, ICC profile and pixels of a picture.

    Raises:
        ValueError: it is damaged.
        MemoryError: it has more pixels than that, or takes too much memory.
        TimeoutError: it takes too long.
    """
    command = [sys.executable, "-I", __file__, kind, str(most_pixels)]
    try:
        run = subprocess.run(command, input=content, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    if run.returncode == TOO_MUCH:
        raise MemoryError
    if run.returncode in STOPPED:
        raise TimeoutError
    if run.returncode:
        raise ValueError
    head, _, rest = run.stdout.partition(b"\n")
    mode, width, height, length = head.decode().split()
    return mode, (int(width), int(height)), rest[: int(length)], rest[int(length) :]


def main(kind: str, most_pixels: int) -> int:
    _limit()
    from PIL import Image, ImageOps

    if kind == "JXL":
        from pillow_jxl import JpegXLImagePlugin

        JpegXLImagePlugin.DECODE_THREADS = 0  # each thread's stack would count as memory

    content = sys.stdin.buffer.read()
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
            if picture.width * picture.height > most_pixels:
                return TOO_MUCH
            if kind == "JPEG2000":
                picture.reduce = _levels(content, picture.size)
            picture.load()
            profile = picture.info.get("icc_profile") or b""
            if getattr(picture, "jpeg", False):  # a JPEG in JPEG XL's clothes; all others lie as they are to be seen
                picture = ImageOps.exif_transpose(picture)
            if picture.mode in ("P", "PA"):
                picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            pixels = picture.tobytes()
    except MemoryError:
        return TOO_MUCH
    except Exception:
        return UNREADABLE
    head = f"{picture.mode} {picture.width} {picture.height} {len(profile)}\n"
    sys.stdout.buffer.write(head.encode() + profile + pixels)
    return 0


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
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
