"""A caption in a picture's metadata, as others read it, and the picture as it was."""

import io
import random
import shutil
import subprocess
import warnings
from xml.etree import ElementTree

import exiv2
import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageCms, IptcImagePlugin

from captioner.pictures.alt_text import sidecar, with_alt_text

TEXT = "a dog… “Ä” <&> 写真 runs"
DESCRIPTION, ARTIST = 0x010E, 0x013B
CAPTION, CITY = (2, 120), (2, 90)  # IPTC-IIM's datasets

pillow_heif.register_heif_opener()


def encoded(picture, kind, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def photo(examples):
    with Image.open(examples[0]) as picture:
        return picture.convert("RGB").resize((160, 120))


@pytest.fixture(scope="module")
def pictures(photo):
    """Files of the kinds that carry a text."""

    def several():
        return {"save_all": True, "append_images": [photo.rotate(90 * turn) for turn in (1, 2)]}

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "jpeg": encoded(photo, "JPEG"),
        "progressive": encoded(photo, "JPEG", progressive=True, icc_profile=icc),
        "cmyk": encoded(photo.convert("CMYK"), "JPEG"),
        "several in a jpeg": encoded(photo, "MPO", **several()),
        "png": encoded(photo, "PNG"),
        "palette": encoded(photo.convert("P"), "PNG"),
        "16 bits": encoded(photo.convert("L").convert("I;16"), "PNG"),
        "animated png": encoded(photo, "PNG", **several()),
        "webp": encoded(photo, "WEBP"),
        "transparent webp": encoded(photo.convert("RGBA").rotate(30), "WEBP", lossless=True),
        "animated webp": encoded(photo, "WEBP", **several()),
        "tiff": encoded(photo, "TIFF"),
        "packed tiff": encoded(photo, "TIFF", compression="tiff_lzw"),
        "several in a tiff": encoded(photo, "TIFF", **several()),
    }


KINDS = ["jpeg", "progressive", "cmyk", "several in a jpeg", "png", "palette", "16 bits", "animated png", "webp",
         "transparent webp", "animated webp", "tiff", "packed tiff", "several in a tiff"]  # fmt: skip


def pixels(content: bytes) -> list:
    """Every picture in a file, and what its pixels mean."""
    with Image.open(io.BytesIO(content)) as opened:
        seen = []
        for frame in range(getattr(opened, "n_frames", 1)):
            opened.seek(frame)
            seen.append((opened.mode, opened.tobytes(), opened.getpalette(), opened.info.get("icc_profile")))
        return seen


def xmp_texts(xmp: str | bytes) -> dict[str, str]:
    """Field -> its text in the default language."""
    names = {"description": "{http://purl.org/dc/elements/1.1/}description"}
    names["alt"] = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}AltTextAccessibility"
    tree = ElementTree.fromstring(xmp)
    found = {}
    for name, tag in names.items():
        [item] = tree.find(f".//{tag}").iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")
        assert item.get("{http://www.w3.org/XML/1998/namespace}lang") == "x-default"
        found[name] = item.text
    return found


def metadata(content: bytes):
    """EXIF and XMP of a file, read by Pillow."""
    with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as opened:
        warnings.simplefilter("ignore")  # Pillow takes IPTC in a TIFF for one number
        opened.load()
        xmp = opened.info.get("xmp") or opened.info.get("XML:com.adobe.xmp") or opened.tag_v2[700]
        return opened.getexif(), xmp


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_in_the_file_and_the_picture_is_as_it_was(pictures, kind):
    before = pictures[kind]
    after = with_alt_text(before, TEXT)
    assert pixels(after) == pixels(before)
    exif, xmp = metadata(after)
    assert exif[DESCRIPTION].encode("latin-1").decode() == TEXT
    assert xmp_texts(xmp) == {"description": TEXT, "alt": TEXT}


def test_the_data_of_a_jpeg_is_the_same_bytes(pictures):
    scan = pictures["jpeg"][pictures["jpeg"].index(b"\xff\xda") :]
    after = with_alt_text(pictures["jpeg"], TEXT)
    assert after.endswith(scan)
    with Image.open(io.BytesIO(after)) as opened:
        assert IptcImagePlugin.getiptcinfo(opened)[CAPTION].decode() == TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_exiftool_reads_all_of_it(pictures, kind, tmp_path):
    if not shutil.which("exiftool"):
        pytest.skip("needs exiftool, which is not here")
    path = tmp_path / "picture"
    path.write_bytes(with_alt_text(pictures[kind], TEXT))
    tags = ["ImageDescription", "XMP-dc:Description", "XMP-iptcCore:AltTextAccessibility", "Caption-Abstract"]
    run = subprocess.run(["exiftool", "-s3", *(f"-{tag}" for tag in tags), path], capture_output=True, check=True)
    assert run.stdout.decode().splitlines() == [TEXT] * (3 if "webp" in kind else 4)  # WebP has no place for IPTC


def test_an_old_description_gives_way_and_all_else_stays(photo):
    exif = Image.Exif()
    exif[DESCRIPTION], exif[ARTIST], exif[0x0112] = "OLYMPUS DIGITAL CAMERA", "somebody", 6
    first = with_alt_text(encoded(photo, "JPEG", exif=exif, comment=b"hello"), "one")
    second = with_alt_text(first, "two")
    exif, xmp = metadata(second)
    assert (exif[DESCRIPTION], exif[ARTIST], exif[0x0112]) == ("two", "somebody", 6)
    assert xmp_texts(xmp) == {"description": "two", "alt": "two"}
    assert b"hello" in second and b"OLYMPUS" not in second and b">one<" not in second


def test_iptc_of_an_older_character_set_stays_readable(pictures):
    image = exiv2.ImageFactory.open(pictures["jpeg"])
    image.readMetadata()
    image.iptcData().add(exiv2.IptcKey("Iptc.Application2.City"), exiv2.DataValue("München".encode("latin-1")))
    image.writeMetadata()
    with image.io().mmap() as written:
        old = bytes(written)
    with Image.open(io.BytesIO(with_alt_text(old, "Ä “ä”"))) as opened:
        said = IptcImagePlugin.getiptcinfo(opened)
    assert said[CITY].decode("latin-1") == "München"
    assert said[CAPTION].decode("latin-1") == "Ä ?ä?"


def test_what_cannot_carry_a_text_says_so_and_has_it_beside_it(photo):
    for kind in "GIF", "BMP", "AVIF", "HEIF":
        assert with_alt_text(encoded(photo, kind), TEXT) is None
    for content in b"", b"hello", b"\xff\xd8\xff":
        assert with_alt_text(content, TEXT) is None
    assert xmp_texts(sidecar(TEXT)) == {"description": TEXT, "alt": TEXT}


def test_names_that_one_picture_gives_its_fields_are_no_others(pictures):
    strange = with_alt_text(pictures["jpeg"], TEXT).replace(b"http://purl.org/dc/", b"http://purl.org/dx/")
    with_alt_text(strange, "of another kind")
    _, xmp = metadata(with_alt_text(pictures["jpeg"], TEXT))
    assert xmp_texts(xmp) == {"description": TEXT, "alt": TEXT}


@pytest.mark.parametrize("kind", ["jpeg", "webp", "tiff"])  # the checksums of PNG let no damage through
def test_damaged_metadata_do_no_harm(pictures, kind):
    """Whatever is wrong with a picture that can still be seen, it looks the same afterwards."""
    whole, damage = with_alt_text(pictures[kind], "first"), random.Random(0)
    written = 0
    for _ in range(500):
        content = bytearray(whole)
        for _ in range(damage.randint(1, 5)):
            content[damage.randrange(min(len(content), 3000))] = damage.randrange(256)
        try:
            with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as opened:
                warnings.simplefilter("ignore")
                before = opened.convert("RGB")
        except Exception:
            continue
        after = with_alt_text(bytes(content), "second")
        if after is not None:
            with warnings.catch_warnings(), Image.open(io.BytesIO(after)) as opened:
                warnings.simplefilter("ignore")
                assert ImageChops.difference(before, opened.convert("RGB")).getbbox() is None
            written += 1
    assert written > 10
