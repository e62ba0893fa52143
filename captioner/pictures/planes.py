"""TIFFs whose data Pillow lays out wrongly, and libtiff does not: planes of 16 bits, YCbCr, and palettes of 8 bits."""

from PIL import ImageFile, ImagePalette, TiffImagePlugin

from captioner.pictures.work import APART, BITS, HEIGHT, PLANAR, WIDTH

PHOTOMETRIC, YCBCR = 262, 6
COLOUR_MAP = 320  # 16 bits for each colour, or 8 as some scanners have it


def true_layout(picture: TiffImagePlugin.TiffImageFile) -> bool:
    """Let libtiff read such a picture, before its pixels are read; False where it would be wrong even so."""
    tags = picture.tag_v2
    apart, colours = tags.get(PLANAR) == APART, tags.get(PHOTOMETRIC) == YCBCR
    if apart and picture.mode == "LA":
        return False
    if picture.mode in ("P", "PA") and max(colour_map := tags.get(COLOUR_MAP, ()), default=256) < 256:
        picture.palette = ImagePalette.raw("RGB;L", bytes(colour_map))
    deep = 16 in tags.get(BITS, ())
    if picture.info.get("compression") == "raw" and (colours or (apart and deep)):
        layout = "RGBX" if colours else f"{picture.mode};16N"
        whole = 0, 0, tags[WIDTH], tags[HEIGHT]
        picture.use_load_libtiff = True
        picture.tile = [ImageFile._Tile("libtiff", whole, 0, (layout, "raw", False, tags.offset))]
    return True
