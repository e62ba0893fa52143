"""A caption as a picture's alt text, in the metadata that viewers, editors and screen readers know.

XMP `dc:description` and `Iptc4xmpCore:AltTextAccessibility` (IPTC Photo Metadata Standard), IPTC-IIM Caption-Abstract,
and EXIF ImageDescription. Exiv2 writes them beside the picture's data, which stays as it is, bit for bit.
"""

import threading

import exiv2

from captioner.errors import ImageError
from captioner.pictures.images import open_image

DESCRIPTIONS = ("Xmp.dc.description", "Xmp.iptc.AltTextAccessibility")
CHARSET, UTF8 = "Iptc.Envelope.CharacterSet", "\x1b%G"  # ISO 2022's escape sequence for UTF-8

exiv2.LogMsg.setLevel(exiv2.LogMsg.Level.mute)
_turn = threading.Lock()  # Exiv2's XMP toolkit is for one thread at a time


def with_alt_text(picture: bytes, text: str) -> bytes | None:
    """A picture file with the text in its metadata; None where the file cannot carry one (GIF, BMP, AVIF, HEIC).

    A description that was there before is replaced; all else in the metadata stays. A damaged file that would look
    different afterwards counts as one that cannot carry a text.
    """
    with _turn:
        try:
            image = exiv2.ImageFactory.open(picture)
            image.readMetadata()
            _describe(image, text)
            image.writeMetadata()
            with image.io().mmap() as memory:
                written = bytes(memory)
        except (exiv2.Exiv2Error, ValueError, OverflowError):  # of a format without metadata, or with broken ones
            return None
        finally:
            exiv2.XmpProperties.unregisterNs()  # what one picture calls its namespaces, Exiv2 would keep for all
    return written if _looks_the_same(picture, written) else None


def sidecar(text: str) -> bytes:
    """The text as an XMP file, to lie beside a picture that cannot carry it."""
    with _turn:
        xmp = exiv2.XmpData()
        _describe_xmp(xmp, text)
        _, packet = exiv2.XmpParser.encode(xmp, exiv2.XmpParser.XmpFormatFlags.omitPacketWrapper)
    return packet.encode()


def _looks_the_same(before: bytes, after: bytes) -> bool:
    try:
        return open_image(before).tobytes() == open_image(after).tobytes()
    except ImageError:
        return False


def _describe(image, text: str) -> None:
    _replace(image.exifData(), "Exif.Image.ImageDescription", exiv2.AsciiValue(text))
    _describe_xmp(image.xmpData(), text)
    if image.checkMode(exiv2.MetadataId.Iptc) in (exiv2.AccessMode.Write, exiv2.AccessMode.ReadWrite):
        _describe_iptc(image.iptcData(), text)


def _describe_xmp(xmp, text: str) -> None:
    for key in DESCRIPTIONS:
        _replace(xmp, key, exiv2.LangAltValue(text))


def _describe_iptc(iptc, text: str) -> None:
    """Say it in IPTC, whose texts are all of one character set: those of an older one are left as they are."""
    charset = "utf-8" if all(_is_utf8(datum) for datum in iptc) else "latin-1"
    if charset == "utf-8":
        _replace(iptc, CHARSET, exiv2.StringValue(UTF8))
    _replace(iptc, "Iptc.Application2.Caption", exiv2.DataValue(text.encode(charset, "replace")))


def _replace(metadata, key: str, value) -> None:
    """Take all of that key away first: what a damaged file holds there is not to be written over."""
    while key in metadata:
        del metadata[key]
    metadata[key] = value


def _is_utf8(datum) -> bool:
    try:
        bytes(datum.value().data()).decode()
    except UnicodeError:
        return datum.key() == CHARSET
    return True
