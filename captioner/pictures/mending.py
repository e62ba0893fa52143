"""Files that lack no more than their end: every pixel is there, but not what says that this was all.

A picture is whole where what follows its data makes no difference. So different ends are put behind the data, and
the pixels have to be the same with each.
"""

import zlib
from collections.abc import Iterator

from captioner.pictures.chunks import PNG_START, png_chunks
from captioner.pictures.formats import IN_WORDS
from captioner.pictures.jpeg import frame_of

END_OF_JPEG = b"\xff\xd9"
PADDING = 32  # bytes that are all the same: what a broken copy is filled up with
ROWS = 2**20  # bytes of a PNG packed anew at a time
TAILS = (b"\0" * 64, b"\xaa" * 64, b"\x55" * 64)
PADDED = ("BMP", "GIF", "PPM", "TGA", "TIFF")  # formats without checksums, where an end can be put behind the data
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))  # of Adam7
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by PNG's colour type


def with_an_end(content: bytes, kind: str) -> Iterator[bytes]:
    """The file with an end, in several versions whose pixels must not differ; none where more than the end is missing.

    Args:
        kind: its format, as Pillow names it.
    """
    if kind == "JPEG":
        frame = frame_of(content)
        if frame.end is None and frame.whole:
            data = content.rstrip(content[-1:])
            data = data if len(content) - len(data) >= PADDING else content.rstrip(b"\xff")  # half a marker
            yield from (data + tail + END_OF_JPEG for tail in TAILS)
    elif kind == "PNG":
        yield from _png_with_an_end(content)
    elif kind in PADDED and not content.startswith(IN_WORDS):
        yield from (content + tail for tail in TAILS)


def _png_with_an_end(content: bytes) -> Iterator[bytes]:
    """A PNG whose rows are all there, packed anew."""
    before, data = [], b""
    for _, kind, body, _ in png_chunks(content):
        if kind == b"IDAT":
            data += body
        elif kind == b"IEND" or data:
            break
        else:
            before.append((kind, body))
    if not before or before[0][0] != b"IHDR" or len(before[0][1]) < 13:
        return
    unpack, pack, packed, left = zlib.decompressobj(), zlib.compressobj(1), [], _unpacked_size(before[0][1])
    try:
        while left and (rows := unpack.decompress(data, min(left, ROWS))):
            packed.append(pack.compress(rows))
            data, left = unpack.unconsumed_tail, left - len(rows)
    except zlib.error:
        return
    if not left:
        chunks = [*before, (b"IDAT", b"".join(packed) + pack.flush()), (b"IEND", b"")]
        yield content[:PNG_START] + b"".join(_chunk(*each) for each in chunks)


def _unpacked_size(header: bytes) -> int:
    """Bytes of a PNG's rows, each with its filter."""
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits = header[8] * CHANNELS.get(header[9], 1)
    passes = PASSES if header[12] else ((0, 0, 1, 1),)
    total = 0
    for x, y, right, down in passes:
        columns, rows = -(-(width - x) // right), -(-(height - y) // down)
        total += max(rows, 0) * (1 + (columns * bits + 7) // 8) if columns > 0 else 0
    return total


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
