"""Captions without photos."""

import gzip

import pytest

from captioner.data import load_text
from captioner.errors import DataError


def refused(path):
    with pytest.raises(DataError) as caught:
        load_text(path)
    return str(caught.value)


def test_a_caption_a_line_each_on_its_own(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffA dog .\r\n\r\n  Café , closed \r\n".encode())
    assert load_text(tmp_path / "a.txt") == [("A dog .",), ("Café , closed",)]


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_captions_of_one_photo_are_a_group(tmp_path, name):
    text = b"7\tA dog .\n-\tA cat .\n7\tA black dog .\n-\tA cow .\nx.jpg\tA\ttab .\n"
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    assert load_text(str(tmp_path / name)) == [("A dog .", "A black dog ."), ("A cat .",), ("A cow .",), ("A\ttab .",)]


def test_several_files_and_folders_in_their_order_and_ids_count_within_a_file(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/b.tsv").write_text("1\tB\n")
    (tmp_path / "texts/a.txt").write_text("A\n")
    (tmp_path / "texts/README.md").write_text("nothing")
    (tmp_path / "c.tsv").write_text("1\tC\n")
    assert load_text([tmp_path / "c.tsv", tmp_path / "texts"]) == [("C",), ("A",), ("B",)]


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("a.tsv", b"1\tA dog\nA cat\n", "a.tsv, line 2: expected an id or '-', a tab and a caption"),
        ("a.tsv", b"1\tA dog\n2\t \n", "a.tsv, line 2: expected"),
        ("a.tsv", b"\tA dog\n", "a.tsv, line 1: expected"),
        ("a.txt", b"A dog\n1.jpg#0\tA cat\n", "a.txt, line 2: the caption has a tab; name the file .tsv"),
        ("a.txt", b"A dog\n\xff\n", "a.txt, line 2: not UTF-8"),
        ("a.txt", b"\n", "a.txt has no captions"),
        ("a.tsv.gz", b"1\tA dog\n", "a.tsv.gz cannot be read"),
        ("a.tsv.gz", gzip.compress(b"1\tA dog\n" * 99, mtime=0)[:-9], "a.tsv.gz cannot be read"),
        ("a.docx", b"A dog", "a.docx is not a text file of captions: give .txt"),
    ],
)
def test_whatever_is_wrong_is_named_with_its_line(tmp_path, name, data, complaint):
    (tmp_path / name).write_bytes(data)
    assert complaint in refused(tmp_path / name)


def test_missing_files_and_empty_folders_are_named(tmp_path):
    assert str(tmp_path / "x.txt") in refused(tmp_path / "x.txt")
    assert f"{tmp_path} is not a text file" in refused(tmp_path)


def test_the_texts_at_hand(data_home, flickr8k):
    groups = load_text(data_home / "data/text")
    assert sum(map(len, groups)) == 230_711
    assert max(map(len, groups)) >= 48  # PASCAL-50S has about fifty sentences a photo
