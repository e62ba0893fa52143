"""The folder of what visitors send: one for each run of the page, emptied on a schedule and gone afterwards.

What a crash leaves behind goes at the next start: a folder whose lock nobody holds belongs to no running page.
A clock that is set changes nothing: what lies here unchanged for an hour goes, whatever its date.
"""

import atexit
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from captioner import CaptionerError

LOCK = "lock"
RUN = "run-"
KEPT_SECONDS = 3600
SWEEP_SECONDS = 600


class Uploads:
    """A run's own folder, in a place that all runs of the page share.

    Args:
        home: the place; by default $GRADIO_TEMP_DIR, or one of this user's in the system's temporary folder.
        clock: seconds, which only go forward.

    Raises:
        CaptionerError: the place belongs to another user, or cannot be written to.
    """

    def __init__(self, home: Path | None = None, clock: Callable[[], float] = time.monotonic):
        self.clock = clock
        self.home = home or default_home()
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            if hasattr(os, "getuid") and self.home.stat().st_uid != os.getuid():
                raise CaptionerError(
                    f"The folder for uploads, {self.home}, belongs to another user: set GRADIO_TEMP_DIR to your own."
                )
            with FileLock(self.home / LOCK):
                for left in self.home.glob(f"{RUN}*"):
                    remove_unused(left)
                self.folder = Path(tempfile.mkdtemp(prefix=RUN, dir=self.home)).resolve()
                self.lock = FileLock(self.folder / LOCK)
                self.lock.acquire()
        except OSError as error:
            raise CaptionerError(
                f"The folder for uploads, {self.home}, cannot be used ({error.strerror}): free some space, or set "
                "GRADIO_TEMP_DIR to another folder."
            ) from error
        self.own: set[Path] = set()
        self.since: dict[Path, tuple[int, float]] = {}  # when a file was last changed, and when that was first seen

    def use(self) -> None:
        """Make Gradio and Python's `tempfile` write here, and remove the folder when the process ends."""
        os.environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(self.folder)
        atexit.register(self.remove)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._end)

    def sweep_forever(self) -> None:
        """Remove what is old, now and then, as long as the process lives; what is there now is the page's own."""
        self.own = set(self.folder.rglob("*"))

        def keep_sweeping() -> None:
            while True:
                time.sleep(SWEEP_SECONDS)
                self.sweep()

        threading.Thread(target=keep_sweeping, daemon=True, name="sweep-uploads").start()

    def sweep(self) -> None:
        """Remove what earlier sweeps have seen, and nobody has changed since, for long enough."""
        now, before, self.since = self.clock(), self.since, {}
        for path in sorted(self.folder.rglob("*"), reverse=True):  # what is in a folder before the folder
            if path in self.own or path.name == LOCK:
                continue
            try:
                changed = path.lstat().st_ctime_ns
                known, since = before.get(path, (changed, now))
                self.since[path] = changed, since if known == changed else now
                if known == changed and now - since >= KEPT_SECONDS:
                    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            except OSError:  # gone already, or a folder with something in it
                continue

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.release()

    def _end(self, number: int, frame) -> None:
        self.remove()
        os._exit(128 + number)


def default_home() -> Path:
    """Where runs have their folders."""
    named = os.environ.get("GRADIO_TEMP_DIR")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(named) if named else Path(tempfile.gettempdir()) / f"captioner-{user}"


def remove_unused(folder: Path) -> None:
    """Remove the folder of a run that has ended, however it ended."""
    if folder.is_symlink() or not folder.is_dir():
        return
    try:
        with FileLock(folder / LOCK, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        return
