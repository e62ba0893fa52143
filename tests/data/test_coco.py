"""COCO's own layout and Karpathy's files: as published, and with whatever may be wrong."""

import json
import shutil

import pytest

from captioner.data import load_examples
from captioner.errors import DataError
from tests.data.layouts import draw, photos, write_coco, write_coco_captions, write_karpathy

TRAIN, VAL = photos(5, "{:012d}.jpg"), photos(3, "{:09d}999.jpg")


@pytest.fixture
def coco(tmp_path):
    return write_coco(tmp_path / "coco", train=TRAIN, val=VAL)


def read(places, split):
    return {example.image.name: sorted(example.captions) for example in load_examples(places, split)}


def refused(folder, split="train"):
    with pytest.raises(DataError) as caught:
        load_examples(folder, split)
    return str(caught.value)


def edit(path, change):
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def in_order(said):
    return {name: sorted(captions) for name, captions in said.items()}


def test_train_is_train_and_val_is_dev(coco):
    assert read(coco, "train") == in_order(TRAIN) and read(coco, "dev") == in_order(VAL)
    assert read(coco, "all") == in_order(TRAIN | VAL)
    assert all(example.image.is_file() for example in load_examples(coco, "all"))


def test_there_is_no_test_split_and_it_is_said_where_one_is_to_be_had(coco):
    message = refused(coco, "test")
    assert "no test photos" in message and "dataset_coco.json" in message and "caption_datasets.zip" in message


@pytest.mark.parametrize("home", ["images", "Images"])
def test_photos_in_a_folder_of_their_own(coco, home):
    (coco / home).mkdir()
    for split in ("train2017", "val2017"):
        shutil.move(coco / split, coco / home / split)
    assert read(coco, "train") == in_order(TRAIN) and read(coco, "dev") == in_order(VAL)


def test_one_split_can_be_read_without_the_other_ones_photos(coco):
    shutil.rmtree(coco / "train2017")
    assert read(coco, "dev") == in_order(VAL)
    message = refused(coco, "train")
    assert "no train2017/" in message and "captions_train2017.json" in message


def test_annotations_of_another_year_beside_them_do_not_count(coco):
    write_coco_captions(coco / "annotations/captions_train2014.json", photos(9, "COCO_train2014_{:012d}.jpg"))
    assert read(coco, "all") == in_order(TRAIN | VAL)


def test_photos_of_both_years_are_refused_for_they_are_the_same(coco):
    write_coco(coco, "2014", train=photos(4, "COCO_train2014_{:012d}.jpg"))
    message = refused(coco)
    assert "captions_train2014.json" in message and "2017.json" in message and "Keep one year" in message


def test_a_name_without_a_split_leaves_it_to_be_drawn(tmp_path, capsys):
    said = photos(40)
    draw(tmp_path / "images", said)
    write_coco_captions(tmp_path / "captions_mine.json", said)
    sizes = [len(read(tmp_path, split)) for split in ("train", "dev", "test")]
    assert sum(sizes) == 40 and min(sizes) > 0 and "no split lists" in capsys.readouterr().err


def test_photos_nobody_captioned_are_left_out(coco):
    edit(coco / "annotations/captions_val2017.json", lambda data: data["annotations"].pop())
    edit(coco / "annotations/captions_val2017.json", lambda data: data["annotations"].pop())
    assert len(read(coco, "dev")) == len(VAL) - 1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda data: data.pop("annotations"), "expected a list as 'annotations', there is none"),
        (lambda data: data["annotations"].clear(), "has no captions"),
        (lambda data: data["annotations"][2].update(caption=" \n"), "annotations[2]: the caption of"),
        (lambda data: data["annotations"][3].update(caption=7), "annotations[3]: expected text as 'caption', found 7"),
        (lambda data: data["annotations"][1].pop("image_id"), "annotations[1]: expected a whole number as 'image_id'"),
        (lambda data: data["annotations"][1].update(image_id=77), "annotations[1]: no image has the id 77"),
        (lambda data: data["images"][1].pop("file_name"), "images[1]: expected text as 'file_name'"),
        (lambda data: data["images"][1].update(id=0), "images[1]: the id 0 already belongs to 000000000000.jpg"),
        (lambda data: data["images"].insert(0, "a.jpg"), "images[0]: expected a whole number as 'id'"),
    ],
)
def test_a_broken_record_is_named(coco, change, complaint):
    edit(coco / "annotations/captions_train2017.json", change)
    message = refused(coco)
    assert "captions_train2017.json" in message and complaint in message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b'{"images": [],\n "annotations": [', "captions_train2017.json, line 2, column 18: not readable as JSON"),
        (b'{"images": "\xff"}', "captions_train2017.json, byte 12: not UTF-8"),
        (b"[1, 2]", "captions_train2017.json: expected an object"),
        (b"[" * 100_000, "captions_train2017.json cannot be read"),
        (b"", "captions_train2017.json, line 1, column 1: not readable"),
    ],
)
def test_a_file_cut_short_is_named_with_the_place(coco, text, complaint):
    (coco / "annotations/captions_train2017.json").write_bytes(text)
    assert complaint in refused(coco)


def test_a_photo_that_is_missing_is_named(coco):
    (coco / "train2017/000000000001.jpg").unlink()
    assert refused(coco).startswith("000000000001.jpg: captioned in")


def karpathy_coco(folder):
    """Ten photos of COCO 2014, of which Karpathy has two in val, two in test, two in restval."""
    said = photos(10, "COCO_val2014_{:012d}.jpg")
    kinds = ("train", "train", "train", "train", "restval", "restval", "val", "val", "test", "test")
    folder.mkdir()
    path = folder / "dataset_coco.json"
    splits = dict(zip(said, kinds, strict=True))
    write_karpathy(path, said, splits, filepath=lambda index: "val2014", cocoid=lambda index: index)
    return said


@pytest.mark.parametrize("home", [".", "images"])
def test_karpathys_splits_of_coco(tmp_path, home):
    said = karpathy_coco(tmp_path / "coco")
    draw(tmp_path / "coco" / home / "val2014", said)
    sizes = {split: len(load_examples(tmp_path / "coco", split)) for split in ("train", "dev", "test", "all")}
    assert sizes == {"train": 6, "dev": 2, "test": 2, "all": 10}
    assert read(tmp_path / "coco", "all") == in_order(said)


def test_karpathys_splits_of_coco_with_the_photos_of_2017(tmp_path):
    said = karpathy_coco(tmp_path / "coco")
    new = [name.removeprefix("COCO_val2014_") for name in said]
    captions = dict(zip(new, said.values(), strict=True))
    write_coco(tmp_path / "coco", train={n: captions[n] for n in new[:7]}, val={n: captions[n] for n in new[7:]})
    examples = load_examples(tmp_path / "coco", "test")
    assert [str(example.image.relative_to(tmp_path / "coco")) for example in examples] == [
        "val2017/000000000008.jpg",
        "val2017/000000000009.jpg",
    ]
    assert [example.captions for example in examples] == [tuple(captions[name]) for name in new[8:]]


def test_karpathys_splits_of_flickr30k(tmp_path):
    said = photos(4, "{}.jpg")
    draw(tmp_path / "flickr30k-images", said)
    splits = dict(zip(said, ("train", "train", "val", "test"), strict=True))
    write_karpathy(tmp_path / "dataset_flickr30k.json", said, splits)
    assert list(read(tmp_path, "dev")) == ["2.jpg"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda data: data["images"][1].update(split="later"), "images[1]: 'later' is not a split"),
        (
            lambda data: data["images"][2].update(sentences=[]),
            "images[2]: val2014/COCO_val2014_000000000002.jpg has no",
        ),
        (lambda data: data["images"][2]["sentences"][1].pop("raw"), "images[2], sentences[1]: expected text as 'raw'"),
        (
            lambda data: data["images"].append(data["images"][0]),
            "images[10]: val2014/COCO_val2014_000000000000.jpg is listed twice",
        ),
        (lambda data: data["images"].clear(), "has no captions"),
    ],
)
def test_a_broken_record_of_karpathys_is_named(tmp_path, change, complaint):
    draw(tmp_path / "coco/val2014", karpathy_coco(tmp_path / "coco"))
    edit(tmp_path / "coco/dataset_coco.json", change)
    message = refused(tmp_path / "coco")
    assert "dataset_coco.json" in message and complaint in message


def test_two_of_karpathys_files_in_one_folder_are_refused(tmp_path):
    karpathy_coco(tmp_path / "coco")
    shutil.copy(tmp_path / "coco/dataset_coco.json", tmp_path / "coco/dataset_flickr8k.json")
    assert "dataset_coco.json and dataset_flickr8k.json: keep the one" in refused(tmp_path / "coco")
