"""Photos with a table of captions: CSV, TSV, JSON Lines, in the ways that people and their tools write them."""

import csv
import io
import json
import random

import pytest

from captioner.data import load_examples
from captioner.data.rows import read_rows
from captioner.errors import DataError
from tests.data.layouts import draw, photos, write_csv

SAID = {"a.jpg": ["A dog , a ball .", 'A "happy" dog'], "b.jpg": ["Café; a | bar"]}


def read(folder, split="all"):
    return {example.image.name: list(example.captions) for example in load_examples(folder, split)}


def refused(folder, split="all"):
    with pytest.raises(DataError) as caught:
        load_examples(folder, split)
    return str(caught.value)


@pytest.fixture
def folder(tmp_path):
    draw(tmp_path / "photos", SAID)
    return tmp_path


@pytest.mark.parametrize(
    "header",
    [
        *(("image", "caption"), ("image_name", "comment"), ("file", "text"), ("file_name", "text")),
        *(("filename", "caption"), ("path", "description"), ("Image Path", " Caption "), ("FILE-NAME", "Text")),
    ],
)
def test_columns_have_many_names(folder, header):
    write_csv(folder / "my captions.csv", SAID, header)
    assert read(folder) == SAID


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@pytest.mark.parametrize(
    ("name", "delimiter"), [("c.csv", ","), ("c.csv", ";"), ("c.tsv", "\t"), ("captions.txt", ",")]
)
def test_delimiters_and_quotes(folder, name, delimiter, quoting):
    write_csv(folder / name, SAID, delimiter=delimiter, quoting=quoting)
    assert read(folder) == SAID


def test_the_quoted_header_of_flickr8k(folder):
    (folder / "photos").rename(folder / "Images")
    write_csv(folder / "captions.txt", SAID, quoting=csv.QUOTE_ALL)
    assert (folder / "captions.txt").read_text().startswith('"image","caption"')
    assert read(folder) == SAID


def test_a_tsv_that_knows_no_quotes(folder):
    (folder / "c.tsv").write_text('image\tcaption\na.jpg\t"Stop" says a sign\nb.jpg\tA "cat\n')
    assert read(folder) == {"a.jpg": ['"Stop" says a sign'], "b.jpg": ['A "cat']}


def test_flickr30k_of_kaggle_with_its_one_broken_line(tmp_path):
    draw(tmp_path / "flickr30k_images", ["1000092795.jpg", "2199200615.jpg"])
    lines = ["image_name| comment_number| comment"]
    lines += ['1000092795.jpg| 0| Two young guys , one in a "hat" .', "1000092795.jpg| 1| Two men ."]
    lines += ["2199200615.jpg| 3| A dog on grass .", "2199200615.jpg| 4   A dog runs across the grass ."]
    (tmp_path / "results.csv").write_text("\n".join(lines) + "\n")
    assert read(tmp_path) == {
        "1000092795.jpg": ['Two young guys , one in a "hat" .', "Two men ."],
        "2199200615.jpg": ["A dog on grass .", "A dog runs across the grass ."],
    }
    (tmp_path / "results.csv").write_text("\n".join([*lines, "1000092795.jpg| 2   Two ."]) + "\n")
    assert "results.csv, line 6: expected 3 fields" in refused(tmp_path)


def test_json_lines_with_one_caption_or_a_list(folder):
    records = [
        {"file_name": "a.jpg", "text": SAID["a.jpg"], "width": 3},
        {"text": SAID["b.jpg"][0], "file_name": "b.jpg"},
    ]
    (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in records))
    assert read(folder) == SAID


@pytest.mark.parametrize("place", ["", "photos/", "photos\\"])
def test_photos_beside_the_table_or_in_the_folder_that_it_names(folder, place):
    if not place:
        for path in (folder / "photos").iterdir():
            path.rename(folder / path.name)
    write_csv(folder / "c.csv", {f"{place}{name}": captions for name, captions in SAID.items()})
    assert read(folder) == SAID


def test_a_quoted_caption_over_several_lines(folder):
    (folder / "c.csv").write_text('image,caption\na.jpg,"A dog\n\n runs ,\nfast"\nb.jpg,A cat\n')
    assert read(folder) == {"a.jpg": ["A dog runs , fast"], "b.jpg": ["A cat"]}


def test_more_columns_do_not_matter(folder):
    (folder / "c.csv").write_text("id,caption,width,image\n1,A dog,4,a.jpg\n2,A cat,4,b.jpg\n")
    assert read(folder) == {"a.jpg": ["A dog"], "b.jpg": ["A cat"]}


def test_a_table_about_something_else_does_not_matter(folder):
    write_csv(folder / "captions.csv", SAID)
    (folder / "a-list.csv").write_text("city,inhabitants\nOslo,717710\n")
    (folder / "another.csv").write_bytes("Zürich;4".encode("latin-1"))
    assert read(folder) == SAID


def test_a_table_a_split(folder):
    for name, captions in SAID.items():
        write_csv(folder / f"{'train' if name == 'a.jpg' else 'validation'}.csv", {name: captions})
    assert list(read(folder, "train")) == ["a.jpg"] and list(read(folder, "dev")) == ["b.jpg"]
    assert read(folder) == SAID
    assert "dev.csv" in refused(folder, "test")


def test_a_column_of_splits(folder):
    (folder / "c.csv").write_text("image,split,caption\na.jpg,train,A dog\nb.jpg,val,A cat\n")
    assert list(read(folder, "train")) == ["a.jpg"] and list(read(folder, "dev")) == ["b.jpg"]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        (
            "c.csv",
            "image,caption\na.jpg,A dog\nb.jpg\n",
            "c.csv, line 3: expected two fields, 'image,caption', found 1",
        ),
        ("c.csv", 'image,caption\na.jpg,"A dog\nb.jpg,A "cat"\n', "c.csv, line 2: not readable as CSV"),
        ("c.csv", "picture,words\na.jpg,A dog\n", "c.csv, line 1: expected the header 'image,caption'"),
        ("c.csv", "image,caption\na.jpg, \n", "c.csv, line 2: the caption of a.jpg is empty"),
        ("c.csv", "image,caption\n", "c.csv has no captions"),
        ("c.csv", "", "c.csv, line 1: expected the header"),
        ("c.csv", "image,split,caption\na.jpg,soon,A dog\n", "c.csv, line 2: 'soon' is not a split"),
        ("c.csv", "image,split,caption\na.jpg,,A dog\n", "c.csv, line 2: '' is not a split"),
        ("c.csv", "image,split,caption\na.jpg,dev,A\na.jpg,test,B\n", "line 3: a.jpg is in two splits, dev and test"),
        ("c.csv", "image,caption\nz.jpg,A dog\n", "z.jpg: captioned in"),
        ("c.csv", "image,caption\na.jpg,A dog\nz.jpg,A dog\n", "z.jpg: captioned in"),
        ("c.tsv", "image\tcaption\na.jpg\tA\tdog\n", "c.tsv, line 2: expected two fields"),
        ("c.jsonl", '{"image": "a.jpg", "caption": "A dog"}\n{"image":\n', "c.jsonl, line 2: not readable as JSON"),
        ("c.jsonl", '{"image": "a.jpg"}\n', 'c.jsonl, line 1: expected {"image": ..., "caption": ...}'),
        ("c.jsonl", '["a.jpg", "A dog"]\n', "c.jsonl, line 1: expected"),
        ("c.jsonl", '{"image": "a.jpg", "caption": 5}\n', "c.jsonl, line 1: image and caption must be text"),
        ("c.jsonl", '{"image": "a.jpg", "caption": []}\n', "c.jsonl, line 1: a.jpg has no caption"),
        (
            "c.jsonl",
            '{"image":"a.jpg","caption":"A"}\n{"image":"b.jpg","caption":"B","split":"dev"}\n',
            "line 2: either all",
        ),
    ],
)
def test_whatever_is_wrong_is_named_with_its_line(folder, name, text, complaint):
    (folder / name).write_text(text)
    message = refused(folder)
    assert complaint in message and name in message


def test_several_tables_without_splits_are_refused(folder):
    write_csv(folder / "one.csv", SAID)
    write_csv(folder / "two.csv", SAID)
    assert "one.csv, two.csv" in refused(folder)


def test_a_table_without_split_is_drawn(tmp_path):
    said = photos(60)
    draw(tmp_path, said)
    write_csv(tmp_path / "c.csv", said)
    splits = [set(read(tmp_path, split)) for split in ("train", "dev", "test")]
    assert set.union(*splits) == set(said) and sum(map(len, splits)) == 60


@pytest.mark.parametrize("seed", range(40))
def test_whatever_csv_writes_is_read_again(tmp_path, seed):
    draws = random.Random(seed)
    letters = "ab é\"'|;,\t\u2028猫 \\"
    delimiter = draws.choice(",;")
    rows = []
    for index in range(20):
        caption = "".join(draws.choice(letters) for _ in range(draws.randint(1, 12))).strip()
        rows.append((f"{index}.jpg", caption or "x"))
    written = io.StringIO()
    quoting = draws.choice((csv.QUOTE_ALL, csv.QUOTE_MINIMAL))
    table = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=draws.choice(("\n", "\r\n")))
    table.writerows([("image", "caption"), *rows])
    (tmp_path / "c.csv").write_bytes(draws.choice((b"", b"\xef\xbb\xbf")) + written.getvalue().encode())
    assert [(row.image, row.caption) for row in read_rows(tmp_path / "c.csv")] == rows


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_table_is_read_or_refused_and_nothing_else(tmp_path, seed):
    draws = random.Random(seed)
    name = draws.choice(("c.csv", "c.tsv", "c.jsonl", "captions.txt"))
    if name == "c.jsonl":
        data = b"".join(json.dumps({"image": n, "caption": c}).encode() + b"\n" for n, c in SAID.items())
    else:
        write_csv(tmp_path / name, SAID, delimiter="\t" if name == "c.tsv" else ",")
        data = (tmp_path / name).read_bytes()
    data = bytearray(data)
    for _ in range(draws.randint(1, 4)):
        data[draws.randrange(len(data))] = draws.choice((draws.randrange(256), *b'\r\n\0",\t'))
    (tmp_path / name).write_bytes(data[: draws.randint(1, len(data))])
    try:
        rows = list(read_rows(tmp_path / name))
    except DataError as error:
        assert f"{name}, line " in str(error)
    else:
        assert all(row.image and row.caption for row in rows)
