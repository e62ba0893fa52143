"""Exif, XMP and IPTC as a file holds them, read without Exiv2: what that cannot read, it passes over, and it is lost.

What they say has to be there again after alt text has been written, in whatever form.
"""

import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from captioner.pictures.chunks import png_chunks, webp_chunks
from captioner.pictures.jpeg import segments
from captioner.pictures.maker_note import counts_from_outside
from captioner.pictures.tiff import DATA, OTHERS, Tiff

EXIF, XMP, PHOTOSHOP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
APP1, APP13 = 0xE1, 0xED
IPTC_RESOURCE = 0x0404
IPTC_TAG, XMP_TAG, PHOTOSHOP_TAG, DESCRIPTION, MAKER_NOTE = 33723, 700, 34377, 270, 37500
OUR_SETS = {(1, 90), (2, 120)}  # character set and caption
OUR_PROPERTIES = ("{http://purl.org/dc/elements/1.1/}description",
                  "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}AltTextAccessibility")  # fmt: skip
TOOLKIT = "{adobe:ns:meta/}xmptk"  # the program that wrote it
LANGUAGE, RDF = "{http://www.w3.org/XML/1998/namespace}lang", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RAW_PROFILE = b"Raw profile type "
NUMBERS = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}  # bytes of each, by the type of a tag
PLACES = {*OTHERS, *DATA, *DATA.values()}


def what_blocks_lose(before: bytes, after: bytes, kind: str) -> str | None:
    """Which kind of metadata says less than before; None where none does.

    Raises:
        ValueError: the file cannot be followed.
    """
    old, new = ({"Exif": set(), "XMP": set(), "IPTC": set()} for _ in range(2))
    for content, said in ((before, old), (after, new)):
        for name, block in BLOCKS[kind](content):
            try:
                said[name].update(SAID[name](block))
            except (ValueError, struct.error):
                return f"some of its {name}, which is damaged"
    return next((f"some of its {name}" for name in old if old[name] - new[name]), None)


def _in_jpeg(content: bytes) -> Iterator[tuple[str, bytes]]:
    exif = photoshop = b""
    for segment in segments(content):
        body = segment.body
        if segment.marker == APP1 and body.startswith(EXIF):
            if exif and not body[len(EXIF) :].startswith((b"II*\0", b"MM\0*")):
                exif += body[len(EXIF) :]  # goes on from the segment before
                continue
            if exif:
                yield "Exif", exif
            exif = body[len(EXIF) :]
        elif segment.marker == APP1 and body.startswith(XMP):
            yield "XMP", body[len(XMP) :]
        elif segment.marker == APP13 and body.startswith(PHOTOSHOP):
            photoshop += body[len(PHOTOSHOP) :]
    if exif:
        yield "Exif", exif
    yield from _iptc_in_photoshop(photoshop)


def _in_png(content: bytes) -> Iterator[tuple[str, bytes]]:
    for _, kind, body, _ in png_chunks(content):
        if kind == b"eXIf":
            yield "Exif", body
        elif kind in (b"iTXt", b"zTXt", b"tEXt"):
            key, _, rest = body.partition(b"\0")
            if key == b"XML:com.adobe.xmp" or key.startswith(RAW_PROFILE):
                text = _png_text(kind, rest)
                yield from [("XMP", text)] if key.startswith(b"XML") else _raw_profile(key, text)


def _png_text(kind: bytes, rest: bytes) -> bytes:
    try:
        if kind == b"tEXt":
            return rest
        if kind == b"zTXt":
            return zlib.decompress(rest[1:])
        packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[2]
        return zlib.decompress(text) if packed else text
    except (zlib.error, IndexError):
        raise ValueError("a text that cannot be unpacked") from None


def _raw_profile(key: bytes, text: bytes) -> Iterator[tuple[str, bytes]]:
    """ImageMagick's form: a name, a length, and the bytes in hexadecimal digits."""
    name = key.removeprefix(RAW_PROFILE)
    block = bytes.fromhex(b"".join(text.split()[2:]).decode("ascii"))
    if block.startswith(XMP):
        yield "XMP", block[len(XMP) :]
    elif name in (b"exif", b"APP1"):
        yield "Exif", block.removeprefix(EXIF)
    elif name in (b"iptc", b"8bim"):
        block = block.removeprefix(PHOTOSHOP)
        yield from _iptc_in_photoshop(block) if block.startswith(b"8BIM") else [("IPTC", block)]
    elif name == b"xmp":
        yield "XMP", block


def _in_webp(content: bytes) -> Iterator[tuple[str, bytes]]:
    for _, kind, body, _ in webp_chunks(content):
        if kind == b"EXIF":
            yield "Exif", body.removeprefix(EXIF)
        elif kind == b"XMP ":
            yield "XMP", body


def _in_tiff(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "Exif", content
    for directory in Tiff(content).directories:
        for tag, name in ((XMP_TAG, "XMP"), (IPTC_TAG, "IPTC")):
            if tag in directory.tags:
                yield name, directory.tags[tag][1]
        if PHOTOSHOP_TAG in directory.tags:
            yield from _iptc_in_photoshop(directory.tags[PHOTOSHOP_TAG][1])


def _iptc_in_photoshop(content: bytes) -> Iterator[tuple[str, bytes]]:
    for number, body in resources(content):
        if number == IPTC_RESOURCE:
            yield "IPTC", body


def resources(content: bytes) -> Iterator[tuple[int | None, bytes]]:
    """Number and content of Photoshop's image resources; what is none of them comes last, without a number."""
    position = 0
    while content[position : position + 4] == b"8BIM" and position + 12 <= len(content):
        start = position
        [number] = struct.unpack_from(">H", content, position + 4)
        position += 6 + (content[position + 6] // 2 + 1) * 2
        if position + 4 > len(content):
            position = start
            break
        [size] = struct.unpack_from(">I", content, position)
        yield number, content[position + 4 : position + 4 + size]
        position += 4 + size + size % 2
    if rest := content[position:].strip(b"\0"):
        yield None, rest


def _exif_said(block: bytes) -> Iterator[tuple]:
    tiff = Tiff(block)
    yield from tiff.gaps()
    for directory in tiff.directories:
        for tag, (kind, value) in directory.tags.items():
            if tag == MAKER_NOTE and counts_from_outside(value, directory.starts.get(tag, 0), len(block)):
                yield tag, directory.starts.get(tag), value
            if tag not in PLACES | {DESCRIPTION, MAKER_NOTE, XMP_TAG, IPTC_TAG, PHOTOSHOP_TAG}:
                yield directory.kind, tag, kind, _in_one_order(value, NUMBERS.get(kind, 1), tiff.order)
        for tag, data in directory.data.items():
            yield directory.kind, tag, data


def _in_one_order(value: bytes, size: int, order: str) -> bytes:
    """Numbers of so many bytes, whose order may change when they are written again."""
    if size == 1 or order == ">":
        return value
    return b"".join(value[place : place + size][::-1] for place in range(0, len(value), size))


def _xmp_said(block: bytes) -> Iterator[tuple]:
    """(property, text) of all that has a text; a property may stand as an attribute or as an element."""
    try:
        # It runs apart, where time and memory are limited, and Expat itself limits what entities grow to.
        tree = ElementTree.fromstring(block.strip(b" \t\r\n\0\xef\xbb\xbf"))  # nosec B314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ValueError("broken XMP") from error
    waiting = [(tree, "")]
    while waiting:
        element, around = waiting.pop()
        if element.tag in OUR_PROPERTIES:
            continue
        name = around if element.tag.startswith(RDF) else element.tag
        if (element.text or "").strip():
            yield name, element.text.strip()
        for key, value in element.attrib.items():
            if key.startswith(RDF + "resource"):
                yield name, value
            elif key != LANGUAGE and key != TOOLKIT and not key.startswith(RDF) and key not in OUR_PROPERTIES and value:
                yield key, value.strip()
        waiting += [(child, name) for child in element]


def _iptc_said(block: bytes) -> Iterator[tuple]:
    position = 0
    while block[position : position + 1] == b"\x1c" and position + 5 <= len(block):
        record, number, size = struct.unpack_from(">BBH", block, position + 1)
        position += 5
        if size & 0x8000:  # the length of the length
            long = size & 0x7FFF
            size, position = int.from_bytes(block[position : position + long], "big"), position + long
        if (record, number) not in OUR_SETS:
            yield record, number, block[position : position + size]
        position += size
    if rest := block[position:].strip(b"\0"):
        yield "behind", rest


BLOCKS = {"JPEG": _in_jpeg, "PNG": _in_png, "WEBP": _in_webp, "TIFF": _in_tiff}
SAID = {"Exif": _exif_said, "XMP": _xmp_said, "IPTC": _iptc_said}
