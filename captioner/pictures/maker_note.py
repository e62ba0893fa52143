"""Makers' notes in Exif: whether they say where their parts lie by counting from the beginning of the Exif data.

Such a note may not be moved, and who moves it cannot see that, unless he knows the maker.
"""

import struct
from collections.abc import Iterator

from captioner.pictures.tiff import SIZES

HEADS = (0, 6, 8, 10, 12, 14, 16, 18)  # bytes before the directory, in which makers say who they are
MOST_ENTRIES = 500


def counts_from_outside(note: bytes, start: int, end: int) -> bool:
    """Whether a note holds a directory whose values lie at places of the Exif data, not of the note.

    Args:
        start: where the note lies in the Exif data.
        end: behind the last byte of these.
    """
    for head in HEADS:
        for order in "<>":
            values = list(_values(note, head, order))
            if not values:
                continue
            [count] = struct.unpack_from(f"{order}H", note, head)
            behind, first = head + 2 + 12 * count, min(place for place, _ in values)
            within = all(place + size <= len(note) for place, size in values)
            outside = all(start <= place and place + size <= end for place, size in values)
            # Where both could be, the first value follows the directory.
            return outside and not (within and abs(first - behind) < abs(first - start - behind))
    return False


def _values(note: bytes, head: int, order: str) -> Iterator[tuple[int, int]]:
    """Place and length of the values that a directory has no room for; nothing where there is no directory."""
    if head + 2 > len(note):
        return
    [count] = struct.unpack_from(f"{order}H", note, head)
    if not 0 < count <= MOST_ENTRIES or head + 2 + 12 * count > len(note):
        return
    entries = [struct.unpack_from(f"{order}HHII", note, head + 2 + 12 * number) for number in range(count)]
    if all(kind in SIZES and number < 2**24 for _, kind, number, _ in entries):
        yield from ((place, SIZES[kind] * number) for _, kind, number, place in entries if SIZES[kind] * number > 4)
