"""Files that break off: read as the whole file is where no pixel is missing, refused in all other cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.chunks import webp_chunks
from captioner.pictures.images import open_image
from tests.pictures.kinds import encoded, files

EXIF = Image.Exif()
EXIF[0x010E] = "said of it " * 20
PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8))
FILES = files(PHOTO)


def colours(picture: Image.Image) -> list:
    return sorted(picture.getcolors(2**24))


def behind(kind: str, words: bytes) -> tuple[bytes, int]:
    """A file with Exif data behind its pixels, and where these begin."""
    content = encoded(PHOTO, kind, exif=EXIF.tobytes())
    place = content.rindex(words)
    assert place > len(content) // 2
    return content, place


@pytest.mark.parametrize("kind", ["WEBP", "HEIF"])
@given(part=st.floats(0, 1))
@settings(max_examples=10, deadline=None)
def test_a_file_that_breaks_off_within_its_metadata_is_read(kind, part):
    content, place = behind(kind, b"said of it")
    cut = content[: place + int(part * (len(content) - place - 1))]
    assert open_image(cut).tobytes() == open_image(content).tobytes()


@pytest.mark.parametrize("options", [{"quality": 80}, {"lossless": True}], ids=str)
@given(part=st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_a_webp_is_read_as_soon_as_its_picture_is_there(options, part):
    content = encoded(PHOTO, "WEBP", exif=EXIF.tobytes(), xmp=b"<x:xmpmeta>" + b" " * 300, **options)
    ends = next(end for _, kind, _, end in webp_chunks(content) if kind in (b"VP8 ", b"VP8L"))
    cut = content[: ends + int(part * (len(content) - ends))]
    assert open_image(cut).tobytes() == open_image(content).tobytes()


@given(part=st.floats(0, 1))
@settings(max_examples=10, deadline=None)
def test_a_tiff_that_breaks_off_within_a_long_text_is_read(part):
    small, text = PHOTO.resize((24, 16)), b"of no matter to its pixels " * 500
    content = encoded(small, "TIFF", compression="tiff_lzw", tiffinfo={700: text})
    place = content.index(text)
    assert place > len(content) - len(text) - 100
    cut = content[: place + int(part * len(text))]
    assert open_image(cut).tobytes() == small.tobytes()


@pytest.mark.parametrize("options", [{}, {"no_jp2": True}, {"tile_size": (32, 32)}], ids=str)
@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_2000_that_lacks_no_more_than_its_end_is_read(options, cut):
    content = encoded(PHOTO, "JPEG2000", **options)
    assert content.endswith(b"\xff\xd9")
    assert open_image(content[:-cut]).tobytes() == open_image(content).tobytes()


@pytest.mark.parametrize("name", sorted(set(FILES) - {"plain pgm"}))  # of a number in text nobody sees that it is cut
@given(part=st.floats(0.05, 1))
@settings(max_examples=6, deadline=None)
def test_no_pixel_is_made_up_for_one_that_is_missing(name, part):
    content = FILES[name]
    try:
        seen = open_image(content[: int(part * len(content))])
    except ImageError as error:
        assert "damaged" in str(error)  # and not of a kind that is never read
    else:
        assert colours(seen) == colours(open_image(content))  # which way up it is may have been in what is missing
