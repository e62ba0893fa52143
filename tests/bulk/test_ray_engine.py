"""What Ray's workers are given to read, and what the command makes of Ray's errors; Ray itself is not started."""

import io
import sys
import tarfile
from types import SimpleNamespace

import pytest

from captioner.__main__ import main
from captioner.bulk.ray_engine import LOOSE, _Already, _own, _Pictures, _units
from captioner.bulk.sources import File, files_in
from captioner.errors import CaptionerError, DataError
from tests.bulk.made import pictures_in, tiny


def test_the_blocks_hold_the_pictures_that_have_no_row(tmp_path, monkeypatch):
    for number in range(20):
        (tmp_path / f"{number}.jpg").write_bytes(tiny(number))
    with tarfile.open(tmp_path / "shard.tar", "w") as archive:
        entry = tarfile.TarInfo("in.jpg")
        entry.size = len(tiny(7))
        archive.addfile(entry, io.BytesIO(tiny(7)))
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(get=lambda answer: answer))
    remote = SimpleNamespace(remote=lambda pictures: [id == "3.jpg" for id, _ in pictures])
    tables = [
        table
        for unit in _units(files_in(str(tmp_path)))
        for table in _Pictures(SimpleNamespace(of=remote))({"files": [unit["files"]]})
    ]
    blocks = {cells["id"]: cells["address"] or cells["bytes"] for table in tables for cells in table.to_pylist()}
    assert blocks == {each.id: each.content for each in pictures_in(str(tmp_path)) if each.id != "3.jpg"}
    assert sum(table.num_rows for table in tables) == len(blocks) == 20


def test_of_two_pictures_with_one_id_one_has_no_row_and_it_is_said_though_tasks_are_tried_again():
    already = _Already(SimpleNamespace(ids=list))
    assert already.of([("a.jpg", b"here"), ("b.jpg", b"there")]) == [False, False]
    assert already.of([("a.jpg", b"here"), ("b.jpg", b"elsewhere")]) == [False, True]
    assert [str(fault) for fault in already.told()] == [
        "Two pictures have the id b.jpg, and one of them has no row: give each its own."
    ]


def test_a_tar_is_read_by_one_task_and_pictures_by_the_dozen():
    files = [File(f"file:///{name}", name) for name in (*map("{}.jpg".format, range(LOOSE + 1)), "a.tar", "b.parquet")]
    units = [[file["name"] for file in unit["files"]] for unit in _units(files)]
    assert sorted(map(len, units)) == [1, 1, 1, LOOSE] and ["a.tar"] in units and ["b.parquet"] in units


def test_the_librarys_own_error_is_found_behind_rays():
    task = RuntimeError("a task has failed")
    task.cause = ValueError("user code")
    task.cause.__cause__ = DataError("x.tar is a damaged tar.")
    assert str(_own(task)) == "x.tar is a damaged tar."
    other = _own(RuntimeError("the node is gone"))
    assert type(other) is CaptionerError and "the node is gone" in str(other) and str(other).endswith("again.")


@pytest.mark.parametrize("options", [["--engine", "ray", "--format", "jsonl"], ["--address", "head:6379"]])
def test_options_that_do_not_go_together_are_said_before_anything_starts(options, tmp_path):
    with pytest.raises(SystemExit):
        main(["bulk", str(tmp_path), "--output", str(tmp_path / "out"), *options])
    assert not (tmp_path / "out").exists()
