"""TIFFs whose bare data Pillow lays out wrongly, and libtiff does not: planes of 16 bits, and YCbCr."""

from PIL import ImageFile, TiffImagePlugin

from captioner.pictures.work import APART, BITS, HEIGHT, PLANAR, WIDTH

PHOTOMETRIC, YCBCR = 262, 6


def true_layout(picture: TiffImagePlugin.TiffImageFile) -> bool:
    """Let libtiff read such a picture, before its pixels are read; False where it would be wrong even so."""
    tags = picture.tag_v2
    apart, colours = tags.get(PLANAR) == APART, tags.get(PHOTOMETRIC) == YCBCR
    if apart and picture.mode == "LA":
        return False
    deep = 16 in tags.get(BITS, ())
    if picture.info.get("compression") == "raw" and (colours or (apart and deep)):
        layout = "RGBX" if colours else f"{picture.mode};16N"
        whole = 0, 0, tags[WIDTH], tags[HEIGHT]
        picture.use_load_libtiff = True
        picture.tile = [ImageFile._Tile("libtiff", whole, 0, (layout, "raw", False, tags.offset))]
    return True
