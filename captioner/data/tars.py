"""Tars that are read to their end: where Python would take damage for it, there is an error."""

import tarfile
from collections.abc import Iterator
from typing import BinaryIO

from captioner.pictures.leftovers import is_leftover

TARS = (".tar", ".tar.gz", ".tgz")  # endings of their names


class Header(tarfile.TarInfo):
    """A member's header; `tarfile.open(..., tarinfo=Header)` raises ReadError unless a tar ends as tars do, in zeros.

    Without it, `tarfile` stops in silence at whatever is no header, and where a download broke off between two members.
    """

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> "Header":
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from error


def files_in_tar(file: BinaryIO, mode: str) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """The files and links of a tar, one by one and none remembered, each with the tar it can be extracted from.

    Args:
        mode: as `tarfile.open` takes it.
    """
    with tarfile.open(fileobj=file, mode=mode, tarinfo=Header) as archive:
        while entry := archive.next():
            archive.members = []  # it would remember every entry
            if (entry.isfile() or entry.islnk() or entry.issym()) and not is_leftover(entry.name):
                yield archive, entry
