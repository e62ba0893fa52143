"""The colour profile of a picture where Pillow does not look for one, or where numbers stand for one."""

import struct
from collections.abc import Sequence
from itertools import islice

import numpy as np

from captioner.pictures.chunks import MOST_CHUNKS, png_chunks

SRGB, BT2020, DISPLAY_P3 = 1, 9, 12  # numbers of ITU-T H.273, table 2
DAYLIGHT = (0.3127, 0.3290)
CHROMATICITIES = {  # x and y of white, red, green and blue
    SRGB: (*DAYLIGHT, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    BT2020: (*DAYLIGHT, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    DISPLAY_P3: (*DAYLIGHT, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
OTHER_CURVES = (8, 16, 18)  # linear light, PQ and HLG, of films and of light that no screen here can show
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
USUAL_GAMMA, NEARLY = 1 / 2.2, 0.01
WHITE = (0.9642, 1.0, 0.8249)  # in XYZ, as profiles have it
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
IN_GIF = b"\x21\xff\x0bICCRGBG1012"
IN_BMP, IN_BMP_AT = b"DEBM", 70  # where a BMP says that it has a profile
BMP_HEADER = 14  # bytes before the header that says so
IN_BOXES, MOST_BEFORE = ("AVIF", "HEIF", "JPEG2000"), 2**20  # bytes in which the box of the colours stands
GREY = (0, 4)  # colour types of a PNG


def profile_of(content: bytes, kind: str, found: bytes | None = None) -> bytes | None:
    """The ICC profile that a picture file is to be shown by; None where its colours are sRGB's, or nobody says.

    Args:
        kind: its format, as Pillow names it.
        found: the profile that Pillow has found.
    """
    if kind == "PNG":
        return _in_png(content, found)
    if found:
        return found
    if kind == "GIF":
        return _in_gif(content)
    if kind == "BMP" and content[IN_BMP_AT : IN_BMP_AT + 4] == IN_BMP:
        start, length = struct.unpack("<II", content[126:134].ljust(8, b"\0"))
        return content[BMP_HEADER + start :][:length]
    boxes = content[: content.find(b"jp2c")] if kind == "JPEG2000" else content[:MOST_BEFORE]
    return _in_box(boxes) if kind in IN_BOXES else None


def profile_for(primaries: int, curve: int) -> bytes | None:
    """An ICC profile for colours that a file names by numbers; None where they are sRGB's or not known.

    Args:
        primaries: which red, green and blue, as in ITU-T H.273, table 2.
        curve: how numbers become light, as in its table 3.
    """
    if primaries not in (BT2020, DISPLAY_P3) or curve in OTHER_CURVES:
        return None
    return _made(CHROMATICITIES[primaries], _curve(3, SRGB_CURVE))


def _in_png(content: bytes, found: bytes | None) -> bytes | None:
    """By numbers, else by a profile, else by gamma and chromaticities (PNG, third edition, 4.3)."""
    said = {}
    for _, name, body, _ in islice(png_chunks(content), MOST_CHUNKS):
        if name == b"IDAT":
            break
        said.setdefault(name, body)
    primaries, curve, *_ = said.get(b"cICP", b"\0\0")
    if primaries in CHROMATICITIES and curve not in OTHER_CURVES:
        return profile_for(primaries, curve)
    if found or b"sRGB" in said or len(said.get(b"gAMA", b"")) != 4:
        return found
    gamma = int.from_bytes(said[b"gAMA"], "big") / 100_000
    places = CHROMATICITIES[SRGB]
    if len(said.get(b"cHRM", b"")) == 32:
        places = tuple(number / 100_000 for number in struct.unpack(">8I", said[b"cHRM"]))
    is_srgb = abs(gamma - USUAL_GAMMA) < NEARLY and np.allclose(places, CHROMATICITIES[SRGB], atol=NEARLY)
    if is_srgb or not 0.1 < gamma < 10:
        return None
    return _made(places, _curve(0, (1 / gamma,)), grey=content[25] in GREY)


def _made(chromaticities: Sequence[float], curve: bytes, grey: bool = False) -> bytes | None:
    """A profile of those colours; None where they cannot be (ICC.1:2022)."""
    parts = [(b"wtpt", _xyz(WHITE))]
    if grey:
        parts.append((b"kTRC", curve))
    else:
        try:
            colours = _colorants(chromaticities)
        except (np.linalg.LinAlgError, ZeroDivisionError):
            return None
        for letter, colour in zip(b"rgb", colours, strict=True):
            parts += [(b"%cXYZ" % letter, _xyz(colour)), (b"%cTRC" % letter, curve)]
    place, table, data = 132 + 12 * len(parts), struct.pack(">I", len(parts)), b""
    for name, part in parts:
        table += name + struct.pack(">II", place + len(data), len(part))
        data += part + bytes(-len(part) % 4)
    space = b"GRAY" if grey else b"RGB "
    head = struct.pack(">I4sI4s4s4s", place + len(data), bytes(4), 0x04300000, b"mntr", space, b"XYZ ")
    head = head.ljust(36, b"\0") + b"acsp"
    return (head.ljust(68, b"\0") + _fixed(WHITE)).ljust(128, b"\0") + table + data


def _colorants(chromaticities: Sequence[float]) -> np.ndarray:
    """Red, green and blue in XYZ `[3, 3]`, as they look where white is that of profiles (Bradford's adaptation)."""
    white, *colours = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in zip(*[iter(chromaticities)] * 2, strict=True))
    directions = np.stack(colours, axis=1)  # [XYZ, colour]
    scaled = directions * np.linalg.solve(directions, white)
    adapted = np.linalg.solve(BRADFORD, np.diag(BRADFORD @ WHITE / (BRADFORD @ white)) @ BRADFORD)
    return (adapted @ scaled).T


def _in_gif(content: bytes) -> bytes | None:
    place = content.find(IN_GIF)
    if place < 0:
        return None
    place, profile = place + len(IN_GIF), b""
    while place < len(content) and (length := content[place]):
        profile += content[place + 1 : place + 1 + length]
        place += 1 + length
    return profile


def _in_box(boxes: bytes) -> bytes | None:
    """By a profile or by numbers (ISO/IEC 14496-12, 12.1.5; ISO/IEC 15444-1, I.5.3.3)."""
    start = boxes.find(b"colr")
    if start < 4:
        return None
    if boxes.startswith(b"nclx", start + 4) and len(boxes) >= start + 12:
        return profile_for(*struct.unpack_from(">HH", boxes, start + 8))
    if boxes[start + 4 : start + 5] == b"\2":
        return boxes[start + 7 : start - 4 + int.from_bytes(boxes[start - 4 : start], "big")]
    return None


def _curve(kind: int, parameters: tuple[float, ...]) -> bytes:
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + _fixed(parameters)


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _fixed(values: Sequence[float]) -> bytes:
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)
