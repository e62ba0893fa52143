"""Captions edited on the page go home, and the one command that the page gives goes on from the model with them."""

import csv
import shlex
import zipfile
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

import train
from captioner.bulk.captions import Result
from captioner.bulk.training_set import write_training_set
from captioner.data import load_examples
from captioner.errors import DataError
from captioner.folder.storage import load, save
from captioner.pictures.archive import Source
from tests.commands.conftest import weights
from tests.conftest import new_tiny_model
from tests.networks.small import small_mobilenet
from ui.page.many import training_set_html

OWN = "a dog runs on green grass"
EDITED = "two dogs play, on “green” grass"


@pytest.fixture
def dozen(examples, tmp_path) -> list[Result]:
    """A dozen photos with captions by hand, among two others whose captions nobody changed."""
    results = []
    for number in range(14):
        path = tmp_path / f"photo {number}.jpg"
        with Image.open(examples[number % len(examples)]) as picture:
            picture.convert("RGB").resize((120, 90)).rotate(number).save(path)
        result = Result(Source(path.name, path), "tiny", {"text": OWN})
        results.append(result.edit(OWN if number in (3, 8) else EDITED))
    return results


@pytest.fixture
def tiny_model():
    """The tiny model with an encoder that is quick to compile and to train, here and in the command."""
    with small_mobilenet():
        yield new_tiny_model()


def test_a_dozen_edited_photos_train_the_model_further(dozen, tiny_model, tmp_path, monkeypatch):
    write_training_set(dozen, tmp_path / "my-photos.zip")
    save(tiny_model, tmp_path / "weights/tiny")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("captioner.engines.export.export", lambda *_: None)  # it takes longer than the training
    with zipfile.ZipFile("my-photos.zip") as archive:
        archive.extractall()
    by_split = {split: load_examples("my-photos", split) for split in ("train", "dev")}
    assert {split: len(found) for split, found in by_split.items()} == {"train": 9, "dev": 3}
    for example in (*by_split["train"], *by_split["dev"]):
        assert example.captions == (EDITED,) and Path(example.image).is_file()
    with open("my-photos/captions.csv", newline="", encoding="utf-8") as table:
        assert {row["image"] for row in csv.DictReader(table)} == {
            result.source.name for result in dozen if result.edited
        }

    said = training_set_html("my-photos.zip", "tiny")
    command = shlex.split(unescape(said.partition("<code>")[2].partition("</code>")[0]))
    assert command[:3] == ["python", "train.py", "fit"]
    assert not train.main([*command[2:], "--fine-tune-epochs=1", "--batch-size=4", "--seed=1"])
    mine = load(Path("weights/mine"))
    assert [record["stage"] for record in mine.training["history"]] == ["fine-tune"]
    assert weights(Path("weights/mine")) != weights(Path("weights/tiny"))


def test_one_edited_caption_is_too_few(dozen, tmp_path):
    with pytest.raises(DataError, match=r"Edit at least 2 captions first: .* so far you have edited 1"):
        write_training_set([dozen[0], dozen[3]], tmp_path / "my-photos.zip")
