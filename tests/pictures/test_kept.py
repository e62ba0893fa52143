"""What nobody but its maker understands stays as it is, or the text goes into a file beside the picture."""

import struct
import zlib

import pytest
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.alt_text import with_alt_text, write_alt_text
from captioner.pictures.maker_note import counts_from_outside
from captioner.pictures.tiff import Tiff
from tests.pictures.kinds import encoded

TEAL = Image.new("RGB", (48, 32), "teal")
TEXT = b"v123-5678-ABCDEF-SW\0"


def exif_with(note: bytes, maker: bytes, behind: bytes = b"") -> bytes:
    """Exif with a maker and its note."""
    first, second = 8, 8 + 2 + 2 * 12 + 4
    make = second + 18
    ifd = (
        struct.pack("<H", 2)
        + struct.pack("<HHII", 0x010F, 2, len(maker), make)
        + struct.pack("<HHII", 0x8769, 4, 1, second)
    )
    exif = struct.pack("<H", 1) + struct.pack("<HHII", 37500, 7, len(note), make + len(maker))
    return struct.pack("<2sHI", b"II", 42, first) + ifd + bytes(4) + exif + bytes(4) + maker + note + behind


def note_of(head: bytes, base: int) -> bytes:
    """A directory with one text, whose place is counted from `base` before the note."""
    behind = len(head) + 2 + 12 + 4
    return head + struct.pack("<H", 1) + struct.pack("<HHII", 0x0207, 2, len(TEXT), base + behind) + bytes(4) + TEXT


def jpeg(exif: bytes) -> bytes:
    return encoded(TEAL, "JPEG", exif=b"Exif\0\0" + exif)


MAKERS = [b"SANYO Electric Co.\0\0", b"RICOH\0", b"Hewlett-Packard\0", b"Nobody Knows\0\0"]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("head", [b"", b"SANYO\0\1\0", b"AnyMaker\0\0"])
def test_a_note_that_would_be_moved_under_its_own_feet_keeps_the_file_as_it_is(maker, head):
    start = 8 + 2 + 2 * 12 + 4 + 18 + len(maker)
    assert with_alt_text(jpeg(exif_with(note_of(head, start), maker)), "a cat") is None


@pytest.mark.parametrize("head", [b"AnyMaker\0\0", b"Apple iOS\0\0\1II"])
def test_a_note_that_counts_from_itself_may_be_moved(head):
    note = note_of(head, 0)
    written = with_alt_text(jpeg(exif_with(note, b"Nobody Knows\0\0")), "a cat")
    assert written and note in written


def test_a_note_without_a_directory_may_be_moved():
    assert not counts_from_outside(b"HDRP\2 and what nobody can read" * 9, 300, 2000)
    assert with_alt_text(jpeg(exif_with(b"ASCII\0\0\0some words", b"Google\0\0")), "a cat")


def test_exif_that_nothing_points_to_keeps_the_file_as_it_is():
    block = exif_with(b"no directory", b"Nobody Knows\0\0", behind=b"what the note means")
    assert with_alt_text(jpeg(block), "a cat") is None


@pytest.mark.parametrize("tag", [400, 50740, 65000])
@pytest.mark.parametrize("packed", [b"SECRET TEXT!" * 3, zlib.compress(bytes(40)) + b"!"])
def test_a_tiff_keeps_what_lies_between_its_parts(tag, packed):
    whole = encoded(TEAL, "TIFF")
    [start] = struct.unpack_from("<I", whole, 4)
    [count] = struct.unpack_from("<H", whole, start)
    assert start == 8  # Pillow writes the directory first, so all else can stay where it is
    entries = [whole[start + 2 + 12 * n :][:12] for n in range(count)] + [struct.pack("<HHII", tag, 4, 1, 8)]
    directory = struct.pack("<H", count + 1) + b"".join(sorted(entries, key=_tag)) + bytes(4)
    content = struct.pack("<2sHI", b"II", 42, len(whole) + len(packed)) + whole[8:] + packed + directory
    assert packed in list(Tiff(content).gaps())[-1]
    assert with_alt_text(content, "a cat") is None
    with pytest.raises(ImageError, match="between and behind its parts"):
        write_alt_text(content, "a cat")


def _tag(entry: bytes) -> int:
    return struct.unpack_from("<H", entry)[0]


@pytest.mark.parametrize("key", ["Raw profile type APP12", "XML:com.adobe.xmp2", "Raw profile type exiftool", "Note"])
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_a_png_keeps_texts_whose_names_merely_begin_like_those_of_metadata(key, kind):
    png = encoded(TEAL, "PNG")
    texts = {b"tEXt": b"words", b"zTXt": b"\0" + zlib.compress(b"words"), b"iTXt": b"\0\0\0\0words"}
    body = key.encode() + b"\0" + texts[kind]
    chunk = len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
    written = with_alt_text(png[:33] + chunk + png[33:], "a cat")
    assert written is None or chunk in written
