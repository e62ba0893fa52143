"""The colour profile of a picture where Pillow does not look for one, or where numbers stand for one."""

import struct

from captioner.pictures.chunks import png_chunks

# Number of the primaries (ITU-T H.273, table 2) -> red, green and blue in XYZ, as white of 5000 kelvins shows them
PRIMARIES = {
    9: ((0.6735, 0.2790, -0.0019), (0.1657, 0.6753, 0.0300), (0.1250, 0.0456, 0.7969)),  # BT.2020
    12: ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)),  # Display P3
}
OTHER_CURVES = (8, 16, 18)  # linear light, PQ and HLG, of films and of light that no screen here can show
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
WHITE = (0.9642, 1.0, 0.8249)
IN_GIF = b"\x21\xff\x0bICCRGBG1012"
IN_BMP, IN_BMP_AT = b"DEBM", 70  # where a BMP says that it has a profile
BMP_HEADER = 14  # bytes before the header that says so
IN_BOXES, MOST_BEFORE = ("AVIF", "HEIF", "JPEG2000"), 2**20  # bytes in which the box of the colours stands


def profile_of(content: bytes, kind: str) -> bytes | None:
    """The ICC profile of a picture file; None where it has none of its own, or Pillow finds it.

    Args:
        kind: its format, as Pillow names it.
    """
    if kind == "GIF":
        return _in_gif(content)
    if kind == "BMP" and content[IN_BMP_AT : IN_BMP_AT + 4] == IN_BMP:
        start, length = struct.unpack("<II", content[126:134].ljust(8, b"\0"))
        return content[BMP_HEADER + start :][:length]
    if kind == "PNG":
        said = next((body for _, name, body, _ in png_chunks(content) if name == b"cICP"), b"")
        return profile_for(said[0], said[1]) if len(said) >= 2 else None
    boxes = content[: content.find(b"jp2c")] if kind == "JPEG2000" else content[:MOST_BEFORE]
    return _in_box(boxes) if kind in IN_BOXES else None


def profile_for(primaries: int, curve: int) -> bytes | None:
    """An ICC profile for colours that a file names by numbers; None where they are sRGB's or not known.

    Args:
        primaries: which red, green and blue, as in ITU-T H.273, table 2.
        curve: how numbers become light, as in its table 3.
    """
    if primaries not in PRIMARIES or curve in OTHER_CURVES:
        return None
    light = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(SRGB_CURVE)
    parts = [(b"wtpt", _xyz(WHITE))]
    for letter, colour in zip(b"rgb", PRIMARIES[primaries], strict=True):
        parts += [(b"%cXYZ" % letter, _xyz(colour)), (b"%cTRC" % letter, light)]
    place, table, data = 132 + 12 * len(parts), struct.pack(">I", len(parts)), b""
    for name, part in parts:
        table += name + struct.pack(">II", place + len(data), len(part))
        data += part
    head = struct.pack(">I4sI4s4s4s", place + len(data), bytes(4), 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    head = head.ljust(36, b"\0") + b"acsp"
    return (head.ljust(68, b"\0") + _fixed(WHITE)).ljust(128, b"\0") + table + data


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
    if boxes[start + 4] == 2:
        return boxes[start + 7 : start - 4 + int.from_bytes(boxes[start - 4 : start], "big")]
    return None


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)
