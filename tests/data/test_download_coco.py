"""COCO's zips from a server on this machine, small and in the published layout."""

import json
import os
import shutil
from types import SimpleNamespace

import pytest

import train
from captioner.data import download_coco as module
from captioner.data import load_examples, load_labels
from captioner.data.download_coco import COCO_2017, download_coco
from captioner.errors import DataError
from tests.data.layouts import photos, write_coco
from tests.data.server import zipped

TRAIN, VAL = photos(4, "{:012d}.jpg"), photos(2, "{:09d}999.jpg")
ANNOTATIONS = ("captions_train2017.json", "captions_val2017.json", "instances_train2017.json", "instances_val2017.json")


@pytest.fixture
def home(server, monkeypatch, tmp_path):
    """A server with the three zips."""
    made = write_coco(tmp_path / "made", train=TRAIN, val=VAL)
    for split, said in (("train", TRAIN), ("val", VAL)):
        images = [{"id": i, "file_name": name, "width": 32, "height": 24} for i, name in enumerate(said)]
        labels = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "person"}]}
        (made / f"annotations/instances_{split}2017.json").write_text(json.dumps(labels))
        (made / f"annotations/person_keypoints_{split}2017.json").write_text("{}")
    server.zips = {
        "annotations_trainval2017.zip": made / "annotations",
        "val2017.zip": made / "val2017",
        "train2017.zip": made / "train2017",
    }
    for name, folder in server.zips.items():
        members = {f"{folder.name}/{path.name}": path.read_bytes() for path in folder.iterdir()}
        offer(server, monkeypatch, name, {f"{folder.name}/": b"", **members})
    return server


def offer(server, monkeypatch, name, members):
    """Serve a zip of these members as one of COCO's."""
    source = server.offer(name, zipped(members))
    archives = tuple(
        archive._replace(source=source, unpacked=10_000) if archive.source.url.endswith(f"/{name}") else archive
        for archive in module.COCO_2017
    )
    monkeypatch.setattr(module, "COCO_2017", archives)


def test_coco_lands_in_the_layout_that_the_loaders_read(home, tmp_path, capsys):
    assert train.main(["download", "coco", str(tmp_path / "coco")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "coco")
    assert sorted(os.listdir(tmp_path / "coco")) == ["annotations", "train2017", "val2017"]
    assert sorted(os.listdir(tmp_path / "coco/annotations")) == sorted(ANNOTATIONS)
    for split, said in (("train", TRAIN), ("dev", VAL)):
        assert {example.image.name for example in load_examples(tmp_path / "coco", split)} == set(said)
    assert set(load_labels(tmp_path / "coco")) == set(TRAIN | VAL)


def test_a_second_call_fetches_nothing_and_says_nothing(home, tmp_path, capsys):
    download_coco(tmp_path / "coco")
    capsys.readouterr()
    download_coco(tmp_path / "coco")
    assert len(home.asked) == 3 and not capsys.readouterr().err


def test_how_much_is_to_come_is_said_before_anything_comes(home, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(module, "COCO_2017", COCO_2017)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=30_000_000_000))
    with pytest.raises(DataError, match=r"needs 40\.5 GB more, but its disk has only 30\.0 GB free: make room"):
        download_coco(tmp_path / "coco")
    assert "downloading 20.4 GB. It needs 40.5 GB of disk while unpacking, and 21.1 GB" in capsys.readouterr().err
    assert not home.asked and not (tmp_path / "coco").exists()


def test_what_has_arrived_already_needs_no_more_room(home, tmp_path, monkeypatch):
    free = sum(archive.unpacked for archive in module.COCO_2017) + 10
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    with pytest.raises(DataError, match="make room"):
        download_coco(tmp_path / "coco")
    data = home.files["/train2017.zip"]
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco/train2017.zip.part").write_bytes(data[:-5])
    download_coco(tmp_path / "coco")
    assert home.asked[-1] == ("/train2017.zip", f"bytes={len(data) - 5}-")


def test_an_interrupted_download_goes_on(home, tmp_path):
    home.breaks = [len(home.files["/annotations_trainval2017.zip"]), 100, 0]
    with pytest.raises(DataError, match=r"val2017\.zip did not arrive: the connection was lost.*run again"):
        download_coco(tmp_path / "coco")
    download_coco(tmp_path / "coco")
    assert [start for path, start in home.asked if path == "/val2017.zip"] == [None, "bytes=100-", "bytes=100-"]
    assert len(load_examples(tmp_path / "coco", "dev")) == len(VAL)


def test_interrupted_unpacking_leaves_no_photo_folder_and_goes_on(home, tmp_path, monkeypatch):
    taken = []

    def interrupted(*arguments):
        taken.append(arguments)
        if len(taken) == 8:  # four annotation files, two photos of val, two of train
            raise KeyboardInterrupt
        return take(*arguments)

    take = module._take
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "_take", interrupted)
        download_coco(tmp_path / "coco")
    assert not (tmp_path / "coco/train2017").exists()
    download_coco(tmp_path / "coco")
    assert len(load_examples(tmp_path / "coco", "train")) == len(TRAIN) and len(home.asked) == 3


def test_a_zip_of_another_layout_is_named_and_nothing_leaves_its_folder(home, tmp_path, monkeypatch):
    offer(home, monkeypatch, "val2017.zip", {"val2017/../../outside.jpg": "x", "other/a.jpg": "x"})
    with pytest.raises(DataError, match=r"val2017\.zip has no val2017/"):
        download_coco(tmp_path / "coco")
    assert not (tmp_path / "outside.jpg").exists()


def test_a_photo_that_did_not_come_is_named(home, tmp_path, monkeypatch):
    offer(home, monkeypatch, "val2017.zip", {f"val2017/{next(iter(VAL))}": "x"})
    with pytest.raises(DataError, match=r"000000001999\.jpg: captioned in .*captions_val2017\.json"):
        download_coco(tmp_path / "coco")
