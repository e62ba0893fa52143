"""Arrays on the disk in several files: the same rows as in memory, whatever lies where."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captioner.errors import DiskError
from captioner.training import stored
from captioner.training.stored import StoredArray

FRESH = itertools.count()
SHAPES = st.tuples(st.integers(0, 30), st.integers(1, 3), st.integers(1, 4)) | st.tuples(st.integers(1, 30))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), shape=SHAPES, largest=st.integers(1, 400))
def test_what_is_written_is_read_by_any_slice_and_each_file_is_an_array_of_its_own(tmp_path, data, shape, largest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "LARGEST", largest)
        array = StoredArray(tmp_path / str(next(FRESH)), "numbers", shape, "numbers")
        array.make()
    expected = np.zeros(shape, "float16")
    bound = st.integers(-len(expected) - 2, len(expected) + 2) | st.none()
    for number in range(1, 4):
        rows = slice(data.draw(bound), data.draw(bound))
        expected[rows] = values = np.random.default_rng(number).normal(size=expected[rows].shape)
        array[rows] = values
    np.testing.assert_array_equal(array, expected)
    rows = slice(data.draw(bound), data.draw(bound))
    np.testing.assert_array_equal(array[rows], expected[rows])
    for index in range(-len(expected), len(expected)):
        np.testing.assert_array_equal(array[index], expected[index])
    assert (array.shape, len(array), array.nbytes) == (expected.shape, len(expected), expected.nbytes)
    parts = [np.load(path) for path in sorted(array.folder.glob("*.npy"))]
    np.testing.assert_array_equal(np.concatenate([*parts, expected[:0]]), expected)
    assert all(part.nbytes <= max(largest, array.row) for part in parts)
    assert array.there() == len(expected)


@pytest.fixture
def array(tmp_path, monkeypatch):
    """Seven rows in four files."""
    monkeypatch.setattr(stored, "LARGEST", 12)
    array = StoredArray(tmp_path, "numbers", (7, 3), "numbers")
    array.make()
    array[:] = np.arange(21).reshape(7, 3)
    assert [path.name for path in array.files] == [f"numbers-0000{number}-of-00004.npy" for number in range(4)]
    return array


def lost(path):
    path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def of_another_shape(path):
    np.save(path, np.zeros((2, 4), "float16"))


def of_another_kind(path):
    np.save(path, np.zeros((2, 3), "float32"))


@pytest.mark.parametrize("spoil", [lost, cut, of_another_shape, of_another_kind])
@pytest.mark.parametrize("number", range(4))
def test_what_comes_before_a_file_that_is_lost_or_another_stays(array, spoil, number):
    spoil(array.files[number])
    assert array.there() == 2 * number
    array.make()
    assert array.there() == 7
    expected = np.arange(21).reshape(7, 3)
    expected[2 * number : 2 * number + 2] = 0
    np.testing.assert_array_equal(array, expected)


def test_files_of_another_layout_make_room(array, tmp_path):
    (tmp_path / "others.npy").touch()
    whole = StoredArray(tmp_path, "numbers", (9, 3), "numbers")
    assert whole.there() == 0
    whole.make()
    assert {path.name for path in tmp_path.glob("*.npy")} == {"others.npy", *(path.name for path in whole.files)}


def test_a_file_that_is_cut_or_lost_while_it_is_used_is_said(array):
    for spoil in cut, lost:
        spoil(array.files[2])
        with pytest.raises(DiskError, match=r"numbers-00002-of-00004\.npy"):
            array[3:6]
        np.testing.assert_array_equal(array[6:], [[18, 19, 20]])
