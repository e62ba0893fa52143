import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageFile

from captioner.errors import ImageError
from captioner.pictures.images import open_image, to_pixels

# Pillow remarks on what the broken files are there to show.
pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")

EXAMPLES = Path(__file__).parents[2] / "examples"
FORMATS = {
    "jpg": ("JPEG", {"quality": 95}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {"quality": 95}),
    "gif": ("GIF", {}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "avif": ("AVIF", {"quality": 90, "speed": 10}),
    "heic": ("HEIF", {"quality": 90}),
}


LOSSLESS = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100, "speed": 10}, "HEIF": {"quality": -1}}


@pytest.fixture(scope="module")
def photo():
    with Image.open(EXAMPLES / "cat.jpg") as picture:
        return picture.convert("RGB").resize((150, 100))


def encode(picture, format, **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def difference(one, other):
    """Mean absolute difference of two pictures, in 0..255."""
    return np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean()


def refusal(source):
    """The sentence with which open_image refuses a source, checked to be one fit to be shown."""
    with pytest.raises(ImageError) as error:
        open_image(source)
    sentence = str(error.value)
    assert "\n" not in sentence and sentence.endswith(".") and ": " in sentence
    assert error.value.__suppress_context__ or error.value.__context__ is None
    return sentence


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("form", ["str", "path", "bytes", "file"])
def test_reads_every_format_from_every_source(extension, form, photo, tmp_path):
    format, options = FORMATS[extension]
    path = tmp_path / f"photo.{extension}"
    path.write_bytes(encode(photo, format, **options))
    with path.open("rb") as file:
        file.read(10)
        picture = open_image({"str": str(path), "path": path, "bytes": path.read_bytes(), "file": file}[form])
    assert picture.mode == "RGB" and picture.size == photo.size
    assert difference(picture, photo) < 8


def test_the_content_counts_not_the_extension(photo, tmp_path):
    path = tmp_path / "photo.gif"
    path.write_bytes(encode(photo, "PNG"))
    assert difference(open_image(path), photo) == 0


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.jpg")), ids=lambda path: path.stem)
def test_reads_the_examples(example):
    picture = open_image(example)
    assert picture.mode == "RGB" and max(picture.size) <= 640
    assert example.name in (EXAMPLES / "CREDITS.md").read_text("utf-8")


TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_turns_pictures_upright(orientation, format, photo):
    turn = TURNS[orientation]
    stored = photo if turn is None else photo.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"speed": 10} if format == "AVIF" else {}
    content = encode(stored, format, exif=exif.tobytes(), **options)
    for source in (content, Image.open(io.BytesIO(content))):
        picture = open_image(source)
        assert picture.size == photo.size
        assert difference(picture, photo) < 12
        assert difference(open_image(picture), picture) == 0


def test_broken_exif_does_not_hide_the_picture(photo):
    content = encode(photo, "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\xff\xff\xff")
    assert open_image(content).size == photo.size


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk(format, photo):
    assert difference(open_image(encode(photo.convert("CMYK"), format)), photo) < 12


@pytest.mark.parametrize("mode", ["YCbCr", "LAB", "HSV", "CMYK", "RGBX"])
def test_other_colour_modes_of_pil(mode, photo):
    assert difference(open_image(photo.convert(mode)), photo) < 6


def test_grey_and_one_bit(photo):
    grey = photo.convert("L")
    assert difference(open_image(encode(grey, "PNG")), grey.convert("RGB")) == 0
    bits = photo.convert("1")
    assert difference(open_image(encode(bits, "PNG")), bits.convert("RGB")) == 0


@pytest.fixture(scope="module")
def half_photo(photo):
    """The photo with its left half transparent."""
    picture = photo.copy()
    mask = Image.new("L", photo.size, 255)
    mask.paste(0, (0, 0, 75, 100))
    picture.putalpha(mask)
    return picture


def assert_left_half_white(picture):
    pixels = np.asarray(picture)
    assert (pixels[:, :75] == 255).all()
    assert pixels[:, 75:].mean() < 200


def test_transparency_lies_on_white(half_photo):
    for source in (half_photo, np.asarray(half_photo), half_photo.convert("RGBa")):
        assert_left_half_white(open_image(source))
    for format in ("PNG", "WEBP", "TIFF", "AVIF", "HEIF"):
        assert_left_half_white(open_image(encode(half_photo, format, **LOSSLESS.get(format, {}))))


def test_transparency_of_grey_pictures_lies_on_white(half_photo):
    grey = half_photo.convert("LA")
    for source in (grey, encode(grey, "PNG"), grey.convert("La")):
        assert_left_half_white(open_image(source))


def test_transparency_of_palettes_with_alpha_lies_on_white(photo, half_photo):
    picture = photo.quantize()
    picture.putalpha(half_photo.getchannel("A"))
    assert picture.mode == "PA"
    assert_left_half_white(open_image(picture))


def test_half_transparent_black_is_grey():
    assert open_image(Image.new("RGBA", (1, 1), (0, 0, 0, 128))).getpixel((0, 0)) == (127, 127, 127)


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_palette_with_a_transparent_colour(format):
    picture = Image.new("P", (4, 2), 0)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.paste(1, (2, 0, 4, 2))
    pixels = np.asarray(open_image(encode(picture, format, transparency=0)))
    assert (pixels[:, :2] == 255).all()
    assert (pixels[:, 2:] == (0, 0, 255)).all()


def test_palette_without_transparency(photo):
    palette = photo.quantize(64)
    assert difference(open_image(encode(palette, "PNG")), palette.convert("RGB")) == 0


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_brightness(format, photo):
    grey = np.asarray(photo.convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    assert (np.asarray(open_image(encode(deep, format)))[..., 0] == grey).all()


def test_a_dark_sixteen_bit_picture_stays_dark():
    assert np.asarray(open_image(np.full((2, 2), 200, np.uint16))).max() == 1


@pytest.mark.parametrize(("mode", "scale"), [("I", 257), ("I", 1), ("F", 1 / 255), ("F", 1), ("F", 257)])
def test_deep_pil_modes(mode, scale, photo):
    grey = np.asarray(photo.convert("L"))
    deep = Image.fromarray((grey * np.float32(scale)).astype(np.int32 if mode == "I" else np.float32))
    assert deep.mode == mode
    for source in (deep, encode(deep, "TIFF")):
        assert (np.asarray(open_image(source))[..., 0] == grey).all()


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_first_frame_of_many(format, photo):
    other = Image.new("RGB", photo.size, "green")
    content = encode(photo, format, save_all=True, append_images=[other, other])
    assert difference(open_image(content), photo) < 12


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.8])
def test_truncated_files(extension, kept, photo, tmp_path):
    format, options = FORMATS[extension]
    content = encode(photo, format, **options)
    path = tmp_path / f"half.{extension}"
    path.write_bytes(content[: int(len(content) * kept)])
    assert f'"half.{extension}"' in refusal(path)
    refusal(path.read_bytes())
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary, today I renamed a text file.",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
        b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n",
        bytes(1000),
    ],
    ids=["text", "svg", "pdf", "eps", "zeros"],
)
def test_other_files_renamed_to_jpg(content, tmp_path):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)
    sentence = refusal(path)
    assert '"holiday.jpg"' in sentence and "JPEG" in sentence
    assert str(tmp_path) not in sentence


def test_empty_file(tmp_path):
    path = tmp_path / "nothing.png"
    path.touch()
    assert '"nothing.png" is empty' in refusal(path)
    assert "This picture is empty" in refusal(b"")


def png_of(width, height, rows=b""):
    """A one-bit PNG whose header claims a size, whatever its rows hold."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [7_800, 9_800, 30_000])
def test_a_bomb_is_refused_from_its_header(side, tmp_path, monkeypatch):
    def no_decoding(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", no_decoding)
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of(side, side))
    assert refusal(path) == '"bomb.png" has more than 60 megapixels: make it smaller and try again.'


def test_the_limit_is_60_megapixels():
    line = bytes(1 + 8_000 // 8)
    assert "60 megapixels" in refusal(png_of(8_000, 7_625, line * 7_625))
    assert open_image(png_of(8_000, 7_500, line * 7_500)).size == (2_000, 1_875)
    assert "60 megapixels" in refusal(Image.new("1", (8_000, 7_501)))
    assert "60 megapixels" in refusal(np.broadcast_to(np.uint8(0), (8_000, 7_501, 3)))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_photo_of_a_phone_is_decoded_no_larger_than_it_is_shown(photo, progressive):
    """48 megapixels, lying on its side."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    file = io.BytesIO()
    large = photo.resize((8_000, 6_000))
    large.save(file, "JPEG", quality=90, progressive=progressive, exif=exif)
    opened = open_image(file.getvalue())
    assert opened.size == (1_500, 2_000)
    expected = to_pixels([large.transpose(Image.Transpose.ROTATE_270)], (224, 224))
    assert np.abs(to_pixels([opened], (224, 224)) - expected).mean() < 2


def test_floats_in_a_tiff_must_be_numbers():
    assert "NaN" in refusal(encode(Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF"))


def test_folder_missing_path_and_other_things(tmp_path, photo):
    assert f'"{tmp_path.name}" is a folder' in refusal(tmp_path)
    assert f'"{tmp_path / "gone.jpg"}"' in refusal(tmp_path / "gone.jpg")
    for source in ("", "a\0b.jpg", "x" * 5_000, None, 7, [1, 2], "https://example.org/cat.jpg", "line\nbreak.jpg"):
        refusal(source)
    assert "binary" in refusal(io.StringIO("text"))
    closed = io.BytesIO(encode(photo, "PNG"))
    closed.close()
    refusal(closed)
    lazy = Image.open(io.BytesIO(encode(photo, "PNG")))
    lazy.fp.close()
    refusal(lazy)


def test_a_pil_image_is_left_as_it_was(photo):
    before = photo.tobytes()
    picture = open_image(photo)
    picture.paste(0, (0, 0, 10, 10))
    assert photo.tobytes() == before


def test_to_pixels_squashes_whole_pictures(photo):
    wide = Image.new("RGB", (40, 10), "red")
    pixels = to_pixels([photo, wide], (32, 48))
    assert pixels.shape == (2, 32, 48, 3) and pixels.dtype == np.float32
    expected = photo.resize((48, 32), Image.Resampling.BILINEAR)
    assert (pixels[0] == np.asarray(expected)).all()
    assert (pixels[1] == (255, 0, 0)).all()
    assert pixels[0].max() > 1


def test_to_pixels_of_the_right_size_changes_nothing(photo):
    assert (to_pixels([photo], (100, 150))[0] == np.asarray(photo)).all()
    assert to_pixels([], (5, 6)).shape == (0, 5, 6, 3)
