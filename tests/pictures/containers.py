"""Files of each format put together byte by byte, as no program would write them."""

import random
import struct
import zlib

from PIL import Image, ImageCms

from tests.pictures.kinds import encoded

DICE = random.Random(0)
NOISE = Image.frombytes("RGB", (64, 64), DICE.randbytes(64 * 64 * 3))
CLEAR = Image.new("RGBA", (64, 64))
JPEG = encoded(NOISE, "JPEG")
LAYERS = encoded(NOISE, "JPEG", progressive=True, subsampling=0)


def segment(marker: int, body: bytes = b"") -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def sized_jpeg(content: bytes, width: int, height: int, frame: int | None = None) -> bytes:
    """A JPEG that says it is of another size; the decoder makes up what is missing."""
    changed = bytearray(content)
    place = next(content.find(b"\xff" + bytes([each]) + b"\0") for each in (0xC0, 0xC2) if segment_in(content, each))
    struct.pack_into(">HH", changed, place + 5, height, width)
    changed[place + 1] = frame or changed[place + 1]
    return bytes(changed)


def segment_in(content: bytes, marker: int) -> bool:
    return b"\xff" + bytes([marker]) + b"\0" in content


def many_scans(width: int, height: int, times: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    content = sized_jpeg(LAYERS, width, height)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * times + b"\xff\xd9"


def in_jpeg(*segments: bytes, content: bytes = JPEG) -> bytes:
    return content[:2] + b"".join(segments) + content[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def zeros(count: int) -> bytes:
    """So many of them, packed by zlib without being in memory at once."""
    pack, part = zlib.compressobj(9), bytes(2**20)
    whole = b"".join(pack.compress(part) for _ in range(count // len(part)))
    return whole + pack.compress(bytes(count % len(part))) + pack.flush()


def png(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0, *, before: bytes = b"",
        row: int | None = None, end: bool = True) -> bytes:  # fmt: skip
    """A PNG, black or clear."""
    size = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth * width // 8 + 1
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
    data = zeros(2 * size * height if interlace else (row or size) * height)
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", data) + (chunk(b"IEND", b"") if end else b"")


def text(kind: bytes, key: bytes, size: int) -> bytes:
    packed = zlib.compress(b"\xf0\x9f\x98\x80" * (size // 4) if kind == b"iTXt" else b"a" * size, 9)
    return chunk(kind, key + (b"\0\1\0\0\0" if kind == b"iTXt" else b"\0\0") + packed)


def apng(size: int, frames: int) -> bytes:
    data = zeros((4 * size + 1) * size)
    body = b""
    for each in range(frames):
        number = max(2 * each - 1, 0)
        body += chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, size, size, 0, 0, 1, 10, 0, each > 0))
        body += chunk(b"fdAT", struct.pack(">I", number + 1) + data) if each else chunk(b"IDAT", data)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"acTL", struct.pack(">II", frames, 0)) + body + chunk(b"IEND", b"")


def gif(width: int, height: int, frame: tuple[int, int], frames: int, extension: bytes = b"") -> bytes:
    """A GIF of clear frames."""
    data = b"\x02\x02\x44\x01\0"
    control = b"\x21\xf9\x04\x09\0\0\0\0"
    picture = b"\x2c" + struct.pack("<HHHH", 0, 0, *frame) + b"\0" + data
    return (b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + bytes(6) + extension
            + (control + picture) * frames + b";")  # fmt: skip


def tiff(tags: dict[int, tuple[int, int, bytes | int]], data: bytes = b"", following: int = 0) -> bytes:
    """A TIFF; a tag is (type, count, value or bytes that are put behind the data)."""
    rest, entries = b"", b""
    for tag in sorted(tags):
        kind, count, value = tags[tag]
        if isinstance(value, bytes):
            value, rest = 8 + len(data) + len(rest), rest + value
        entries += struct.pack("<HHII", tag, kind, count, value)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data) + len(rest)) + data + rest + directory


def strips(width: int, height: int, rows: int, strip: bytes, compression: int, bits: int = 8, samples: int = 3,
           **more) -> bytes:  # fmt: skip
    """A TIFF whose strips are all the same one."""
    count = -(-height // rows)
    tags = {256: (4, 1, width), 257: (4, 1, height), 258: (3, samples, struct.pack("<H", bits) * samples),
            259: (3, 1, compression), 262: (3, 1, 2 if samples > 2 else 1), 277: (3, 1, samples), 278: (4, 1, rows),
            273: (4, count, struct.pack("<I", 8) * count),
            279: (4, count, struct.pack("<I", len(strip)) * count)}  # fmt: skip
    if samples < 3:
        tags[258] = (3, 1, bits)
    if count == 1:
        tags[273], tags[279] = (4, 1, 8), (4, 1, len(strip))
    return tiff(tags | more.get("tags", {}), strip)


def tagged(tag: int, value: bytes) -> bytes:
    """A small TIFF with such a tag."""
    return strips(64, 64, 64, bytes(64 * 64 * 3), 1, tags={tag: (7, len(value), value)})


def tiles(width: int, height: int, side: int, tile: bytes, compression: int) -> bytes:
    count = -(-width // side) * -(-height // side)
    tags = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, compression), 262: (3, 1, 1),
            277: (3, 1, 1), 322: (4, 1, side), 323: (4, 1, side), 324: (4, count, struct.pack("<I", 8) * count),
            325: (4, count, struct.pack("<I", len(tile)) * count)}  # fmt: skip
    return tiff(tags, tile)


def shared_values(entries: int, size: int) -> bytes:
    """The tags of a TIFF or Exif that all have the same long value."""
    tags = {1000 + each: (7, size, 8) for each in range(entries)}
    return tiff({256: (4, 1, 64), 257: (4, 1, 64)} | tags, bytes(size))


def many_pages(pages: int) -> bytes:
    content = bytearray(struct.pack("<2sHI", b"II", 42, 8))
    for page in range(pages):
        tags = ((256, 1), (257, 1), (258, 8), (262, 1), (273, 4), (278, 1), (279, 1))
        entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        content += struct.pack("<H", len(tags)) + entries
        content += struct.pack("<I", len(content) + 4 if page < pages - 1 else 0)
    return bytes(content)


def circle() -> bytes:
    """Exif whose directories lead to each other."""
    tags = {each: (4, 1, 8) for each in (330, 34665, 34853, 40965)}
    directory = struct.pack("<H", 4) + b"".join(struct.pack("<HHII", tag, *value) for tag, value in tags.items())
    return struct.pack("<2sHI", b"II", 42, 8) + directory + struct.pack("<I", 8)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp(width: int, height: int, *chunks: tuple[bytes, bytes], flags: int) -> bytes:
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return riff((b"VP8X", bytes([flags, 0, 0, 0]) + size), *chunks)


def webp_frames(width: int, height: int, frames: int, whole: bool = False) -> bytes:
    """An animation whose clear frames are all the same."""
    size = (width, height) if whole else (16, 16)
    one = encoded(CLEAR.resize(size), "WEBP", lossless=True)
    bitstream = one[one.index(b"VP8L") :]
    head = bytes(6) + struct.pack("<I", size[0] - 1)[:3] + struct.pack("<I", size[1] - 1)[:3] + b"\x01\0\0\x02"
    return webp(width, height, (b"ANIM", bytes(6)), *[(b"ANMF", head + bitstream)] * frames, flags=0x12)


def with_webp_metadata(kind: bytes, data: bytes) -> bytes:
    one = encoded(NOISE, "WEBP")
    return webp(64, 64, (b"VP8 ", one[20:]), (kind, data), flags={b"EXIF": 8, b"XMP ": 4}[kind])


def bmp_runs(width: int, height: int, runs: int) -> bytes:
    start = 14 + 40 + 1024
    data = b"\x01\x05" * runs
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 0, 0, 256, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + head + bytes(1024) + data


def ico(picture: bytes, entries: int) -> bytes:
    start = 6 + 16 * entries
    entry = struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(picture), start)
    return struct.pack("<HHH", 0, 1, entries) + entry * entries + picture


def tga(width: int, height: int) -> bytes:
    packets = -(-width * height // 128)
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, width, height, 32, 8)
    return head + b"\xff\0\0\0\0" * packets + bytes(8) + b"TRUEVISION-XFILE.\0"


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def grid(kind: str, columns: int, rows: int, side: int, colour: str = "teal", said: int | None = None) -> bytes:
    """A HEIC or AVIF of tiles that are all the same bytes.

    Args:
        said: the side of a tile as the boxes have it.
    """
    item, config, brand = {"HEIF": (b"hvc1", b"hvcC", b"heic"), "AVIF": (b"av01", b"av1C", b"avif")}[kind]
    options = {"quality": 50} if kind == "HEIF" else {"speed": 10}
    one = encoded(Image.new("RGB", (side, side), colour), kind, **options)
    place = one.index(config) - 4
    config = one[place : place + struct.unpack_from(">I", one, place)[0]]
    place = one.index(b"mdat")
    data = one[place + 4 : place - 4 + struct.unpack_from(">I", one, place - 4)[0]]
    said, count = said or side, columns * rows
    width, height = columns * said, rows * said
    layout = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    full = bytes(4)
    ids = range(2, count + 2)
    infos = [box(b"infe", b"\2\0\0\0", struct.pack(">HH", each, 0), b"grid" if each == 1 else item, b"\0")
             for each in (1, *ids)]  # fmt: skip
    properties = [box(b"ispe", full, struct.pack(">II", width, height)),
                  box(b"ispe", full, struct.pack(">II", said, said)), config,
                  box(b"pixi", full, b"\3\x08\x08\x08")]  # fmt: skip
    links = [struct.pack(">HB", 1, 2) + b"\1\4", *(struct.pack(">HB", each, 3) + b"\2\x83\4" for each in ids)]

    def whole(start: int) -> bytes:
        where = [struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(layout)),
                 *(struct.pack(">HHHHII", each, 0, 0, 1, start, len(data)) for each in ids)]  # fmt: skip
        meta = box(
            b"meta", full,
            box(b"hdlr", full, bytes(4), b"pict", bytes(13)),
            box(b"pitm", full, struct.pack(">H", 1)),
            box(b"iloc", b"\1\0\0\0", b"\x44\0", struct.pack(">H", count + 1), *where),
            box(b"iinf", full, struct.pack(">H", count + 1), *infos),
            box(b"iref", full, box(b"dimg", struct.pack(">HH", 1, count), *(struct.pack(">H", each) for each in ids))),
            box(b"iprp", box(b"ipco", *properties), box(b"ipma", full, struct.pack(">I", count + 1), *links)),
            box(b"idat", layout),
        )  # fmt: skip
        return box(b"ftyp", brand, bytes(4), b"mif1", brand, b"miaf") + meta + box(b"mdat", data)

    return whole(len(whole(0)) - len(data))


def lying(kind: str, side: int) -> bytes:
    """A HEIC or AVIF whose boxes say that it is small."""
    one = encoded(Image.new("RGB", (side, side), "teal"), kind, **({"speed": 10} if kind == "AVIF" else {}))
    return one.replace(struct.pack(">II", side, side), struct.pack(">II", 64, 64))


def sequence(kind: str, frames: int, side: int) -> bytes:
    clear = CLEAR.resize((side, side))
    return encoded(clear, kind, save_all=True, append_images=[clear] * (frames - 1))


def profile(elements: int) -> bytes:
    """An ICC profile whose colours go through so many matrices."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    matrix = b"matf" + bytes(4) + struct.pack(">HH", 3, 3) + struct.pack(">12f", 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    start = 16 + 8 * elements
    table = struct.pack(">II", start, len(matrix)) * elements
    tag = b"mpet" + bytes(4) + struct.pack(">HHI", 3, 3, elements) + table + matrix
    [count] = struct.unpack_from(">I", srgb, 128)
    tags = [srgb[132 + 12 * each : 144 + 12 * each] for each in range(count)]
    moved = [each[:4] + struct.pack(">I", struct.unpack(">I", each[4:8])[0] + 12) + each[8:] for each in tags]
    body = srgb[132 + 12 * count :]
    place = 132 + 12 * (count + 1) + len(body)
    place += -place % 4
    moved.append(b"D2B1" + struct.pack(">II", place, len(tag)))
    whole = srgb[4:128] + struct.pack(">I", count + 1) + b"".join(moved) + body
    whole = whole.ljust(place - 4, b"\0") + tag
    whole = whole[:4] + b"\x04\x40" + whole[6:]
    return struct.pack(">I", len(whole) + 4) + whole


def laughs() -> bytes:
    """XMP whose entities multiply."""
    lines = "".join(f'<!ENTITY a{each} "{f"&a{each - 1};" * 10}">' for each in range(1, 10))
    return (f'<?xpacket begin=""?><!DOCTYPE x [<!ENTITY a0 "haha">{lines}]><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            '<rdf:RDF '
            'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org'
            '/dc/elements/1.1/" dc:format="&a9;"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>').encode()  # fmt: skip


def deep_xmp(levels: int, values: int = 0) -> bytes:
    inner = "<rdf:li>a</rdf:li>" * values
    tags = "<rdf:Bag>" + "<rdf:li><rdf:Bag>" * levels + inner + "</rdf:Bag></rdf:li>" * levels + "</rdf:Bag>"
    return ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject>'
            f"{tags}</dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>").encode()  # fmt: skip


def iptc(count: int) -> bytes:
    data = b"\x1c\x02\x19\0\1a" * count
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + bytes(len(data) % 2)


def with_profile(size: tuple[int, int], elements: int) -> bytes:
    return encoded(NOISE.resize(size), "PNG", icc_profile=profile(elements), compress_level=1)
