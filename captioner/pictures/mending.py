"""Files that lack no more than their end: every pixel is there, but not what says that this was all.

Some formats say where their pictures end. In the others a picture is whole where what follows its data makes no
difference: different ends are put behind the data, and the pixels have to be the same with each.
"""

import zlib
from collections.abc import Iterator
from itertools import islice

from captioner.pictures.chunks import MOST_CHUNKS, PNG_START, WEBP_START, png_chunks, webp_chunks
from captioner.pictures.formats import IN_WORDS
from captioner.pictures.items import boxes, pictures_end
from captioner.pictures.jpeg import frame_of

END = b"\xff\xd9"  # of a JPEG and of a JPEG 2000
START_OF_PART = b"\xff\x90\0\x0a"  # of a JPEG 2000: the marker SOT and its length
PADDING = 32  # bytes that are all the same: what a broken copy is filled up with
ROWS = 2**20  # bytes of a PNG packed anew at a time
TAILS = (b"\xaa" * 64, b"\x55" * 64, b"\0" * 64)  # the version with the last one is kept
PADDED = ("BMP", "GIF", "PPM", "TGA", "TIFF")  # formats without checksums, where an end can be put behind the data
IN_BOXES = ("AVIF", "HEIF")
MOST_MISSING = 1_000_000  # bytes of what lies behind
PICTURES_IN_WEBP = (b"VP8 ", b"VP8L", b"ALPH", b"ANMF")
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
            yield from (data + tail + END for tail in TAILS)
    elif kind == "PNG":
        yield from _png_with_an_end(content)
    elif kind == "JPEG2000":
        yield from _jpeg2000_with_an_end(content)
    elif kind == "WEBP":
        yield from _webp_with_an_end(content)
    elif kind in IN_BOXES:
        yield from _heif_with_an_end(content)
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


def _jpeg2000_with_an_end(content: bytes) -> Iterator[bytes]:
    """A JPEG 2000 whose parts are all there, by the lengths they give (ISO/IEC 15444-1, A.4.2)."""
    part = content.find(START_OF_PART, content.find(b"\xff\x4f\xff\x51"))
    while 0 < part <= len(content) - 12 and content.startswith(START_OF_PART, part):
        length = int.from_bytes(content[part + 6 : part + 10], "big")
        if length < 14:  # 0 stands for all there is
            return
        part += length
    if 0 < part <= len(content) and content[part:] in (b"", END[:1]):
        yield content[:part] + END


def _webp_with_an_end(content: bytes) -> Iterator[bytes]:
    """A WebP up to where it breaks off, if that is behind the picture, with what there is of the chunk there."""
    chunks, seen = [], False
    for start, kind, _, end in islice(webp_chunks(content), MOST_CHUNKS):
        size = int.from_bytes(content[start + 4 : start + 8], "little")
        is_cut = start + 8 + size > len(content)
        if is_cut and (kind in PICTURES_IN_WEBP or end - len(content) > MOST_MISSING):
            return
        seen = seen or kind in PICTURES_IN_WEBP
        chunks.append(content[start:end].ljust(end - start, b"\0"))
    if seen:
        body = content[8:WEBP_START] + b"".join(chunks)
        yield content[:4] + len(body).to_bytes(4, "little") + body


def _heif_with_an_end(content: bytes) -> Iterator[bytes]:
    """A HEIC or AVIF that breaks off behind its pictures, filled up to the end of its last box."""
    end = max((end for _, _, end in islice(boxes(content), MOST_CHUNKS)), default=0)
    behind = pictures_end(content)
    if behind is not None and behind <= len(content) < end <= len(content) + MOST_MISSING:
        yield content.ljust(end, b"\0")


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
