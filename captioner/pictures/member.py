"""A picture file as it is kept: a file of its own, or a member of a tar."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an uncompressed tar, read where it lies: nothing is unpacked, and nothing else is read.

    Attributes:
        tar: the tar.
        entry: what it is called in there, with its folders.
        start: where its content starts, in bytes from the beginning of the tar.
        size: of its content, in bytes.
    """

    tar: Path
    entry: str
    start: int
    size: int

    @property
    def name(self) -> str:
        """Its own name, without folders, as a `Path` has one."""
        return self.entry.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.tar.name}/{self.entry}"

    def read(self) -> bytes:
        """Its content.

        Raises:
            OSError: the tar cannot be read, or ends before the content does.
        """
        with self.tar.open("rb") as file:
            file.seek(self.start)
            content = file.read(self.size)
        if len(content) < self.size:
            raise OSError(f"{self.tar} ends too early.")
        return content


PictureFile = Path | Member


def file_size(file: PictureFile) -> int:
    """How many bytes a picture file has."""
    return file.size if isinstance(file, Member) else file.stat().st_size
