"""Each picture has an id and a row of its own, or somebody is told; what cannot be read does not stop the rest."""

import json
import tarfile

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from captioner.bulk.command import main
from captioner.bulk.sources import files_in, readable
from captioner.errors import DataError
from tests.bulk.made import FAST, pictures_in, rows, tiny


def shard(path, *numbers) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "work").mkdir(exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for number in numbers:
            (path.parent / "work" / "x.jpg").write_bytes(tiny(number))
            archive.add(path.parent / "work" / "x.jpg", f"{number % 3}.jpg")
    return str(path)


def ids(source) -> list[str]:
    return [picture.id for picture in pictures_in(str(source))]


def test_files_of_one_name_in_several_folders_have_ids_of_their_own(tmp_path):
    for number, split in enumerate(("train", "val")):
        shard(tmp_path / split / "0.tar", 3 * number, 3 * number + 1)
        table = pa.table({"bytes": [tiny(number), tiny(number + 2)]})
        parquet.write_table(table, tmp_path / split / "0.parquet")
        (tmp_path / split / "a.jpg").write_bytes(tiny(number))
        (tmp_path / split / "list.txt").write_text("a.jpg\n/gone.jpg\n")
    both = f"{tmp_path}/{{train,val}}"
    assert ids(f"{both}/0.tar") == ["train/0.tar/0.jpg", "train/0.tar/1.jpg", "val/0.tar/0.jpg", "val/0.tar/1.jpg"]
    assert ids(f"{both}/0.parquet") == ["train/0.parquet/0", "train/0.parquet/1", "val/0.parquet/0", "val/0.parquet/1"]
    assert ids(f"{both}/list.txt") == ["train/a.jpg", "/gone.jpg", "val/a.jpg", "/gone.jpg"]
    assert {id for id in ids(both) if id.endswith("a.jpg")} == {"train/a.jpg", "val/a.jpg"}
    assert ids(tmp_path / "train" / "0.tar") == ["0.tar/0.jpg", "0.tar/1.jpg"]


def test_a_row_without_an_id_has_its_number_and_an_id_that_comes_twice_is_told(tmp_path, capsys):
    table = pa.table({"id": pa.array([7, None, 7, None]), "bytes": [tiny(number) for number in range(4)]})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert ids(tmp_path / "t.parquet") == ["7", "t.parquet/1", "7", "t.parquet/3"]
    out = str(tmp_path / "out")
    for _ in range(2):  # also where all that has an id of its own is done
        assert main([str(tmp_path / "t.parquet"), "--output", out, *FAST]) == 2
        assert "Two pictures have the id 7" in capsys.readouterr().err
        assert sorted(rows(out).index) == ["7", "t.parquet/1", "t.parquet/3"]


def test_a_path_that_is_listed_twice_is_one_picture(tmp_path):
    (tmp_path / "a.jpg").write_bytes(tiny(1))
    (tmp_path / "list.txt").write_text("a.jpg\na.jpg\n")
    assert main([str(tmp_path / "list.txt"), "--output", str(tmp_path / "out"), *FAST]) == 0
    assert list(rows(tmp_path / "out").index) == ["a.jpg"]


def test_a_damaged_shard_is_told_and_all_others_have_their_rows(tmp_path, capsys):
    for number, name in enumerate("abc"):
        shard(tmp_path / f"{name}.tar", 3 * number, 3 * number + 1)
    (tmp_path / "b.tar").write_bytes((tmp_path / "b.tar").read_bytes()[:-9000])
    (tmp_path / "d.parquet").write_bytes(b"PAR1 and no more")
    source = f"{tmp_path}/{{a.tar,b.tar,c.tar,d.parquet}}"
    assert main([source, "--output", str(tmp_path / "out"), *FAST]) == 2
    said = capsys.readouterr().err
    assert "b.tar is a damaged tar" in said and "1 more such fault" in said
    assert {"a.tar/0.jpg", "a.tar/1.jpg", "c.tar/0.jpg", "c.tar/1.jpg"} <= set(rows(tmp_path / "out").index)
    shard(tmp_path / "b.tar", 3, 4)
    assert main([f"{tmp_path}/{{a,b,c}}.tar", "--output", str(tmp_path / "out"), *FAST]) == 0
    assert len(rows(tmp_path / "out")) == 6


def test_links_in_a_tar_and_to_nothing_have_a_row_that_says_so(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").write_bytes(tiny(1))
    (tmp_path / "in/hard.jpg").hardlink_to(tmp_path / "in/a.jpg")
    (tmp_path / "in/soft.jpg").symlink_to("a.jpg")
    with tarfile.open(tmp_path / "t.tar", "w") as archive:
        for name in ("a", "hard", "soft"):
            archive.add(tmp_path / f"in/{name}.jpg", f"{name}.jpg")
    a, hard, soft = pictures_in(str(tmp_path / "t.tar"))
    assert a.content and "is a link" in hard.problem and "is a link" in soft.problem
    (tmp_path / "in/none.jpg").symlink_to("gone.jpg")
    assert main([str(tmp_path / "in"), "--output", str(tmp_path / "out"), *FAST]) == 0
    made = rows(tmp_path / "out")
    assert made.error["none.jpg"] == "none.jpg is not there: check its path."
    assert made.text[["a.jpg", "hard.jpg", "soft.jpg"]].notna().all()


def test_what_is_wrong_with_a_path_is_a_sentence(tmp_path):
    wrong = {"gone.jpg": "is not there", "..": "is a folder", "a\0b.jpg": "cannot be opened", "x" * 300: "be opened"}
    (tmp_path / "list.json").write_text(json.dumps(list(wrong)))
    assert main([str(tmp_path / "list.json"), "--output", str(tmp_path / "out"), *FAST]) == 0
    for id, error in rows(tmp_path / "out").error.items():
        assert wrong[id] in error and "Error" not in error and error.endswith("."), error


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("l.json", b'{"a": "/path"}', "is no list of paths: put them into"),
        ("l.json", b"[", "cannot be read as a list"),
        ("l.jsonl", b'"a.jpg"\n{"path":\n', "line 2 is no JSON"),
    ],
)
def test_a_list_that_is_none_is_said_with_the_place(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    faults = []
    list(readable(files_in(str(tmp_path / name)), faults.append))
    assert [type(each) for each in faults] == [DataError] and said in str(faults[0])


def test_a_list_may_hold_names_that_are_not_utf8(tmp_path):
    name = b"caf\xe9.jpg"
    (tmp_path / name.decode("utf-8", "surrogateescape")).write_bytes(tiny(1))
    (tmp_path / "list.txt").write_bytes(name + b"\n")
    assert main([str(tmp_path / "list.txt"), "--output", str(tmp_path / "out"), *FAST]) == 0
    [(id, text)] = rows(tmp_path / "out").text.items()
    assert id == "caf\\udce9.jpg" and text


def test_empty_bytes_are_an_empty_picture(tmp_path):
    cells = pa.array([{"bytes": b"", "path": "e.jpg"}], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    parquet.write_table(pa.table({"image": cells}), tmp_path / "t.parquet")
    [picture] = pictures_in(str(tmp_path / "t.parquet"))
    assert picture.content == b""
