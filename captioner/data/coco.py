"""COCO's layout, annotations/captions_*.json next to folders of photos -> examples, by COCO's splits."""

from functools import partial
from pathlib import Path

from captioner.data.caption_data import CaptionData, Example
from captioner.data.json_file import field, read_json
from captioner.data.lines import named_and_captioned
from captioner.data.places import on_disk, refuse_missing
from captioner.data.splits import split_named
from captioner.errors import DataError

LOOKED_FOR = ("annotations/captions_*.json with train2017/, val2017/ and the like (COCO)",)

_ADVICE = (
    "COCO does not publish the captions of its test photos. For Karpathy's test split of 5,000 other photos, put his "
    "dataset_coco.json into the folder; it is in caption_datasets.zip at "
    "https://cs.stanford.edu/people/karpathy/deepimagesent/."
)


def find(folder: Path) -> CaptionData | None:
    """Find captions and photos in COCO's layout, if the folder has any.

    The captions are in `annotations/` or in the folder itself. The photos of `captions_train2017.json` are in
    `train2017/`, in the folder or in its `images/`; or all photos are in `images/`. "val" is dev. There is no "test",
    since COCO does not publish those captions. If no file name has a split, as in `captions_mine.json`, it is drawn.
    Data: Chen et al. 2015, "Microsoft COCO Captions: Data Collection and Evaluation Server".
    """
    files = sorted([*folder.glob("annotations/captions_*.json"), *folder.glob("captions_*.json")])
    if not files:
        return None
    named = [path for path in files if split_named(path.stem)]
    return CaptionData(bool(named), partial(_read, folder, named or files), _ADVICE if named else "")


def _read(folder: Path, files: list[Path], split: str) -> list[Example]:
    wanted = [path for path in _of_one_year(folder, files) if split in ("all", split_named(path.stem))]
    return [example for path in wanted for example in _read_file(folder, path)]


def _of_one_year(folder: Path, files: list[Path]) -> list[Path]:
    """The caption files of the year whose photos are there; files of another year may be next to them."""
    years = {_year(path): path for path in files if _photos(folder, path)}
    if len(years) > 1:
        names = " and ".join(path.name for path in years.values())
        raise DataError(
            f"{folder} has photos for {names}: COCO 2014 and 2017 are the same photos, split differently. "
            "Keep one year in the folder."
        )
    return [path for path in files if not years or _year(path) in years]


def _year(path: Path) -> str:
    return path.stem.lstrip("abcdefghijklmnopqrstuvwxyz_")


def _photos(folder: Path, path: Path) -> Path | None:
    """Where the photos of a caption file are."""
    homes = (folder / "images", folder / "Images")
    places = [home / path.stem.removeprefix("captions_") for home in (folder, *homes)]
    return next((place for place in (*places, *homes) if place.is_dir()), None)


def _read_file(folder: Path, path: Path) -> list[Example]:
    photos = _photos(folder, path)
    if not photos:
        name = path.stem.removeprefix("captions_")
        raise DataError(f"{folder} has no {name}/ with the photos of {path}: put them there.")
    data = read_json(path)
    names: dict[int, str] = {}
    for index, image in enumerate(field(data, "images", list, str(path))):
        place = f"{path}, images[{index}]"
        number = field(image, "id", int, place)
        if number in names:
            raise DataError(f"{place}: the id {number} already belongs to {names[number]}.")
        names[number] = field(image, "file_name", str, place)
    captions: dict[str, list[str]] = {}
    for index, annotation in enumerate(field(data, "annotations", list, str(path))):
        place = f"{path}, annotations[{index}]"
        number = field(annotation, "image_id", int, place)
        if number not in names:
            raise DataError(f"{place}: no image has the id {number}.")
        name, caption = named_and_captioned(names[number], field(annotation, "caption", str, place), place)
        captions.setdefault(name, []).append(caption)
    if not captions:
        raise DataError(f"{path} has no captions.")
    refuse_missing(captions, on_disk(photos, captions), f"captioned in {path} but not in {photos}")
    return [Example(photos / name, tuple(texts)) for name, texts in captions.items()]
