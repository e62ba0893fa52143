"""Several folders at once, each in its own layout; and photos whose split nobody says."""

import subprocess
import sys

import pytest

from captioner.data import SPLITS, load_examples, named
from captioner.data.splits import drawn_split, split_named
from captioner.errors import DataError
from tests.data.layouts import draw, photos, write_coco, write_csv, write_kaggle, write_karpathy


def names(places, split):
    return [example.image.name for example in load_examples(places, split)]


def refused(places, split="train"):
    with pytest.raises(DataError) as caught:
        load_examples(places, split)
    return str(caught.value)


@pytest.fixture
def kaggle(tmp_path):
    return write_kaggle(tmp_path / "flickr8k", photos(200))


@pytest.fixture
def table(tmp_path):
    said = photos(30, "mine-{:02d}.jpg")
    draw(tmp_path / "mine" / "photos", said)
    write_csv(tmp_path / "mine" / "captions.csv", said)
    return tmp_path / "mine"


def test_without_split_lists_every_photo_is_in_one_split_about_eight_to_one_to_one(kaggle, capsys):
    drawn = {split: names(kaggle, split) for split in SPLITS}
    assert sorted(name for split in drawn.values() for name in split) == sorted(photos(200))
    assert 145 <= len(drawn["train"]) <= 175 and 10 <= len(drawn["dev"]) <= 32 and 10 <= len(drawn["test"]) <= 32
    said = capsys.readouterr().err.splitlines()
    assert len(said) == len(SPLITS)
    assert f"{kaggle} has no split lists: {len(drawn['dev'])} of its 200 photos are dev" in said[1]


def test_a_drawn_split_is_the_same_everywhere_and_for_ever():
    # The first 16 hexadecimal digits that sha256sum gives for these names, modulo 10: 8 5 4 2 5 9.
    drawn = [drawn_split(f"{index}.jpg") for index in range(6)]
    assert drawn == ["dev", "train", "train", "train", "train", "test"]
    program = "from captioner.data.splits import drawn_split; print(*(drawn_split(f'{i} é.jpg') for i in range(300)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [drawn_split(f"{index} é.jpg") for index in range(300)]


def test_a_photo_stays_in_its_split_when_others_come(tmp_path):
    few = write_kaggle(tmp_path / "few", photos(50))
    many = write_kaggle(tmp_path / "many", photos(150))
    for split in SPLITS:
        assert set(names(few, split)) <= set(names(many, split))


def test_all_is_not_drawn_and_says_nothing(kaggle, capsys):
    assert len(names(kaggle, "all")) == 200
    assert not capsys.readouterr().err


def test_several_folders_come_in_their_order(kaggle, table):
    both = load_examples([table, kaggle], "train")
    assert both == load_examples(table, "train") + load_examples(kaggle, "train")


def test_all_of_a_folder_can_be_for_training(kaggle, table, capsys):
    places = [kaggle, f"{table}:train"]
    assert names(places, "train")[-30:] == list(photos(30, "mine-{:02d}.jpg"))
    assert names(places, "dev") == names(kaggle, "dev") and names(places, "test") == names(kaggle, "test")
    assert len(names(places, "all")) == 230
    assert str(table) not in capsys.readouterr().err


def test_all_of_a_folder_can_be_to_choose_by_whatever_its_own_lists_say(tmp_path, table):
    coco = write_coco(tmp_path / "coco", train=photos(4, "t{}.jpg"), val=photos(2, "v{}.jpg"))
    assert len(names([f"{table}:train", f"{coco}:dev"], "dev")) == 6


def test_a_folder_whose_name_ends_like_that_is_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        write_kaggle(tmp_path / "mine:train", photos(60))
    except OSError:
        pytest.skip("this file system takes no colons")
    assert names("mine:train", "dev") == names(tmp_path / "mine:train", "dev") != []
    assert len(names("mine:train:train", "train")) == 60


def test_a_drive_letter_is_no_folder_with_a_split(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert r"no folder C:\photos: give" in refused(r"C:\photos")
    assert r"no folder C:\photos: give" in refused(r"C:\photos:train")


def test_what_several_folders_are_called():
    places = ["data/flickr8k", "coco-train:train", "./pascal/", "coco-dev:dev"]
    assert named(places, "train") == "flickr8k + coco-train + pascal"
    assert named(places, "dev") == "flickr8k + pascal + coco-dev"
    assert named(places, "all") == "flickr8k + coco-train + pascal + coco-dev"
    assert named("flickr8k", "test") == "flickr8k"


def test_a_folder_given_twice_is_refused(kaggle):
    assert "given twice" in refused([kaggle, f"{kaggle}:train"])


def test_a_split_that_is_nowhere_says_how_to_have_it(table):
    message = refused(f"{table}:train", "dev")
    assert f"no dev photos in {table}" in message and "FOLDER:dev" in message


def test_a_folder_in_a_folder_as_zips_unpack(tmp_path):
    write_kaggle(tmp_path / "unzipped" / "flickr8k", photos(5))
    (tmp_path / "unzipped" / "__MACOSX").mkdir()
    assert len(names(tmp_path / "unzipped", "all")) == 5


def test_karpathys_splits_count_before_a_draw(kaggle):
    said = photos(200)
    splits = {name: "test" if name < "0150.jpg" else "restval" for name in said}
    write_karpathy(kaggle / "dataset_flickr8k.json", said, splits)
    assert len(names(kaggle, "test")) == 150 and len(names(kaggle, "train")) == 50


def test_tables_that_lie_about_do_not_keep_a_kaggle_download_from_being_read(kaggle):
    write_csv(kaggle / "cleaned.csv", photos(3))
    write_csv(kaggle / "short.csv", photos(2))
    assert len(names(kaggle, "all")) == 200


def test_no_known_layout_names_all_that_are(tmp_path):
    message = refused(tmp_path)
    for layout in ("captions.txt", "Flickr8k.token.txt", "captions_*.json", "dataset_coco.json", ".csv", ".jsonl"):
        assert layout in message


@pytest.mark.parametrize(
    ("text", "split"),
    [
        *(("train2017", "train"), ("captions_val2014", "dev"), ("restval", "train"), ("Validation", "dev")),
        *(("my-test.set", "test"), ("latest", None), ("trainer", None), ("results", None), ("", None)),
    ],
)
def test_splits_by_their_names(text, split):
    assert split_named(text) == split


def test_the_sets_at_hand_together(data_home, flickr8k, coco_dev):
    home = data_home / "data"
    places = [flickr8k, f"{home}/coco-train:train", f"{home}/pascal:train", f"{coco_dev}:dev"]
    assert {split: len(load_examples(places, split)) for split in SPLITS} == {"train": 10209, "dev": 1127, "test": 1000}
