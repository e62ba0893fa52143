"""Files and folders that are there whole or not at all, and a disk that takes nothing as a sentence."""

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from captioner.errors import DiskError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
SCRATCH = ".written-"  # what a file is called until it is whole; a photo's own name may be as long as a name can be
AT_WORKING_FOLDER, EXCHANGE = -100, 2  # of Linux's renameat2


@contextmanager
def saving(what: str, place: object) -> Iterator[None]:
    """Write in this block, and a disk that does not take it is said in a sentence.

    Args:
        what: what is written, as in "the model".
        place: the folder or file it is written to.

    Raises:
        DiskError: there is no room, the place is not writable, or the disk has failed.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            sentence = f"There is no room for {what} in {place}: free some space, then try again."
        elif error.errno in FORBIDDEN:
            sentence = f"{place} is not writable, so {what} cannot be saved: allow it, or choose another folder."
        else:
            sentence = f"Saving {what} in {place} failed: {error.strerror or error}."
        raise DiskError(sentence) from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, all of it or nothing."""
    replace_files({path: content})


def add_file(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, all of it or nothing; one with the same content may be there.

    Raises:
        FileExistsError: there is another one, which stays as it is.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=SCRATCH) as scratch:
        scratch.write(content)
        scratch.flush()
        os.chmod(scratch.name, 0o644)
        try:
            os.link(scratch.name, path)
        except FileExistsError:
            if path.read_bytes() != content:
                raise
        except OSError as error:
            if error.errno in FULL or path.exists():
                raise
            replace_file(path, content)  # on a disk without hard links


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write several files; where there is no room for all of them, none is changed."""
    written: dict[Path, str] = {}
    try:
        for path, content in contents.items():
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=SCRATCH, delete=False) as scratch:
                written[path] = scratch.name
                scratch.write(content)
            os.chmod(scratch.name, 0o644)
        for path in contents:
            os.replace(written[path], path)
            del written[path]
    finally:
        for name in written.values():
            with suppress(OSError):
                os.unlink(name)


def swap(fresh: Path, place: Path) -> None:
    """Exchange two folders: on Linux in one step, so that whoever looks finds the one or the other."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        paths = os.fsencode(fresh), os.fsencode(place)
        failed = rename(AT_WORKING_FOLDER, paths[0], AT_WORKING_FOLDER, paths[1], EXCHANGE)
    except (AttributeError, OSError, TypeError):  # another system
        failed = True
    if failed:  # or a file system that cannot
        os.replace(place, _aside(place))
        os.replace(fresh, place)
        os.replace(_aside(place), fresh)


def finish_swap(place: Path) -> None:
    """Clear up after a process that was killed in the middle of an exchange."""
    if _aside(place).exists() and not place.exists():
        os.replace(_aside(place), place)
    shutil.rmtree(_aside(place), ignore_errors=True)


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")
