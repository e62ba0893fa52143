"""Arrays on the disk, larger than the memory, in files of up to 2 GB that can be copied and kept one by one."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from captioner.disk.whole import saving
from captioner.errors import DiskError

LARGEST = 2_000_000_000  # bytes of a file
HEADER = 128  # bytes before the first row, of an `.npy` file of few dimensions
DTYPE = np.dtype("float16")


class StoredArray:
    """A `float16` array whose rows lie in `.npy` files one after the other; only the rows asked for are in memory.

    Rows are read and written by slices, `array[first:last]`, or read one by one. The files are not mapped into memory:
    a map would, over time, count all that is read as this process's memory.

    Args:
        folder, name: where the files are, as `NAME-00002-of-00007.npy`.
        shape: of the whole array.
        what: what is in it, for errors.
    """

    def __init__(self, folder: Path, name: str, shape: tuple[int, ...], what: str):
        self.folder, self.name, self.shape, self.what = folder, name, shape, what
        self.row = DTYPE.itemsize * int(np.prod(shape[1:]))  # bytes
        self.each = max(LARGEST // self.row, 1)  # rows in a file, fewer in the last one
        count = -(-len(self) // self.each)
        self.files = [folder / f"{name}-{number:05d}-of-{count:05d}.npy" for number in range(count)]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """How many bytes all its rows have."""
        return self.row * len(self)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self[:].astype(dtype or DTYPE, copy=False)

    def __getitem__(self, rows: int | slice) -> np.ndarray:
        if not isinstance(rows, slice):
            index = range(len(self))[rows]
            return self[index : index + 1][0]
        first, last, _ = rows.indices(len(self))
        found = np.empty((max(last - first, 0), *self.shape[1:]), DTYPE)
        for path, place, part in self._parts(first, last):
            try:
                with path.open("rb", buffering=0) as file:
                    file.seek(place)
                    whole = file.readinto(memoryview(found[part]).cast("B")) == found[part].nbytes
            except OSError:
                whole = False
            if not whole:
                raise DiskError(f"{path} can no longer be read in full: start again, and it is made anew.")
        return found

    def __setitem__(self, rows: slice, values: np.ndarray) -> None:
        first, last, _ = rows.indices(len(self))
        values = np.ascontiguousarray(values, DTYPE)
        for path, place, part in self._parts(first, last):
            with saving(self.what, self.folder), path.open("r+b") as file:
                file.seek(place)
                file.write(values[part].data)
                file.flush()
                os.fsync(file.fileno())

    def _parts(self, first: int, last: int) -> Iterator[tuple[Path, int, slice]]:
        """The files that rows lie in, where in each, in bytes, and which of these rows."""
        for number in range(first // self.each, -(-last // self.each)) if first < last else ():
            start = number * self.each
            here, end = max(first, start), min(last, start + self.each)
            yield self.files[number], HEADER + self.row * (here - start), slice(here - first, end - first)

    def there(self) -> int:
        """How many rows come before the first file that is missing, or not of this array."""
        whole = (number for number in range(len(self.files)) if not self._is_whole(number))
        return min(next(whole, len(self.files)) * self.each, len(self))

    def _is_whole(self, number: int) -> bool:
        rows = min(len(self) - number * self.each, self.each)
        try:
            found = np.load(self.files[number], mmap_mode="r")
        except (OSError, ValueError, EOFError):
            return False
        return (found.shape, found.dtype, found.offset) == ((rows, *self.shape[1:]), DTYPE, HEADER)

    def make(self) -> None:
        """Take the room of all files that are not there yet, filled with zeros, and remove those of other layouts.

        All room is taken at once, so that a disk that is too small is said before anything is computed.

        Raises:
            DiskError: there is no room for all of it, or the place is not writable; nothing is left of this attempt.
        """
        made = []
        try:
            with saving(self.what, self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                for other in {*self.folder.glob(f"{self.name}*.npy")} - {*self.files}:
                    other.unlink()
                for number, path in enumerate(self.files):
                    if not self._is_whole(number):
                        made.append(path)
                        rows = min(len(self) - number * self.each, self.each)
                        np.lib.format.open_memmap(path, mode="w+", dtype=DTYPE, shape=(rows, *self.shape[1:]))
                    if hasattr(os, "posix_fallocate"):
                        with path.open("r+b") as file:
                            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        except BaseException:
            for path in made:
                with suppress(OSError):
                    path.unlink()
            raise
