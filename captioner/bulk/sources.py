"""A source as people have it -> its pictures, one after the other, each with an id of its own."""

import codecs
import io
import json
import logging
import os
import posixpath
import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.dataset as dataset
from fsspec.implementations.local import LocalFileSystem

from captioner.data.places import expand
from captioner.data.tars import TARS, files_in_tar
from captioner.errors import DataError
from captioner.pictures.formats import SUFFIXES
from captioner.pictures.leftovers import is_leftover

log = logging.getLogger(__name__)
TABLES = (".parquet", ".arrow", ".feather")
LISTS = (".txt", ".lst", ".json", ".jsonl")
CONTAINERS = (*TARS, *TABLES)
LARGEST = 200_000_000  # bytes of a picture in a tar: nothing larger is read into memory
COLUMNS = ("image", "img", "jpg", "bytes", "path", "file_name", "file")
ROWS = 16  # of a table in memory at a time


@dataclass(frozen=True)
class Picture:
    """A picture to caption.

    Attributes:
        id: unlike all others of its source; bytes of a name that are not UTF-8 are written as escapes.
        content: the bytes of its file, or the address to read them from; None if there is a problem.
        problem: why it cannot be read, where that is known beforehand.
        name: the id with the very bytes of the file's name, for its copy.
    """

    id: str
    content: bytes | str | None
    problem: str | None = None
    name: str = field(init=False, default="")

    def __post_init__(self):
        object.__setattr__(self, "name", self.id)
        for name in "id", "problem":  # which go into tables, and these hold nothing but Unicode
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, text.encode("utf-8", "backslashreplace").decode())


def too_large(id: str) -> str:
    """What is said of a picture that is not read for its size."""
    return f"{id} is larger than {LARGEST // 1_000_000} MB: make it smaller."


def twice(id: str) -> DataError:
    """What is said of two pictures with the same id."""
    return DataError(f"Two pictures have the id {id}, and one of them has no row: give each its own.")


@dataclass(frozen=True)
class File:
    """A file of a source: a picture, or a list, tar or table of them.

    Attributes:
        address: where it is.
        name: what the ids of its pictures start with; of a picture, the id itself.
        problem: why it cannot be read, where that is known beforehand.
    """

    address: str
    name: str
    problem: str | None = None

    @property
    def holds_pictures(self) -> bool:
        """Whether it has to be read to know its pictures."""
        return self.name.lower().endswith((*CONTAINERS, *LISTS))


def readable(files: Iterable[File], tell: Callable[[DataError], None]) -> Iterator[Picture]:
    """The pictures of files of a source.

    Args:
        tell: is given the error of each list, tar or table that cannot be read, or not to its end; the others are.
    """
    for file in files:
        try:
            yield from pictures_of(file)
        except DataError as error:
            tell(error)
        except Exception as error:  # whatever is wrong with one file of a source, the others are read
            log.info("%r cannot be read", file.name, exc_info=error)
            tell(DataError(f"{file.name} cannot be read: check it, or leave it out."))


def refuse(faults: Sequence[DataError]) -> None:
    """Raises DataError with the first of what went wrong with a source, and how much more there was."""
    if faults:
        more = f" There are {len(faults) - 1:,} more such faults." if faults[1:] else ""
        raise DataError(f"{faults[0]}{more}")


def files_in(source: str, without: Collection[Path] = ()) -> Iterator[File]:
    """The files of a folder, list, tar, table or pattern of them, local or at any address that fsspec knows.

    None of them has been read. Of several, the names begin at the folder that holds all of them.

    Args:
        without: folders on this machine that are passed over within it, by their true paths.

    Raises:
        DataError: it is not there, or no such source.
    """
    if not source:
        raise DataError("The source has no name: give a folder, a list, a tar or a table.")
    places = [(address, *filesystem(address)) for address in expand(source)]
    for address, system, path in places:
        if not system.exists(path):
            raise DataError(f"{address} is not there: check the name of the source.")
        if not system.isdir(path) and not path.lower().endswith((*LISTS, *CONTAINERS, *SUFFIXES)):
            raise DataError(
                f"{address} is no source: give a folder, a list ({', '.join(LISTS)}), "
                f"or a file of pictures ({', '.join(CONTAINERS)})."
            )
    shared = posixpath.commonpath([path.rstrip("/").rpartition("/")[0] for *_, path in places])
    for _, system, path in places:
        if not system.isdir(path):
            yield File(system.unstrip_protocol(path), path[len(shared) :].lstrip("/"))
            continue
        start = len(shared or "/") if places[1:] else len(path.rstrip("/"))
        for each, problem in _files(system, path, without):
            name = each[start:].lstrip("/")
            if problem:
                yield File(system.unstrip_protocol(each), name, problem=f"{name or source} cannot be read: {problem}.")
            elif each.lower().endswith((*CONTAINERS, *SUFFIXES)) and not is_leftover(name):
                yield File(system.unstrip_protocol(each), name)


def pictures_of(file: File) -> Iterator[Picture]:
    """The pictures of a file of a source.

    Raises:
        DataError: it is a damaged list, tar or table.
    """
    if file.problem:
        raise DataError(file.problem)
    if not file.holds_pictures:
        yield Picture(file.name, file.address)
        return
    system, path = filesystem(file.address)
    if not system.exists(path):
        raise DataError(f"{file.name} is not there: check its path.")
    if path.lower().endswith(LISTS):
        yield from _in_list(system, path, file.name)
    elif path.lower().endswith(TARS):
        yield from _in_tar(system, path, file.name)
    else:
        yield from _in_table(system, path, file.name)


def filesystem(address: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system behind an address, and the path on it.

    Raises:
        DataError: nothing installed can read such addresses.
    """
    local = address.removeprefix("file://")
    if local != address or "://" not in address:  # whose names may hold what means something in other addresses
        return LocalFileSystem(), Path(local).absolute().as_posix()
    try:
        return fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise DataError(f"{address} cannot be opened: {error}.") from error


def local_path(address: str) -> Path | None:
    """The path behind an address on this machine; None for one elsewhere."""
    system, path = filesystem(address)
    return Path(path) if isinstance(system, LocalFileSystem) else None


def _files(system, folder: str, without: Collection[Path]) -> Iterator[tuple[str, str | None]]:
    """Paths as they come, unsorted, each with what keeps it from being read.

    A folder of a million files never lies in memory as a list.
    """
    if not isinstance(system, LocalFileSystem):
        for root, _, names in system.walk(folder):
            yield from ((f"{root}/{name}", None) for name in names)
        return
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            entries = os.scandir(place)
        except OSError as error:
            yield place.replace(os.sep, "/"), error.strerror
            continue
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not without or Path(entry.path).resolve() not in without:
                        waiting.append(entry.path)
                elif entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path)):  # a link to nothing
                    yield entry.path.replace(os.sep, "/"), None


def _in_tar(system, path: str, name: str) -> Iterator[Picture]:
    try:
        with system.open(path, "rb") as file:
            for archive, entry in files_in_tar(file, "r|*"):
                if not entry.name.lower().endswith(tuple(SUFFIXES)):
                    continue
                each = f"{name}/{entry.name.removeprefix('./')}"
                if not entry.isfile():
                    yield Picture(each, None, f"{each} is a link in its tar: put the picture itself there.")
                elif entry.size > LARGEST:
                    yield Picture(each, None, too_large(each))
                else:
                    yield Picture(each, archive.extractfile(entry).read())
    except tarfile.TarError as error:
        raise DataError(f"{path} is a damaged tar ({error}): fetch it again.") from error


def _in_table(system, path: str, name: str) -> Iterator[Picture]:
    try:
        batches = _batches(system, path)
        number = 0
        for batch in batches:
            names = batch.schema.names
            fitting = (each for each in COLUMNS if each in names and _may_hold(batch.schema.field(each).type))
            column = next(fitting, None)
            if column is None:
                raise DataError(
                    f"{path} has no column of pictures: give one of bytes or paths the name {' or '.join(COLUMNS)}."
                )
            values = batch.column(column).to_pylist()
            ids = batch.column("id").to_pylist() if "id" in names else [None] * len(values)
            for id, value in zip(ids, values, strict=True):
                yield _from_cell(f"{name}/{number}" if id is None else str(id), value, system, path)
                number += 1
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise DataError(f"{path} is a damaged table ({error}): write it again.") from error


def _may_hold(kind: pa.DataType) -> bool:
    """Whether values of a column can be pictures: bytes, paths, or both as the Hub has them."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return "binary" in str(kind) or "string" in str(kind)


def _batches(system, path: str) -> Iterator[pa.RecordBatch]:
    if path.lower().endswith(".parquet"):
        table = dataset.dataset(path, filesystem=system, format="parquet")
        yield from table.to_batches(batch_size=ROWS, batch_readahead=1, fragment_readahead=1)
        return
    with system.open(path, "rb") as file:
        is_file = file.read(6) == b"ARROW1"
        file.seek(0)
        if is_file:
            reader = pa.ipc.open_file(file)
            batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        else:
            batches = pa.ipc.open_stream(file)
        for batch in batches:
            yield from (batch.slice(start, ROWS) for start in range(0, batch.num_rows, ROWS))


def _from_cell(id: str, value, system, table: str) -> Picture:
    if isinstance(value, dict):  # the Hub's layout
        value = value.get("path") if value.get("bytes") is None else value["bytes"]
    if value is None or value == "":
        return Picture(id, None, f"{id} has neither bytes nor a path.")
    return Picture(id, value if isinstance(value, bytes) else _beside(value, system, table))


def _in_list(system, path: str, name: str) -> Iterator[Picture]:
    """The pictures of a list.

    Args:
        name: of the list; ids of relative paths start with its folder.
    """
    with system.open(path, "rb") as file:
        start = file.read(len(codecs.BOM_UTF16))
        file.seek(0)
        # Names of files may be of any bytes; Windows' programs say in which way they write text.
        encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
        lines = io.TextIOWrapper(file, encoding, errors="surrogateescape")
        for number, entry in enumerate(_entries(lines, path), 1):
            found = next((entry[each] for each in COLUMNS if each in entry), None) if isinstance(entry, dict) else entry
            if not isinstance(found, str) or not found:
                keys = " or ".join(COLUMNS)
                problem = f"Entry {number} of {name} is {entry!r:.80}: give a path, or an object with {keys}."
                yield Picture(f"{name}/{number}", None, problem)
                continue
            address = _beside(found, system, path)
            yield Picture(found if address == found else posixpath.join(posixpath.dirname(name), found), address)


def _entries(file, path: str) -> Iterator:
    """What stands in a list, as JSON has it."""
    if path.lower().endswith(".json"):
        try:
            entries = json.load(file)
        except ValueError as error:
            raise DataError(f"{path} cannot be read as a list: {error}.") from error
        if not isinstance(entries, list):
            raise DataError(f"{path} is no list of paths: put them into [brackets].")
        yield from entries
        return
    for number, line in enumerate(file, 1):
        if line := line.strip():
            try:
                yield json.loads(line) if path.lower().endswith(".jsonl") else line
            except ValueError as error:
                raise DataError(f"{path} cannot be read as a list: line {number} is no JSON ({error}).") from error


def _beside(path: str, system, holder: str) -> str:
    """The address of a path that stands in a file: from that file's folder on, unless it is absolute."""
    if "://" in path or path.startswith("/"):
        return path
    return system.unstrip_protocol(f"{holder.rpartition('/')[0]}/{path}")
