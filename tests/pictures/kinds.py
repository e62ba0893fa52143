"""A small file of every kind that is read, and of many ways to store it."""

import io
import struct

import numpy as np
import pillow_heif
from PIL import Image, ImageCms
from pillow_jxl import JpegXLImagePlugin  # noqa: F401  (registers JPEG XL with Pillow)

pillow_heif.register_heif_opener()


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.copy().save(file, kind, **options)  # a copy, since Pillow leaves in it how it was saved
    return file.getvalue()


def files(photo: Image.Image) -> dict[str, bytes]:
    """What it is -> the file, of an RGB photo."""
    small, grey = photo.resize((48, 32)), photo.convert("L").resize((48, 32))
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    clear = small.convert("RGBA").rotate(30)

    def several():
        return {"save_all": True, "append_images": [small.rotate(90 * turn) for turn in (1, 2)]}

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    return {
        "jpeg": encoded(small, "JPEG", exif=exif, icc_profile=icc, comment=b"hello"),
        "progressive jpeg": encoded(small, "JPEG", progressive=True),
        "cmyk jpeg": encoded(small.convert("CMYK"), "JPEG"),
        "grey jpeg": encoded(grey, "JPEG"),
        "mpo": encoded(small, "MPO", **several()),
        "png": encoded(small, "PNG", exif=exif, icc_profile=icc),
        "palette png": encoded(small.quantize(16), "PNG", transparency=0),
        "deep png": encoded(deep, "PNG"),
        "apng": encoded(clear, "PNG", **several()),
        "webp": encoded(small, "WEBP", exif=exif),
        "lossless webp": encoded(clear, "WEBP", lossless=True),
        "animated webp": encoded(small, "WEBP", **several()),
        "gif": encoded(small, "GIF", **several()),
        "bmp": encoded(small, "BMP"),
        "palette bmp": encoded(small.quantize(16), "BMP"),
        "rle bmp": rle4(),
        "tiff": encoded(small, "TIFF", exif=exif),
        "tiff pages": encoded(small, "TIFF", compression="packbits", **several()),
        "big tiff": encoded(small, "TIFF", big_tiff=True, exif=exif),
        "big tiff pages": encoded(small, "TIFF", big_tiff=True, compression="tiff_lzw", **several()),
        "lzw tiff": encoded(small, "TIFF", compression="tiff_lzw"),
        "float tiff": encoded(Image.fromarray(np.asarray(grey, np.float32) * 3), "TIFF"),
        "deep tiff": encoded(deep, "TIFF", compression="tiff_deflate"),
        "avif": encoded(small, "AVIF", speed=10),
        "heic": encoded(small, "HEIF"),
        "jpeg xl": encoded(clear, "JXL"),
        "jpeg 2000": encoded(small, "JPEG2000"),
        "ico": encoded(clear.resize((32, 32)), "ICO", sizes=[(32, 32), (16, 16)]),
        "bmp in ico": encoded(clear.resize((32, 32)), "ICO", sizes=[(32, 32)], bitmap_format="bmp"),
        "ppm": encoded(small, "PPM"),
        "plain pgm": b"P2 4 2 255\n" + b" ".join(b"%d" % (30 * each) for each in range(8)),
        "tga": encoded(small, "TGA", compression="tga_rle"),
    }


SLOW = ("jpeg xl", "jpeg 2000")  # each is read in a process of its own


def rle4(rows: tuple[bytes, ...] = (b"\x05\x12\x00\x00", b"\x00\x05\x34\x56\x70\x00\x00\x00", b"\x00\x01")) -> bytes:
    """A BMP of 5 by 2 pixels with 16 greys, in run lengths of 4 bits; its first row stands below."""
    palette = b"".join(bytes([17 * grey] * 3 + [0]) for grey in range(16))
    data = b"".join(rows)
    header = struct.pack("<IiiHHIIiiII", 40, 5, 2, 1, 4, 2, len(data), 0, 0, 16, 0)
    start = 14 + len(header) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + header + palette + data
