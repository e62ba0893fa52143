"""A broken, a huge and an empty file in the middle of each kind of source: a row with its error each, the rest done."""

import gzip
import os
import tarfile

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captioner.answer import model_answer
from captioner.bulk.rows import Job, Rows
from captioner.bulk.sources import LARGEST
from captioner.engines import litert_engine
from captioner.errors import DataError
from captioner.search.strategy import Search
from tests.bulk.made import PHOTOS, huge, pictures_in, tiny

BEE, BUS = ((PHOTOS / name).read_bytes() for name in ("bee.jpg", "bus.jpg"))
FILES = {"0-bee.jpg": BEE, "1-broken.jpg": BEE[:500], "2-huge.png": huge(), "3-empty.jpg": b"", "4-bus.jpg": BUS}
WHOLE = [True, False, False, False, True]


@pytest.fixture(scope="module")
def work(captioner):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(litert_engine, "THREADS", litert_engine.THREADS)  # so that it is put back
        search = Search(beam_width=1).filled(captioner.model.decoding)
        yield Rows(Job(None, model_answer(captioner, None), search))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos").mkdir()
    for name, content in FILES.items():
        (tmp_path / "photos" / name).write_bytes(content)
    return tmp_path / "photos"


def as_list(folder):
    (folder / "list.txt").write_text("".join(f"{name}\n" for name in FILES))
    return folder / "list.txt"


def as_json_lines(folder):
    (folder / "list.jsonl").write_text("".join(f'{{"path": "{name}"}}\n' for name in FILES))
    return folder / "list.jsonl"


def as_tar(folder):
    with tarfile.open(folder / "all.tar", "w") as archive:
        for name in FILES:
            archive.add(folder / name, name)
    return folder / "all.tar"


def as_parquet_of_bytes(folder):
    cells = [{"bytes": content, "path": None} for content in FILES.values()]
    table = pa.table({"image": pa.array(cells, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))})
    parquet.write_table(table, folder / "all.parquet")
    return folder / "all.parquet"


def as_parquet_of_paths(folder):
    parquet.write_table(pa.table({"id": list(FILES), "path": list(FILES)}), folder / "all.parquet")
    return folder / "all.parquet"


def as_arrow(folder):
    table = pa.table({"jpg": list(FILES.values())})
    with pa.OSFile(str(folder / "all.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return folder / "all.arrow"


@pytest.mark.parametrize(
    "source",
    [lambda folder: folder, as_list, as_json_lines, as_tar, as_parquet_of_bytes, as_parquet_of_paths, as_arrow],
)
def test_each_has_its_row(source, folder, work):
    made = sorted(work(pictures_in(str(source(folder)))), key=lambda row: row["id"])
    assert len({row["id"] for row in made}) == len(FILES)
    assert [row["text"] is not None for row in made] == WHOLE
    assert [row["error"] is None for row in made] == WHOLE
    for row in made:
        assert row["error"] is None or (row["id"].rpartition("/")[2] in row["error"] and row["error"].endswith("."))


def test_a_file_of_too_many_bytes_and_one_that_is_gone_are_said(folder, work):
    (folder / "large.jpg").touch()
    os.truncate(folder / "large.jpg", LARGEST + 1)
    (folder / "list.txt").write_text("0-bee.jpg\nlarge.jpg\ngone.jpg\n4-bus.jpg\n")
    made = {row["id"]: row for row in work(pictures_in(str(folder / "list.txt")))}
    assert made["0-bee.jpg"]["text"] and made["4-bus.jpg"]["text"]
    assert "larger than 200 MB" in made["large.jpg"]["error"] and "gone.jpg" in made["gone.jpg"]["error"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), packed=st.booleans())
def test_a_tar_that_is_cut_anywhere_gives_the_pictures_before_and_then_the_error(tmp_path, data, packed):
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(tiny(number))
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        for number in range(4):
            archive.add(tmp_path / f"{number}.jpg", f"{number}.jpg")
        end = archive.offset
    cut = data.draw(st.one_of(st.integers(1, end), st.integers(1, end // 512).map(lambda block: 512 * block)))
    content = (tmp_path / "all.tar").read_bytes()[:cut]
    path = tmp_path / ("cut.tar.gz" if packed else "cut.tar")
    path.write_bytes(gzip.compress(content) if packed else content)
    found = []
    with pytest.raises(DataError, match="is a damaged tar"):
        found.extend(picture.content for picture in pictures_in(str(path)))
    assert found == [tiny(number) for number in range(len(found))]
