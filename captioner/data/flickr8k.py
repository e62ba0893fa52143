"""Flickr8k, in the two layouts people have: a folder of pictures and captions -> examples, by official split."""

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from captioner.errors import DataError

SPLITS = ("train", "dev", "test")

_SPLIT_LIST = "Flickr_8k.{}Images.txt"
_KAGGLE = ("Images", "captions.txt")
# The official archive misspells its own folder; some mirrors mend that.
_ORIGINAL = (("Flicker8k_Dataset", "Flickr8k.token.txt"), ("Flickr8k_Dataset", "Flickr8k.token.txt"))
# The official token file captions one picture that was never published. No split lists it.
_NEVER_PUBLISHED = "2258277193_586949ec62.jpg.1"


class Example(NamedTuple):
    """One picture with its captions, as people wrote them, in the order of the caption file."""

    image: Path
    captions: tuple[str, ...]


def load_flickr8k(folder: str | os.PathLike, split: str) -> list[Example]:
    """Read one split of Flickr8k, or every captioned picture of any folder in one of its layouts.

    folder: the Kaggle layout (`Images/`, `captions.txt`) or the original one (`Flicker8k_Dataset/`,
    `Flickr8k.token.txt`); text files may also lie in `Flickr8k_text/`, inside the folder or beside it.
    split: "train", "dev" or "test", in the order of the official list (6,000 / 1,000 / 1,000 pictures),
    or "all", which needs no list and leaves out pictures that nobody captioned.
    Raises DataError, naming file and line or picture, when something is missing, broken or in two splits.
    Data: Hodosh, Young and Hockenmaier 2013, "Framing Image Description as a Ranking Task".
    """
    folder = Path(folder)
    if split not in (*SPLITS, "all"):
        raise DataError(f"There is no split {split!r}: choose one of {', '.join(SPLITS)} or all.")
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}: give the folder that holds Flickr8k.")
    images, caption_file = _find_layout(folder)
    captions = _read_captions(caption_file)
    on_disk = set(os.listdir(images))
    if _NEVER_PUBLISHED not in on_disk:
        captions.pop(_NEVER_PUBLISHED, None)
    _refuse_missing(captions, on_disk, f"captioned in {caption_file} but not in {images}")
    names = list(captions)
    if split != "all":
        names, split_list = _read_split(folder, split)
        _refuse_missing(names, on_disk, f"listed in {split_list} but not in {images}")
        _refuse_missing(names, captions, f"listed in {split_list} but without a caption in {caption_file}")
    return [Example(images / name, tuple(captions[name])) for name in names]


def _text_folders(folder: Path) -> tuple[Path, ...]:
    return folder, folder / "Flickr8k_text", folder.absolute().parent / "Flickr8k_text"


def _find_text(folder: Path, name: str) -> Path | None:
    return next((place / name for place in _text_folders(folder) if (place / name).is_file()), None)


def _find_layout(folder: Path) -> tuple[Path, Path]:
    """The picture folder and the caption file of whichever layout is there."""
    for pictures, captions in (_KAGGLE, *_ORIGINAL):
        caption_file = _find_text(folder, captions)
        if caption_file and (folder / pictures).is_dir():
            return folder / pictures, caption_file
    raise DataError(
        f"{folder} is not Flickr8k in a layout known here: looked for Images/ with captions.txt (Kaggle), and for "
        "Flicker8k_Dataset/ or Flickr8k_Dataset/ with Flickr8k.token.txt (original; also in Flickr8k_text/)."
    )


def _read_captions(path: Path) -> dict[str, list[str]]:
    lines = _lines(path)
    parse = _parse_token
    if path.name == _KAGGLE[1]:
        parse = _parse_csv
        number, header = next(lines, (1, ""))
        if header != "image,caption":
            raise DataError(f"{path}, line {number}: expected the header 'image,caption', found {header[:80]!r}.")
    captions: dict[str, list[str]] = {}
    for number, line in lines:
        name, caption = parse(line, f"{path}, line {number}")
        captions.setdefault(name, []).append(caption)
    if not captions:
        raise DataError(f"{path} holds no captions.")
    return captions


def _parse_csv(line: str, place: str) -> tuple[str, str]:
    # Line by line, so that a quote left open is blamed on its own line and not on the end of the file.
    try:
        fields = next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise DataError(f"{place}: not readable as CSV ({error}): {line[:80]!r}.") from error
    if len(fields) != 2:
        raise DataError(f"{place}: expected two fields, 'image,caption', found {len(fields)}: {line[:80]!r}.")
    return _named_and_captioned(*fields, place)


def _parse_token(line: str, place: str) -> tuple[str, str]:
    key, tab, caption = line.partition("\t")
    name, _, number = key.rpartition("#")
    if not tab or not number.isdigit():
        raise DataError(f"{place}: expected 'name.jpg#0', a tab and a caption, found {line[:80]!r}.")
    return _named_and_captioned(name, caption, place)


def _named_and_captioned(name: str, caption: str, place: str) -> tuple[str, str]:
    name, caption = name.strip(), caption.strip()
    if not name:
        raise DataError(f"{place}: the image has no name.")
    if not caption:
        raise DataError(f"{place}: the caption of {name} is empty.")
    return name, caption


def _read_split(folder: Path, split: str) -> tuple[list[str], Path]:
    """The image names of a split and the file that lists them, once no other split claims any of them."""
    lists = {name: _find_text(folder, _SPLIT_LIST.format(name)) for name in SPLITS}
    if not lists[split]:
        raise DataError(
            f"There is no {_SPLIT_LIST.format(split)} in {folder} or in Flickr8k_text/: the official split lists come "
            "in Flickr8k_text.zip, which is published beside the pictures; put them there, or load 'all'."
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
    for number, line in _lines(path):
        name = line.strip()
        if name in names:
            raise DataError(f"{path}, line {number}: {name} is already on line {names[name]}.")
        names[name] = number
    if not names:
        raise DataError(f"{path} lists no images.")
    return names


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, blank ones left out."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise DataError(f"{path}, line {number}: not UTF-8 text; save the file as UTF-8.") from error
    # str.splitlines would also break at characters that a caption may hold, and shift every number after.
    return ((number, line.rstrip("\r")) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _refuse_missing(names: Iterable[str], present: Iterable[str], complaint: str) -> None:
    missing = [name for name in names if name not in present]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise DataError(f"{missing[0]}{more}: {complaint}.")
