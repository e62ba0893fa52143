"""Whether a decoder's work is told well enough by a file's header; if not, it is decoded in a process `apart`."""

import re
import struct

from captioner.pictures.formats import IN_WORDS
from captioner.pictures.jpeg import frame_of
from captioner.pictures.tiff import SIZES
from captioner.pictures.work import COMPRESSION, HEIGHT, RAW, WIDTH, icon_sizes, webp_size

FEW = 4_000_000  # pixels that any decoder goes over many times in a second
MOST_SAMPLES = 250_000_000  # that a JPEG's decoder goes over here; a phone's progressive photo has half of it
MOST_ITEMS, MOST_ICONS, MOST_RUNS, MOST_WORDS_HERE = 16, 64, 500_000, 500_000
BITS_64 = (b"II+\0", b"MM\0+", b"MM+\0")
MOST_NUMBERS = 1_000_000  # in a directory, where Python takes forty bytes for each
ANIMATED = 0x02  # the flag of a WebP's header
NEEDED = (258, 273, 279, 324, 325, 338, 339)  # tags without which nobody can say what the pixels are
SIZES_64 = SIZES | {16: 8, 17: 8, 18: 8}  # with the types of BigTIFF
_ISPE = re.compile(rb"ispe....(.{8})", re.DOTALL)


def is_plain(content: bytes, kind: str) -> bool:
    """Whether a file can be decoded here.

    Args:
        kind: its format, as Pillow names it.

    Raises:
        ValueError: it breaks off before it has said what it is.
    """
    if kind == "JPEG":
        frame = frame_of(content)
        width, height = frame.size or (0, 0)
        return frame.end is not None and width * height * frame.passes <= MOST_SAMPLES and frame.coded_in_huffman
    if kind == "PNG":
        return b"IEND" in content[-64:] and b"acTL" not in content[:4096]
    if kind == "WEBP":
        if len(content) < 30:
            return True
        width, height = webp_size(content)
        return width * height <= FEW and not (content[12:16] == b"VP8X" and content[20] & ANIMATED)
    if kind == "TIFF":
        tags = first_values(content, whole=True)
        return tags.get(COMPRESSION, RAW) == RAW or tags.get(WIDTH, 1) * tags.get(HEIGHT, 1) <= FEW
    if kind == "BMP":
        if len(content) < 14 + int.from_bytes(content[14:18], "little"):
            raise ValueError("a header beyond the end")
        return content[30:31] not in (b"\1", b"\2") or len(content) <= MOST_RUNS
    if kind == "ICO":
        sizes = icon_sizes(content)
        return len(sizes) <= MOST_ICONS and all(width * height <= FEW for width, height in sizes)
    if kind == "PPM":
        return not content.startswith(IN_WORDS) or len(content) <= MOST_WORDS_HERE
    if kind in ("AVIF", "HEIF"):
        few = content.count(b"infe") <= MOST_ITEMS and b"moov" not in content and b"grid" not in content[:4096]
        return few and 0 < pixels_of(content, kind) <= FEW
    return True


def pixels_of(content: bytes, kind: str) -> int:
    """Pixels of the largest picture in a file, as its header has them; 0 where it does not say."""
    match kind:
        case "JPEG":
            sizes = [frame_of(content).size or (0, 0)]
        case "WEBP":
            sizes = [webp_size(content)]
        case "ICO":
            sizes = icon_sizes(content)
        case "PNG":
            sizes = [struct.unpack(">II", content[16:24].ljust(8, b"\0"))]
        case "TIFF":
            tags = first_values(content)
            sizes = [(tags.get(WIDTH, 0), tags.get(HEIGHT, 0))]
        case "BMP":
            sizes = [tuple(map(abs, struct.unpack("<ii", content[18:26].ljust(8, b"\0"))))]
        case _:
            sizes = [struct.unpack(">II", found[1]) for found in _ISPE.finditer(content)]
    return max((width * height for width, height in sizes), default=0)


def first_values(content: bytes, whole: bool = False) -> dict[int, int]:
    """Tag -> the first number of its value, of a TIFF's first directory.

    Args:
        whole: whether to raise the error also where the directory, or what a picture needs of it, is cut.

    Raises:
        ValueError: the values are longer together than the file, or too many; or there is no directory.
    """
    order, wide = "<" if content[:2] == b"II" else ">", content[:4] in BITS_64
    number, shape, step = ("Q", "HHQ", 20) if wide else ("I", "HHI", 12)
    try:
        [start] = struct.unpack_from(order + number, content, 8 if wide else 4)
        head = "Q" if wide else "H"
        [count] = struct.unpack_from(order + head, content, start)
        found, total, numbers = {}, 0, 0
        first = start + struct.calcsize("=" + head)
        if whole and first + step * count > len(content):
            raise ValueError("a directory beyond the end")
        for place in range(first, min(first + step * count, len(content) - step + 1), step):
            tag, kind, length = struct.unpack_from(order + shape, content, place)
            size = SIZES_64.get(kind, 0) * length
            where = place + step - struct.calcsize("=" + number)
            if size > struct.calcsize("=" + number):
                [where] = struct.unpack_from(order + number, content, where)
                total += max(min(size, len(content) - where), 0)  # what lies beyond the end is not read
            numbers += 0 if kind in (1, 2, 7) else length
            if total > len(content) or numbers > MOST_NUMBERS or count > 0xFFFF:
                raise ValueError("values that lie upon each other")
            if whole and tag in NEEDED and where + size > len(content):
                raise ValueError("values beyond the end")
            letter = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind)
            if letter and length and where + SIZES_64[kind] <= len(content):
                [found[tag]] = struct.unpack_from(order + letter, content, where)
        return found
    except (struct.error, OverflowError):
        raise ValueError("no directory") from None
