"""The worst files there are: a few bytes that stand for as many pixels as are read."""

import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from captioner.pictures.alt_text import with_alt_text
from captioner.pictures.images import open_image
from tests.pictures.kinds import encoded, rle4
from tests.pictures.mutate import MOST_MEGABYTES, peak

SMALL = Image.new("RGB", (48, 32), "teal")


def long_jpeg() -> bytes:
    """60 megapixels in layers, 912 pixels wide; all but the first rows are left to the decoder to make up."""
    content = bytearray(encoded(SMALL, "JPEG", progressive=True, subsampling=0))
    struct.pack_into(">HH", content, content.find(b"\xff\xc2\0") + 5, 65500, 912)
    return bytes(content)


def wide_bmp() -> bytes:
    content = bytearray(rle4())
    struct.pack_into("<ii", content, 18, 30_000_000, 2)
    return bytes(content)


def long_tiff(strips: int = 100, missing: int = 0) -> bytes:
    """60 megapixels of floats, 500 wide, in strips that are all the same one.

    Args:
        missing: strips that it does not say the place of.
    """
    strip = zlib.compress(bytes(500 * 1200 * 4))
    tags = {256: 500, 257: 1200 * strips, 258: 32, 259: 8, 262: 1, 277: 1, 278: 1200, 339: 3}
    start = 8 + len(strip)
    here = strips - missing
    places, sizes = (struct.pack("<I", each) * here for each in (8, len(strip)))
    entries = {number: struct.pack("<HHII", number, 4, 1, value) for number, value in tags.items()}
    entries[273] = struct.pack("<HHII", 273, 4, here, start)
    entries[279] = struct.pack("<HHII", 279, 4, here, start + len(places))
    directory = struct.pack("<H", len(entries)) + b"".join(entries[number] for number in sorted(entries)) + bytes(4)
    return struct.pack("<2sHI", b"II", 42, start + 2 * len(places)) + strip + places + sizes + directory


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is counted in other units elsewhere")
def test_no_file_takes_more_memory_than_is_allowed():
    """In a process of its own, since a process tells no more than its highest peak."""
    command = [sys.executable, "-m", "tests.pictures.test_memory"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert float(run.stdout.split()[-1]) < MOST_MEGABYTES, run.stdout


def main() -> None:
    open_image(encoded(SMALL, "PNG"))
    before = peak()
    for make in long_jpeg, long_tiff, wide_bmp:
        content = make()
        picture = open_image(content)
        assert picture.width * picture.height > 3_000_000
        del picture
        with_alt_text(content, "a cat")
        print(make.__name__, peak() - before)


if __name__ == "__main__":
    main()
