"""`train.py fit` and `evaluate` on WebDataset shards do what they do on the same photos in a folder with a table."""

import json
import shutil

import numpy as np
import pytest
import webdataset
from PIL import Image

import train
from captioner.folder.storage import load
from tests.commands.conftest import weights
from tests.conftest import uncompiled
from tests.data.layouts import photos, write_csv
from tests.networks.small import small_mobilenet

SMALL = ["--preset=attention-mobilenetv2", "--units=16", "--heads=2", "--minimum-count=1", "--caption-length=12"]
SMALL += ["--batch-size=16", "--warmup-steps=1", "--views=3", "--epochs=1", "--learning-rate=0.01"]
STAGES = ["--fine-tune-encoder", "--fine-tune-epochs=1"]
SAID = photos(30, "{:06d}.jpg")


@pytest.fixture
def folder(tmp_path):
    """Photos with a table of captions."""
    folder = tmp_path / "table" / "walls"
    (folder / "photos").mkdir(parents=True)
    for number, name in enumerate(SAID):
        noise = np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype="uint8")
        Image.fromarray(noise).resize((40, 30)).save(folder / "photos" / name)
    write_csv(folder / "captions.csv", SAID)
    return folder


@pytest.fixture
def shards(folder, tmp_path):
    """The same in three shards, by WebDataset's own writer."""
    shards = tmp_path / "shards" / "walls"
    shards.mkdir(parents=True)
    with webdataset.ShardWriter(str(shards / "%03d.tar"), maxcount=11, verbose=0) as writer:
        for name, captions in SAID.items():
            photo = (folder / "photos" / name).read_bytes()
            writer.write({"__key__": name.removesuffix(".jpg"), "jpg": photo, "txt": "\n".join(captions)})
    return shards


@pytest.fixture
def fit(tmp_path, monkeypatch):
    """Run `train.py fit` on some data, with nothing in its caches."""
    monkeypatch.setattr("captioner.engines.export.export", lambda *_: None)  # which takes longer than these trainings
    monkeypatch.setattr("captioner.evaluation.evaluate.METRICS", ("BLEU-4", "CIDEr"))

    def run(*data, options=(), status=0):
        places = {"output": "model", "checkpoints": "checkpoints", "cache": "cache"}
        for place in places.values():
            shutil.rmtree(tmp_path / place, ignore_errors=True)
        command = ["fit", "--data", *map(str, data), *options, *SMALL]
        for option, place in places.items():
            command += [f"--{option}", str(tmp_path / place)]
        with uncompiled(), small_mobilenet():
            assert train.main(command) == status
        return tmp_path / "model"

    return run


def evaluated(model, data):
    with uncompiled(), small_mobilenet():
        assert train.main(["evaluate", "--model", str(model), "--data", str(data), "--beam", "2"]) == 0
        return [{**record, "date": None} for record in load(model).metrics]


def test_the_same_model_and_figures_from_shards_as_from_a_folder(fit, folder, shards, tmp_path, capsys):
    models = {}
    for data in (folder, shards / "{000..002}.tar"):
        model = fit(data, options=STAGES)
        figures = evaluated(model, data)
        best = json.loads((model / "best-and-worst.json").read_text())
        models[data] = weights(model), figures, best, load(model, networks=False).training["data"]
        assert f"{data} has no split lists: " in capsys.readouterr().err
    one, other = models.values()
    assert one == other
    assert one[3].startswith("walls, training split: 2")


def test_a_broken_photo_in_a_shard_ends_the_training_or_is_left_out(fit, folder, shards, capsys):
    broken = (folder / "photos/000020.jpg").read_bytes()[:60]
    content = (shards / "001.tar").read_bytes()
    place = content.index((folder / "photos/000020.jpg").read_bytes())
    (shards / "001.tar").write_bytes(content[:place] + broken.ljust(len(broken) + 512, b"\0") + content[place + 572 :])
    fit(f"{shards}:train", f"{folder}:dev", status=2)
    assert '"001.tar/000020.jpg" is damaged or incomplete' in capsys.readouterr().err
    fit(f"{shards}:train", f"{folder}:dev", options=["--skip-unreadable"])
    assert 'left out: "001.tar/000020.jpg" is damaged or incomplete' in capsys.readouterr().err
