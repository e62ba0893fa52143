"""PNGs and TIFFs in every layout of their samples, and JPEGs in four colours: each pixel as it is meant."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures import work
from captioner.pictures.images import open_image
from tests.pictures.kinds import encoded
from tests.pictures.test_memory import long_tiff

some = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
WIDTH, HEIGHT = 16, 8
TEAL = Image.new("RGB", (300, 200), "teal")
PNG_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
seeds = st.integers(0, 2**32 - 1)


def samples(seed: int, bits: int, channels: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**bits, (HEIGHT, WIDTH, channels))


def on_white(colours: np.ndarray, alpha: np.ndarray | float = 1.0) -> np.ndarray:
    """Colours in 0..1 as the picture that is seen."""
    return 255 * (np.repeat(colours, 3 // colours.shape[-1], -1) * alpha + 1 - alpha)


def check(content: bytes, expected: np.ndarray, most: float = 2) -> None:
    assert np.abs(np.asarray(open_image(content), float) - expected).max() <= most


def packed(values: np.ndarray, bits: int, order: str) -> bytes:
    """Samples as a file stores them, each row from a byte of its own."""
    if bits >= 8:
        return values.astype(f"{order}u{bits // 8}").tobytes()
    rows = values.reshape(len(values), -1).astype(np.uint8)
    return b"".join(np.packbits(np.unpackbits(row[:, None], axis=1)[:, -bits:]).tobytes() for row in rows)


def png(values: np.ndarray, bits: int, colour: int, *chunks: tuple[bytes, bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + packed(row[None], bits, ">") for row in values))
    parts = [(b"IHDR", head), *chunks, (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


@some
@given(seeds, st.sampled_from([8, 16]), st.sampled_from([*PNG_CHANNELS]), st.booleans())
def test_pngs_of_any_depth_with_and_without_alpha(seed, bits, colour, clear):
    values = samples(seed, bits, PNG_CHANNELS[colour])
    scaled, chunks, alpha = values / (2**bits - 1), [], 1.0
    if colour >= 4:
        scaled, alpha = scaled[..., :-1], scaled[..., -1:]
    elif clear:
        seen_through = values[1, 2]
        chunks = [(b"tRNS", struct.pack(f">{len(seen_through)}H", *seen_through))]
        alpha = 1.0 - (values == seen_through).all(-1, keepdims=True)
        if colour == 0:
            values[3, 4], alpha[3, 4] = seen_through ^ 1, 1  # all but the same grey, which is to be seen
        scaled = values / (2**bits - 1)
    content = png(values, bits, colour, *chunks)
    if bits == 16 and colour >= 4:  # Pillow takes the upper eight of both, colour and alpha
        upper = (values >> 8) / 255
        check(content, on_white(upper[..., :-1], upper[..., -1:]), most=1)
    else:
        check(content, on_white(scaled, alpha))


@some
@given(seeds, st.sampled_from([1, 2, 4, 8]), st.integers(0, 256))
def test_palettes_with_any_number_of_transparent_colours(seed, bits, transparent):
    values = samples(seed, bits, 1)
    dice = np.random.default_rng(seed)
    palette = dice.integers(0, 256, (2**bits, 3))
    alpha = np.full((2**bits, 1), 255)
    alpha[:transparent] = dice.integers(0, 256, alpha[:transparent].shape)
    clear = [(b"tRNS", alpha[:transparent].astype(np.uint8).tobytes())] if transparent else []
    content = png(values, bits, 3, (b"PLTE", palette.astype(np.uint8).tobytes()), *clear)
    check(content, on_white(palette / 255, alpha / 255)[values[..., 0]])


def tiff(tags: dict[int, list[int]], parts: list[bytes], order: str) -> bytes:
    """A TIFF with those tags, and its strips."""
    out = bytearray(b"II*\0" if order == "<" else b"MM\0*") + bytes(4)

    def put(content: bytes) -> int:
        out.extend(bytes(len(out) % 2))
        out.extend(content)
        return len(out) - len(content)

    tags = {**tags, 273: [put(part) for part in parts], 279: [len(part) for part in parts]}
    entries = []
    for tag, values in sorted(tags.items()):
        kind, letter = (4, "I") if tag in (273, 279) else (3, "H")
        value = struct.pack(f"{order}{len(values)}{letter}", *values)
        value = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(f"{order}I", put(value))
        entries.append(struct.pack(f"{order}HHI", tag, kind, len(values)) + value)
    directory = put(struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(4))
    struct.pack_into(f"{order}I", out, 4, directory)
    return bytes(out)


# (photometric interpretation, bits, samples) of TIFF 6.0
PHOTOMETRICS = [
    *((photometric, bits, 1) for photometric in (0, 1) for bits in (1, 2, 4, 8, 16)),
    *((3, bits, 1) for bits in (1, 2, 4, 8)),
    *((2, bits, count) for bits in (8, 16) for count in (3, 4)),
    (1, 8, 2),
    (5, 8, 4),
    (5, 16, 4),
    (6, 8, 3),
]
COMPRESSIONS = {
    1: bytes,
    8: zlib.compress,
    32773: lambda part: b"".join(bytes([0, byte]) for byte in part),  # PackBits, each run of one byte
}


@some
@given(
    seeds,
    st.sampled_from(PHOTOMETRICS),
    st.sampled_from([*COMPRESSIONS]),
    st.sampled_from("<>"),
    st.booleans(),
    st.sampled_from([3, HEIGHT]),
)
def test_tiffs_of_any_photometric_layout_and_order(seed, kind, compression, order, apart, rows):
    photometric, bits, count = kind
    values = samples(seed, bits, count)
    scaled, alpha = values / (2**bits - 1), 1.0
    tags = {256: [WIDTH], 257: [HEIGHT], 258: [bits] * count, 259: [compression], 262: [photometric], 277: [count],
            278: [rows], 284: [2 if apart and count > 1 else 1]}  # fmt: skip
    if (photometric, count) in ((1, 2), (2, 4)):
        tags[338] = [2]
        scaled, alpha = scaled[..., :-1], scaled[..., -1:]
    match photometric:
        case 0:
            scaled = 1 - scaled
        case 3:
            palette = np.random.default_rng(seed).integers(0, 256, (3, 2**bits))
            tags[320] = (257 * palette).ravel().tolist()
            scaled = palette.T[values[..., 0]] / 255
        case 5:
            tags[332] = [1]
            scaled = (1 - scaled[..., :3]) * (1 - scaled[..., 3:])
        case 6:
            tags[530] = [1, 1]
            ycbcr = [Image.fromarray(plane.astype(np.uint8)) for plane in np.moveaxis(values, -1, 0)]
            scaled = np.asarray(Image.merge("YCbCr", ycbcr).convert("RGB")) / 255
    planes = np.split(values, count, -1) if apart else [values]
    parts = [packed(plane[row : row + rows], bits, order) for plane in planes for row in range(0, HEIGHT, rows)]
    content = tiff(tags, [COMPRESSIONS[compression](part) for part in parts], order)
    if apart and count == 2:
        with pytest.raises(ImageError, match="of a kind that we cannot read"):
            open_image(content)
    else:
        check(content, on_white(scaled, alpha), 4)
    with pytest.raises(ImageError):  # a strip less than the picture needs
        open_image(tiff(tags | {257: [HEIGHT + rows]}, [COMPRESSIONS[compression](part) for part in parts], order))


def test_a_tiff_with_fewer_strips_than_its_size_needs_is_refused():
    assert open_image(long_tiff(2)).size == (500, 2400)
    with pytest.raises(ImageError, match="incomplete"):
        open_image(long_tiff(2, missing=1))


@some
@given(st.tuples(*[st.integers(0, 255)] * 4), st.sampled_from(["CMYK", "YCCK"]), st.booleans())
def test_jpegs_in_four_colours(colour, space, progressive):
    """CMYK as Adobe writes it, inverted, and YCCK, where cyan, magenta and yellow are turned into YCbCr."""
    stored = colour
    if space == "YCCK":
        brightness = Image.new("RGB", (1, 1), colour[:3]).convert("YCbCr").getpixel((0, 0))
        stored = *(255 - part for part in brightness), colour[3]
    content = encoded(Image.new("CMYK", (WIDTH, HEIGHT), stored), "JPEG", quality=100, progressive=progressive)
    place = content.index(b"Adobe") + 11
    assert content[place] in (0, 2)
    content = content[:place] + bytes([2 if space == "YCCK" else 0]) + content[place + 1 :]
    cmyk = np.array(colour) / 255
    check(content, np.full((HEIGHT, WIDTH, 3), 255 * (1 - cmyk[:3]) * (1 - cmyk[3])), 6)


def test_a_tiff_that_is_not_packed_takes_no_more_memory_than_its_pixels(monkeypatch):
    """Packed in one strip it takes as much again, and that is what its refusal says."""
    monkeypatch.setattr(work, "MOST_MEMORY", 5 * TEAL.width * TEAL.height)
    assert open_image(encoded(TEAL, "TIFF")).size == TEAL.size
    with pytest.raises(ImageError, match="takes too much memory"):
        open_image(encoded(TEAL, "TIFF", compression="tiff_lzw"))


@pytest.mark.parametrize("start", [0, 7, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_big_tiff_may_say_that_it_begins_anywhere(start):
    content = encoded(TEAL, "TIFF", big_tiff=True)
    assert open_image(content).size == TEAL.size
    with pytest.raises(ImageError, match="damaged"):
        open_image(content[:8] + start.to_bytes(8, "little") + content[16:])
