"""JPEGs with more behind their picture: a Multi-Picture list, a gain map, a film, a maker's trailer.

With alt text inside, all of it is found where the file says; or the file stays as it is.
"""

import re
import struct

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from captioner.pictures.alt_text import with_alt_text
from captioner.pictures.images import open_image
from captioner.pictures.jpeg import frame_of, segments
from tests.pictures.kinds import encoded

some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
SMALL = Image.linear_gradient("L").resize((48, 32)).convert("RGB")
PLAIN = encoded(SMALL, "JPEG")
DATA = PLAIN[next(each.start for each in segments(PLAIN) if each.marker == 0xDB) :]
SCAN = PLAIN[next(each.start for each in segments(PLAIN) if each.marker == 0xDA) :]
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"http://ns.adobe.com/xap/1.0/\0"
FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x10mdat\xff\xd8\xff\xd9abcd"


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2, "big") + body


def exif(order: str, maker_note: bytes = b"") -> bytes:
    head = b"II*\0" if order == "<" else b"MM\0*"
    tags = [struct.pack(f"{order}HHI4s", 0x010F, 2, 4, b"cam\0"), struct.pack(f"{order}HHII", 0x8769, 4, 1, 38)]
    note = struct.pack(f"{order}HHHII", 1, 0x927C, 7, len(maker_note), 56) + bytes(4) + maker_note
    first = struct.pack(f"{order}IH", 8, 2) + b"".join(tags) + bytes(4)
    return segment(0xE1, b"Exif\0\0" + head + first + note)


def packet(body: str) -> bytes:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    return segment(
        0xE1,
        XMP + f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">{body}</rdf:RDF></x:xmpmeta>'.encode(),
    )


SIMPLE_XMP = packet('<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/>')
AROUND = {
    "jfif": lambda order: segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
    "exif": lambda order: exif(order, b"a maker's own"),
    "xmp": lambda order: SIMPLE_XMP,
    "iptc": lambda order: segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x07\x1c\x02\0\0\x02\0\x04\0"),
    "icc": lambda order: segment(0xE2, b"ICC_PROFILE\0\x01\x01" + PROFILE),
    "comment": lambda order: segment(0xFE, b"hello"),
    "own": lambda order: segment(0xEB, b"JP something of a camera's own"),
}


def multi_picture(order: str, count: int) -> bytes:
    """A Multi-Picture list (CIPA DC-007), sizes and offsets still missing."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 3)
    head += struct.pack(f"{order}HHI4s", 0xB000, 7, 4, b"0100") + struct.pack(f"{order}HHII", 0xB001, 4, 1, count)
    head += struct.pack(f"{order}HHII", 0xB002, 7, 16 * count, 50)
    return segment(0xE2, b"MPF\0" + head + bytes(4) + bytes(16 * count))


def listed(content: bytes, order: str, count: int) -> list[tuple[int, int]]:
    """(start, size) of each picture, as the list says."""
    base = content.index(b"MPF\0") + 4
    found = [struct.unpack_from(f"{order}II", content, base + 54 + 16 * number) for number in range(count)]
    return [(base + offset if offset else 0, size) for size, offset in found]


def with_pictures(head: bytes, order: str, further: list[bytes], gap: bytes, behind: bytes) -> bytes:
    """A JPEG with a list in its head, and what it lists; `gap` between the pictures."""
    content = bytearray(b"\xff\xd8" + head + DATA)
    base = content.index(b"MPF\0") + 4
    struct.pack_into(f"{order}II", content, base + 54, len(content), 0)
    for number, picture in enumerate(further, 1):
        content += gap
        struct.pack_into(f"{order}II", content, base + 54 + 16 * number, len(picture), len(content) - base)
        content += picture
    return bytes(content) + behind


further_pictures = st.lists(
    st.tuples(st.sampled_from([90, 180]), st.sets(st.sampled_from(["exif", "xmp"])), st.sampled_from("<>")),
    min_size=1,
    max_size=2,
).map(
    lambda made: [
        b"\xff\xd8" + b"".join(AROUND[name](order) for name in sorted(names)) + encoded(SMALL.rotate(turn), "JPEG")[2:]
        for turn, names, order in made
    ]
)


@some
@given(
    st.permutations([*AROUND, "mpf"]),
    st.sets(st.sampled_from([*AROUND])),
    st.sampled_from("<>"),
    st.sampled_from("<>"),
    further_pictures,
    st.sampled_from([b"", bytes(7)]),
    st.one_of(st.just(FILM), st.binary(max_size=40)),
)
def test_each_listed_picture_is_where_the_list_says(names, there, order, exif_order, further, gap, behind):
    """Whatever lies before and behind the list, in either byte order."""
    count = 1 + len(further)
    chosen = [name for name in names if name == "mpf" or name in there]
    head = b"".join(multi_picture(order, count) if name == "mpf" else AROUND[name](exif_order) for name in chosen)
    before = with_pictures(head, order, further, gap, behind)
    assert [before[start : start + size] for start, size in listed(before, order, count)][1:] == further
    after = with_alt_text(before, "a dog on grass")
    assert after is not None
    places = listed(after, order, count)
    assert [after[start : start + size] for start, size in places][1:] == further
    assert places[0] == (0, frame_of(after).end)
    assert after[places[0][1] :] == before[len(before) - (len(after) - places[0][1]) :]
    assert SCAN in after and open_image(after).tobytes() == open_image(before).tobytes()
    for name in set(chosen) - {"mpf", "exif", "xmp", "iptc"}:
        assert AROUND[name](exif_order) in after or (name == "comment" and b"hello" in after)


def container(*items: tuple[str, str, int, int]) -> str:
    """Google's list of what lies behind a picture, as Ultra HDR and motion photos have it in XMP."""
    listed = "".join(
        f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="{semantic}" Item:Mime="{mime}" '
        f'Item:Length="{length}" Item:Padding="{padding}"/></rdf:li>'
        for semantic, mime, length, padding in items
    )
    film = items[-1][2] if items[-1][0] == "MotionPhoto" else 0
    old = f' GCamera:MicroVideo="1" GCamera:MicroVideoOffset="{film}" GCamera:MotionPhoto="1"' if film else ""
    return (
        '<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"'
        ' xmlns:Container="http://ns.google.com/photos/1.0/container/"'
        ' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
        f' xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" hdrgm:Version="1.0"{old}>'
        f"<Container:Directory><rdf:Seq>{listed}</rdf:Seq></Container:Directory></rdf:Description>"
    )


@some
@given(
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 1, 64]),
    st.permutations(["exif", "xmp", "icc", "mpf"]),
    st.sampled_from("<>"),
)
def test_a_gain_map_and_a_film_are_found_by_their_lengths(gain_map, film, with_list, padding, names, order):
    """Their lengths in XMP count from the end of the file, or of the picture."""
    items = [("Primary", "image/jpeg", 0, padding if film and not gain_map else 0)]
    second = encoded(SMALL.rotate(180), "JPEG")
    items += [("GainMap", "image/jpeg", len(second), padding if film else 0)] if gain_map else []
    items += [("MotionPhoto", "video/mp4", len(FILM), 0)] if film else []
    further = [second] if gain_map else []
    behind = (bytes(padding) if film else b"") + (FILM if film else b"")
    parts = {"mpf": multi_picture(order, 2) if with_list and gain_map else b"", "xmp": packet(container(*items))}
    head = b"".join(parts.get(name) if name in parts else AROUND[name]("<") for name in names)
    if parts["mpf"]:
        before = with_pictures(head, order, further, b"", behind)
    else:
        before = b"\xff\xd8" + head + DATA + b"".join(further) + behind
    after = with_alt_text(before, "a dog on grass")
    assert after is not None
    end = len(after)
    for semantic, length, space in reversed(
        re.findall(rb'Item:Semantic="(\w+)".*?Item:Length="(\d+)".*?Item:Padding="(\d+)"', after, re.DOTALL)
    ):
        length = int(length) or end - int(space)
        start = end - int(space) - length
        expected = {b"Primary": after[: frame_of(after).end], b"GainMap": second, b"MotionPhoto": FILM}[semantic]
        assert after[start : start + length] == expected
        end = start
    assert end == 0
    if film:
        assert int(re.search(rb'MicroVideoOffset="(\d+)"', after)[1]) == len(FILM) and after.endswith(FILM)


@some
@given(st.lists(st.tuples(st.integers(0x0A01, 0x0A41), st.binary(max_size=30)), max_size=4), st.booleans())
def test_a_trailer_counts_from_the_end(blocks, film):
    """Samsung's, whose directory says how far before itself each of its parts lies."""
    if film:
        blocks = [*blocks, (0x0A30, FILM)]
    data = [struct.pack("<HHI", 0, kind, 4) + b"name" + body for kind, body in blocks]
    left = [sum(map(len, data[number:])) for number in range(len(data))]
    entries = b"".join(
        struct.pack("<HHII", 0, kind, before, len(block))
        for (kind, _), block, before in zip(blocks, data, left, strict=True)
    )
    directory = b"SEFH" + struct.pack("<II", 106, len(blocks)) + entries
    trailer = b"".join(data) + directory + struct.pack("<I", len(directory)) + b"SEFT"
    before = PLAIN + trailer
    after = with_alt_text(before, "a dog on grass")
    assert after is not None and after.endswith(PLAIN[-20:] + trailer)
