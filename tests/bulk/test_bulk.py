"""`python -m captioner bulk`: every picture has exactly one row, whatever happens on the way."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time

import duckdb
import fsspec
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import webdataset
from PIL import Image

from captioner.__main__ import main
from captioner.bulk.output import Done, Output
from captioner.bulk.rows import FIELDS, SCHEMA
from captioner.data.places import expand
from captioner.errors import DataError, SettingError
from tests.bulk.made import FAST, PHOTOS, huge, pictures_in, rows, tiny
from tests.conftest import ROOT

NAMES = ("bee.jpg", "bus.jpg", "owl.jpg")


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        (tmp_path / "photos/deep").mkdir(parents=True, exist_ok=True)
        shutil.copy(PHOTOS / name, tmp_path / "photos/deep" / name)
    return tmp_path / "photos"


def test_broken_huge_and_empty_files_get_a_row_each_and_new_pictures_are_added(folder, tmp_path):
    (folder / "empty.jpg").touch()
    (folder / "broken.jpg").write_bytes((PHOTOS / "bee.jpg").read_bytes()[:500])
    (folder / "huge.png").write_bytes(huge())
    command = ["bulk", str(folder), "--output", str(tmp_path / "out"), *FAST]
    assert main(command) == 0
    first = rows(tmp_path / "out")
    assert set(first.index[first.error.isna()]) == {f"deep/{name}" for name in NAMES}
    assert set(first.index[first.text.isna()]) == {"empty.jpg", "broken.jpg", "huge.png"}
    shutil.copy(PHOTOS / "owl.jpg", folder / "new.jpg")
    assert main(command) == 0
    assert len(rows(tmp_path / "out")) == len(first) + 1
    count = duckdb.sql(f"SELECT count(DISTINCT id) FROM '{tmp_path}/out/*.parquet'").fetchall()
    assert count == [(len(first) + 1,)]
    datasets = pytest.importorskip("datasets")
    files = [str(path) for path in (tmp_path / "out").glob("*.parquet")]
    loaded = datasets.Dataset.from_parquet(files, cache_dir=str(tmp_path / "cache"))
    assert loaded.num_rows == len(first) + 1


def test_other_settings_are_not_mixed_into_an_output(tmp_path):
    Output(str(tmp_path / "out"), "parquet", {"beam_width": 1})
    with pytest.raises(SettingError, match="beam_width 1, not 3"):
        Output(str(tmp_path / "out"), "parquet", {"beam_width": 3})


def test_what_others_wrote_beside_the_parts_is_taken_over_once(tmp_path):
    output = Output(str(tmp_path / "out"), "parquet", {})
    row = dict.fromkeys(SCHEMA.names)
    output.write([row | {"id": "a"}])
    left = tmp_path / output.staging()
    left.mkdir()
    parquet.write_table(pa.Table.from_pylist([row | {"id": "b", "error": "broken"}], SCHEMA), left / "1.parquet")
    parquet.write_table(pa.Table.from_pylist([row | {"id": each} for each in "abc"], SCHEMA), left / "2.parquet")
    (left / "3.parquet").write_bytes((left / "2.parquet").read_bytes()[:-20])  # as a kill leaves it
    done = Done(output.ids())
    assert output.adopt(done) == 1 and output.adopt(done) == 0 and done.count == 3
    table = rows(tmp_path / "out")
    assert set(table.index) == set("abc") and table.error.dropna().to_dict() == {"b": "broken"} and not left.exists()
    done.close()


def test_kills_at_random_moments_end_with_one_row_each(folder, tmp_path):
    for number in range(60):
        (folder / f"{number}.jpg").write_bytes(tiny(number))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "captioner", "bulk", str(folder), "--output", str(out), "--rows-per-file", "5"]
    chance = random.Random(7)
    for _ in range(2):
        before = len(list(out.glob("part-*")))
        run = subprocess.Popen([*command, *FAST], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)
        while len(list(out.glob("part-*"))) == before and run.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.random() / 5)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert subprocess.run([*command, *FAST], cwd=ROOT, check=False).returncode == 0
    assert len(rows(out)) == 60 + len(NAMES)


def test_shards_of_the_webdataset_tool_are_read_by_a_brace_pattern(tmp_path):
    for shard in range(2):
        with webdataset.TarWriter(str(tmp_path / f"s-{shard:03}.tar")) as writer:
            writer.write({"__key__": "a", "jpg": tiny(shard), "txt": "a caption"})
    found = list(pictures_in(f"{tmp_path}/s-{{000..001}}.tar"))
    assert [(each.id, each.content) for each in found] == [("s-000.tar/a.jpg", tiny(0)), ("s-001.tar/a.jpg", tiny(1))]


def test_what_a_mac_leaves_among_pictures_has_no_row(tmp_path):
    (tmp_path / "in").mkdir()
    for name in "a.jpg", "._a.jpg":
        (tmp_path / "in" / name).write_bytes(tiny(1))
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(tmp_path / "in/._a.jpg", "x/._a.jpg")
        archive.add(tmp_path / "in/a.jpg", "x/a.jpg")
        archive.add(tmp_path / "in/a.jpg", "__MACOSX/x/a.jpg")
    assert [each.id for each in pictures_in(str(tmp_path / "in"))] == ["a.jpg"]
    assert [each.id for each in pictures_in(str(tmp_path / "a.tar"))] == ["a.tar/x/a.jpg"]


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_tables_in_the_hubs_layout_are_read(tmp_path, suffix):
    cells = [{"bytes": tiny(1), "path": "a.jpg"}, {"bytes": None, "path": "b.jpg"}, None]
    table = pa.table({"image": pa.array(cells, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))})
    path = str(tmp_path / f"train.{suffix}")
    if suffix == "parquet":
        parquet.write_table(table, path)
    else:
        with pa.OSFile(path, "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:  # as `datasets` does
            writer.write_table(table)
    one, two, three = pictures_in(path)
    assert (one.id, one.content) == (f"train.{suffix}/0", tiny(1))
    assert two.content.endswith("/b.jpg") and three.problem


def test_lists_and_addresses_are_read_and_written(tmp_path):
    memory = fsspec.filesystem("memory")
    memory.pipe({"/in/a.jpg": tiny(1), "/in/b/c.jpg": tiny(2), "/in/list.txt": b"a.jpg\nb/c.jpg\n"})
    assert {each.id for each in pictures_in("memory://in")} == {"a.jpg", "b/c.jpg"}
    listed = list(pictures_in("memory://in/list.txt"))
    assert [fsspec.open(each.content).open().read() for each in listed] == [tiny(1), tiny(2)]
    output = Output("memory://out", "jsonl", {})
    output.write([dict.fromkeys(SCHEMA.names) | {"id": "a"}])
    assert list(output.ids()) == ["a"]
    with pytest.raises(DataError, match="not there"):
        list(pictures_in(str(tmp_path / "missing")))


def test_braces_count_and_list():
    assert expand("{a,b}-{08..10}.tar") == [f"{one}-{two}.tar" for one in "ab" for two in ("08", "09", "10")]


def test_an_id_is_done_once():
    done = Done(["a"])
    assert [done.add(each) for each in "aab"] == [False, False, True]
    done.close()


def test_captions_go_into_copies_and_sidecars_and_a_row_says_where_they_could_not(folder, tmp_path):
    Image.new("RGB", (20, 20), "red").save(folder / "c.gif")
    copies, beside = tmp_path / "copies", tmp_path / "xmp"
    command = ["bulk", str(folder), "--output", str(tmp_path / "out"), "--write-alt-text", str(copies)]
    assert main([*command, "--sidecars", str(beside), *FAST]) == 0
    table = rows(tmp_path / "out")
    for id, text in table.text.items():
        assert text.encode() in (beside / f"{id}.xmp").read_bytes()
        assert text.encode() in (copies / (f"{id}.xmp" if id == "c.gif" else id)).read_bytes()
    assert table.error.isna().all() and set(table.index[table.note.notna()]) == {"c.gif"}
    assert table.note["c.gif"].startswith("GIF files have no place for alt text")
    with tarfile.open(tmp_path / "photos.tar", "w") as archive:
        archive.add(folder, ".")
    assert main(["bulk", str(tmp_path / "photos.tar"), "--output", str(tmp_path / "notes"), "--sidecars", *FAST]) == 0
    table = rows(tmp_path / "notes")
    assert table.text.notna().all() and table.note.str.contains("inside another file").all()


def test_a_row_is_the_answer_to_one_photo_with_the_same_options(folder, tmp_path, capsys):
    options = ["--strategy", "diverse", "--captions", "2", "--max-length", "6", "--sentence", "--neutral"]
    photo = folder / "deep/owl.jpg"
    assert main([str(photo), "--json", *options]) == 0
    answer = json.loads(capsys.readouterr().out)["caption"]
    command = ["bulk", str(folder), "--output", str(tmp_path / "out"), "--format", "jsonl", "--processes", "1"]
    assert main([*command, *options]) == 0
    [part] = (tmp_path / "out").glob("part-*.jsonl")
    [row] = [row for line in part.open() if (row := json.loads(line))["id"] == "deep/owl.jpg"]
    assert FIELDS.keys() < answer.keys() and len(row["others"]) == 1
    for name in "text", "sure":
        assert row[name] == answer[name]
    for name, key in ("words", "text"), ("others", "text"), ("tags", "noun"), ("guided_by", "noun"):
        assert [each[key] for each in row[name]] == [each[key] for each in answer[name]]
    assert row["score"] == pytest.approx(answer["score"], abs=1e-4)  # on one core or several, the last digits differ
    assert main([*command, *options, "--no-known-bigrams"]) == 2
    assert "was made with known_bigrams True, not False" in capsys.readouterr().err
