"""Object labels in COCO's instances_*.json, made by people or by a detector -> what is where in each photo."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from captioner.data.json_file import field, read_json
from captioner.data.places import refuse_missing
from captioner.errors import DataError


class Label(NamedTuple):
    """One thing in a photo.

    category: its class, as in the file: "dining table".
    score: the detector's confidence, 0..1; 1.0 if people made the label.
    box: left, top, width and height as fractions of the photo's width and height, 0..1.
    """

    category: str
    score: float
    box: tuple[float, float, float, float]


def load_labels(place: str | os.PathLike) -> dict[str, list[Label]]:
    """Read what is in each photo: file name -> labels, an empty list if nothing was found.

    place: a file in the layout of COCO's `instances_*.json`, where annotations may have a `score`; or a folder with one
    or several such files, in it or in its `annotations/`. The photos need no captions.
    Raises DataError, naming file and record, if something is missing or broken.
    Lin et al. 2014, "Microsoft COCO: Common Objects in Context".
    """
    place = Path(place)
    files = [place]
    if place.is_dir():
        files = sorted([*place.glob("instances*.json"), *place.glob("annotations/instances*.json")])
    if not files or not place.exists():
        raise DataError(f"{place} has no object labels: there is no instances*.json in it or in its annotations/.")
    labels: dict[str, list[Label]] = {}
    for path in files:
        for name, found in _read(path).items():
            if name in labels:
                raise DataError(f"{path}: {name} is also in another file in {place}; keep one of them.")
            labels[name] = found
    return labels


def labelled_photos(folder: Path) -> dict[Path, list[Label]]:
    """The labelled photos in a folder or its subfolders -> what is in each.

    Raises DataError as in `load_labels`, and if a photo is missing.
    """
    files = {path.name: path for place in ("*", "*/*") for path in folder.glob(place)}
    labels = load_labels(folder)
    refuse_missing(labels, files, f"labelled, but neither in {folder} nor in a subfolder")
    return {files[name]: found for name, found in labels.items()}


def _read(path: Path) -> dict[str, list[Label]]:
    data = read_json(path, _without_outline)
    categories = {
        field(record, "id", int, where): field(record, "name", str, where)
        for where, record in _records(data, "categories", path)
    }
    photos: dict[int, tuple[list[Label], float, float]] = {}
    labels: dict[str, list[Label]] = {}
    for where, record in _records(data, "images", path):
        name = field(record, "file_name", str, where).rpartition("/")[2]
        number = field(record, "id", int, where)
        if name in labels or number in photos:
            raise DataError(f"{where}: {name} or its id {number} is listed twice.")
        width, height = field(record, "width", float, where), field(record, "height", float, where)
        if not (width > 0 and height > 0):
            raise DataError(f"{where}: {name} is {width:g} by {height:g} pixels; both must be more than 0.")
        labels[name] = []
        photos[number] = labels[name], width, height
    for where, record in _records(data, "annotations", path):
        number, category = field(record, "image_id", int, where), field(record, "category_id", int, where)
        if number not in photos:
            raise DataError(f"{where}: no image has the id {number}.")
        if category not in categories:
            raise DataError(f"{where}: no category has the id {category}.")
        found, width, height = photos[number]
        score = field(record, "score", float, where) if "score" in record else 1.0
        if not 0 <= score <= 1:
            raise DataError(f"{where}: the score {score:g} is not between 0 and 1.")
        found.append(Label(categories[category], score, _box(record, width, height, where)))
    return labels


def _records(data: dict, name: str, path: Path) -> Iterator[tuple[str, dict]]:
    return ((f"{path}, {name}[{index}]", record) for index, record in enumerate(field(data, name, list, str(path))))


def _box(record: dict, width: float, height: float, where: str) -> tuple[float, float, float, float]:
    box = field(record, "bbox", list, where)
    if len(box) != 4 or not all(type(side) in (int, float) and math.isfinite(side) for side in box):
        raise DataError(f"{where}: expected left, top, width and height in pixels as 'bbox', found {box!r:.80}.")
    left, right = (min(max(side / width, 0), 1) for side in (box[0], box[0] + box[2]))
    top, bottom = (min(max(side / height, 0), 1) for side in (box[1], box[1] + box[3]))
    return left, top, max(right - left, 0), max(bottom - top, 0)


def _without_outline(record: dict) -> dict:
    # The outlines take gigabytes; each is dropped as soon as it is read.
    record.pop("segmentation", None)
    return record
