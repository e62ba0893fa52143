"""Many pictures as people have them, single files and zips -> sources, each with a name of its own.

A zip is a stranger's: it is never unpacked onto the disk, and what it claims of itself is checked before it is read.
"""

import io
import re
import time
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from captioner.errors import CaptionerError, ImageError
from captioner.pictures.content import in_one_line, visible
from captioner.pictures.leftovers import is_leftover

MOST_PICTURES = 200
MOST_BYTES = 400_000_000  # of all pictures, unpacked
MOST_ENTRIES = 2_000  # of a zip, folders and what systems leave in them included
LARGEST_DIRECTORY = 2_000_000  # bytes: a zip's table of contents, which is read in one go
LONGEST_NAME = 200  # letters, with its folders
MOST_NAME_BYTES = 200  # in UTF-8, of the 255 that file systems take
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # LZMA may ask for gigabytes of memory
COMPANIONS = {".mov", ".aae", ".mp4", ".thm", ".xmp"}  # of a phone's or camera's pictures, beside them
UTF8_NAME, ENCRYPTED = 0x800, 0x1  # flags of a zip's entry


@dataclass(frozen=True)
class Source:
    """A picture that may be read, or what speaks against it.

    Attributes:
        name: unlike all others of its set, relative, "/" between its folders; nothing in it leads out of a folder.
        path: the file, or the zip that holds it.
        entry: its place in that zip.
        problem: a sentence, where it is known beforehand that it cannot be read.
    """

    name: str
    path: Path
    entry: zipfile.ZipInfo | None = None
    problem: str | None = None

    @property
    def modified(self) -> tuple[int, int, int, int, int, int]:
        """When the file was last changed, as a zip says it: year, month, day, hour, minute, second."""
        if self.entry is not None:
            return self.entry.date_time
        return time.localtime(self.path.stat().st_mtime)[:6]

    def read(self) -> bytes:
        """The picture file.

        Raises:
            ImageError: it cannot be read.
        """
        if self.problem:
            raise ImageError(self.problem)
        try:
            if self.entry is None:
                return self.path.read_bytes()
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self.entry)
        except FileNotFoundError:
            raise ImageError(f'"{self.name}" is no longer here: choose it again.') from None
        except Exception:  # there are many ways for a zip to be broken
            raise ImageError(f'"{self.name}" cannot be read: it or the zip around it is damaged.') from None


def sources_in(paths: Iterable[Path]) -> list[Source]:
    """The pictures of files and of zips, in their order; what systems leave in folders is passed over.

    Raises:
        CaptionerError: they are too many or too large.
    """
    found = _without_companions([source for path in paths for source in _sources_of(path)])
    if len(found) > MOST_PICTURES:
        raise CaptionerError(f"These are {len(found):,} files; {MOST_PICTURES} can be done at a time: choose fewer.")
    if sum(map(_size, found)) > MOST_BYTES:
        raise CaptionerError(
            f"These are more than {MOST_BYTES // 1_000_000} megabytes of pictures: choose fewer at a time."
        )
    taken: set[str] = set()
    return [Source(unlike(taken, each.name), each.path, each.entry, each.problem) for each in found]


def _without_companions(found: list[Source]) -> list[Source]:
    """The sources with the films and settings that lie beside pictures, as with Live Photos, left aside in one line."""
    aside = [source for source in found if Path(source.name).suffix.lower() in COMPANIONS]
    rest = [source for source in found if source not in aside]
    if not aside or not rest:
        return found
    name, problem = left_aside([source.name for source in aside])
    return [*rest, Source(name, aside[0].path, aside[0].entry, problem)]


def left_aside(names: list[str]) -> tuple[str, str]:
    """What to call the files that lie beside photos, all in one, and a sentence on why they get no caption."""
    kinds = Counter(Path(name).suffix.lower() for name in names)
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    name = in_one_line(names[0]) if len(names) == 1 else f"{len(names)} other files ({counted})"
    return name, f"{name} skipped: videos, edits and notes next to photos get no caption."


def _sources_of(path: Path) -> list[Source]:
    if path.suffix.lower() == ".zip":
        return _sources_in_zip(path)
    return [] if is_leftover(path.name) else [Source(_safe(path.name), path)]


def _sources_in_zip(path: Path) -> list[Source]:
    name = _safe(path.name)
    try:
        with _Table(path, "rb") as file, zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except Exception:
        return [Source(name, path, problem=f'"{name}" is no zip, or a damaged one: pack it again.')]
    files = (entry for entry in entries if not entry.filename.endswith("/"))
    wanted = [entry for entry in files if not is_leftover(entry.filename.replace("\\", "/"))]  # as Windows may write it
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in wanted) > MOST_BYTES:
        most = f"{MOST_ENTRIES:,} entries or {MOST_BYTES // 1_000_000} megabytes"
        return [Source(name, path, problem=f'"{name}" unpacks to more than {most}: choose fewer pictures.')]
    if not wanted:
        return [Source(name, path, problem=f'"{name}" is an empty zip: there is no picture in it.')]
    return [_source_of(entry, path) for entry in wanted]


def _source_of(entry: zipfile.ZipInfo, path: Path) -> Source:
    name = _safe(_name_of(entry))
    if entry.flag_bits & ENCRYPTED:
        problem = f'"{name}" is locked with a password: unpack the zip, and choose the pictures.'
    elif name.lower().endswith(".zip"):
        problem = f'"{name}" is a zip inside a zip: unpack the outer one, and choose this one.'
    elif entry.compress_type not in READABLE:
        problem = f'"{name}" is packed in an uncommon way: make an ordinary zip of it.'
    else:
        problem = None
    return Source(name, path, entry, problem)


class _Table(io.FileIO):
    """A file that gives no piece large enough to fill the memory with a zip's table of contents."""

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile
        return super().read(size)


def _size(source: Source) -> int:
    if source.problem:
        return 0
    return source.entry.file_size if source.entry else source.path.stat().st_size


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The entry's name; many programs write UTF-8 without saying so."""
    if not entry.flag_bits & UTF8_NAME:
        try:
            return entry.filename.encode("cp437").decode()
        except UnicodeError:
            pass
    return entry.filename


def _safe(name: str) -> str:
    """The name without what leads out of a folder, and without what cannot be seen."""
    parts = [part for part in re.split(r"[\\/]+", name) if part.strip(". ") and not re.fullmatch("[A-Za-z]:", part)]
    shown, *folders = [_shortened(visible(part, "_")) for part in reversed(parts)] or ["unnamed"]
    for folder in folders:
        if len(folder) + 1 + len(shown) > LONGEST_NAME:
            break  # half a folder's name might lead out of a folder
        shown = f"{folder}/{shown}"
    return shown


def _shortened(name: str) -> str:
    """The end of a name that is longer than file systems take, with room for a number and a further ending."""
    return name.encode()[-MOST_NAME_BYTES:].decode(errors="ignore")


def unlike(taken: set[str], name: str) -> str:
    """The name, numbered where another has it; systems that do not tell capitals apart shall unpack both."""
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".") if "." in last[1:] else (last, "", "")
    number, new = 1, name
    while new.casefold() in taken:
        number += 1
        new = f"{folder}{slash}{stem} ({number}){dot}{suffix}"
    taken.add(new.casefold())
    return new
