"""Colours as a file means them, wherever it says so: by a profile, or by numbers that stand for one."""

import struct
import zlib
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from captioner.pictures.images import open_image
from captioner.pictures.profiles import profile_for
from tests.pictures.kinds import encoded

SRGB, P3, BT2020 = 1, 12, 9
IN_XYZ = {  # red, green and blue of each, side by side, under daylight (CSS Color 4)
    SRGB: [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
    P3: [[0.4866, 0.2657, 0.1982], [0.2290, 0.6917, 0.0793], [0.0, 0.0451, 1.0439]],
    BT2020: [[0.6370, 0.1446, 0.1689], [0.2627, 0.6780, 0.0593], [0.0, 0.0281, 1.0610]],
}
COLOUR = (180, 120, 110)


def in_srgb(colour, primaries: int) -> np.ndarray:
    """What a colour is in sRGB, by the textbook."""
    values = np.array(colour) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    light = np.linalg.solve(np.array(IN_XYZ[SRGB]), np.array(IN_XYZ[primaries]) @ light)
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def sheet(colour=COLOUR) -> Image.Image:
    return Image.new("RGB", (64, 64), colour)


def shown(content: bytes) -> np.ndarray:
    return np.asarray(open_image(content))[32, 32].astype(float)


def with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + body))
    return png[:33] + struct.pack(">I", len(body)) + name + body + checksum + png[33:]


def by_numbers(kind: str, primaries: int, curve: int = 13) -> bytes:
    if kind == "PNG":
        return with_chunk(encoded(sheet(), "PNG"), b"cICP", bytes([primaries, curve, 0, 1]))
    content = bytearray(encoded(sheet(), kind, quality=100, **({"subsampling": "4:4:4"} if kind == "AVIF" else {})))
    place = content.index(b"colrnclx") + 8
    content[place : place + 4] = struct.pack(">HH", primaries, curve)
    return bytes(content)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "PNG"])
@pytest.mark.parametrize("primaries", [P3, BT2020])
def test_colours_named_by_numbers(kind, primaries):
    asked, usual = in_srgb(COLOUR, primaries), np.array(COLOUR)
    assert np.abs(asked - usual).max() > 10
    assert np.abs(shown(by_numbers(kind, primaries)) - asked).max() <= 4
    assert np.abs(shown(by_numbers(kind, SRGB)) - usual).max() <= 3


@given(colour=st.tuples(*[st.integers(60, 200)] * 3), primaries=st.sampled_from([P3, BT2020]))
def test_profiles_made_of_numbers_are_right(colour, primaries):
    content = encoded(sheet(colour), "PNG", icc_profile=profile_for(primaries, 13))
    asked = in_srgb(colour, primaries)
    if asked.min() > 5 and asked.max() < 250:  # what sRGB can show
        assert np.abs(shown(content) - asked).max() <= 2


@pytest.mark.parametrize("curve", [8, 16, 18])
def test_light_that_no_screen_shows_is_left_as_it_is(curve):
    assert np.abs(shown(by_numbers("PNG", BT2020, curve)) - COLOUR).max() <= 1


@pytest.mark.parametrize(("first", "second"), [(P3, SRGB), (SRGB, P3), (P3, BT2020), (BT2020, P3)])
def test_in_a_png_numbers_come_before_a_profile(first, second):
    profile = profile_for(second, 13) or ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = with_chunk(encoded(sheet(), "PNG", icc_profile=profile), b"cICP", bytes([first, 13, 0, 1]))
    assert np.abs(shown(content) - in_srgb(COLOUR, first)).max() <= 2


def with_gamma(picture: Image.Image, gamma: float, chromaticities: tuple[float, ...] = ()) -> bytes:
    content = encoded(picture, "PNG")
    if chromaticities:
        numbers = (round(100_000 * each) for each in chromaticities)
        content = with_chunk(content, b"cHRM", struct.pack(">8I", *numbers))
    return with_chunk(content, b"gAMA", struct.pack(">I", round(100_000 * gamma)))


def brightened(value: float, gamma: float) -> float:
    """A grey of a PNG with that gamma in sRGB, by the textbook."""
    light = (value / 255) ** (1 / gamma)
    return 255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("gamma", [1.0, 1 / 1.8, 1 / 2.6])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA"])
def test_the_gamma_of_a_png_is_applied(mode, gamma):
    grey = sheet((120, 120, 120))
    content = with_gamma(grey.quantize(4) if mode == "P" else grey.convert(mode), gamma)
    assert np.abs(shown(content) - brightened(120, gamma)).max() <= 2


@pytest.mark.parametrize("gamma", [0.45455, 0, 1e-5, 40_000])
def test_a_usual_gamma_and_an_absurd_one_change_nothing(gamma):
    assert np.abs(shown(with_gamma(sheet(), gamma)) - COLOUR).max() <= 1


def test_the_chromaticities_of_a_png_are_applied():
    of_p3 = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
    of_srgb = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
    assert np.abs(shown(with_gamma(sheet(), 0.45455, of_p3)) - in_srgb(COLOUR, P3)).max() <= 4  # 2.2 is not quite sRGB
    assert np.abs(shown(with_gamma(sheet(), 0.45455, of_srgb)) - COLOUR).max() <= 1
    for impossible in (0,) * 8, (0.3,) * 8:
        assert np.abs(shown(with_gamma(sheet(), 0.45455, impossible)) - COLOUR).max() <= 1


def in_gif(profile: bytes) -> bytes:
    plain = encoded(sheet(), "GIF")
    blocks = b"".join(
        bytes([len(part)]) + part for part in (profile[at : at + 255] for at in range(0, len(profile), 255))
    )
    place = plain.index(b"\x2c\0\0\0\0")  # the first frame
    return plain[:place] + b"\x21\xff\x0bICCRGBG1012" + blocks + b"\0" + plain[place:]


def in_bmp(profile: bytes, bits: int) -> bytes:
    """A BMP of version 5; of 32 bits, with masks."""
    blue_first = sheet().tobytes("raw", "BGR" if bits == 24 else "BGRX")
    start = 14 + 124 + len(blue_first)
    header = struct.pack("<IiiHHIIiiII", 124, 64, 64, 1, bits, 0 if bits == 24 else 3, len(blue_first), 0, 0, 0, 0)
    header += struct.pack("<IIII4s", 0xFF0000, 0xFF00, 0xFF, 0, b"DEBM") + bytes(48)
    header += struct.pack("<IIII", 4, start - 14, len(profile), 0)
    head = struct.pack("<2sIHHI", b"BM", start + len(profile), 0, 0, 14 + 124)
    return head + header + blue_first + profile


PUT = {"gif": in_gif, "bmp": partial(in_bmp, bits=24), "bmp with masks": partial(in_bmp, bits=32)}


@pytest.mark.parametrize("put", PUT.values(), ids=PUT.keys())
def test_profiles_where_pillow_does_not_look(put):
    assert np.abs(shown(put(profile_for(BT2020, 13))) - in_srgb(COLOUR, BT2020)).max() <= 2
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for harmless in srgb, b"broken" * 100, b"":
        assert np.abs(shown(put(harmless)) - COLOUR).max() <= 1


@pytest.mark.parametrize("kind", ["BMP", "ICO"])
def test_a_fourth_byte_that_is_always_zero_is_no_alpha(kind):
    picture = sheet((30, 60, 90)).resize((32, 32)).convert("RGBA")
    picture.putalpha(0)
    options = {"ICO": {"sizes": [(32, 32)], "bitmap_format": "bmp"}}.get(kind, {})
    content = encoded(picture, kind, **options)
    if kind == "ICO":  # whose mask says that all is shown
        content = content[: -32 * 4] + bytes(32 * 4)
    assert np.abs(np.asarray(open_image(content))[16, 16].astype(int) - (30, 60, 90)).max() <= 1


def test_an_icons_mask_says_what_is_shown_where_its_alpha_says_nothing():
    picture = sheet((30, 60, 90)).resize((16, 16)).convert("RGBA")
    picture.putalpha(0)
    content = encoded(picture, "ICO", sizes=[(16, 16)], bitmap_format="bmp")
    rows = 8 * b"\0\0\0\0" + 8 * b"\xff\xff\0\0"  # the last row first; the upper half is not shown
    seen = np.asarray(open_image(content[: -len(rows)] + rows))
    assert (seen[:8] == 255).all() and (seen[8:] == (30, 60, 90)).all()
