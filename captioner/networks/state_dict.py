"""A PyTorch state dict file -> arrays by name, without PyTorch and without running code from the file."""

import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np

from captioner.errors import ModelError

MAGIC = 0x1950A86A20F9469CFC6C  # the start of files from before PyTorch 1.6


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Read arrays by name from a file written by `torch.save` before PyTorch 1.6.

    Such a file is a pickle, which could call anything; here it can only call what builds tensors.

    Raises:
        ModelError: the file is not a state dict, is cut short, or calls anything else.
    """
    try:
        with path.open("rb") as file:
            reader = _Reader(file)
            magic, _, _, arrays, order = (reader.load() for _ in range(5))
            if magic != MAGIC:
                raise ModelError(f"{path} is not a PyTorch state dict.")
            for key in order:
                (count,) = np.fromfile(file, "<i8", 1)
                reader.storages[key][:] = np.fromfile(file, reader.storages[key].dtype, count)
    except (OSError, pickle.UnpicklingError, EOFError, LookupError, TypeError, ValueError) as error:
        raise ModelError(f"The state dict {path} cannot be read: {error}.") from error
    return dict(arrays)


class _Reader(pickle.Unpickler):
    """Reads tensors as views of storages, whose numbers follow the last pickle in the file."""

    def __init__(self, file):
        super().__init__(file)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module, name):
        try:
            return KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None

    def persistent_load(self, identity):
        _, kind, key, _, count, _ = identity
        return self.storages.setdefault(key, np.zeros(count, kind))


def _tensor(storage: np.ndarray, offset: int, shape: tuple, strides: tuple, *rest) -> np.ndarray:
    size = storage.itemsize
    return np.ndarray(shape, storage.dtype, storage, offset * size, [stride * size for stride in strides])


KNOWN = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
}
