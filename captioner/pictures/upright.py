"""A decoded picture -> upright RGB in sRGB, the one form in which all else works with pictures."""

from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.blocks import EXIF
from captioner.pictures.colour import in_srgb, unpacked
from captioner.pictures.depth import Grey, is_deep
from captioner.pictures.pieces import boxes
from captioner.pictures.plain import first_values
from captioner.pictures.work import factor_of

ORIENTATION = 0x0112
RAW_EXIF, MOST_RAW_EXIF = "Raw profile type exif", 150_000  # digits and spaces: what a JPEG can hold
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def as_rgb(picture: Image.Image, name: str) -> Image.Image:
    """The picture upright, in sRGB, 8 bits deep, on white where it is transparent, and no larger than is needed.

    Made in pieces, so that a large picture is in memory in full only once.
    """
    profile, orientation = picture.info.get("icc_profile"), _orientation(picture)
    factor = factor_of(picture.size)
    try:
        grey = Grey(picture, name) if is_deep(picture) else None
        result = Image.new("RGB", (-(-picture.width // factor), -(-picture.height // factor)))
        for box in boxes(picture.size, factor):
            piece = picture.crop(box)
            piece = unpacked(grey(piece) if grey else piece)
            piece = in_srgb(piece.reduce(factor) if factor > 1 else piece, profile)
            result.paste(piece, (box[0] // factor, box[1] // factor))
        return result.transpose(TURNS[orientation]) if orientation in TURNS else result
    except (OSError, ValueError, TypeError):
        raise ImageError(f"{name} uses the colour mode {picture.mode}, which we cannot read: save it as RGB.") from None


def _orientation(picture: Image.Image) -> int | None:
    try:
        if exif := picture.info.get("exif"):
            first_values(exif.removeprefix(EXIF))
        if len(picture.info.get(RAW_EXIF, "")) > MOST_RAW_EXIF:
            return None
        return picture.getexif().get(ORIENTATION)
    except Exception:
        # Broken EXIF says nothing against the pixels, so the picture is shown as it lies.
        return None
