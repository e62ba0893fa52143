"""When a photo was taken, as its file says."""

import io
from datetime import datetime

from PIL import Image

from captioner.pictures.formats import format_of

EXIF, TAKEN, CHANGED = 0x8769, 0x9003, 0x0132  # Exif's directory; its DateTimeOriginal; the file's DateTime


def taken(picture: bytes) -> datetime | None:
    """When the photo was taken; None where its file does not say."""
    if format_of(picture) not in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"):
        return None
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            exif = opened.getexif()
            said = exif.get_ifd(EXIF).get(TAKEN) or exif.get(CHANGED)
        return datetime.strptime(str(said)[:19], "%Y:%m:%d %H:%M:%S")
    except Exception:  # whatever is wrong with it, the photo can be shown
        return None
