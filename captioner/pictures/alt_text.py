"""A caption as a picture's alt text, in the metadata that viewers, editors and screen readers know.

XMP `dc:description` and `Iptc4xmpCore:AltTextAccessibility` (IPTC Photo Metadata Standard), IPTC-IIM Caption-Abstract,
and EXIF ImageDescription. Exiv2 writes them beside the picture's data, which stays as it is, bit for bit.
"""

import logging
import threading
from collections.abc import Iterator

import exiv2

from captioner.errors import ImageError
from captioner.pictures import apart
from captioner.pictures.formats import HOLD_TEXTS, READ, format_of
from captioner.pictures.images import open_image
from captioner.pictures.kept import what_is_lost, with_true_offsets
from captioner.pictures.pieces import fingerprint
from captioner.pictures.plain import FEW, pixels_of

WRITTEN = tuple(getattr(exiv2.ImageType, name.lower()) for name in HOLD_TEXTS)
DESCRIPTIONS = ("Xmp.dc.description", "Xmp.iptc.AltTextAccessibility")
CHARSET, UTF8 = "Iptc.Envelope.CharacterSet", "\x1b%G"  # ISO 2022's escape sequence for UTF-8
OURS = {"Exif.Image.ImageDescription", CHARSET, "Iptc.Application2.Caption", *DESCRIPTIONS}
# Exif's fields that say where in the file something lies, or hold the other metadata as a whole
PLACES = ("Offset", "Offsets", "ExifTag", "GPSTag", "InteroperabilityTag", "JPEGInterchangeFormat", "SubIFDs")
WHOLE = ("XMLPacket", "IPTCNAA", "ImageResources")

SECONDS = 1.0  # of the usual processor; the largest of photos takes 0.4
LOSES = "With the text inside, the file would lose {}."

log = logging.getLogger(__name__)
exiv2.LogMsg.setLevel(exiv2.LogMsg.Level.mute)
_turn = threading.Lock()  # Exiv2's XMP toolkit is for one thread at a time


def with_alt_text(picture: bytes, text: str) -> bytes | None:
    """`write_alt_text`, or None where the file cannot carry a text or would lose by it; the reason is logged."""
    try:
        return write_alt_text(picture, text)
    except ImageError as error:
        log.info("The text is not written into the picture: %s", error)
        return None


def write_alt_text(picture: bytes, text: str) -> bytes:
    """A picture file with the text in its metadata.

    A description that was there before is replaced; all else the file holds stays: metadata, further pages and
    pictures, thumbnails and what lies behind the picture.

    Raises:
        ImageError: the file cannot carry a text, or would lose something; it says which.
    """
    kind = format_of(picture)
    if kind not in HOLD_TEXTS:
        name = READ.get(kind, ("These",))[0]
        raise ImageError(f"{name} files have no place for alt text that can be written safely.")
    try:
        return bytes(apart.call(_checked, picture, text, seconds=SECONDS))
    except ImageError:
        raise
    except (TimeoutError, MemoryError):
        raise ImageError("The metadata in this file take too long to read, so the text cannot be added.") from None
    except Exception as error:
        log.info("Exiv2 cannot write into the picture: %s", error)
        raise ImageError(
            "The metadata in this file are damaged, of an unknown kind or as long as they can be, so the text cannot "
            "be added to them."
        ) from None


def _checked(picture: bytes, text: str) -> Iterator[bytes]:
    """A file with the text, unless it would lose something; for a process apart."""
    written = _write(picture, text)
    if written is None:
        raise ValueError
    written = with_true_offsets(picture, written)
    if lost := what_is_lost(picture, written) or _what_metadata_lose(picture, written):
        raise ImageError(LOSES.format(lost))
    # The data of a larger one are known to be the same, and so is what says how to show them.
    if pixels_of(picture, format_of(picture)) <= FEW and not _looks_the_same(picture, written):
        raise ImageError(LOSES.format("its pixels"))
    yield written


def sidecar(text: str) -> bytes:
    """The text as an XMP file, to lie beside a picture that cannot carry it."""
    with _turn:
        xmp = exiv2.XmpData()
        _describe_xmp(xmp, text)
        _, packet = exiv2.XmpParser.encode(xmp, exiv2.XmpParser.XmpFormatFlags.omitPacketWrapper)
    return packet.encode()


def _write(picture: bytes, text: str) -> bytes | None:
    with _turn:
        try:
            # A copy, since Exiv2 writes into the very bytes it was given where the text happens to fit in.
            image = exiv2.ImageFactory.open(bytes(bytearray(picture)))
            if image.imageType() not in WRITTEN:
                return None
            image.readMetadata()
            _describe(image, text)
            image.writeMetadata()
            with image.io().mmap() as memory:
                return bytes(memory)
        finally:
            exiv2.XmpProperties.unregisterNs()  # what one picture calls its namespaces, Exiv2 would keep for all


def _what_metadata_lose(before: bytes, after: bytes) -> str | None:
    """The field of the metadata that is there no more, or says something else; None where all is as it was."""
    with _turn:
        try:
            old, new = _metadata(before), _metadata(after)
        finally:
            exiv2.XmpProperties.unregisterNs()
    return next((key for key, values in old.items() if new.get(key) != values), None)


def _metadata(picture: bytes) -> dict[str, list[str]]:
    """Key -> its values, without our own."""
    image = exiv2.ImageFactory.open(picture)
    image.readMetadata()
    found: dict[str, list[str]] = {}
    for data in image.exifData(), image.iptcData(), image.xmpData():
        for datum in data:
            key = datum.key()
            if key not in OURS and not (key.startswith("Exif.") and key.endswith((*PLACES, *WHOLE))):
                found.setdefault(key, []).append(datum.toString())
    found["the thumbnail"] = [bytes(exiv2.ExifThumbC(image.exifData()).copy().data()).hex()]
    return found


def _looks_the_same(before: bytes, after: bytes) -> bool:
    try:
        return fingerprint(open_image(before)) == fingerprint(open_image(after))
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
    """Whether a field can stand beside texts in UTF-8; numbers, dates and times can beside any."""
    if datum.typeId() != exiv2.TypeId.string or datum.key() == CHARSET:
        return True
    try:
        bytes(datum.value().data()).decode()
    except UnicodeError:
        return False
    return True
