"""Files made to be expensive: small ones, seeded, that ask a decoder for much time or memory.

python -m tests.pictures.crafted           # all of them: what reading each takes, and writing alt text into it
python -m tests.pictures.crafted NAME ...  # some of them

What `captioner.pictures.apart` starts counts as well.
"""

import argparse
import json
import resource
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from PIL import Image

from captioner.errors import ImageError
from captioner.pictures import apart
from captioner.pictures.alt_text import with_alt_text
from captioner.pictures.images import open_image
from tests.pictures.containers import (
    CLEAR,
    DICE,
    JPEG,
    LAYERS,
    apng,
    bmp_runs,
    chunk,
    circle,
    deep_xmp,
    gif,
    grid,
    ico,
    in_jpeg,
    iptc,
    laughs,
    lying,
    many_pages,
    many_scans,
    png,
    segment,
    sequence,
    shared_values,
    sized_jpeg,
    strips,
    tagged,
    text,
    tga,
    tiles,
    webp_frames,
    with_profile,
    with_webp_metadata,
    zeros,
)
from tests.pictures.kinds import encoded

MOST_SECONDS, MOST_MEGABYTES = 2, 400
SHARED = 60  # megabytes that each fork has in common with the others
WIDE = Image.new("RGB", (4000, 1000))
BLANK = sized_jpeg(JPEG, 7700, 7700)[:-2]
LZW_ZEROS = encoded(Image.new("L", (4000, 1000)), "TIFF", compression="tiff_lzw")
XMP = b"XML:com.adobe.xmp"
MAKERS: dict[str, Callable[[], bytes]] = {
    "jpeg scans": partial(many_scans, 7700, 7700, 15),
    "jpeg scans, small": partial(many_scans, 256, 256, 20_000),
    "jpeg scans, 4:4:4": partial(sized_jpeg, LAYERS, 7700, 7700),
    "jpeg arithmetic": partial(sized_jpeg, JPEG, 7700, 7700, 0xC9),
    "jpeg arithmetic layers": partial(sized_jpeg, LAYERS, 7700, 7700, 0xCA),
    "jpeg long": partial(sized_jpeg, LAYERS, 912, 65500),
    "jpeg restarts": lambda: in_jpeg(segment(0xDD, b"\0\1"), content=BLANK + b"\xff\xd0" * 10**6),
    "jpeg segments": lambda: in_jpeg(segment(0xE5) * 2_000_000),
    "jpeg bare markers": lambda: in_jpeg(b"\xff\x01" * 4_000_000),
    "jpeg comments": lambda: in_jpeg(segment(0xFE, bytes(60_000)) * 200),
    "jpeg tables": lambda: in_jpeg(segment(0xC4, b"\0" + b"\1" + bytes(15) + b"\0") * 400_000),
    "jpeg profile pieces": lambda: in_jpeg(segment(0xE2, b"ICC_PROFILE\0\1\1") * 500_000),
    "jpeg no end": lambda: many_scans(5000, 5000, 1)[:-2],
    "jpeg no end, padded": lambda: many_scans(5000, 5000, 1)[:-2] + bytes(10**7),
    "jpeg noise": lambda: JPEG[:-2] + DICE.randbytes(2**24),
    "jpeg exif in a circle": lambda: in_jpeg(segment(0xE1, b"Exif\0\0" + circle())),
    "jpeg exif values": lambda: in_jpeg(segment(0xE1, b"Exif\0\0" + shared_values(2500, 30_000))),
    "jpeg xmp laughs": lambda: in_jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + laughs())),
    "jpeg xmp deep": lambda: in_jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + deep_xmp(1500))),
    "jpeg iptc": lambda: in_jpeg(*[segment(0xED, iptc(10_000))] * 100),
    "jpeg photoshop": lambda: in_jpeg(*[segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0\0\0\0\0" * 5000)] * 100),
    "png": partial(png, 10_000, 6000),
    "png deep": partial(png, 10_000, 6000, 16, 6),
    "png interlaced": partial(png, 10_000, 6000, 16, 6, 1),
    "png bits interlaced": partial(png, 60_000_000, 1, 1, 0, 1),
    "png one wide": partial(png, 1, 60_000_000, 1, 0),
    "png no end": partial(png, 10_000, 6000, 16, 6, end=False),
    "png chunks": lambda: png(64, 64, before=chunk(b"prVt", b"") * 1_000_000),
    "png itxt": lambda: png(64, 64, before=text(b"iTXt", b"a", 2**20) * 60),
    "png ztxt": lambda: png(64, 64, before=text(b"zTXt", b"a", 2**20) * 60),
    "png itxt xmp": lambda: png(64, 64, before=text(b"iTXt", XMP, 2**26)),
    "png profile": lambda: png(64, 64, before=chunk(b"iCCP", b"a\0\0" + zeros(2**30))),
    "png exif values": lambda: png(64, 64, before=chunk(b"eXIf", shared_values(60_000, 60_000))),
    "png exif in a circle": lambda: png(64, 64, before=chunk(b"eXIf", circle())),
    "png raw profile": lambda: png(64, 64, before=text(b"zTXt", b"Raw profile type exif", 2**28)),
    "apng": partial(apng, 1500, 100),
    "apng, large": partial(apng, 5400, 8),
    "gif frames": partial(gif, 64, 64, (1, 1), 300_000),
    "gif canvas": partial(gif, 6000, 5000, (6000, 5000), 8),
    "gif large": partial(gif, 10_000, 6000, (1, 1), 1000),
    "gif comment": lambda: gif(64, 64, (1, 1), 1, b"\x21\xfe" + (b"\xff" + bytes(255)) * 60_000 + b"\0"),
    "gif comments": lambda: gif(64, 64, (1, 1), 1, (b"\x21\xfe\xff" + bytes(255) + b"\0") * 60_000),
    "gif xmp": lambda: gif(64, 64, (1, 1), 1, b"\x21\xff\x0bXMP DataXMP" + (b"\xff" + bytes(255)) * 60_000 + b"\0"),
    "webp frames": partial(webp_frames, 4900, 4900, 2000),
    "webp small frames": partial(webp_frames, 64, 64, 200_000),
    "webp whole frames": partial(webp_frames, 4900, 4900, 20, True),
    "webp lossless": lambda: encoded(Image.new("RGBA", (4900, 4900), "teal"), "WEBP", lossless=True),
    "webp exif values": lambda: with_webp_metadata(b"EXIF", shared_values(60_000, 60_000)),
    "webp xmp deep": lambda: with_webp_metadata(b"XMP ", deep_xmp(20_000)),
    "webp xmp values": lambda: with_webp_metadata(b"XMP ", deep_xmp(1, 500_000)),
    "webp xmp laughs": lambda: with_webp_metadata(b"XMP ", laughs()),
    "tiff shared values": partial(shared_values, 60_000, 60_000),
    "tiff pages": partial(many_pages, 60_000),
    "tiff many strips": partial(strips, 1, 8_000_000, 1, b"\0", 1, samples=1),
    "tiff deflate": lambda: strips(10_000, 6000, 100, zlib.compress(bytes(3_000_000), 9), 8),
    "tiff deflate, deep": lambda: strips(10_000, 6000, 100, zlib.compress(bytes(6_000_000), 9), 8, 16),
    "tiff deflate, overlong": lambda: strips(64, 64, 64, zeros(2**28), 8),
    "tiff lzw": lambda: strips(4000, 15_000, 1000, LZW_ZEROS[8:-250], 5, samples=1),
    "tiff packbits": lambda: strips(8000, 7500, 100, b"\x81\0" * 6300, 32773, samples=1),
    "tiff 12 bits": lambda: strips(10_000, 6000, 100, zlib.compress(bytes(1_500_000), 9), 8, 12, samples=1),
    "tiff one strip": lambda: strips(10_000, 6000, 6000, zeros(60_000_000), 8, samples=1),
    "tiff tiles, wasteful": lambda: tiles(1, 60_000, 4096, zlib.compress(bytes(2**24), 9), 8),
    "tiff many tiles": lambda: tiles(8000, 7500, 16, zlib.compress(bytes(256)), 8),
    "tiff jpeg strips": lambda: strips(64, 60_000, 64, many_scans(64, 64, 200), 7),
    "tiff webp strips": lambda: strips(4000, 15_000, 1000, encoded(WIDE, "WEBP", lossless=True), 50001),
    "tiff photoshop": lambda: tagged(34377, b"8BIM\x03\xed\0\0\0\0\0\0" * 10**6),
    "tiff xmp": lambda: tagged(700, deep_xmp(1, 500_000)),
    "tiff iptc": lambda: tagged(33723, b"\x1c\x02\x19\0\1a" * 10**6),
    "bmp runs": partial(bmp_runs, 8_000_000, 2, 8_000_000),
    "bmp runs, large": partial(bmp_runs, 60_000_000, 1, 10),
    "ico entries": lambda: ico(encoded(CLEAR, "PNG"), 65_535),
    "ico png": lambda: ico(png(10_000, 6000, 16, 6), 1),
    "tga": partial(tga, 10_000, 6000),
    "ppm words": lambda: b"P3 3000 3000 255\n" + b"1 " * 14_000_000,
    "ppm one word": lambda: b"P3 3000 3000 255\n" + b"1" * 14_000_000,
    "ppm comments": lambda: b"P3 3000 3000 255\n" + b"#\n" * 14_000_000,
    "ppm odd white": lambda: b"P6 3000 3000 254\n" + bytes(27_000_000),
    "pbm words": lambda: b"P1 5000 5000\n" + b"1 " * 14_000_000,
    "heic grid": partial(grid, "HEIF", 110, 110, 64),
    "heic grid, small": partial(grid, "HEIF", 15, 15, 64),
    "heic grid, lying": partial(grid, "HEIF", 15, 15, 4096, said=64),
    "avif grid": partial(grid, "AVIF", 100, 100, 64),
    "avif grid, small": partial(grid, "AVIF", 15, 15, 64),
    "avif grid, lying": partial(grid, "AVIF", 15, 15, 4096, said=64),
    "heic lying": partial(lying, "HEIF", 6000),
    "avif lying": partial(lying, "AVIF", 6000),
    "avif sequence": partial(sequence, "AVIF", 60, 600),
    "heic sequence": partial(sequence, "HEIF", 60, 256),
    "jpeg 2000": lambda: encoded(Image.new("RGB", (4000, 4000)), "JPEG2000"),
    "jpeg 2000 tiles": lambda: encoded(Image.new("L", (4000, 4000)), "JPEG2000", tile_size=(16, 16)),
    "jpeg xl": lambda: encoded(Image.new("RGBA", (5000, 5000)), "JXL", effort=1),
    "profile": partial(with_profile, (64, 64), 20_000),
    "profile, large picture": partial(with_profile, (4000, 4000), 900),
}  # fmt: skip


def outcomes(names: Iterator[str]) -> Iterator[tuple[str, float, float, str]]:
    """(name, seconds of the processor, megabytes more, what came of it) of each file, read and then written into."""
    write(JPEG)  # what is apart has started
    for name in names:
        content = MAKERS[name]()
        for work in read, write:
            start, before = spent(), peak_from_now()
            outcome = work(content)
            yield name, spent() - start, peak() - before, outcome


def read(content: bytes) -> str:
    try:
        picture = open_image(content)
    except ImageError as error:
        return str(error)
    assert picture.mode == "RGB"
    return f"read: {picture.width} x {picture.height}"


def write(content: bytes) -> str:
    return "written" if with_alt_text(content, "a cat") else "beside"


def spent() -> float:
    """Seconds of the processor, of this process and of the one that forks with all its forks that have ended."""
    with open(f"/proc/{apart.process_id()}/stat") as stat:
        ticks = map(int, stat.read().rpartition(")")[2].split()[11:15])
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + sum(ticks) / 100


def peak_from_now() -> float:
    """The memory of this process in megabytes, from which `peak` counts."""
    with open("/proc/self/clear_refs", "w") as peaks:
        peaks.write("5")
    return peak()


def peak() -> float:
    with open("/proc/self/status") as status:
        return int(next(line.split()[1] for line in status if line.startswith("VmHWM"))) / 1024


def peak_apart() -> float:
    """The most memory that anything apart has had, in megabytes; it ends by that."""
    apart.close()
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each, and one for what is apart")
    options = parser.parse_args()
    if options.json:
        warnings.simplefilter("ignore")
        for cost in outcomes(options.names):
            print(json.dumps(cost), flush=True)
        print(json.dumps(peak_apart()))
        return
    for each in options.names or MAKERS:  # one process for each, so that each has peaks of its own
        command = [sys.executable, "-m", "tests.pictures.crafted", "--json", each]
        run = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        *costs, apart_from_it = map(json.loads, run.stdout.splitlines())
        for name, seconds, megabytes, outcome in costs:
            mark = "  <<<" if seconds > MOST_SECONDS or megabytes + apart_from_it - SHARED > MOST_MEGABYTES else ""
            memory = f"{megabytes:4.0f} + {apart_from_it:4.0f} MB"
            print(f"{name:26s} {seconds:5.2f} s {memory}  {outcome:.60}{mark}", flush=True)


if __name__ == "__main__":
    main()
