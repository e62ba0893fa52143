"""A picture file -> its pixels as the file has them, or the reason why not."""

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack

from PIL import Image, JpegImagePlugin

from captioner.errors import ImageError
from captioner.pictures import apart, bmp
from captioner.pictures.codestreams import CODESTREAMS, decoded_codestream, size_of
from captioner.pictures.depth import cut_out, deep_colour_key, lower_bytes, true_transparency
from captioner.pictures.formats import KNOWN_FORMATS, READ, format_of, is_film, is_note
from captioner.pictures.icons import with_its_mask
from captioner.pictures.jpeg import frame_of
from captioner.pictures.mending import with_an_end
from captioner.pictures.pieces import boxes, fingerprint
from captioner.pictures.plain import is_plain, pixels_of
from captioner.pictures.planes import true_layout
from captioner.pictures.profiles import profile_of
from captioner.pictures.upright import as_rgb
from captioner.pictures.work import (
    MAX_PIXELS,
    MOST_MEMORY,
    MOST_OF,
    Watched,
    check_file,
    check_size,
    check_tiff,
    jpeg_factor,
    takes_too_long,
    takes_too_much,
    turn,
)

HEAD = 40  # bytes in which width and height stand
BLOCK = 2**14  # bytes between two looks at the clock
MOST_FRAMES, MOST_FRAME_PIXELS, LOOKING = 100, 240_000_000, 0.6  # frames, pixels and seconds that are looked through
MOST_ANIMATED = 16_000_000  # pixels; an animation is in memory three times, with what its frames are laid on
SPARE_ALPHA = ("BMP", "ICO")  # formats in which a fourth byte that is always 0 is no alpha
IN_XMP = ("xmp", "XML:com.adobe.xmp")  # where Pillow would look for an orientation, and nobody who shows pictures does
UNREAD = ("unsupported", "cannot handle", "unknown pixel mode", "unknown data organization", "not yet supported",
          "unrecognized raw mode")  # fmt: skip
BIG_ENDIAN_64 = b"MM\0+"  # what Pillow takes for another kind of TIFF
COMPRESSIONS = {"webp": "WebP", "zstd": "Zstandard", "lzma": "LZMA", "tiff_thunderscan": "ThunderScan",
                "tiff_sgilog": "SGI LogLuv", "tiff_sgilog24": "SGI LogLuv"}  # fmt: skip


def decoded(picture: Image.Image, name: str) -> Image.Image:
    """A PIL image with its pixels in memory, unless it has too many or none."""
    check_size(*picture.size, name)
    try:
        picture.load()
    except Exception:
        raise _damaged(name) from None
    return picture


def decoded_file(content: bytes, suffix: str, name: str, turns: ExitStack) -> Image.Image:
    """The picture in a file, with its pixels in memory.

    Args:
        suffix: the ending of the file's name.
        name: what to call it in an error.
        turns: kept for as long as its pixels are worked with; a large picture enters its turn there.

    Raises:
        ImageError: there is none that can be read.
    """
    if is_film(content):
        raise ImageError(f"{name} is a video, and only photos get captions: choose a photo or a screenshot of it.")
    kind = format_of(content, suffix)
    if kind is None:
        if is_note(content):
            raise ImageError(f"{name} holds edits or notes that lie beside a photo: choose the photo itself.")
        raise ImageError(f"{name} is damaged or of an unknown kind: save it as {KNOWN_FORMATS}.")
    try:
        here, pixels = _how(content, kind, name)
    except ImageError:
        raise
    except Exception:  # a header may say anything
        raise _damaged(name) from None
    if here:
        return decoded_here(content, kind, name, turns)
    return _decoded_apart(content, kind, pixels, name, turns)


def _how(content: bytes, kind: str, name: str) -> tuple[bool, int]:
    """Whether a file is decoded in this process, and its pixels, as its header has them."""
    check_file(content, kind, name)
    if kind in CODESTREAMS:
        size = size_of(content, kind)
        check_size(*size, name)
        return False, math.prod(size)
    plain = is_plain(content, kind)
    return plain, 0 if plain else pixels_of(content, kind)


def upright_pixels(content: bytes, kind: str, name: str, most: int) -> Iterator[bytes]:
    """The picture as `open_image` gives it, no more pixels than that: a line with width and height, and its rows."""
    with ExitStack() as turns:
        if kind in CODESTREAMS:
            picture = decoded_codestream(content, kind, name, most)
        else:
            picture = decoded_here(content, kind, name, turns)
        picture = as_rgb(picture, name)
    yield b"%d %d\n" % picture.size
    for box in boxes(picture.size):
        yield picture.crop(box).tobytes()


def decoded_here(content: bytes, kind: str, name: str, turns: ExitStack) -> Image.Image:
    """The picture in a file of that kind, decoded in this process; all else as in `decoded_file`."""
    if kind == "BMP" and (header := bmp.Header(content)).is_ours:
        return _decoded_bmp(content, header, name, turns)
    try:
        if kind == "JPEG" and frame_of(content).end is None:
            raise _Incomplete
        return _decoded_by_pillow(content, kind, name, turns)
    except _Incomplete:
        picture, seen = None, set()
        for version in with_an_end(content, kind):
            picture = None  # the one before makes room
            picture = _decoded_by_pillow(version, kind, name, turns)
            seen.add(fingerprint(picture))
        if len(seen) != 1:
            raise _damaged(name) from None
        return picture


class _Incomplete(ImageError):
    """Of a file that may lack no more than its end."""


def _decoded_by_pillow(content: bytes, kind: str, name: str, turns: ExitStack) -> Image.Image:
    file = Watched(content, name)
    picture = _opened(file, kind, name)
    check_size(*picture.size, name, MOST_OF.get(kind, MAX_PIXELS))
    full = picture.size
    in_rows = False  # whether the decoder keeps no more than it gives
    if kind == "JPEG":
        frame = frame_of(content)
        factor = jpeg_factor(frame, full, name)
        picture.draft(None, tuple(max(side // factor, 1) for side in full))
        picture.decodermaxblock, in_rows = BLOCK, not frame.kept
    turns.enter_context(turn(math.prod(picture.size if in_rows else full)))
    frame_box = picture.tile[0][1] if kind == "GIF" and picture.tile else None
    try:
        if kind == "TIFF":
            in_jpeg = "jpeg" in picture.info.get("compression", "")
            check_tiff(picture.tag_v2, content, in_jpeg, name)
            if not true_layout(picture):
                raise _unread("TIFF", name)
        colour_key = deep_colour_key(picture)
        true_transparency(picture)
        picture.load()
        if colour_key:
            if 9 * math.prod(full) > MOST_MEMORY:
                raise takes_too_much(name)
            lower = lower_bytes(_opened(Watched(content, name), kind, name))
            lower.load()
            cut_out(picture, lower, colour_key)
        _show_something(picture, file)
        picture.info["icc_profile"] = profile_of(content, kind, picture.info.get("icc_profile"))
        for orientation in IN_XMP:
            picture.info.pop(orientation, None)
        return _true_alpha(picture, content, kind, frame_box)
    except (ImageError, MemoryError):
        raise
    except Exception as error:
        compression = COMPRESSIONS.get(picture.info.get("compression"))
        if compression:
            raise _unread(f"{kind} packed by {compression}", name) from None
        if _is_unread(error):
            raise _unread(READ[kind][0], name) from None
        raise _Incomplete(str(_damaged(name))) from None


def _opened(file: Watched, kind: str, name: str) -> Image.Image:
    """The picture in a file, header read and pixels not yet."""
    if kind == "TIFF" and file.getvalue().startswith(BIG_ENDIAN_64):
        raise _unread("big-endian BigTIFF", name)
    factory = JpegImagePlugin.JpegImageFile if kind == "JPEG" else Image.OPEN[kind][0]
    try:
        return factory(file, "")
    except (ImageError, MemoryError):
        raise
    except Exception as error:
        unknown_code = kind == "TIFF" and isinstance(error.__cause__, KeyError)
        if unknown_code or _is_unread(error):
            raise _unread(READ[kind][0], name) from None
        raise _Incomplete(str(_damaged(name))) from None


def _is_unread(error: Exception) -> bool:
    return any(reason in str(error).lower() for reason in UNREAD)


def _true_alpha(picture: Image.Image, content: bytes, kind: str, box: tuple[int, int, int, int] | None) -> Image.Image:
    """A picture that is transparent where its file means it to be, and nowhere else.

    Args:
        box: what the first frame of a GIF covers; around it there is nothing, where Pillow paints the first colour.
    """
    without = kind == "TGA" and not content[17] & 15  # so many bits of alpha
    if picture.mode == "RGBA" and (without or (kind in SPARE_ALPHA and _is_empty(picture))):
        return with_its_mask(picture, content) if kind == "ICO" else picture.convert("RGB")
    if kind == "GIF" and box != (0, 0, *picture.size) and picture.tell() == 0 and not picture.has_transparency_data:
        whole = Image.new("RGB", picture.size, "white")
        whole.info = dict(picture.info)
        whole.paste(picture.convert("RGB").crop(box), box)
        return whole
    return picture


def _show_something(picture: Image.Image, file: Watched) -> None:
    """Go to the first frame that is not all transparent, if there is one and it comes in time."""
    until = time.thread_time() + LOOKING
    if picture.format == "TIFF" or picture.width * picture.height > MOST_ANIMATED:
        return
    beside = getattr(picture, "default_image", False)  # of a PNG, for those who cannot show its animation
    if not (beside or _is_empty(picture)) or not getattr(picture, "is_animated", False):
        return
    frames = min(MOST_FRAMES, 1 + MOST_FRAME_PIXELS // (picture.width * picture.height))  # a GIF's are not counted
    for frame in range(1, frames):
        file.check_time()
        if time.thread_time() > until:
            break
        try:
            picture.seek(frame)
            picture.load()
        except (EOFError, OSError, SyntaxError, ValueError):
            break
        if not _is_empty(picture):
            return
    picture.seek(int(beside))
    picture.load()


def _is_empty(picture: Image.Image) -> bool:
    if not picture.has_transparency_data:
        return False
    for box in boxes(picture.size):
        piece = picture.crop(box)
        layers = piece if piece.mode in ("LA", "RGBA") else piece.convert("RGBA")
        if layers.getchannel("A").getextrema()[1] > 0:
            return False
    return True


def _decoded_bmp(content: bytes, header: bmp.Header, name: str, turns: ExitStack) -> Image.Image:
    check_size(header.width, header.height, name)
    turns.enter_context(turn(header.width * header.height))
    try:
        picture = bmp.read(content, header)
        picture.info["icc_profile"] = profile_of(content, "BMP")
        return _true_alpha(picture, content, "BMP", None)
    except (ValueError, IndexError):
        raise _damaged(name) from None


def _decoded_apart(content: bytes, kind: str, pixels: int, name: str, turns: ExitStack) -> Image.Image:
    most = MOST_OF.get(kind, MAX_PIXELS)
    turns.enter_context(turn(pixels))
    try:
        answer = apart.call(upright_pixels, content, kind, name, most)
        head, _, _ = bytes(answer[:HEAD]).partition(b"\n")
        return Image.frombytes("RGB", tuple(map(int, head.split())), answer[len(head) + 1 :])
    except ImageError:
        raise
    except MemoryError:
        raise takes_too_much(name) from None
    except TimeoutError:
        raise takes_too_long(name) from None
    except Exception:
        raise _damaged(name) from None


def _damaged(name: str) -> ImageError:
    return ImageError(f"{name} is damaged or incomplete: copy, download or save it again.")


def _unread(what: str, name: str) -> ImageError:
    return ImageError(f"{name} is a {what} of a kind that we cannot read: save it as an ordinary JPEG or PNG.")
