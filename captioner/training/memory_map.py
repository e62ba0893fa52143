"""Arrays in files, larger than the memory, whose room on the disk is there before they are filled."""

import os
from pathlib import Path

import numpy as np

from captioner.disk.whole import saving


def new_memory_map(path: Path, shape: tuple[int, ...], what: str) -> np.memmap:
    """A new `float16` array of zeros in a file.

    All its room is taken at once: where a disk gets full behind a memory map, the system kills the process.

    Args:
        what: what is in it, for the error.

    Raises:
        DiskError: there is no room for all of it, or the place is not writable.
    """
    try:
        with saving(what, path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            array = np.lib.format.open_memmap(path, mode="w+", dtype="float16", shape=shape)
            if hasattr(os, "posix_fallocate"):
                with path.open("r+b") as file:
                    os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return array
