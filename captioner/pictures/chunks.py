"""The chunks that PNG and WebP files are made of."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

PNG_START, WEBP_START = 8, 12  # where the first chunk is
MOST_CHUNKS = 2_000  # an honest file has some dozens, a film some hundreds


class Chunk(NamedTuple):
    """Where a chunk starts, what it is, what is in it, and where the next one starts."""

    start: int
    kind: bytes
    body: bytes
    end: int


def png_chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks of a PNG, the last perhaps cut short."""
    start = PNG_START
    while start + 8 <= len(content):
        [size] = struct.unpack_from(">I", content, start)
        end = start + 12 + size  # behind its checksum
        yield Chunk(start, content[start + 4 : start + 8], content[start + 8 : start + 8 + size], end)
        start = end


def webp_chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks of a WebP, the last perhaps cut short."""
    start = WEBP_START
    while start + 8 <= len(content):
        [size] = struct.unpack_from("<I", content, start + 4)
        end = start + 8 + size + size % 2
        yield Chunk(start, content[start : start + 4], content[start + 8 : start + 8 + size], end)
        start = end
