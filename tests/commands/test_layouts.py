"""`train.py fit` on what people have: a bare Kaggle download, a COCO folder, a folder with a CSV, several at once."""

import pytest

import train
from captioner.data import load_examples
from captioner.folder.storage import load
from tests.conftest import uncompiled
from tests.data.layouts import draw, photos, write_coco, write_csv, write_kaggle
from tests.networks.small import small_mobilenet

SMALL = ["--preset=attention-mobilenetv2", "--units=16", "--heads=2", "--minimum-count=1", "--caption-length=12"]
SMALL += ["--batch-size=8", "--warmup-steps=1", "--views=1", "--epochs=1"]


@pytest.fixture
def fit(tmp_path, monkeypatch):
    """Run `train.py fit` on some folders; the model that it made. What the encoder sees does not matter here."""
    monkeypatch.setattr("captioner.engines.export.export", lambda *_: None)  # which takes longer than these trainings

    def run(*places):
        places = ["--data", *map(str, places), "--cache", str(tmp_path / "cache")]
        output = ["--output", str(tmp_path / "model"), "--checkpoints", str(tmp_path / "checkpoints")]
        with small_mobilenet(), uncompiled():
            assert train.main(["fit", *places, *output, *SMALL]) == 0
            return load(tmp_path / "model")

    return run


def test_a_bare_kaggle_download(fit, tmp_path, capsys):
    folder = write_kaggle(tmp_path / "flickr8k", photos(30))
    model = fit(folder)
    count = len(load_examples(folder, "train"))
    assert 20 <= count < 30 and model.training["data"] == f"flickr8k, training split: {count} images"
    assert "wall" in model.vocabulary.tokens
    assert f"{folder} has no split lists: {count} of its 30 photos are train" in capsys.readouterr().err


def test_a_coco_folder(fit, tmp_path):
    folder = write_coco(tmp_path / "coco", train=photos(12, "{:012d}.jpg"), val=photos(4, "{:09d}999.jpg"))
    model = fit(folder)
    assert model.training["data"] == "coco, training split: 12 images"


def test_a_folder_with_a_csv(fit, tmp_path):
    said = photos(30, "photo {}.jpg")
    draw(tmp_path / "mine" / "photos", said)
    write_csv(tmp_path / "mine" / "my captions.csv", said, ("file_name", "text"))
    assert fit(tmp_path / "mine").training["data"].startswith("mine, training split: 2")


def test_several_folders_one_of_them_for_training_alone(fit, tmp_path):
    coco = write_coco(tmp_path / "coco", train=photos(8, "{:012d}.jpg"), val=photos(4, "{:09d}999.jpg"))
    mine = write_kaggle(tmp_path / "mine", photos(9) | {"odd.jpg": ["A zebra ."]})
    model = fit(coco, f"{mine}:train")
    assert model.training["data"] == "coco + mine, training split: 18 images"
    assert "zebra" in model.vocabulary.tokens


def test_a_folder_of_no_known_layout_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert train.main(["fit", "--data", str(tmp_path / "empty"), "--output", str(tmp_path / "model")]) == 2
    assert "Known layouts: Images/ with captions.txt" in capsys.readouterr().err


@pytest.mark.usefixtures("fit")
def test_nothing_to_choose_by_says_what_to_add(tmp_path, capsys):
    mine = write_kaggle(tmp_path / "mine", photos(9))
    assert train.main(["fit", "--data", f"{mine}:train", "--output", str(tmp_path / "model"), *SMALL]) == 2
    assert f"no dev photos in {mine}" in capsys.readouterr().err
