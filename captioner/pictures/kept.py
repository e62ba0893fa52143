"""Whether a file with new metadata still holds all that it held: pictures byte for byte, and what is no picture."""

import struct
from collections import Counter
from collections.abc import Iterator

from captioner.pictures.blocks import (
    APP1,
    APP13,
    DESCRIPTION,
    EXIF,
    IPTC_RESOURCE,
    IPTC_TAG,
    PHOTOSHOP,
    PHOTOSHOP_TAG,
    XMP,
    XMP_TAG,
    resources,
    what_blocks_lose,
)
from captioner.pictures.chunks import PNG_START, png_chunks, webp_chunks
from captioner.pictures.formats import format_of
from captioner.pictures.jpeg import END, SCAN, frame_of, segments
from captioner.pictures.tiff import DATA, OTHERS, Tiff

MPF = b"MPF\0"
APP2, COMMENT = 0xE2, 0xFE
IPTC_DIGEST = 0x0425  # Photoshop's resource that changes with its IPTC
MP_LIST, APPLICATION = "the list of its pictures", "the segment E"  # what parts of a JPEG are called
MP_ENTRIES = 0xB002  # the tag of the Multi-Picture Format (CIPA DC-007) that lists a file's pictures
RAW_PROFILES = ("exif", "APP1", "iptc", "8bim", "xmp")
PNG_TEXTS = (b"XML:com.adobe.xmp\0", *(f"Raw profile type {name}\0".encode() for name in RAW_PROFILES))
WEBP_METADATA = (b"EXIF", b"XMP ")
TIFF_METADATA = {DESCRIPTION, XMP_TAG, IPTC_TAG, PHOTOSHOP_TAG}
OLD_JPEG_TABLES = {519, 520, 521}  # whose lengths nothing says


def what_is_lost(before: bytes, after: bytes) -> str | None:
    """What a picture file held before and holds no more, in words; None where it is all there.

    What stands in Exif, XMP and IPTC is compared as what it says, all else as bytes.
    """
    kind = format_of(before)
    try:
        if kind == "TIFF":
            return _lost_from_tiff(before, after) or what_blocks_lose(before, after, kind)
        if lost := what_blocks_lose(before, after, kind):
            return lost
        parts = {"JPEG": _jpeg_parts, "PNG": _png_parts, "WEBP": _webp_parts}[kind]
        old, new = list(parts(before)), list(parts(after))
    except (ValueError, KeyError, struct.error):
        return "something in a part of the file that is damaged"
    if missing := Counter(old) - Counter(new):
        return next(iter(missing))[0]
    known = set(old)
    in_order = all(
        [part for part in new if part in known and _row(part) == row] == [part for part in old if _row(part) == row]
        for row in {_row(part) for part in old}
    )
    return None if in_order else "the order of its parts"


def _row(part: tuple) -> str:
    """Parts of one row keep their order; a JPEG's segments of different applications may change places."""
    return part[0] if part[0] == MP_LIST or part[0].startswith(APPLICATION) else ""


def with_true_offsets(before: bytes, after: bytes) -> bytes:
    """A JPEG whose list of further pictures says where they lie now that there are more metadata before them."""
    if format_of(before) != "JPEG" or not (old := _mp_list(before)) or not (new := _mp_list(after)):
        return after
    longer, end = len(after) - len(before), frame_of(before).end
    if end is None or len(old) != len(new):
        return after
    mended = bytearray(after)
    for was, now in zip(old, new, strict=True):
        size = was.size + longer if was.start == 0 else was.size
        start = 0 if was.start == 0 else was.start + longer - now.base
        if (was.start and was.start < end) or min(size, start) < 0:
            return after
        struct.pack_into(f"{now.order}II", mended, now.place + 4, size, start)
    return bytes(mended)


class _Listed:
    """A picture of a JPEG's list: where its entry is, what its offset counts from, and where the picture lies."""

    def __init__(self, content: bytes, place: int, base: int, order: str):
        self.place, self.base, self.order = place, base, order
        self.size, offset = struct.unpack_from(f"{order}II", content, place + 4)
        self.start = base + offset if offset else 0
        self.picture = content[self.start : self.start + self.size]


def _mp_list(content: bytes) -> list[_Listed]:
    for segment in segments(content):
        if segment.marker != APP2 or not segment.body.startswith(MPF):
            continue
        body, base = segment.body[4:], segment.start + 8
        order = "<" if body[:2] == b"II" else ">"
        try:
            [start] = struct.unpack_from(f"{order}I", body, 4)
            [count] = struct.unpack_from(f"{order}H", body, start)
            for entry in range(start + 2, start + 2 + 12 * count, 12):
                tag, _, size, where = struct.unpack_from(f"{order}HHII", body, entry)
                if tag == MP_ENTRIES:
                    places = range(base + where, base + where + min(size, len(body)) // 16 * 16, 16)
                    return [_Listed(content, place, base, order) for place in places]
        except struct.error:
            return []
    return []


def _jpeg_parts(content: bytes) -> Iterator[tuple]:
    found, comments = list(segments(content)), []
    for number, segment in enumerate(found):
        behind = found[number + 1].start if number + 1 < len(found) else len(content)
        body = segment.body
        if segment.marker == APP1 and body.startswith((EXIF, XMP)):
            continue
        if segment.marker == APP13 and body.startswith(PHOTOSHOP):
            continue
        if segment.marker == APP2 and body.startswith(MPF):
            yield MP_LIST, len(body)
            continue
        if segment.marker == END:
            yield "what lies behind the picture", content[segment.end :]
            continue
        if segment.marker == COMMENT:
            comments.append(("its comment", body.rstrip(b"\0")))  # Exiv2 ends it with a zero, and may move it
            continue
        name = "its picture" if segment.marker == SCAN else f"the segment {segment.marker:02X}"
        yield name, content[segment.start : behind if segment.marker == SCAN else segment.end]
    yield from comments
    for listed in _mp_list(content)[1:]:
        yield "a further picture", listed.picture
    photoshop = (each.body[len(PHOTOSHOP) :] for each in found if each.body.startswith(PHOTOSHOP))
    yield from _resources(b"".join(photoshop))


def _resources(content: bytes) -> Iterator[tuple]:
    """Photoshop's image resources, but for the text of IPTC and its checksum."""
    for number, body in resources(content):
        if number not in (IPTC_RESOURCE, IPTC_DIGEST):
            yield "Photoshop's resources" if number is None else f"Photoshop's resource {number:04X}", body


def _png_parts(content: bytes) -> Iterator[tuple]:
    end = PNG_START
    for start, kind, body, end in png_chunks(content):
        if kind == b"eXIf" or (kind in (b"iTXt", b"zTXt", b"tEXt") and body.startswith(PNG_TEXTS)):
            continue
        yield f"the chunk {kind.decode('latin-1')}", content[start:end]
        if kind == b"IEND":
            break
    yield "what lies behind the picture", content[end:]


def _webp_parts(content: bytes) -> Iterator[tuple]:
    [length] = struct.unpack_from("<I", content, 4)
    for start, kind, body, _ in webp_chunks(content):
        if start > length:  # behind what the file says is in use
            break
        if kind not in (b"VP8X", *WEBP_METADATA):
            yield f"the chunk {kind.decode('latin-1')}", body
    yield "what lies behind the picture", content[8 + length + length % 2 :]


def _lost_from_tiff(before: bytes, after: bytes) -> str | None:
    old, new = Tiff(before), Tiff(after)
    pages, kept = ([each for each in tiff.directories if each.kind in (0, 330)] for tiff in (old, new))
    if len(pages) != len(kept):
        return f"{len(pages) - len(kept)} of {len(pages)} pages"
    for was, now in zip(pages, kept, strict=True):
        if was.tags.keys() & OLD_JPEG_TABLES:
            return "the tables of its JPEG"
        if was.data != now.data or was.kind != now.kind:
            return "its picture"
        for tag in was.tags.keys() - TIFF_METADATA - set(OTHERS) - set(DATA):
            if tag not in now.tags or was.tags[tag][1] != now.tags[tag][1]:
                return f"the tag {tag}"
        resources, still = (list(_resources(each.tags.get(PHOTOSHOP_TAG, (0, b""))[1])) for each in (was, now))
        if resources != still:
            return "Photoshop's resources"
    return "what lies between and behind its parts" if set(old.gaps()) - set(new.gaps()) else None
