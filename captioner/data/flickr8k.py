"""Flickr8k, in its two common layouts: a folder of photos and captions -> examples, by official split."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from captioner.data.caption_data import CaptionData, Example
from captioner.data.lines import named_and_captioned, numbered_lines
from captioner.data.places import refuse_missing
from captioner.data.rows import read_rows
from captioner.data.splits import SPLITS
from captioner.errors import DataError

LOOKED_FOR = (
    "Images/ with captions.txt (Flickr8k as on Kaggle)",
    "Flicker8k_Dataset/ or Flickr8k_Dataset/ with Flickr8k.token.txt (Flickr8k's original; also in Flickr8k_text/)",
)

_SPLIT_LIST = "Flickr_8k.{}Images.txt"
_KAGGLE = ("Images", "captions.txt")
# The official archive misspells its own folder; some mirrors correct it.
_ORIGINAL = (("Flicker8k_Dataset", "Flickr8k.token.txt"), ("Flickr8k_Dataset", "Flickr8k.token.txt"))
# The official token file has captions for one picture that was never published. It is in no split.
_NEVER_PUBLISHED = "2258277193_586949ec62.jpg.1"


def find(folder: Path) -> CaptionData | None:
    """Find Flickr8k in the Kaggle layout (`Images/`, `captions.txt`) or the original one.

    Text files may also be in `Flickr8k_text/`, inside the folder or next to it. A split has the order of its official
    list (6,000 / 1,000 / 1,000 photos); "all" leaves out photos without captions.
    Data: Hodosh, Young and Hockenmaier 2013, "Framing Image Description as a Ranking Task".
    """
    for photos, captions in (_KAGGLE, *_ORIGINAL):
        caption_file = _find_text(folder, captions)
        if caption_file and (folder / photos).is_dir():
            has_lists = any(_find_text(folder, _SPLIT_LIST.format(split)) for split in SPLITS)
            return CaptionData(has_lists, partial(_read, folder, folder / photos, caption_file))
    return None


def _read(folder: Path, images: Path, caption_file: Path, split: str) -> list[Example]:
    captions = _read_captions(caption_file)
    on_disk = set(os.listdir(images))
    if _NEVER_PUBLISHED not in on_disk:
        captions.pop(_NEVER_PUBLISHED, None)
    refuse_missing(captions, on_disk, f"captioned in {caption_file} but not in {images}")
    names = list(captions)
    if split != "all":
        names, split_list = _read_split(folder, split)
        refuse_missing(names, on_disk, f"listed in {split_list} but not in {images}")
        refuse_missing(names, captions, f"listed in {split_list} but without a caption in {caption_file}")
    return [Example(images / name, tuple(captions[name])) for name in names]


def _find_text(folder: Path, name: str) -> Path | None:
    places = (folder, folder / "Flickr8k_text", folder.absolute().parent / "Flickr8k_text")
    return next((place / name for place in places if (place / name).is_file()), None)


def _read_captions(path: Path) -> dict[str, list[str]]:
    pairs = ((row.image, row.caption) for row in read_rows(path)) if path.name == _KAGGLE[1] else _read_tokens(path)
    captions: dict[str, list[str]] = {}
    for name, caption in pairs:
        captions.setdefault(name, []).append(caption)
    if not captions:
        raise DataError(f"{path} has no captions.")
    return captions


def _read_tokens(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in numbered_lines(path):
        place = f"{path}, line {number}"
        key, tab, caption = line.partition("\t")
        name, _, index = key.rpartition("#")
        if not tab or not index.isdigit():
            raise DataError(f"{place}: expected 'name.jpg#0', a tab and a caption, found {line[:80]!r}.")
        yield named_and_captioned(name, caption, place)


def _read_split(folder: Path, split: str) -> tuple[list[str], Path]:
    """The image names in a split and the file that lists them; DataError if one is also in another split."""
    lists = {name: _find_text(folder, _SPLIT_LIST.format(name)) for name in SPLITS}
    if not lists[split]:
        raise DataError(
            f"There is no {_SPLIT_LIST.format(split)} in {folder} or in Flickr8k_text/: the official split lists are "
            "in Flickr8k_text.zip, published with the pictures; put them there, or load 'all'."
        )
    owner: dict[str, Path] = {}
    for path in filter(None, lists.values()):
        for name, number in _read_list(path).items():
            if name in owner:
                raise DataError(f"{name} is in two splits: {owner[name]}, and {path}, line {number}.")
            owner[name] = path
    return [name for name, path in owner.items() if path == lists[split]], lists[split]


def _read_list(path: Path) -> dict[str, int]:
    """Image name -> line number, in the order of the file."""
    names: dict[str, int] = {}
    for number, line in numbered_lines(path):
        name = line.strip()
        if name in names:
            raise DataError(f"{path}, line {number}: {name} is already on line {names[name]}.")
        names[name] = number
    if not names:
        raise DataError(f"{path} lists no images.")
    return names
