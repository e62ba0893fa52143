"""What lies in a TIFF file: all its pages, with their tags and their data, wherever in the file it is."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # bytes of a tag's types
DATA = {273: 279, 324: 325, 513: 514}  # tag that says where data lie -> tag that says how long they are
OTHERS = (330, 34665, 34853, 40965)  # tags that say where other directories lie: pages, Exif, GPS, interoperability
OLD_HEADER = re.compile(rb"\0*(II\*\0|MM\0\*).{4}", re.DOTALL)  # of a page that was a file of its own once
MOST_DIRECTORIES = 10_000


@dataclass
class Directory:
    """One page, or what belongs to it.

    Attributes:
        kind: the tag that led to it; 0 for the pages of the file's own chain.
        tags: number -> (type, value as it stands in the file).
        data: tag -> what lies where the tag says.
        starts: tag -> where its value lies, if that is not in the directory itself.
    """

    kind: int
    tags: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    data: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)


class Tiff:
    """The directories of a file, its own chain and those that its tags lead to.

    Attributes:
        order: "<" or ">", the byte order.

    Raises:
        ValueError: they do not lie where they should, or it is no TIFF of 32 bits.
    """

    def __init__(self, content: bytes):
        self.content, self._used = content, [(0, 8)]
        self.order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[:4], "")
        if not self.order:
            raise ValueError("no TIFF")
        self._seen: set[int] = set()
        [first] = self._numbers(4, content[4:8])
        self.directories = list(self._chain(first, 0))

    def _chain(self, start: int, kind: int) -> Iterator[Directory]:
        while start:
            if start in self._seen or len(self._seen) >= MOST_DIRECTORIES:
                raise ValueError("directories in a circle")
            self._seen.add(start)
            [count] = self._numbers(3, self._at(start, 2))
            directory = Directory(kind)
            for place in range(start + 2, start + 2 + 12 * count, 12):
                self._read_tag(directory, place)
            for where, length in DATA.items():
                if where in directory.tags and length in directory.tags:
                    places = zip(self.values(directory, where), self.values(directory, length), strict=False)
                    directory.data[where] = tuple(self._at(*each) for each in places)
            yield directory
            for tag in OTHERS:
                if tag in directory.tags:
                    for other in self.values(directory, tag):
                        yield from self._chain(other, tag)
            [start] = self._numbers(4, self._at(start + 2 + 12 * count, 4))

    def _read_tag(self, directory: Directory, place: int) -> None:
        entry = self._at(place, 12)
        tag, kind = self._numbers(3, entry[:4])
        [count] = self._numbers(4, entry[4:8])
        size = SIZES.get(kind, 1) * count
        value = entry[8 : 8 + size]
        if size > 4:
            [directory.starts[tag]] = self._numbers(4, entry[8:12])
            value = self._at(directory.starts[tag], size)
        directory.tags[tag] = kind, value

    def gaps(self) -> Iterator[bytes]:
        """What lies between and behind the parts that anything says are in use, without zeros around it."""
        end = 0
        for start, behind in [*sorted(self._used), (len(self.content), 0)]:
            gap = self.content[end:start]
            if not OLD_HEADER.fullmatch(gap) and (rest := gap.strip(b"\0")):
                yield rest
            end = max(end, behind)

    def values(self, directory: Directory, tag: int) -> tuple[int, ...]:
        """The numbers of a tag."""
        kind, value = directory.tags[tag]
        return self._numbers(kind if kind in (3, 4) else 4, value)

    def _numbers(self, kind: int, value: bytes) -> tuple[int, ...]:
        letter, size = ("H", 2) if kind == 3 else ("I", 4)
        return struct.unpack(f"{self.order}{len(value) // size}{letter}", value[: len(value) // size * size])

    def _at(self, start: int, length: int) -> bytes:
        piece = self.content[start : start + length]
        if len(piece) < length:
            raise ValueError("beyond the end")
        self._used.append((start, start + length))
        return piece
