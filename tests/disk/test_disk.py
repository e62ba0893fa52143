"""A disk that takes nothing is a sentence; what was there before is whole, and nothing half is left."""

import errno
import os
import random
import re

import numpy as np
import pytest

from captioner import DiskError
from captioner.bulk.output import Output
from captioner.bulk.rows import Job, Rows
from captioner.captioner import _export_here
from captioner.engines.exports import cache, find_export, keep
from captioner.folder import default
from captioner.folder.manifest import ModelFolder
from captioner.folder.storage import load, load_checkpoint, save, save_checkpoint
from captioner.training import stored
from tests.bulk.made import pictures_in
from tests.disk.writing import ROWS, Variable, model_of, some_export
from tests.disks import contents, full_after, open_folder, read_only

SENTENCE = re.compile(r"There is no room for .{4,40} in .+: free some space, then try again\.")
FORBIDDEN = re.compile(r".+ is not writable, so .{4,40} cannot be saved: allow it, or choose another folder\.")
CHANCE = random.Random(23)


@pytest.mark.parametrize("size", [0, 1, *(CHANCE.randrange(2_000_000) for _ in range(4))])
def test_a_model_that_finds_no_room_leaves_the_one_before_whole(folder, size):
    before = contents(folder.parent)
    with full_after(size), pytest.raises(DiskError, match=SENTENCE):
        save(model_of(2), folder)
    assert contents(folder.parent) == before
    save(model_of(2), folder)
    assert contents(folder.parent).keys() == before.keys()


def test_a_new_model_that_finds_no_room_leaves_nothing(tmp_path):
    with full_after(100_000), pytest.raises(DiskError, match=SENTENCE):
        save(model_of(1), tmp_path / "models/tiny")
    assert contents(tmp_path) == {}


def test_a_model_in_a_folder_that_may_only_be_read_is_said_and_whole():
    with open_folder() as home:
        save(model_of(1), home / "tiny")
        before = contents(home)
        with read_only(home), pytest.raises(DiskError, match=FORBIDDEN):
            save(model_of(1), home / "tiny")
        assert contents(home) == before and load(home / "tiny", networks=False).name == "tiny"


@pytest.mark.parametrize("size", [0, CHANCE.randrange(400_000), CHANCE.randrange(400_000)])
def test_a_checkpoint_that_finds_no_room_leaves_the_one_before(tmp_path, size):
    checkpoint, weights = tmp_path / "decoder/latest.safetensors", Variable("kernel", np.ones((100, 1000), "float32"))
    save_checkpoint([weights], {"records": [1]}, checkpoint)
    weights.assign(weights.values + 1)
    with full_after(size), pytest.raises(DiskError, match=SENTENCE):
        save_checkpoint([weights], {"records": [1, 2]}, checkpoint)
    assert contents(tmp_path).keys() == {"decoder/latest.safetensors"}
    assert load_checkpoint([weights], checkpoint) == {"records": [1]}
    assert np.all(weights.numpy() == 1)


def test_an_export_that_finds_no_room_in_the_cache_is_used_all_the_same(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("CAPTIONER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("captioner.engines.export.make_export", lambda model: some_export(1))
    with full_after(CHANCE.randrange(1_500_000)):
        assert _export_here(model_of(1), ModelFolder(folder)) == some_export(1)
    assert contents(cache()) == {} and find_export(ModelFolder(folder), load(folder, networks=False).preset) is None


def test_an_export_of_the_default_model_is_replaced_by_a_whole_one_or_not_at_all(folder, monkeypatch):
    monkeypatch.setattr(default, "DEFAULT_MODEL", folder)
    keep(some_export(1), ModelFolder(folder), load(folder, networks=False).preset)
    before = contents(folder.parent)
    with full_after(400_000), pytest.raises(DiskError, match=SENTENCE):
        keep(some_export(2), ModelFolder(folder), load(folder, networks=False).preset)
    assert contents(folder.parent) == before
    assert find_export(ModelFolder(folder), load(folder, networks=False).preset).networks == some_export(1).networks


def test_an_array_on_the_disk_takes_all_its_room_first_or_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "LARGEST", 600_000)
    array = stored.StoredArray(tmp_path / "cache", "features", (1000, 1000), "the feature cache")
    for size in 100_000, 599_999:
        with full_after(size), pytest.raises(DiskError, match=SENTENCE):
            array.make()
        assert contents(tmp_path) == {}
    real, rooms = os.posix_fallocate, []

    def full_at_the_third(*given):
        rooms.append(given)
        if len(rooms) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*given)

    with monkeypatch.context() as patch, pytest.raises(DiskError, match=SENTENCE):
        patch.setattr(os, "posix_fallocate", full_at_the_third)
        array.make()
    assert contents(tmp_path) == {}
    array.make()
    assert len(array.files) == 4 and not np.asarray(array).any()
    assert sum(file.stat().st_blocks * 512 for file in array.files) >= 2_000_000


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_rows_that_find_no_room_are_not_half_there_and_come_with_the_next_run(tmp_path, kind):
    output = Output(str(tmp_path / "out"), kind, {})
    output.write(ROWS[:500])
    before = contents(tmp_path)
    with full_after(2000), pytest.raises(DiskError, match=SENTENCE):
        output.write(ROWS[500:])
    assert contents(tmp_path) == before
    again = Output(str(tmp_path / "out"), kind, {})
    again.write(ROWS[500:])
    assert sorted(again.ids()) == sorted(row["id"] for row in ROWS)


def test_an_output_that_may_only_be_read_is_said():
    with open_folder() as home, read_only(home), pytest.raises(DiskError, match=FORBIDDEN):
        Output(str(home / "out"), "parquet", {})


@pytest.mark.parametrize("where", ["copies", "sidecars", "beside"])
def test_copies_that_find_no_room_stop_the_run_and_a_place_that_is_closed_is_said_in_the_row(where, examples):
    with open_folder() as home:
        (home / "photos").mkdir()
        (home / "photos/dog.jpg").write_bytes(examples[0].read_bytes())
        places = {"copies": {"copies": str(home / "out")}, "sidecars": {"sidecars": str(home / "out")}}
        rows = Rows.__new__(Rows)
        rows.job = Job(None, None, None, **places.get(where, {"sidecars": ""}))
        [picture] = pictures_in(str(home / "photos"))
        assert rows._write(picture, "a dog") is None
        before = contents(home)
        with full_after(100), pytest.raises(DiskError, match=SENTENCE):
            rows._write(picture, "a cat")
        with read_only(home):
            said = rows._write(picture, "a cat")
        assert said == "The caption is only in this row, not in a file: Permission denied"
        assert contents(home) == before
