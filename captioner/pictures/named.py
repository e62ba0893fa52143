"""What a person or an assistant names as a picture -> a picture, or a sentence why not."""

import base64
import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname

from captioner.errors import ImageError
from captioner.pictures.archive import COMPANIONS, left_aside
from captioner.pictures.content import in_one_line
from captioner.pictures.formats import SUFFIXES
from captioner.pictures.leftovers import is_leftover

STANDARD_INPUT = "-"
QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "\u2018": "\u2019", "<": ">"}


class LeftAside(ImageError):
    """What is said of the files that lie beside photos, which is no error."""


def pictures_named(names: Iterable[str]) -> Iterator[tuple[str, object]]:
    """(name, picture or `ImageError`) of what stands on a command line.

    Folders give the photos in them, "-" is standard input, and patterns are filled in where no shell has done so.
    Films and edits beside photos, as with Live Photos, come last, all in one `LeftAside`.
    """
    photos, aside = 0, []
    for name in names:
        try:
            for each, picture in _named(name):
                if isinstance(picture, Path) and picture.suffix.lower() in COMPANIONS:
                    aside.append((each, picture))
                else:
                    photos += 1
                    yield each, picture
        except ImageError as error:
            yield name, error
    if photos and aside:
        name, sentence = left_aside([each for each, _ in aside])
        yield name, LeftAside(sentence)
    else:
        yield from aside


def in_base64(text: str) -> bytes:
    """The picture file that somebody has sent as Base64, ordinary or for addresses, or as a data: URL of it.

    Raises:
        ImageError: it is something else, a path or an address for instance; nothing is fetched from there.
    """
    encoded = bare(text)
    if encoded[:5].lower() == "data:":
        head, _, encoded = encoded.partition(",")
        content = unquote_to_bytes(encoded)
        if not head.lower().rstrip().endswith("base64"):
            return content
        encoded = content.decode("latin-1")
    encoded = "".join(encoded.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        raise ImageError("The picture is not in Base64: send the file's content, not its path or address.") from None


def at_path(text: str, folders: Iterable[Path] = ()) -> Path | bytes:
    """The picture that an assistant on this machine has named: a path, a file: address, or the content as data: URL.

    Args:
        text: a path may begin with "~", and have quotes or line ends around it.
        folders: where relative paths begin, in their order; then the working folder.

    Raises:
        ImageError: it is an address of the web, or of another computer.
    """
    name = bare(text)
    if name[:5].lower() == "data:":
        return in_base64(name)
    if name[:5].lower() == "file:":
        return _in_file_address(name)
    _refuse_address(name)
    try:
        path = Path(name).expanduser()
    except RuntimeError:  # nobody's home
        path = Path(name)
    there = [folder / path for folder in folders if not path.is_absolute()]
    return next((each for each in (*there, path) if _exists(each)), path)


def _in_file_address(name: str) -> Path:
    """The path in a file: address, whose escapes stand for bytes; "#" and "?" are taken as they are."""
    path = name[5:]
    if path.startswith("//"):
        host, _, path = path[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise ImageError(f"{in_one_line(name)} is on another computer: save the photo here and name its file.")
        path = f"/{path}"
    return Path(url2pathname(path) if os.name == "nt" else os.fsdecode(unquote_to_bytes(os.fsencode(path))))


def bare(text: str) -> str:
    """The text without white space and one pair of quotes around it."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and QUOTES.get(text[0]) == text[-1] else text


def _named(name: str) -> Iterator[tuple[str, object]]:
    if name == STANDARD_INPUT:
        yield name, sys.stdin.buffer.read()
        return
    _refuse_address(name)
    path = Path(name)
    if path.is_dir():
        wanted = SUFFIXES | COMPANIONS
        files = (each for each in path.rglob("*") if each.suffix.lower() in wanted and each.is_file())
        found = sorted(each for each in files if not is_leftover(each.relative_to(path).as_posix()))
        if not any(each.suffix.lower() in SUFFIXES for each in found):
            raise ImageError(f"There is no photo in the folder {in_one_line(name)}: name another one.")
        yield from ((str(each), each) for each in found)
    elif not _exists(path) and glob.has_magic(name) and (found := sorted(glob.glob(name, recursive=True))):
        for each in found:
            yield from _named(each)
    else:
        yield name, path


def _refuse_address(name: str) -> None:
    if re.match(r"(https?|ftp)://", name, re.IGNORECASE):
        raise ImageError(
            f"{in_one_line(name)} is an address, and nothing is fetched from the web: save the photo and name its file."
        )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file could have
        return False
