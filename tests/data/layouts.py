"""Small made-up sets in the layouts that captioned photos are published in."""

import csv
import json
from pathlib import Path

from PIL import Image

COLOURS = ("red", "green", "blue", "white")


def photos(count, name="{:04d}.jpg"):
    """Names of photos and what people say of each."""
    said = {}
    for index in range(count):
        colour = COLOURS[index % len(COLOURS)]
        said[name.format(index)] = [f"A {colour} wall .", f"The wall, and all of it, is {colour} ."]
    return said


def draw(folder, names):
    """A photo for each name, in the colour that `photos` gives it."""
    for index, name in enumerate(names):
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 24), COLOURS[index % len(COLOURS)]).save(path, format="JPEG")


def write_csv(path, said, header=("image", "caption"), delimiter=",", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=delimiter, lineterminator="\n", **options)
        rows.writerow(header)
        rows.writerows((name, caption) for name, captions in said.items() for caption in captions)


def write_kaggle(folder, said):
    """Flickr8k as Kaggle has it: pictures and captions, no split lists."""
    draw(folder / "Images", said)
    write_csv(folder / "captions.txt", said)
    return folder


def write_coco(folder, year="2017", **splits):
    """COCO as its zips unpack: `train` and `val` -> names and captions."""
    for index, (split, said) in enumerate(splits.items()):
        draw(folder / f"{split}{year}", said)
        write_coco_captions(folder / "annotations" / f"captions_{split}{year}.json", said, first=1000 * index)
    return folder


def write_coco_captions(path, said, first=0):
    ids = {name: first + index for index, name in enumerate(said)}
    images = [
        {
            "license": 3,
            "file_name": name,
            "height": 24,
            "width": 32,
            "date_captured": "2013-11-14 11:18:45",
            "id": number,
        }
        for name, number in ids.items()
    ]
    pairs = [(ids[name], caption) for name, captions in said.items() for caption in captions]
    # As published, captions of one photo do not stand together, and some end in a line break.
    annotations = [
        {"image_id": image, "id": index, "caption": f"{caption}\n"} for index, (image, caption) in enumerate(pairs)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"info": {}, "images": images, "licenses": [], "annotations": annotations[::-1]}))


def write_karpathy(path, said, splits, **extra):
    """Karpathy's file: `splits` is each photo's; `extra` fields are functions of a photo's place in the list."""
    images = [
        {
            "sentids": list(range(len(captions))),
            "imgid": index,
            "sentences": [
                {"tokens": caption.lower().split(), "raw": caption, "imgid": index, "sentid": number}
                for number, caption in enumerate(captions)
            ],
            "split": splits[name],
            "filename": name,
            **{key: value(index) for key, value in extra.items()},
        }
        for index, (name, captions) in enumerate(said.items())
    ]
    path.write_text(json.dumps({"images": images, "dataset": path.stem.removeprefix("dataset_")}))
