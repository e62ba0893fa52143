"""Whatever stands for a picture file -> its content, and what to call it in an error."""

import io
import os
import unicodedata
from pathlib import Path

from captioner.errors import ImageError
from captioner.pictures.member import Member

JOINERS = "\u200c\u200d"


def name_of(source) -> str:
    """What to call the picture in an error: its quoted file name where there is one."""
    if isinstance(source, Member):
        return quoted(str(source))
    name = _path_of(source)
    return quoted(Path(name).name) if name else "This picture"


def suffix_of(source) -> str:
    """The ending of the picture's file name; empty where there is none."""
    return Path(_path_of(source)).suffix


def quoted(text: str) -> str:
    return f'"{visible(text, "?")}"'


def visible(text: str, instead: str) -> str:
    """A name without what cannot be seen: line breaks, other controls, bytes that are no UTF-8, changes of direction.

    What joins letters and emoji stays, and spaces of all kinds.
    """
    return "".join(letter if _is_visible(letter) else instead for letter in text)


def in_one_line(name: str) -> str:
    """A name for a terminal, with escapes for what cannot be seen."""
    return "".join(letter if _is_visible(letter) else letter.encode("unicode_escape").decode() for letter in name)


def called(name: str, content: bytes) -> io.BytesIO:
    """A picture file's content as a file of that name, so that errors name it."""
    file = io.BytesIO(content)
    file.name = name
    return file


def content_of(source, name: str) -> bytes:
    """The content of a path, a member of a tar, bytes or a binary file object.

    Args:
        name: what to call it in an error.

    Raises:
        ImageError: there is none.
    """
    if isinstance(source, str | os.PathLike):
        content = _content_at(Path(os.fsdecode(source)), name)
    elif isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
    elif isinstance(source, Member):
        content = _content_in_tar(source, name)
    elif hasattr(source, "read"):
        content = _content_of_file(source, name)
    else:
        kind = type(source).__name__
        raise ImageError(f"{kind} is no picture: give a path, bytes, a file object, a NumPy array or a PIL image.")
    if not content:
        raise ImageError(f"{name} is empty: choose another file or copy it again.")
    return content


def _is_visible(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"


def _path_of(source) -> str:
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "filename", None)
    path = path or getattr(source, "name", None)
    return os.fsdecode(path) if isinstance(path, str | os.PathLike) else ""


def _content_at(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise ImageError(f"{name} is a folder: choose a picture inside it.")
        if path.exists() and not path.is_file():
            raise ImageError(f"{name} is not an ordinary file: choose a picture file.")
        return path.read_bytes()
    except FileNotFoundError:
        raise ImageError(f"There is no file {quoted(str(path))}: check the path.") from None
    except (OSError, ValueError):
        raise ImageError(f"{name} cannot be opened: check its path and that you may read it.") from None


def _content_in_tar(member: Member, name: str) -> bytes:
    try:
        return member.read()
    except OSError:
        raise ImageError(f"{name} cannot be read: the tar is gone or was changed, so start anew.") from None


def _content_of_file(file, name: str) -> bytes:
    try:
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        content = file.read()
    except Exception:  # whatever reads for it, be it an archive or a network
        raise ImageError(f"{name} cannot be read from its file object: open the file again and retry.") from None
    if not isinstance(content, bytes | bytearray):
        raise ImageError(f'{name} was opened as text: open the file in binary mode, "rb".')
    return bytes(content)
