"""Files of each kind, made up of what such files may hold in whatever order."""

import io
import struct

import exiv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.alt_text import with_alt_text
from captioner.pictures.archive import sources_in
from captioner.pictures.images import open_image
from captioner.pictures.named import at_path, in_base64
from tests.pictures.kinds import encoded

some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
PICTURE = Image.fromarray((np.arange(48 * 32 * 3) % 251).astype(np.uint8).reshape(32, 48, 3))
PLAIN = encoded(PICTURE, "JPEG")


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2, "big") + body


@some
@given(
    st.integers(1, 12),
    st.sampled_from(["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"]),
    st.sampled_from(["RGB", "L", "CMYK", "1", "P", "RGBA"]),
)
def test_every_page_of_a_tiff_stays(pages, compression, mode):
    if compression == "jpeg" and mode not in ("RGB", "L", "CMYK"):
        return
    frames = [PICTURE.rotate(90 * page).convert(mode) for page in range(pages)]
    before = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression=compression)
    after = with_alt_text(before, "a dog") or before
    for page in range(pages):
        seen = []
        for content in before, after:
            with Image.open(io.BytesIO(content)) as opened:
                assert opened.n_frames == pages
                opened.seek(page)
                seen.append((opened.mode, opened.tobytes()))
        assert seen[0] == seen[1]


VALUES = st.one_of(
    st.integers(0, 65535).map(lambda number: struct.pack(">H", number)),
    st.sampled_from([b"20240229", b"120000+0100", b"", "Münch\u00e9n".encode(), "München".encode("latin-1")]),
    st.binary(max_size=20),
)


@some
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 255), VALUES), max_size=6))
def test_iptc_of_any_type_is_written_beside_or_left(data):
    sets = b"".join(b"\x1c" + bytes([record, number]) + len(value).to_bytes(2, "big") + value
                    for record, number, value in data)  # fmt: skip
    body = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(sets).to_bytes(4, "big") + sets + bytes(len(sets) % 2)
    content = PLAIN[:2] + segment(0xED, body) + PLAIN[2:]
    after = with_alt_text(content, "a dog")
    if after is None:
        return
    image = exiv2.ImageFactory.open(after)
    image.readMetadata()
    assert any("a dog" in datum.toString() for datum in image.iptcData())
    assert open_image(after).tobytes() == open_image(content).tobytes()


@some
@given(st.text(min_size=1, max_size=30))
def test_any_name_is_a_sentence_and_any_text_is_no_crash(name):
    for read in (open_image, lambda text: open_image(at_path(text)), lambda text: open_image(in_base64(text))):
        with pytest.raises(ImageError) as error:
            read(name)
        assert str(error.value).endswith(".")


@some
@given(st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_a_sentence(content):
    for start in b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"BM", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"P6 ":
        try:
            assert open_image(start + content).mode == "RGB"
        except ImageError as error:
            assert str(error).endswith(".")


@some
@given(st.sets(st.from_regex(r"[a-c]{1,2}\.(jpg|JPG|MOV|aae|png)", fullmatch=True), min_size=1, max_size=9))
def test_what_lies_beside_photos_is_one_line(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / name for name in sorted(names)]
    for path in paths:
        path.write_bytes(PLAIN)
    photos = [path for path in paths if path.suffix.lower() in (".jpg", ".png")]
    found = sources_in(paths)
    if photos:
        assert len([each for each in found if each.problem is None]) == len(photos)
        assert len([each for each in found if each.problem]) == (len(photos) < len(paths))
