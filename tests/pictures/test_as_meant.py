"""Files that are sound though unusual: each is read as its format means it, or refused with the true reason."""

import io
import os
import struct
import zipfile
from urllib.parse import quote_from_bytes

import numpy as np
import pytest
from PIL import Image, ImageCms

from captioner.errors import ImageError
from captioner.pictures.codestreams import decoded_codestream
from captioner.pictures.images import open_image
from captioner.pictures.named import at_path
from tests.pictures.kinds import encoded

TEAL = Image.new("RGB", (48, 32), "teal")
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_that_lacks_no_more_than_its_end_is_read(mode, options, cut):
    whole = encoded(NOISE.convert(mode), "JPEG", **options)
    assert whole.endswith(b"\xff\xd9")
    assert open_image(whole[:-cut]).tobytes() == open_image(whole).tobytes()


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("black_is_zero", [1, 0])
def test_grey_of_32_bits_is_right_or_refused(order, black_is_zero):
    values = np.array([[0, 2**31 - 1, 2**31, 2**32 - 1]] * 2, np.uint32)
    data = values.astype(f"{order}u4").tobytes()
    tags = {256: 4, 257: 2, 258: 32, 259: 1, 262: black_is_zero, 273: 8, 277: 1, 278: 2, 279: len(data)}
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8 + len(data))
    content = head + data + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
    expected = np.array([0, 127, 127, 255]) if black_is_zero else np.array([255, 128, 128, 0])
    try:
        seen = np.asarray(open_image(content))[0, :, 0]
    except ImageError as error:
        assert "of a kind that we cannot read" in str(error)
    else:
        assert np.abs(seen.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000"])
@pytest.mark.parametrize("peak", [199, 8000, 65535])
def test_dark_grey_of_16_bits_stays_dark(kind, peak):
    grey = Image.fromarray(np.linspace(0, peak, 64, dtype=np.uint16).reshape(8, 8))
    seen = np.asarray(open_image(encoded(grey, kind)).convert("L"), float)
    assert np.abs(seen - np.asarray(grey, float) / 257).max() <= 1


def test_a_big_endian_big_tiff_is_refused_with_the_true_reason():
    content = b"MM\0+" + struct.pack(">HHQQ", 8, 0, 16, 0)
    with pytest.raises(ImageError, match="big-endian BigTIFF of a kind that we cannot read"):
        open_image(content)


@pytest.mark.parametrize(("bits", "seen"), [(0, (0, 128, 128)), (8, (255, 255, 255))])
def test_a_tga_has_alpha_only_where_it_says_so(bits, seen):
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 4, 4, 32, bits)
    content = head + bytes([128, 128, 0, 0]) * 16 + bytes(8) + b"TRUEVISION-XFILE.\0"
    assert open_image(content).getpixel((1, 1)) == seen


def test_around_the_first_frame_of_a_gif_there_is_nothing():
    small = encoded(Image.new("P", (20, 10), 1), "GIF")
    frame = small.index(b",")
    screen = small[:6] + struct.pack("<HH", 40, 30) + small[10:frame]
    content = screen + b"," + struct.pack("<HH", 10, 12) + small[frame + 5 :]
    picture = open_image(content)
    assert picture.size == (40, 30)
    assert picture.getpixel((5, 5)) == picture.getpixel((35, 25)) == (255, 255, 255)
    assert picture.getpixel((15, 15)) == open_image(small).getpixel((5, 5)) != (255, 255, 255)


def test_a_jpeg_2000_has_the_colours_of_its_profile():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    content = encoded(TEAL, "JPEG2000", quality_mode="rates", quality_layers=[1])
    start = content.index(b"colr") - 4
    size = int.from_bytes(content[start : start + 4], "big")
    box = (len(profile) + 11).to_bytes(4, "big") + b"colr\2\0\0" + profile
    header = content.index(b"jp2h") - 4
    longer = int.from_bytes(content[header : header + 4], "big") + len(box) - size
    with_it = content[:header] + longer.to_bytes(4, "big") + content[header + 4 : start] + box + content[start + size :]
    with Image.open(io.BytesIO(with_it)) as opened:
        assert opened.size == TEAL.size
    assert decoded_codestream(with_it, "JPEG2000", "It", 10**6).info["icc_profile"] == profile
    assert decoded_codestream(content, "JPEG2000", "It", 10**6).info["icc_profile"] is None


class Broken(io.RawIOBase):
    """A file that fails as archives and networks do."""

    def __init__(self, error: Exception):
        self.error = error

    def read(self, size: int = -1) -> bytes:
        raise self.error


@pytest.mark.parametrize("error", [zipfile.BadZipFile("bad CRC"), RuntimeError(), EOFError(), KeyError("x"), OSError()])
def test_a_file_object_that_fails_is_a_sentence(error):
    with pytest.raises(ImageError, match="cannot be read from its file object"):
        open_image(Broken(error))


@pytest.mark.parametrize("clear", [b"abc", (1, 2), (1, 2, 3, 4), "teal", -1, 2.5])
def test_a_transparency_that_is_none_is_no_unforeseen_error(clear):
    picture = TEAL.copy()
    picture.info["transparency"] = clear
    try:
        assert open_image(picture).size == TEAL.size
    except ImageError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("name", ["plain.jpg", "caf\udce9.jpg", "p #1?.jpg", "50% off.jpg", "a b.jpg"])
@pytest.mark.parametrize("escaped", [True, False])
def test_a_file_address_names_a_file_whatever_its_name(tmp_path, name, escaped):
    (tmp_path / name).write_bytes(b"x")
    path = os.fsencode(tmp_path / name)
    address = quote_from_bytes(path) if escaped else os.fsdecode(path).replace("%", "%25")
    for start in "file://", "file://localhost", "file:", "FILE://":
        assert at_path(start + address) == tmp_path / name


@pytest.mark.parametrize("address", ["file://[", "file://[x]/a.jpg", "file://%2Ftmp/a", "file://server/share/a.jpg"])
def test_a_file_of_another_computer_is_refused(address):
    with pytest.raises(ImageError, match="is on another computer"):
        at_path(address)


def test_of_a_png_with_an_animation_the_picture_for_others_is_not_shown():
    red, teal = Image.new("RGB", TEAL.size, "red"), TEAL.convert("RGB")
    content = encoded(red, "PNG", save_all=True, default_image=True, append_images=[teal, red])
    assert open_image(content).getpixel((20, 20)) == TEAL.getpixel((20, 20))


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "JPEG"])
def test_which_way_up_a_picture_is_stands_not_in_its_xmp(kind):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    xmp += b'<r:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></r:RDF></x:xmpmeta>'
    assert open_image(encoded(NOISE, kind, xmp=xmp)).size == NOISE.size


@pytest.mark.parametrize("scale", [1, 257])
def test_a_palette_of_8_or_16_bits_in_a_tiff(scale):
    colours = [(10, 200, 30), (250, 5, 90)]
    values = [scale * colour[channel] for channel in range(3) for colour in (*colours, *[(0, 0, 0)] * 254)]
    data, count, start = bytes([0, 1] * 32), 10, 8
    colour_map = start + 64 + 2 + 12 * count + 4
    tags = {256: (4, 1, 8), 257: (4, 1, 8), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 3), 273: (4, 1, start),
            277: (3, 1, 1), 278: (4, 1, 8), 279: (4, 1, 64), 320: (3, 768, colour_map)}  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in tags.items())
    directory = struct.pack("<H", count) + entries + bytes(4) + struct.pack("<768H", *values)
    seen = open_image(b"II*\0" + struct.pack("<I", start + 64) + data + directory)
    assert [seen.getpixel((column, 3)) for column in (0, 1)] == colours
