"""One process at a time writes to a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from captioner.disk.whole import saving
from captioner.errors import DiskError

PATIENCE = 2  # seconds, for another process that only saves something


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Be the only process that writes to a folder, which need not exist; the same thread may ask for it again.

    What keeps the others out is a lock beside the folder, which ends with the process, however that ends.

    Raises:
        DiskError: another process is writing to it, or nothing can be written beside it.
    """
    from filelock import FileLock, Timeout  # slow to import, and who only reads does not need it

    folder = Path(folder).resolve()
    with saving(folder.name, folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_name(f".{folder.name}.lock"), timeout=PATIENCE, is_singleton=True)
        try:
            lock.acquire()
        except Timeout:
            raise DiskError(
                f"Another process is writing to {folder}: wait until it is done, or choose another folder."
            ) from None
    try:
        yield
    finally:
        if lock.lock_counter == 1:
            with suppress(OSError):  # Windows does not remove what is open
                os.unlink(lock.lock_file)
        lock.release()
