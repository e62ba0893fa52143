"""A folder of photos with a table of captions (CSV, TSV, JSON Lines) -> examples."""

from functools import partial
from pathlib import Path

from captioner.data.caption_data import CaptionData, Example
from captioner.data.places import on_disk, photo_folder, refuse_missing
from captioner.data.rows import SUFFIXES, has_split_column, is_captions, read_rows
from captioner.data.splits import split_named
from captioner.errors import DataError

LOOKED_FOR = ("a .csv, .tsv or .jsonl file of (image, caption) with photos next to it or in a folder next to it",)

_ADVICE = "Add a table for it, such as dev.csv; or put all captions in one table without splits to get random ones."


def find(folder: Path) -> CaptionData | None:
    """Find photos with one table of captions, or one for each split (`train.csv`, `val.csv`).

    Photo names are relative to the folder or one of its subfolders. A photo with several captions has several rows, or
    in JSON Lines a list. Splits are in a column `split`.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES or path.name == "captions.txt")
    if not files:
        return None
    # The others are about something else; but if none fits, reading the first one reports what is wrong.
    tables = [path for path in files if is_captions(path)] or files[:1]
    named = all(split_named(path.stem) for path in tables)
    if len(tables) > 1 and not named:
        return CaptionData(False, partial(_refuse_several, folder, tables))
    has_splits = named or has_split_column(tables[0])
    return CaptionData(has_splits, partial(_read, folder, tables, has_splits), _ADVICE)


def _refuse_several(folder: Path, tables: list[Path], split: str) -> list[Example]:
    names = ", ".join(path.name for path in tables)
    raise DataError(f"{folder} has several tables of captions ({names}): keep one, or name them train, dev and test.")


def _read(folder: Path, tables: list[Path], has_splits: bool, split: str) -> list[Example]:
    captions: dict[str, list[str]] = {}
    splits: dict[str, str | None] = {}
    for path in tables:
        for row in read_rows(path):
            captions.setdefault(row.image, []).append(row.caption)
            said = row.split or split_named(path.stem)
            if has_splits != bool(said):
                raise DataError(f"{row.place}: either all rows must have a split, or none.")
            if splits.setdefault(row.image, said) != said:
                raise DataError(f"{row.place}: {row.image} is in two splits, {splits[row.image]} and {said}.")
    if not captions:
        raise DataError(f"{tables[0]} has no captions.")
    home = photo_folder(folder, next(iter(captions)), tables[0])
    refuse_missing(captions, on_disk(home, captions), f"captioned in {tables[0]} but not in {home}")
    return [Example(home / name, tuple(texts)) for name, texts in captions.items() if split in ("all", splits[name])]
