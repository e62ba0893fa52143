"""Sources and folders as people have them: nothing of theirs is written over, and one bad file stops no other."""

import json
import os

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from captioner.bulk.command import main
from captioner.bulk.sources import files_in, readable
from captioner.data.places import expand
from tests.bulk.made import FAST, rows, tiny


def folder_of(place, *names):
    for number, name in enumerate(names):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(tiny(100 * number))
    return place


def bulk(source, output, *options) -> int:
    return main([str(source), "--output", str(output), *FAST, *map(str, options)])


def found_in(source) -> tuple[list[str], list[str]]:
    """The ids of a source's pictures, and what is wrong with it."""
    faults = []
    ids = [picture.id for picture in readable(files_in(str(source)), faults.append)]
    return sorted(ids), [str(fault) for fault in faults]


def test_no_file_of_a_persons_own_is_written_over(tmp_path, capsys):
    source = folder_of(tmp_path / "in", "a.jpg", "b.jpg")
    (source / "a.jpg.xmp").write_text("darktable's history")
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies/b.jpg").write_text("another file")
    before = (source / "a.jpg").read_bytes()
    assert bulk(source, tmp_path / "none", "--write-alt-text", source) == 2
    assert "names the folder of the pictures" in capsys.readouterr().err
    assert bulk(source, tmp_path / "out", "--write-alt-text", tmp_path / "copies", "--sidecars") == 0
    assert (source / "a.jpg").read_bytes() == before
    assert (source / "a.jpg.xmp").read_text() == "darktable's history"
    assert (tmp_path / "copies/b.jpg").read_text() == "another file"
    notes = rows(tmp_path / "out").note
    assert notes["a.jpg"] == f"The caption is only in this row: there is another file at {source}/a.jpg.xmp."
    assert notes["b.jpg"] == f"The caption is only in this row: there is another file at {tmp_path}/copies/b.jpg."


def test_two_pictures_never_share_a_copy(tmp_path):
    folder_of(tmp_path, "other/a.jpg", "lists/other/a.jpg")
    (tmp_path / "lists/two.txt").write_text("other/a.jpg\n../other/a.jpg\n")
    assert bulk(tmp_path / "lists/two.txt", tmp_path / "out", "--write-alt-text", tmp_path / "copies") == 0
    made = rows(tmp_path / "out")
    assert len(made) == 2 and made.note.notna().sum() == 1 and "there is another file" in made.note.dropna().iloc[0]


def test_copies_have_the_date_and_the_rights_of_the_pictures(tmp_path):
    source = folder_of(tmp_path / "in", "a.jpg")
    os.chmod(source / "a.jpg", 0o640)
    os.utime(source / "a.jpg", (10**9, 10**9))
    assert bulk(source, tmp_path / "out", "--write-alt-text", tmp_path / "copies") == 0
    made = (tmp_path / "copies/a.jpg").stat()
    assert (made.st_mode & 0o777, made.st_mtime) == (0o640, 10**9)
    assert (tmp_path / "copies/a.jpg").read_bytes() != (source / "a.jpg").read_bytes()


def test_what_is_written_within_the_source_is_no_source(tmp_path):
    source = folder_of(tmp_path / "in", "a.jpg", "sub/b.jpg")
    for _ in range(2):
        assert bulk(source, source / "captions", "--write-alt-text", source / "described") == 0
        assert sorted(rows(source / "captions").index) == ["a.jpg", "sub/b.jpg"]
    assert sorted(path.name for path in (source / "described").rglob("*.jpg")) == ["a.jpg", "b.jpg"]


def test_copies_are_made_with_the_rows_or_refused(tmp_path, capsys):
    source = folder_of(tmp_path / "in", "a.jpg")
    assert bulk(source, tmp_path / "out") == 0
    assert bulk(source, tmp_path / "out", "--write-alt-text", tmp_path / "copies") == 2
    assert "was made without write_alt_text, not with write_alt_text: use the same settings" in capsys.readouterr().err


TABLES = {
    "numbers beside paths": pa.table({"image": [1], "path": ["a.jpg"]}),
    "numbers alone": pa.table({"image": [1]}),
    "lists of numbers": pa.table({"image": [[1, 2]]}),
    "no UTF-8": pa.table({"path": pa.array([b"\xff.jpg"], pa.binary()).view(pa.string())}),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_bad_table_stops_nothing_else(table, tmp_path):
    folder_of(tmp_path, "a.jpg", "z.jpg")
    parquet.write_table(table, tmp_path / "m.parquet")
    (tmp_path / "n.tar").symlink_to("nowhere")
    ids, faults = found_in(tmp_path)
    assert {"a.jpg", "z.jpg"} <= set(ids)
    assert len(faults) == 2 - ("m.parquet/0" in ids) and all(fault.endswith(".") for fault in faults)
    assert "n.tar is not there: check its path." in faults


def test_packed_data_that_are_damaged_are_a_sentence(tmp_path):
    table = pa.table({"path": [f"{number}.jpg" for number in range(2000)]})
    parquet.write_table(table, tmp_path / "t.parquet", compression="gzip")
    content = bytearray((tmp_path / "t.parquet").read_bytes())
    content[40:80] = bytes(40)
    (tmp_path / "t.parquet").write_bytes(content)
    _, [fault] = found_in(tmp_path)
    assert "is a damaged table" in fault


@pytest.mark.parametrize("pattern", ["{there,gone}", "{1..2}.tar"])
def test_of_a_pattern_all_is_there_or_nothing_begins(pattern, tmp_path):
    folder_of(tmp_path, "there/a.jpg", "1.tar")
    faults = []
    pictures = readable(files_in(f"{tmp_path}/{pattern}"), faults.append)
    with pytest.raises(Exception, match=r"(gone|2\.tar) is not there"):
        next(pictures)


@pytest.mark.parametrize("name", ["a {1..3} {x,y}", "a::b", "file:::c", "[ab]*"])
def test_what_is_there_is_no_pattern_and_no_address(name, tmp_path):
    folder_of(tmp_path / name, "a.jpg", "t::x.jpg")
    assert found_in(tmp_path / name) == (["a.jpg", "t::x.jpg"], [])
    assert bulk(tmp_path / name, tmp_path / "out", "--sidecars") == 0
    assert sorted(path.name for path in (tmp_path / name).iterdir()) == [
        "a.jpg", "a.jpg.xmp", "t::x.jpg", "t::x.jpg.xmp"
    ]  # fmt: skip


def test_a_pattern_counts_down_too():
    assert expand("{3..1}.tar") == ["3.tar", "2.tar", "1.tar"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("kind", ["txt", "json", "jsonl"])
def test_lists_are_read_in_whatever_way_windows_writes_them(kind, encoding, tmp_path):
    names = ["ä.jpg", "b.jpg"]
    text = json.dumps(names, ensure_ascii=False) if kind == "json" else "".join(
        f"{json.dumps(name, ensure_ascii=False) if kind == 'jsonl' else name}\r\n" for name in names
    )  # fmt: skip
    (tmp_path / f"list.{kind}").write_bytes(text.encode(encoding))
    assert found_in(tmp_path / f"list.{kind}") == (["b.jpg", "ä.jpg"], [])


def test_an_entry_that_names_no_picture_has_a_row_that_says_so(tmp_path):
    folder_of(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / "list.jsonl").write_text('"a.jpg"\n5\n{"url": "x"}\nnull\n{"image": null}\n"b.jpg"\n')
    assert bulk(tmp_path / "list.jsonl", tmp_path / "out") == 0
    errors = rows(tmp_path / "out").error
    assert sorted(errors.index) == ["a.jpg", "b.jpg", *(f"list.jsonl/{number}" for number in (2, 3, 4, 5))]
    assert errors[["a.jpg", "b.jpg"]].isna().all()
    assert errors["list.jsonl/3"].startswith("Entry 3 of list.jsonl is {'url': 'x'}: give a path, or an object with")


def test_an_output_that_is_damaged_is_a_sentence(tmp_path, capsys):
    source = folder_of(tmp_path / "in", "a.jpg")
    assert bulk(source, tmp_path / "out") == 0
    [part] = (tmp_path / "out").glob("part-*")
    part.write_bytes(b"")
    assert bulk(source, tmp_path / "out") == 2
    part.unlink()
    assert bulk(source, tmp_path / "out") == 0 and len(rows(tmp_path / "out")) == 1
    (tmp_path / "out/_settings.json").write_text("{")
    assert bulk(source, tmp_path / "out") == 2
    damaged = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(damaged) == 2 and all(" is damaged: " in line for line in damaged)


@pytest.mark.parametrize("left", ["__settings.json.0123.tmp", ".DS_Store"])
def test_an_output_in_which_nothing_has_begun_is_empty(left, tmp_path):
    source = folder_of(tmp_path / "in", "a.jpg")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / left).write_text("{")
    assert bulk(source, tmp_path / "out") == 0


@pytest.mark.parametrize("source", ["", "empty"])
def test_a_source_without_pictures_is_said(source, tmp_path, capsys, monkeypatch):
    folder_of(tmp_path, "a.jpg")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert bulk(source, tmp_path / "out") == 2
    assert ("has no name" if not source else "There is no picture in empty") in capsys.readouterr().err


def test_what_cannot_be_fetched_is_a_sentence(tmp_path):
    (tmp_path / "list.txt").write_text("nothing://a/b.jpg\n")
    assert bulk(tmp_path / "list.txt", tmp_path / "out") == 0
    [error] = rows(tmp_path / "out").error
    assert error.startswith("nothing://a/b.jpg cannot be opened: ") and "Error" not in error
