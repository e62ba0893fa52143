"""Folders or shards of captioned photos, several at once, each in any known layout -> the examples of a split."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from captioner.data import coco, flickr8k, karpathy, shards, table
from captioner.data.caption_data import CaptionData, Example
from captioner.data.places import expand
from captioner.data.splits import SPLITS, drawn_split
from captioner.errors import DataError

LAYOUTS = (flickr8k, karpathy, coco, table)  # shards aside, since tars beside a table are what it came in

Place = str | os.PathLike


class Source(NamedTuple):
    """Captioned photos, and the split to put all of them in, if the caller chose one.

    place: a folder, a tar or a brace pattern of tars.
    """

    place: Path
    whole: str | None

    @classmethod
    def parse(cls, text: Place) -> "Source":
        """Parse a place as people write it: `photos`, or `photos:train`, `photos:dev`, `photos:test`."""
        folder, _, split = os.fspath(text).rpartition(":")
        # C:\photos has a colon too, and a folder may really be called "photos:train".
        if folder and split in SPLITS and not os.path.exists(text):
            return cls(Path(folder), split)
        return cls(Path(text), None)


def load_examples(places: Place | Iterable[Place], split: str) -> list[Example]:
    """Read one split of the captioned photos in one or several places.

    Args:
        places: folders, each in one of the `LAYOUTS` or with shards; or shards, by name or brace pattern. "PLACE:train"
            (or dev, test) puts all photos of a place into that split, whatever its own splits. Without any, photos are
            split by the hash of their names, 80% train, 10% dev and 10% test, and a line on standard error says so.
        split: "train", "dev" or "test"; or "all" for every captioned photo.

    Raises:
        DataError: something is missing or broken (the message names file and line, record or photo), or the split is
            empty.
    """
    sources = _sources(places)
    if split not in (*SPLITS, "all"):
        raise DataError(f"There is no split {split!r}: choose one of {', '.join(SPLITS)} or all.")
    examples: list[Example] = []
    advice = []
    for source in sources:
        data = _found(source.place)
        examples += _read(source, data, split)
        if not source.whole and data.has_splits and data.advice:
            advice.append(data.advice)
    if not examples:
        names = ", ".join(str(source.place) for source in sources)
        advice.append(f"Or add another folder for it: FOLDER:{split}.")
        raise DataError(f"There are no {split} photos in {names}. {' '.join(dict.fromkeys(advice))}")
    return examples


def named(places: Place | Iterable[Place], split: str) -> str:
    """The name of a split's data for sentences and tables, "flickr8k + coco-train"; without the folders that are put
    into other splits as a whole."""
    sources = [source for source in _sources(places) if split == "all" or source.whole in (None, split)]
    return " + ".join(dict.fromkeys(_folder(source.place.absolute()).name for source in sources))


def _folder(place: Path) -> Path:
    return place.parent if shards.are_shards(place) else place


def _sources(places: Place | Iterable[Place]) -> list[Source]:
    places = [places] if isinstance(places, str | os.PathLike) else places
    sources = [Source.parse(place) for place in places]
    given: set[Path] = set()
    for source in sources:
        paths = {Path(each).resolve() for each in expand(str(source.place))}
        if given & paths:
            raise DataError(f"{source.place} is given twice: name each folder once.")
        given |= paths
    return sources


def _found(folder: Path) -> CaptionData:
    """A place's data, in the first layout with splits, or otherwise in the first that fits."""
    if shards.are_shards(folder):
        return shards.find(folder)
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}: give the folder with photos and captions.")
    found = []
    for layout in LAYOUTS:
        data = layout.find(folder)
        if data and data.has_splits:
            return data
        found += [data] if data else []
    if found:
        return found[0]
    if data := shards.find(folder):
        return data
    inner = [path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX"))]
    if len(inner) == 1 and inner[0].is_dir():  # as zips unpack
        return _found(inner[0])
    looked_for = "; ".join(text for layout in (*LAYOUTS, shards) for text in layout.LOOKED_FOR)
    raise DataError(f"{folder} has no captioned photos in a known layout. Known layouts: {looked_for}.")


def _read(source: Source, data: CaptionData, split: str) -> list[Example]:
    if source.whole:
        return data.read("all") if split in ("all", source.whole) else []
    if data.has_splits or split == "all":
        return data.read(split)
    everything = data.read("all")
    drawn = [example for example in everything if drawn_split(example.image.name) == split]
    print(
        f"{source.place} has no split lists: {len(drawn):,} of its {len(everything):,} photos are {split}, chosen by "
        "the hash of their names (80% train, 10% dev, 10% test).",
        file=sys.stderr,
    )
    return drawn
