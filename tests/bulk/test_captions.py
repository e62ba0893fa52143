"""Many pictures in; a table, JSON Lines and pictures with their captions out."""

import csv
import io
import json
import os
import struct
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from captioner.answer import VERSION, sentence_answer
from captioner.bulk.captions import Result, as_csv, as_json_lines, caption_each, write_pictures
from captioner.captioner import Caption, Word
from captioner.errors import ImageError
from captioner.pictures.alt_text import write_alt_text
from captioner.pictures.archive import Source, sources_in


@pytest.fixture
def caption():
    written = Caption("a dog", -0.51234, -1.5, True, (Word("a", 0.9, None), Word("dog", 0.12345, None)))
    return sentence_answer(written, [], 3, {"id": "model", "revision": "0"}, 12.34)


@pytest.fixture
def results(tmp_path, caption):
    names = ["a.jpg", "=1+1.jpg", "cut.jpg", "c.gif", "d.png"]
    for name in names:
        Image.new("RGB", (20, 20), "red").save(tmp_path / name)
    found = sources_in([tmp_path / name for name in names])
    results = [Result(source, "model", caption) for source in found]
    results[2] = Result(found[2], "model", error='"cut.jpg" is damaged.')
    results[3] = results[3].edit(" -a  “person's”\n words, ä ")
    return results


def rows_of(content: bytes) -> list[dict]:
    assert content.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_pictures_are_captioned_in_their_order_and_broken_ones_stop_nobody(captioner, examples, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    paths = [examples[0], tmp_path / "broken.jpg", *examples[1:6], tmp_path / "gone.jpg"]
    sources = [Source(path.name, path) for path in paths]

    def caption(picture):
        return sentence_answer(captioner.caption(picture), [], 3, {"id": captioner.name, "revision": "0"}, 1.0)

    done = list(caption_each(sources, caption, captioner.name))
    assert [result.source for result, _ in done] == sources
    for source, (result, picture) in zip(sources, done, strict=True):
        if source.path in examples:
            assert result.written["text"] == captioner.caption(source.path).text == result.caption
            assert picture.mode == "RGB" and result.error is None
        else:
            assert picture is None and result.caption == "" and f'"{source.name}"' in result.error


def test_who_stops_asking_has_the_rest_left_undone(examples):
    asked = []
    sources = [Source(str(number), examples[0]) for number in range(40)]
    each = caption_each(sources, lambda picture: asked.append(picture), "model")
    next(each)
    each.close()
    assert len(asked) < 9


def test_a_picture_whose_captioning_fails_is_no_broken_picture(examples):
    def fail(picture):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(caption_each([Source("a.jpg", examples[0])], fail, "model"))


def test_the_table_is_what_spreadsheets_expect_and_calculates_nothing(results):
    rows = rows_of(as_csv(results))
    assert [row["file"] for row in rows] == ["a.jpg", "'=1+1.jpg", "cut.jpg", "c.gif", "d.png"]
    assert rows[0] == {
        "file": "a.jpg", "caption": "a dog", "edited": "false", "sure": "true", "score": "-0.51234", "model": "model",
        "error": "",
    }  # fmt: skip
    assert rows[2]["error"] == '"cut.jpg" is damaged.' and rows[2]["caption"] == rows[2]["score"] == ""
    assert rows[3]["edited"] == "true"
    assert rows[3]["caption"] == "'-a “person's” words, ä"
    for start in ("=", "+", "-", "@", "\t=", " @", "＝", "＋"):  # noqa: RUF001
        [row] = rows_of(as_csv([results[0].edit(f"{start}SUM(A1)"), *[]]))
        assert row["caption"].startswith("'")
        [row] = rows_of(as_csv([replace(results[0], source=Source(f"{start}x.jpg", results[0].source.path))]))
        assert row["file"] == f"'{start}x.jpg"


def test_json_lines_have_all_there_is(results):
    lines = [json.loads(line) for line in as_json_lines(results).decode().splitlines()]
    assert lines[0] == {
        "version": VERSION,
        "file": "a.jpg",
        "caption": {
            "version": VERSION,
            "text": "a dog",
            "score": -0.51234,
            "log_probability": -1.5,
            "sure": True,
            "doubtful": False,
            "words": [{"text": "a", "probability": 0.9}, {"text": "dog", "probability": 0.12345}],
            "others": [],
            "guided_by": [],
            "beam_width": 3,
            "tags": [],
            "model": {"id": "model", "revision": "0"},
            "milliseconds": 12.3,
        },
        "edited": False,
        "error": None,
    }
    assert lines[1]["file"] == "=1+1.jpg"  # no spreadsheet reads this
    assert lines[2]["caption"] is None and "damaged" in lines[2]["error"]
    assert lines[3]["edited"] and lines[3]["caption"]["text"] == "-a “person's” words, ä"
    assert lines[3]["caption"]["words"] == lines[0]["caption"]["words"]


def test_editing_back_to_the_models_own_words_is_no_edit(results):
    assert results[3].edit(" a\tdog ") == replace(results[3], edited=None)
    assert results[3].edit("\0a\ud800 \x1bdog") == results[3].edit("a dog")
    assert results[3].edit("👩\u200d🚒").caption == "👩\u200d🚒"
    assert results[2].edit("of what nobody could read") == results[2]


def test_the_zip_has_every_picture_that_could_be_read_and_the_persons_files_stay(results, tmp_path):
    results[4] = results[4].edit("")  # a decorative picture has an empty text, and needs none
    before = {result.source.path: result.source.path.read_bytes() for result in results}
    why = "GIF files have no place for alt text that can be written safely."
    assert write_pictures(results, tmp_path / "out.zip") == {"c.gif": why}
    with zipfile.ZipFile(tmp_path / "out.zip") as written:
        assert written.namelist() == ["a.jpg", "=1+1.jpg", "c.gif", "c.gif.xmp", "c.xmp", "d.png"]
        assert b"a dog" in written.read("a.jpg")
        assert written.read("c.gif") == before[results[3].source.path]
        assert "-a “person's” words, ä" in written.read("c.gif.xmp").decode()
        assert written.getinfo("c.gif.xmp").comment.decode() == why
        assert written.read("d.png") == before[results[4].source.path]
    assert {path: path.read_bytes() for path in before} == before


def test_a_picture_that_is_gone_leaves_its_text_and_stops_no_other(results, tmp_path):
    results[0].source.path.unlink()
    beside = write_pictures(results, tmp_path / "out.zip")
    assert list(beside) == ["a.jpg", "c.gif"] and "no longer here" in beside["a.jpg"]
    with zipfile.ZipFile(tmp_path / "out.zip") as written:
        assert "a.jpg" not in written.namelist() and "a dog" in written.read("a.jpg.xmp").decode()
        assert {"=1+1.jpg", "c.gif", "d.png"} < set(written.namelist())
    for result in results:
        result.source.path.unlink(missing_ok=True)
    with pytest.raises(ImageError, match=r'"a\.jpg" is no longer here'):
        write_pictures(results, tmp_path / "out.zip")


@pytest.mark.parametrize("error", [ValueError, MemoryError, RecursionError, AttributeError, struct.error])
def test_what_nobody_foresaw_of_one_picture_touches_no_other(error, results, caption, tmp_path, monkeypatch, caplog):
    def strange(picture, text):
        if picture == odd:
            raise error("unforeseen")
        return write_alt_text(picture, text)

    odd = results[0].source.read()
    monkeypatch.setattr("captioner.bulk.captions.write_alt_text", strange)
    results[1].source.path.write_bytes(odd + b"more")
    assert write_pictures(results, tmp_path / "out.zip")["a.jpg"] == "Something went wrong with this file."
    with zipfile.ZipFile(tmp_path / "out.zip") as written:
        assert written.read("a.jpg") == odd and b"a dog" in written.read("=1+1.jpg")
    assert "a.jpg" in caplog.text

    def captioned(picture):
        if picture.size == (7, 7):
            raise error("unforeseen")
        return caption

    Image.new("RGB", (7, 7)).save(results[0].source.path)
    done = [result for result, _ in caption_each([each.source for each in results], captioned, "model")]
    assert [result.written is None for result in done] == [True, False, False, False, False]
    assert '"a.jpg"' in done[0].error and "unforeseen" in caplog.text


def test_photos_in_the_zip_keep_their_date_and_everyone_may_read_them(results, tmp_path):
    exif = Image.Exif()
    exif[0x0132] = "2009:08:07 06:05:04"
    Image.new("RGB", (20, 20)).save(results[0].source.path, exif=exif)
    os.utime(results[1].source.path, (1_000_000_000, 1_000_000_000))
    os.utime(results[4].source.path, (0, 0))  # before zips were
    write_pictures(results, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as written:
        entries = {entry.filename: entry for entry in written.infolist()}
    assert {entry.external_attr >> 16 for entry in entries.values()} == {0o644}
    assert entries["a.jpg"].date_time == (2009, 8, 7, 6, 5, 4)
    assert entries["=1+1.jpg"].date_time[0] == 2001 and entries["d.png"].date_time[0] == 1980


def test_a_photo_that_would_lose_by_its_text_is_named_with_what_it_would_lose(results, tmp_path):
    pages = [Image.new("RGB", (32, 32), (40 * page, 0, 0)) for page in range(5)]
    path = tmp_path / "pages.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="jpeg")
    [source] = sources_in([path])
    beside = write_pictures([replace(results[0], source=source)], tmp_path / "out.zip")
    assert beside == {} or "would lose" in beside["pages.tif"]
    path.write_bytes(b"BM" + path.read_bytes())
    beside = write_pictures([replace(results[0], source=source)], tmp_path / "out.zip")
    assert beside["pages.tif"].startswith("BMP files")
