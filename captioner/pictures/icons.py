"""Pictures of an ICO without alpha, in which a mask says what is shown."""

from PIL import Image


def with_its_mask(picture: Image.Image, content: bytes) -> Image.Image:
    """The picture, "RGBA", with the mask that stands behind its pixels in place of its alpha.

    Args:
        picture: as Pillow has read it from an ICO.
        content: the file.
    """
    entry = picture.ico.entry[picture.ico.getentryindex(picture.size)]
    stride = (picture.width + 31) // 32 * 4  # bytes of a row, a bit for each pixel, the last row first
    end = entry.offset + entry.size
    rows = content[end - stride * picture.height : end]
    mask = Image.frombytes("1", picture.size, rows, "raw", ("1;I", stride, -1))
    picture.putalpha(mask.convert("L"))
    return picture
