"""Text files, plain or gzipped -> numbered lines, so that errors can say where they are."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from captioner.errors import DataError


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, without blank ones.

    Raises DataError, with the line if there is one, if the file cannot be read or is not UTF-8.
    """
    try:
        data = path.read_bytes()
        if path.suffix.lower() == ".gz":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    # str.splitlines would also split at characters that captions may contain, and shift all numbers after them.
    lines = decoded(data, str(path)).split("\n")
    return ((number, line.rstrip("\r")) for number, line in enumerate(lines, 1) if line.strip())


def decoded(data: bytes, place: str) -> str:
    """Bytes as text; DataError, with place and line, if they are not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise DataError(f"{place}, line {number}: not UTF-8 text; save the file as UTF-8.") from error


def named_and_captioned(name: str, caption: str, place: str) -> tuple[str, str]:
    """Strip the spaces around name and caption; DataError, with the place, if one is empty."""
    name, caption = name.strip(), caption.strip()
    if not name:
        raise DataError(f"{place}: the image has no name.")
    if not caption:
        raise DataError(f"{place}: the caption of {name} is empty.")
    return name, caption
