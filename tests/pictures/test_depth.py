"""Pictures of every depth, order and sign, and colour keys in them."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from captioner.errors import ImageError
from captioner.pictures.images import open_image
from tests.pictures.containers import chunk
from tests.pictures.kinds import encoded, rle4
from tests.pictures.test_images import difference, photo  # noqa: F401


def tiff(order: str, photometric: int, bits: int, values: np.ndarray, sample_format: int = 1) -> bytes:
    """A grey TIFF, uncompressed."""
    data = values.astype(f"{order}{'f' if sample_format == 3 else 'u'}{bits // 8}").tobytes()
    tags = {256: values.shape[1], 257: values.shape[0], 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1,
            278: values.shape[0], 279: len(data), 339: sample_format}  # fmt: skip
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items())
    start = 8 + len(data)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start)
    return head + data + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("bits", [8, 16])
def test_grey_tiffs_of_both_orders_and_signs(order, photometric, bits):
    grey = np.arange(256).reshape(16, 16)
    most = 2**bits - 1
    stored = grey * (most // 255)
    content = tiff(order, photometric, bits, most - stored if photometric == 0 else stored)
    assert (np.asarray(open_image(content))[..., 0] == grey).all()


@pytest.mark.parametrize("scale", [1 / 255, 1, 2 / 255, 3, 100, 1e6])
def test_floats_of_any_range(scale):
    grey = np.arange(256).reshape(16, 16)
    seen = np.asarray(open_image(tiff("<", 1, 32, grey * scale, 3)))[..., 0].astype(int)
    assert np.abs(seen - grey).max() <= 1 or scale == 100  # 25,500 may be meant as it is
    assert (np.diff(seen.reshape(-1)) >= 0).all() and seen.max() > 90


def test_floats_below_black():
    seen = np.asarray(open_image(tiff("<", 1, 32, np.linspace(-3, 5, 64).reshape(8, 8), 3)))
    assert seen.min() == 0 and seen.max() == 255


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_grey_values_of_a_png_that_are_transparent(bits):
    most = 2**bits - 1
    stored = (np.arange(8).reshape(2, 4) % (most + 1)).astype(np.uint8)
    picture = Image.fromarray(stored * (255 // most))
    content = encoded(picture.convert("1") if bits == 1 else picture, "PNG", transparency=0)
    seen = np.asarray(open_image(content))[..., 0]
    assert (seen[stored == 0] == 255).all() and (seen[stored != 0] == stored[stored != 0] * (255 // most)).all()


def test_run_lengths_of_four_bits():
    grey = np.array([[3, 4, 5, 6, 7], [1, 2, 1, 2, 1]]) * 17
    assert (np.asarray(open_image(rle4()))[..., 0] == grey).all()


@pytest.mark.parametrize("row", [b"\x00\x00", b"\x00\x02\x00\x01", b"\x05\x00\x00\x00"])
def test_rows_of_a_bmp_that_nothing_is_said_of(row):
    grey = np.asarray(open_image(rle4((row, b"\x05\x12\x00\x01"))))[..., 0]
    assert (grey == np.array([[1, 2, 1, 2, 1], [0] * 5]) * 17).all()


@pytest.mark.parametrize(
    ("bits", "masks", "pixel"),
    [
        (32, (0xFF, 0xFF00, 0xFF0000, 0), 0x332211),
        (32, (0x3FF00000, 0xFFC00, 0x3FF, 0), 0x11 * 4 << 20 | 0x22 * 4 << 10 | 0x33 * 4),
        (16, (0xF00, 0xF0, 0xF, 0), 0x123),
        (16, (0xF800, 0x7E0, 0x1F, 0), 2 << 11 | 8 << 5 | 6),
    ],
)
def test_bit_fields_of_any_layout(bits, masks, pixel):
    data = pixel.to_bytes(bits // 8, "little") * (64 // bits)
    header = struct.pack("<IiiHHIIiiII4I", 56, 64 // bits, -1, 1, bits, 3, len(data), 0, 0, 0, 0, *masks)
    content = struct.pack("<2sIHHI", b"BM", 70 + len(data), 0, 0, 70) + header + data
    assert np.abs(np.asarray(open_image(content))[0, 0].astype(int) - (0x11, 0x22, 0x33)).max() <= 2


def test_what_cannot_be_read_is_not_called_damaged():
    sound = tiff("<", 1, 16, np.zeros((4, 4)))
    for tag, value in (259, 50001), (262, 32844):  # WebP inside; LogL
        content = sound.replace(struct.pack("<HHII", tag, 4, 1, 1), struct.pack("<HHII", tag, 4, 1, value))
        with pytest.raises(ImageError, match="that we cannot read: save it as"):
            open_image(content)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
@pytest.mark.parametrize("kind", ["sRGB", "LAB", "broken", "empty"])
def test_a_profile_never_stops_a_picture(mode, kind, photo):  # noqa: F811
    profile = {"broken": b"broken" * 50, "empty": b""}.get(kind)
    if profile is None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()
    picture = photo.convert(mode)
    plain = open_image(picture)
    picture.info["icc_profile"] = profile
    assert difference(open_image(picture), plain) < 2


@pytest.mark.parametrize("interlace", [0, 1])
def test_one_deep_colour_of_a_png_is_transparent_and_its_neighbours_are_not(interlace):
    """Colours that differ in the lower bits alone look the same and are not the same."""
    clear = (0x1234, 0x5678, 0x9ABC)
    near = [(0x1235, 0x5678, 0x9ABC), (0x1234, 0x5600, 0x9ABC), (0x1234, 0x5678, 0x9ABB), (0x0034, 0x5678, 0x9ABC)]
    row = [clear, *near]
    head = struct.pack(">IIBBBBB", 1 if interlace else len(row), 1, 16, 2, 0, 0, interlace)
    for colours in [[colour] for colour in row] if interlace else [row]:
        data = zlib.compress(b"\0" + b"".join(struct.pack(">3H", *colour) for colour in colours))
        key = chunk(b"tRNS", struct.pack(">3H", *clear))
        content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + key + chunk(b"IDAT", data) + chunk(b"IEND", b"")
        for x, colour in enumerate(colours):
            seen = open_image(content).getpixel((x, 0))
            assert seen == ((255, 255, 255) if colour == clear else tuple(value >> 8 for value in colour))
