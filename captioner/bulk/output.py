"""Rows -> part files that are complete or not there at all, and what is already done in them."""

import errno
import json
import sqlite3
import tempfile
import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
from fsspec.implementations.local import LocalFileSystem

from captioner.bulk.rows import SCHEMA
from captioner.bulk.sources import filesystem
from captioner.disk.alone import only_writer
from captioner.disk.whole import saving
from captioner.errors import DataError, SettingError
from captioner.pictures.leftovers import is_leftover

FORMATS = {"parquet": ".parquet", "jsonl": ".jsonl"}
STAGING = "_staging-"
TEMPORARY = ".tmp"  # what a file ends in until it is whole
SETTINGS = "_settings.json"  # readers of Parquet folders pass over names that start with "_"


class Output:
    """A folder of part files, local or at any address that fsspec knows.

    Args:
        settings: what the rows depend on; an output made with others is not added to.

    Raises:
        SettingError: the output was made with other settings.
        DiskError: the folder is not writable, or there is no room.
    """

    def __init__(self, address: str, kind: str, settings: dict):
        self.system, self.folder = filesystem(address)
        self.suffix = FORMATS[kind]
        with saving("the captions", address):
            self.system.makedirs(self.folder, exist_ok=True)
        settings = json.loads(json.dumps(settings | {"format": kind}))
        path = f"{self.folder}/{SETTINGS}"
        if self.system.exists(path):
            before = self._settings(path)
            for name in sorted(before.keys() | settings.keys()):
                if before.get(name) != settings.get(name):
                    was, now = before.get(name), settings.get(name)
                    made = f"without {name}" if was is None else f"with {name} {was!r}"
                    asked = f"without {name}" if now is None else f"with {name}" if was is None else repr(now)
                    raise SettingError(
                        f"{address} was made {made}, not {asked}: use the same settings, or another folder."
                    )
        elif not all(map(_is_nothing, self.system.ls(self.folder, detail=False))):
            raise DataError(f"{address} holds files of something else: name an empty folder.")
        else:
            self._put(SETTINGS, json.dumps(settings, indent=1).encode())

    def _settings(self, path: str) -> dict:
        try:
            return dict(json.loads(self.system.cat_file(path)))
        except (ValueError, TypeError) as error:
            raise DataError(f"{path} is damaged: name another folder.") from error

    def alone(self) -> AbstractContextManager:
        """Be the only process that writes to the folder, where it is on this machine.

        Raises:
            DiskError: another one is.
        """
        local = isinstance(self.system, LocalFileSystem)
        return only_writer(Path(self.folder)) if local else nullcontext()

    def parts(self) -> list[str]:
        """The complete part files."""
        found = self.system.ls(self.folder, detail=False, refresh=True)
        return sorted(path for path in found if path.rpartition("/")[2].startswith("part-"))

    def write(self, rows: list[dict]) -> None:
        """Add rows as one part file.

        Raises:
            DiskError: there is no room for it, and nothing is left of it.
        """
        if not rows:
            return
        sink = pa.BufferOutputStream()
        if self.suffix == ".parquet":
            parquet.write_table(pa.Table.from_pylist(rows, SCHEMA), sink)
            content = sink.getvalue().to_pybytes()
        else:
            content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        self._put(f"part-{uuid.uuid4().hex}{self.suffix}", content)

    def staging(self) -> str:
        """A new folder in which others may write Parquet files, for `adopt`."""
        return f"{self.folder}/{STAGING}{uuid.uuid4().hex}"

    def adopt(self, done: "Done") -> int:
        """Make part files of the files in staging folders; those that a kill left unfinished go.

        Args:
            done: the ids that have a row; those of the files are added, and rows of ids that are there left out.

        Returns:
            How many of the new rows have no caption.
        """
        failed = 0
        found = self.system.ls(self.folder, detail=False, refresh=True)
        for folder in (path for path in found if path.rpartition("/")[2].startswith(STAGING)):
            for path in self.system.find(folder):
                try:
                    with self.system.open(path, "rb") as file:
                        table = parquet.read_table(file)
                except pa.ArrowInvalid:
                    continue
                new = [done.add(id) for id in table.column("id").to_pylist()]
                done.count += sum(new)
                failed += pc.sum(pc.and_(pa.array(new), pc.is_valid(table.column("error")))).as_py() or 0
                if all(new):
                    self.system.mv(path, f"{self.folder}/part-{uuid.uuid4().hex}{self.suffix}")
                else:
                    self.write(table.filter(pa.array(new)).to_pylist())
            self.system.rm(folder, recursive=True)
        return failed

    def _put(self, name: str, content: bytes) -> None:
        hidden = f"{self.folder}/_{name}.{uuid.uuid4().hex}{TEMPORARY}"
        with saving("the captions", self.folder):
            try:
                self.system.pipe_file(hidden, content)
                self.system.mv(hidden, f"{self.folder}/{name}")
            except BaseException:
                with suppress(OSError):
                    self.system.rm_file(hidden)
                raise

    def ids(self) -> Iterable[str]:
        """The ids of all rows written.

        Raises:
            DataError: a part file is damaged.
        """
        for part in self.parts():
            try:
                with self.system.open(part, "rb") as file:
                    if self.suffix == ".parquet":
                        for batch in parquet.ParquetFile(file).iter_batches(columns=["id"]):
                            yield from batch.column(0).to_pylist()
                    else:
                        yield from (json.loads(line)["id"] for line in file)
            except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
                raise DataError(f"{part} is damaged: take it away, and its pictures are captioned again.") from error


def _is_nothing(path: str) -> bool:
    """Whether a file in an output is of no use: a system's own, or what a kill has left of our first one."""
    name = path.rstrip("/").rpartition("/")[2]
    return is_leftover(name) or (name.startswith("_") and name.endswith(TEMPORARY))


class Done:
    """Ids that are done or under way, on the disk, so that memory does not grow with them.

    Raises:
        DiskError: there is no room for them.
    """

    def __init__(self, ids: Iterable[str]):
        with saving("the ids of pictures that are done", tempfile.gettempdir()):
            self._folder = tempfile.TemporaryDirectory(prefix="captioner-bulk-")
        self._table = sqlite3.connect(Path(self._folder.name, "ids"), isolation_level=None)
        self._table.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        self._table.execute("CREATE TABLE done (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._table.execute("CREATE TABLE met (id TEXT PRIMARY KEY, mark BLOB) WITHOUT ROWID")
        self._table.execute("BEGIN")
        self.count = 0
        for id in ids:
            self.count += self.add(id)

    def add(self, id: str) -> bool:
        """Add an id; False if it was there."""
        return self._insert("done", id)

    def is_anothers(self, id: str, mark: bytes | None) -> bool:
        """Whether this run has met another picture of the same id.

        Args:
            mark: by which the same picture is known when it comes again; None where no picture comes twice.
        """
        if self._insert("met", id, mark):
            return False
        known = self._table.execute("SELECT mark FROM met WHERE id = ?", (id,)).fetchone()
        return mark is None or known != (mark,)

    def _insert(self, table: str, *values: str | bytes | None) -> bool:
        try:
            places = ", ".join("?" * len(values))
            return self._table.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", values).rowcount == 1
        except sqlite3.OperationalError as error:
            with saving("the ids of pictures that are done", self._folder.name):
                raise OSError(errno.ENOSPC, str(error)) from error

    def __contains__(self, id: str) -> bool:
        return self._table.execute("SELECT 1 FROM done WHERE id = ?", (id,)).fetchone() is not None

    def close(self) -> None:
        """Remove the file."""
        self._table.close()
        self._folder.cleanup()
