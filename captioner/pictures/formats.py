"""The formats that are read: the one list that page, command line, library and README name them from.

HEIC comes by Pillow's plugin here; JPEG XL by its own in `apart`.
"""

import re

import pillow_heif
from PIL import Image, TiffImagePlugin

# Pillow's name -> what people call it, and the endings its files have
READ = {
    "JPEG": ("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")),
    "PNG": ("PNG", (".png", ".apng")),
    "WEBP": ("WebP", (".webp",)),
    "GIF": ("GIF", (".gif",)),
    "BMP": ("BMP", (".bmp", ".dib")),
    "TIFF": ("TIFF", (".tif", ".tiff")),
    "AVIF": ("AVIF", (".avif", ".avifs")),
    "HEIF": ("HEIC", (".heic", ".heif", ".hif")),
    "JXL": ("JPEG XL", (".jxl",)),
    "JPEG2000": ("JPEG 2000", (".jp2", ".j2k", ".j2c", ".jpc", ".jpx", ".jpf")),
    "ICO": ("ICO", (".ico",)),
    "PPM": ("PPM", (".ppm", ".pgm", ".pbm", ".pnm")),
    "TGA": ("TGA", (".tga", ".icb", ".vda", ".vst")),
}
MAX_PIXELS = 60_000_000
# Formats whose decoders take 7 to 15 bytes a pixel, and give no smaller picture: what fits into 400 MB
MOST_OF = {"WEBP": 24_500_000, "AVIF": 42_000_000, "HEIF": 50_000_000}
LIMITS = f"{MAX_PIXELS / 1e6:g} megapixels; " + ", ".join(
    f"{READ[kind][0]} up to {most / 1e6:g}" for kind, most in sorted(MOST_OF.items(), key=lambda each: -each[1])
)  # for a document
HOLD_TEXTS = ("JPEG", "PNG", "WEBP", "TIFF")  # formats whose files alt text can be written into
SUFFIXES = frozenset(suffix for _, suffixes in READ.values() for suffix in suffixes)
*_FIRST, _LAST = (name for name, _ in READ.values())
KNOWN_FORMATS = f"{', '.join(_FIRST)} or {_LAST}"  # for a sentence

STARTS = (
    ("JPEG", b"\xff\xd8\xff"),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("GIF", b"GIF8"),
    ("BMP", b"BM"),
    *(("TIFF", start) for start in (*TiffImagePlugin.PREFIXES, b"MM+\0")),
    *(("JXL", start) for start in (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    *(("JPEG2000", start) for start in (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")),
    ("ICO", b"\0\0\1\0"),
    *(("PPM", b"P%d" % number) for number in range(1, 7)),
)
PICTURES = re.compile(rb"avif|avis|heic|heix|heim|heis|hevc|mif1|msf1|jpeg")  # brands of ISO base media files
FILMS = re.compile(rb"qt  |iso[m2456]|mp4[12 ]|avc1|mmp4|dash|f4v |M4V[ HP]|MSNV|XAVC|3gp[456]|3g2a")  # brands of films
FILM_ATOMS = (b"moov", b"mdat", b"wide", b"skip", b"pnot")  # what QuickTime films without a brand begin with
NOTES = re.compile(rb"\s*(<\?xml|<!DOCTYPE plist|<plist|<\?xpacket|<x:xmpmeta)")  # edits by Apple's Photos, or XMP
IN_WORDS = (b"P1", b"P2", b"P3")  # PPMs whose numbers are text
TGA_END = b"TRUEVISION-XFILE.\0"

pillow_heif.register_heif_opener()

# Pillow reads 16 bits where black is zero, in both byte orders; that white is zero, `depth` takes care of.
for _order, _raw in ((b"MM", "I;16B"), (b"II", "I;16")):
    TiffImagePlugin.OPEN_INFO.setdefault((_order, 0, (1,), 1, (16,), ()), (_raw, _raw))


def format_of(content: bytes, suffix: str = "") -> str | None:
    """Pillow's name of a file's format, by how the file begins; TGA alone has to be told by its end or its name.

    Args:
        suffix: the ending of the file's name.
    """
    head = content[:32]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return "AVIF" if head[8:12] in (b"avif", b"avis") or b"avif" in _brands(content) else "HEIF"
    for name, start in STARTS:
        if head.startswith(start):
            return name
    if content[-18:] == TGA_END or suffix.lower() in READ["TGA"][1]:
        return "TGA"
    return None


def is_film(content: bytes) -> bool:
    """Whether a file is a film, such as a Live Photo's."""
    if content[4:8] == b"ftyp":
        return bool(FILMS.match(content, 8)) and not PICTURES.search(_brands(content))
    in_riff = content[:4] == b"RIFF" and content[8:12] == b"AVI "
    return in_riff or content[4:8] in FILM_ATOMS or content.startswith(b"\x1aE\xdf\xa3")  # the last is Matroska's


def is_note(content: bytes) -> bool:
    """Whether a file holds the edits or metadata of a photo beside it (.aae, .xmp), and not the photo."""
    head = content[:1000].removeprefix(b"\xef\xbb\xbf")
    return head.startswith(b"bplist") or bool(NOTES.match(head) and re.search(rb"plist|xmpmeta|xpacket", head))


def _brands(content: bytes) -> bytes:
    return content[8 : min(int.from_bytes(content[:4], "big"), 256)]


Image.init()  # once for all, not by whichever thread comes first
