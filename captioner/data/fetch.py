"""Downloads a published file over an unsteady connection: it is resumed, checked, and gets its name once complete."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tqdm import tqdm

from captioner.errors import DataError

_BLOCK = 1 << 20
_SECONDS_WITHOUT_ANSWER = 30


class Source(NamedTuple):
    """A published file: its address, its size in bytes (None if unknown), and its "algorithm:hash"."""

    url: str
    size: int | None
    digest: str


def fetch(source: Source, path: Path) -> Path:
    """Download one file, or continue where an earlier call stopped, and check its size and hash.

    A partial download is called `path` + ".part"; only a complete, checked file is ever called `path`. A file that is
    already there is checked and kept.
    Raises DataError, with the address and where to put the file by hand.
    """
    if path.exists():
        if complaint := _complaint(source, path):
            raise DataError(f"{path} is not the published file ({complaint}): delete it and run again.")
        return path
    part = _part(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _transfer(source, part)
    except (OSError, HTTPException) as error:
        raise DataError(_not_arrived(source, path, error)) from error
    if complaint := _complaint(source, part):
        part.unlink()
        raise DataError(f"{source.url} did not send the published file ({complaint}): run again.")
    return part.replace(path)


def _transfer(source: Source, part: Path) -> None:
    """Continue until the file is complete, and after every lost connection that let some bytes through."""
    while True:
        before = _size(part)
        try:
            return _continue(source, part)
        except HTTPError:
            raise
        except (OSError, HTTPException):
            if _size(part) <= before:
                raise


def _continue(source: Source, part: Path) -> None:
    """Ask for the bytes that are still missing, and append them."""
    done = _size(part)
    if source.size and done >= source.size:
        return
    request = Request(source.url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        response = urlopen(request, timeout=_SECONDS_WITHOUT_ANSWER)  # nosec B310, addresses are our own
    except HTTPError as error:
        # Nothing is left to send; the hash will show whether the part is the whole file.
        if done and error.code == 416:
            return
        raise
    with response:
        if response.status != 206:
            done = 0  # the server sends everything again
        length = response.headers["Content-Length"]
        total = done + int(length) if length else source.size
        if source.size and total != source.size:
            raise DataError(f"{source.url} has {total:,} bytes, not the published {source.size:,}: check its page.")
        with (
            part.open("ab" if done else "wb") as file,
            tqdm(desc=part.stem, total=total, initial=done, unit="B", unit_scale=True) as progress,
        ):
            while block := response.read(_BLOCK):
                file.write(block)
                progress.update(len(block))
    if total and _size(part) < total:
        raise ConnectionError(f"the connection was lost after {_size(part):,} of {total:,} bytes")


def _not_arrived(source: Source, path: Path, error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(error, HTTPError):
        reason = f"the server answered {error.code} {error.reason}"
    return (
        f"{source.url} did not arrive: {reason}. Check the network and the disk, then run again: it continues where it "
        f"stopped. Or open the address in a browser and save the file as {path}."
    )


def _complaint(source: Source, path: Path) -> str:
    """What is wrong with a downloaded file; empty if nothing is."""
    if source.size and _size(path) != source.size:
        return f"{_size(path):,} bytes instead of {source.size:,}"
    algorithm, expected = source.digest.split(":")
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, algorithm).hexdigest()
    return "" if actual == expected else f"its {algorithm} is {actual} instead of {expected}"


@contextmanager
def landing(target: Path) -> Iterator[Path]:
    """A path to write to, which is renamed to the target once complete; DataError if it cannot be written."""
    try:
        yield _part(target)
        _part(target).replace(target)
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error}. Make room for it, then run again.") from error


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
