"""What lies where in a HEIC or AVIF file (ISO/IEC 14496-12: boxes; 8.11.3: iloc; 8.11.6: iinf)."""

from collections.abc import Iterator
from itertools import islice

from captioner.pictures.chunks import MOST_CHUNKS

NO_PICTURES = (b"Exif", b"mime", b"uri ")  # types of items
FULL = 4  # bytes of version and flags, with which some boxes begin


def boxes(content: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning of the body and end of each box; the end of the last one may lie beyond the file's."""
    end = len(content) if end is None else end
    while end - start >= 8:
        length, body = int.from_bytes(content[start : start + 4], "big"), start + 8
        if length == 1:
            length, body = int.from_bytes(content[start + 8 : start + 16], "big"), start + 16
        if length < body - start:
            return
        yield content[start + 4 : start + 8], body, start + length
        start += length


def pictures_end(content: bytes) -> int | None:
    """Where the last byte of a picture lies, or behind; None where the file does not say."""
    metas = ((start, end) for kind, start, end in islice(boxes(content), MOST_CHUNKS) if kind == b"meta")
    start, end = next(metas, (0, 0))
    within = {name: (first, last) for name, first, last in islice(boxes(content, start + FULL, end), MOST_CHUNKS)}
    if end > len(content) or not within.keys() >= {b"iinf", b"iloc"}:
        return None
    try:
        kinds = _kinds(content, *within[b"iinf"])
        places = _places(content, *within[b"iloc"])
        return max((end for item, end in places if kinds.get(item) not in NO_PICTURES), default=None)
    except IndexError:  # a box that is shorter than it should be
        return None


def _kinds(content: bytes, start: int, end: int) -> dict[int, bytes]:
    """Item -> its type."""
    found = {}
    for name, entry, _ in boxes(content, start + FULL + (2 if content[start] == 0 else 4), end):
        if name == b"infe":
            wide = 2 if content[entry] < 3 else 4
            number = entry + FULL
            kind = number + wide + 2
            found[int.from_bytes(content[number : number + wide], "big")] = content[kind : kind + 4]
    return found


def _places(content: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Item and end of each of its parts that lie in the file by themselves."""
    version, sizes = content[start], content[start + FULL : start + FULL + 2]
    place = start + FULL + 2

    def number(size: int) -> int:
        nonlocal place
        place += size
        return int.from_bytes(content[place - size : place], "big")

    for _ in range(number(2 if version < 2 else 4)):
        if place >= end:
            return
        item = number(2 if version < 2 else 4)
        elsewhere = number(2) & 15 if version else 0
        number(2)  # of the file that holds it
        base = number(sizes[1] >> 4)
        for _ in range(number(2)):
            number(sizes[1] & 15 if version else 0)
            offset, length = number(sizes[0] >> 4), number(sizes[0] & 15)
            if place > end:
                return
            if not elsewhere:
                yield item, base + offset + length
