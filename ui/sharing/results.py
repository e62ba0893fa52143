"""Results that people share by link: pictures and their captions, kept in one file for a month.

The picture is kept as a small copy without EXIF, so without its location.
This module does not depend on the models or the page.
"""

import hashlib
import io
import json
import logging
import re
import secrets
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from platformdirs import user_data_path

from captioner import CaptionerError
from ui.texts.texts import gettext

PREVIEW = (1024, 1024)
DAYS = 30
DAY = 86_400
MEGABYTES = 500
LAYOUT = 1  # version of the file's layout; files with another one are left alone

ID = re.compile(r"[\w-]{16}", re.ASCII)
TABLE = """
CREATE TABLE IF NOT EXISTS results
  (id TEXT PRIMARY KEY, token_hash BLOB NOT NULL, kept_at REAL NOT NULL, bytes INTEGER NOT NULL,
   picture BLOB NOT NULL, content TEXT NOT NULL)
"""
# What is kept last is the newest, also where the clock has been set back since the one before.
INSERT = "INSERT INTO results SELECT ?, ?, max(?, ifnull(max(kept_at), 0)), ?, ?, ? FROM results"
TOO_OLD = "DELETE FROM results WHERE kept_at <= ?"
TOO_MANY = """
DELETE FROM results WHERE id IN
  (SELECT id FROM (SELECT id, SUM(bytes) OVER (ORDER BY kept_at DESC, rowid DESC) AS newer FROM results)
   WHERE newer > ?)
"""


class ResultError(CaptionerError):
    """A shared result cannot be kept, found or deleted."""


class Kept(NamedTuple):
    """Gives access to a result: its id, and the secret that deletes it."""

    id: str
    token: str


class Result(NamedTuple):
    """A shared result as it was kept; `until` in seconds since 1970."""

    id: str
    picture: bytes
    content: dict
    until: float


def default_file() -> Path:
    """Where results are kept by default: with the user's other application data."""
    return user_data_path("captioner", appauthor=False) / "results.sqlite"


def preview_jpeg(picture: Image.Image) -> bytes:
    """A small copy of a picture, without its file's metadata."""
    preview = picture.convert("RGB")
    preview.thumbnail(PREVIEW)
    preview.info.clear()
    buffer = io.BytesIO()
    preview.save(buffer, "jpeg", quality=85)
    return buffer.getvalue()


class Results:
    """Results in a file that many threads and processes can use at the same time.

    Args:
        file: an SQLite database, created on first use.
        days: how long a result is kept.
        megabytes: how much is kept; beyond that, the oldest results are deleted.
    """

    def __init__(self, file: Path, days: float = DAYS, megabytes: float = MEGABYTES):
        self.file = Path(file)
        self.days = days
        self.bytes = int(megabytes * 1_000_000)
        self._started = time.time(), elapsed()
        self._thread = threading.local()
        self._opening = threading.Lock()  # SQLite does not wait while another connection switches to WAL

    def keep(self, picture: Image.Image, content: dict) -> Kept:
        """Keep a picture and its content as JSON.

        Raises:
            ResultError: the file cannot be written.
        """
        kept = Kept(secrets.token_urlsafe(12), secrets.token_urlsafe(18))
        jpeg, text = preview_jpeg(picture), json.dumps(content, separators=(",", ":"))
        size = len(jpeg) + len(text)
        with self._connection() as connection:
            row = (kept.id, _hash(kept.token), time.time(), size, jpeg, text)
            connection.execute(INSERT, row)
            connection.execute(TOO_OLD, [self._oldest()])
            connection.execute(TOO_MANY, [self.bytes])
        return kept

    def find(self, id: str) -> Result:
        """The result with that id; strangers may make ids up.

        Raises:
            ResultError: it does not exist or has expired, or the file cannot be read.
        """
        with self._connection() as connection:
            row = (
                ID.fullmatch(id)
                and connection.execute(
                    "SELECT picture, content, kept_at FROM results WHERE id = ? AND kept_at > ?", [id, self._oldest()]
                ).fetchone()
            )
        if not row:
            missing = gettext(
                "This shared result was not found. It may have been deleted, or it is older than {days} days.",
                days=format(self.days, "g"),
            )
            raise ResultError(missing)
        picture, content, kept_at = row
        return Result(id, picture, json.loads(content), kept_at + self.days * DAY)

    def delete(self, id: str, token: str) -> None:
        """Delete a result for good, if the token is right.

        Raises:
            ResultError: there is no such result, or the token is wrong.
        """
        with self._connection() as connection:
            mine = [id, _hash(token)] if ID.fullmatch(id) else ["", b""]
            deleted = connection.execute("DELETE FROM results WHERE id = ? AND token_hash = ?", mine).rowcount
        if not deleted:
            kept = gettext("This shared result was not deleted: it is already gone, or the delete link is incomplete.")
            raise ResultError(kept)
        with self._connection() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that it does not linger in the log either

    def _oldest(self) -> float:
        """When the oldest result was kept that still counts; a clock that is set forward meanwhile makes none old."""
        wall, then = self._started
        now = min(time.time(), wall + elapsed() - then + DAY)
        return now - self.days * DAY

    @contextmanager
    def _connection(self):
        """This thread's connection, within a transaction."""
        try:
            if not hasattr(self._thread, "connection"):
                with self._opening:
                    self._thread.connection = self._open()
            with self._thread.connection as connection:
                yield connection
        except (OSError, sqlite3.Error) as error:
            logging.getLogger(__name__).warning("%s: %s", self.file, error)
            sentence = gettext("Shared results cannot be reached right now; everything else works.")
            raise ResultError(sentence) from error

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.touch(mode=0o600)  # people's photos
        connection = sqlite3.connect(self.file, timeout=10)
        try:
            [layout] = connection.execute("PRAGMA user_version").fetchone()
            if layout not in (0, LAYOUT):
                raise sqlite3.DatabaseError(f"layout {layout} is not {LAYOUT}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute(TABLE)
            connection.execute(f"PRAGMA user_version={LAYOUT}")
        except BaseException:
            connection.close()
            raise
        return connection


def elapsed() -> float:
    """Seconds since some moment, whatever the clock on the wall is set to, with those in which the machine slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _hash(token: str) -> bytes:
    """The hash of a token: only that is kept, so that reading the file is not enough to delete a result."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
