"""Karpathy's dataset_coco.json, dataset_flickr30k.json and dataset_flickr8k.json -> examples, by the splits in them."""

import os
from functools import partial
from pathlib import Path

from captioner.data.caption_data import CaptionData, Example
from captioner.data.json_file import field, read_json
from captioner.data.places import on_disk, photo_folder, refuse_missing
from captioner.data.splits import split_named
from captioner.errors import DataError

LOOKED_FOR = ("dataset_coco.json, dataset_flickr30k.json or dataset_flickr8k.json (Karpathy's splits) with photos",)


def find(folder: Path) -> CaptionData | None:
    """Find photos with one of Karpathy's files.

    Their names, `filepath` and `filename`, are relative to the folder or one of its subfolders. COCO's photos may also
    be those of 2017, the same ones in `train2017/` and `val2017/`. "restval" is train, "val" is dev.
    Data: Karpathy and Fei-Fei 2015, "Deep Visual-Semantic Alignments for Generating Image Descriptions".
    """
    files = sorted(folder.glob("dataset_*.json"))
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        raise DataError(f"{folder} has {names}: keep the one whose photos are here.")
    return CaptionData(True, partial(_read, folder, files[0])) if files else None


def _read(folder: Path, path: Path, split: str) -> list[Example]:
    images = field(read_json(path), "images", list, str(path))
    if not images:
        raise DataError(f"{path} has no captions.")
    of_2017 = _names_of_2017(folder)
    captions: dict[str, tuple[str, ...]] = {}
    splits: dict[str, str] = {}
    for index, image in enumerate(images):
        place = f"{path}, images[{index}]"
        name = field(image, "filename", str, place)
        name = f"{image['filepath']}/{name}" if image.get("filepath") else name
        name = of_2017.get(image.get("cocoid"), name)
        if name in captions:
            raise DataError(f"{place}: {name} is listed twice.")
        said = field(image, "split", str, place)
        if not (known := split_named(said)):
            raise DataError(f"{place}: {said[:80]!r} is not a split: write train, restval, val or test.")
        splits[name], captions[name] = known, _captions(image, name, place)
    home = photo_folder(folder, next(iter(captions)), path)
    refuse_missing(captions, on_disk(home, captions), f"captioned in {path} but not in {home}")
    return [Example(home / name, texts) for name, texts in captions.items() if split in ("all", splits[name])]


def _captions(image: dict, name: str, place: str) -> tuple[str, ...]:
    captions = tuple(
        field(sentence, "raw", str, f"{place}, sentences[{index}]").strip()
        for index, sentence in enumerate(field(image, "sentences", list, place))
    )
    if not captions or not all(captions):
        raise DataError(f"{place}: {name} has no caption, or an empty one.")
    return captions


def _names_of_2017(folder: Path) -> dict[int, str]:
    """COCO's ids -> the names of its 2017 photos, if they are there."""
    places = [place for home in (folder, folder / "images") for place in (home / "train2017", home / "val2017")]
    names = (f"{place.name}/{name}" for place in places if place.is_dir() for name in os.listdir(place))
    return {int(name[-16:-4]): name for name in names if name[-16:-4].isdigit()}
