"""Nothing that Exif, XMP and IPTC say is lost with alt text, however many of them a file holds, in whatever order."""

import io
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.alt_text import write_alt_text
from tests.pictures.containers import chunk, laughs, riff, segment, tiff
from tests.pictures.kinds import encoded

PICTURE = Image.new("RGB", (16, 16), "teal")
XMP, EXTENSION = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
words = st.from_regex(r"[a-z]{12}", fullmatch=True)


def xmp(word: str, attribute: bool, *, more: str = "") -> bytes:
    said = f'dc:format="{word}"' if attribute else ""
    inside = "" if attribute else f"<dc:format>{word}</dc:format>"
    return (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" {said}>{inside}{more}'
            "</rdf:Description></rdf:RDF></x:xmpmeta>").encode()  # fmt: skip


def exif(word: str) -> bytes:
    return tiff({271: (2, 13, word.encode() + b"\0")})


def iptc(word: str) -> bytes:
    return b"\x1c\x02\x19" + struct.pack(">H", len(word)) + word.encode()


def resource(number: int, body: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + bytes(len(body) % 2)


def in_jpeg(kind: str, word: str) -> bytes:
    return {
        "exif": lambda: segment(0xE1, b"Exif\0\0" + exif(word)),
        "xmp": lambda: segment(0xE1, XMP + xmp(word, False)),
        "xmp attribute": lambda: segment(0xE1, XMP + xmp(word, True)),
        "extended": lambda: segment(0xE1, EXTENSION + b"A" * 32 + struct.pack(">II", 12, 0) + word.encode()),
        "iptc": lambda: segment(0xED, b"Photoshop 3.0\0" + resource(0x404, iptc(word))),
        "resource": lambda: segment(0xED, b"Photoshop 3.0\0" + resource(0x3F0, word.encode())),
        "strange resource": lambda: segment(0xED, b"Photoshop 3.0\0" + b"8B64" + word.encode()),
        "application": lambda: segment(0xE9, word.encode()),
        "laughs": lambda: segment(0xE1, XMP + laughs().replace(b"dc:f", b"dc:type='%b' dc:f" % word.encode())),
    }[kind]()


def in_png(kind: str, word: str) -> bytes:
    return {
        "exif": lambda: chunk(b"eXIf", exif(word)),
        "xmp": lambda: chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(word, False)),
        "packed": lambda: chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp(word, True))),
        "raw exif": lambda: raw(b"exif", b"Exif\0\0" + exif(word)),
        "raw iptc": lambda: raw(b"iptc", resource(0x404, iptc(word))),
        "raw xmp": lambda: raw(b"xmp", xmp(word, False)),
        "text": lambda: chunk(b"tEXt", b"Comment\0" + word.encode()),
    }[kind]()


def raw(name: bytes, block: bytes) -> bytes:
    text = b"\n%s\n%8d\n%s\n" % (name, len(block), block.hex().encode())
    return chunk(b"zTXt", b"Raw profile type " + name + b"\0\0" + zlib.compress(text))


def check(before: bytes, said: list[str]) -> None:
    """All is still there; in what packs it, unpacked."""
    try:
        after = write_alt_text(before, "a dog")
    except ImageError as error:
        assert str(error).endswith(".")
        return
    plain = unpacked(after)
    for word in said:
        assert word.encode() in plain or word.encode().hex().encode() in plain, word


def unpacked(content: bytes) -> bytes:
    whole, position = content, 8
    while content.startswith(b"\x89PNG") and position + 8 <= len(content):
        [length] = struct.unpack_from(">I", content, position)
        body = content[position + 8 : position + 8 + length]
        for start in range(len(body) if content[position + 4 : position + 8] in (b"zTXt", b"iTXt") else 0):
            if body[start : start + 1] == b"\x78":
                try:
                    whole += zlib.decompress(body[start:])
                except zlib.error:
                    continue
        position += 12 + length
    return whole.replace(b"\n", b"")


JPEG_KINDS = ("exif", "xmp", "xmp attribute", "extended", "iptc", "resource", "strange resource", "application",
              "laughs")  # fmt: skip


@some
@given(st.lists(st.tuples(st.sampled_from(JPEG_KINDS), words), max_size=5))
def test_segments_of_a_jpeg(parts):
    plain = encoded(PICTURE, "JPEG")
    check(plain[:2] + b"".join(in_jpeg(*part) for part in parts) + plain[2:], [word for _, word in parts])


PNG_KINDS = ("exif", "xmp", "packed", "raw exif", "raw iptc", "raw xmp", "text")


@some
@given(st.lists(st.tuples(st.sampled_from(PNG_KINDS), words), max_size=4), st.booleans())
def test_chunks_of_a_png(parts, behind):
    plain = encoded(PICTURE, "PNG")
    place = plain.index(b"IEND") - 4 if behind else plain.index(b"IDAT") - 4
    check(plain[:place] + b"".join(in_png(*part) for part in parts) + plain[place:], [word for _, word in parts])


@some
@given(st.lists(st.tuples(st.sampled_from(["EXIF", "XMP ", "abcd"]), words), max_size=4))
def test_chunks_of_a_webp(parts):
    picture = encoded(PICTURE, "WEBP")
    blocks = {"EXIF": exif, "XMP ": lambda word: xmp(word, True), "abcd": str.encode}
    chunks = [(kind.encode(), blocks[kind](word)) for kind, word in parts]
    head = (b"VP8X", b"\x0c\0\0\0\x0f\0\0\x0f\0\0")
    check(riff(head, (b"VP8 ", picture[20:]), *chunks), [word for _, word in parts])


TAGS = (271, 315, 700, 33723, 34377, 65000)


@some
@given(st.sets(st.sampled_from(TAGS), max_size=6), st.lists(words, min_size=6, max_size=6))
def test_tags_of_a_tiff(tags, said):
    values = dict(zip(TAGS, said, strict=True))
    block = {700: lambda word: xmp(word, False), 33723: iptc, 34377: lambda word: resource(0x3F0, word.encode())}
    fields = {tag: block.get(tag, lambda word: word.encode() + b"\0")(values[tag]) for tag in tags}
    kinds = {700: 1, 33723: 7, 34377: 7}
    tagged = {tag: (kinds.get(tag, 2), len(value), value) for tag, value in fields.items()}
    size = {256: (4, 1, 16), 257: (4, 1, 16), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 273: (4, 1, 8),
            277: (3, 1, 1), 278: (4, 1, 16), 279: (4, 1, 256)}  # fmt: skip
    check(tiff(size | tagged, bytes(256)), [values[tag] for tag in tags])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_of_either_byte_order_is_no_reason_against_the_text(kind):
    exif = Image.Exif()  # big-endian, as Pillow writes it
    exif[0x0112], exif[0x011A], exif[0x010F] = 6, 72.5, "camera"
    little = tiff({271: (2, 7, b"camera\0"), 274: (3, 1, 6), 282: (5, 1, struct.pack("<II", 145, 2))})
    for block in exif.tobytes(), b"Exif\0\0" + little:
        before = encoded(PICTURE, kind, exif=block)
        after = write_alt_text(before, "a dog")
        with Image.open(io.BytesIO(after)) as opened:
            seen = opened.getexif()
        assert (seen[0x0112], seen[0x011A], seen[0x010F]) == (6, 72.5, "camera")
