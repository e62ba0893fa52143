"""A PyTorch file gives its arrays and nothing else: what would run is refused, what is broken is named."""

import os
import pickle
import sys
from types import ModuleType

import numpy as np
import pytest

from captioner.errors import ModelError
from captioner.networks.state_dict import MAGIC, read_state_dict

NUMBERS = np.arange(6, dtype="<f4")


class FloatStorage:
    """Six numbers that stand behind the pickles."""

    __module__ = "torch"


def _rebuild_tensor_v2():
    """Only its name is written."""


_rebuild_tensor_v2.__module__ = "torch._utils"


class Tensor:
    def __init__(self, *place):
        self.place = place

    def __reduce__(self):
        return _rebuild_tensor_v2, (FloatStorage(), *self.place)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        stands_behind = isinstance(value, FloatStorage)
        return ("storage", FloatStorage, "0", "cpu", len(NUMBERS), None) if stands_behind else None


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a file of tensors as PyTorch did, which is not installed here: pickle looks the names up."""
    for known in (FloatStorage, _rebuild_tensor_v2):
        module = ModuleType(known.__module__)
        setattr(module, known.__name__, known)
        monkeypatch.setitem(sys.modules, module.__name__, module)

    def write(arrays, magic=MAGIC, cut=None):
        path = tmp_path / "weights.pth"
        with path.open("wb") as file:
            for part in (magic, 1001, {}, arrays, ["0"]):
                Pickler(file, protocol=2).dump(part)
            file.write(np.array([len(NUMBERS)], "<i8").tobytes() + NUMBERS.tobytes())
        path.write_bytes(path.read_bytes()[:cut])
        return path

    return write


def test_tensors_are_read_as_they_lie_in_their_storage(written):
    arrays = read_state_dict(written({"plain": Tensor(0, (2, 3), (3, 1)), "turned": Tensor(1, (2, 2), (1, 2))}))
    assert arrays["plain"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays["turned"].tolist() == [[1, 3], [2, 4]]


def test_what_would_run_is_refused(written):
    class Command:
        def __reduce__(self):
            return os.system, ("touch ran",)

    with pytest.raises(ModelError, match=r"asks for posix\.system"):
        read_state_dict(written({"weights": Command()}))


def test_a_tensor_beyond_its_storage_is_refused(written):
    with pytest.raises(ModelError, match="cannot be read"):
        read_state_dict(written({"large": Tensor(0, (7,), (1,))}))


def test_a_file_cut_short_or_of_another_kind_is_refused(written):
    for broken in ({"cut": -4}, {"cut": 100}, {"magic": 1}):
        with pytest.raises(ModelError, match=r"weights\.pth"):
            read_state_dict(written({"plain": Tensor(0, (2, 3), (3, 1))}, **broken))
