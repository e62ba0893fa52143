"""Where photos are, and whether all of them are there."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from captioner.errors import DataError

_BRACES = re.compile(r"\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}")


def expand(pattern: str) -> list[str]:
    """The addresses a brace pattern stands for: `{000..012}` counts, `{a,b}` lists; what is there is no pattern."""
    found = _BRACES.search(pattern)
    if not found or os.path.exists(pattern):
        return [pattern]
    first, last, names = found.groups()
    if names is None:
        step = 1 if int(first) <= int(last) else -1
        between = [str(number).zfill(len(first)) for number in range(int(first), int(last) + step, step)]
    else:
        between = names.split(",")
    return [each for part in between for each in expand(pattern[: found.start()] + part + pattern[found.end() :])]


def photo_folder(folder: Path, name: str, captioned_in: Path) -> Path:
    """The folder a photo's name is relative to: the given one, or one of its subfolders."""
    # Kaggle's zips have flickr30k_images/ in flickr30k_images/.
    places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
    for place in places:
        if (place / name).is_file():
            return place
    raise DataError(f"{name}: captioned in {captioned_in}, but neither in {folder} nor in a subfolder.")


def on_disk(folder: Path, names: Iterable[str]) -> set[str]:
    """The names whose photos are there; names may include folders, and each folder is listed only once."""
    listed: dict[str, set[str]] = {}
    found = set()
    for name in names:
        parent, file = os.path.split(name)
        if parent not in listed:
            listed[parent] = set(os.listdir(folder / parent)) if (folder / parent).is_dir() else set()
        if file in listed[parent]:
            found.add(name)
    return found


def refuse_missing(names: Iterable[str], present: Iterable[str], complaint: str) -> None:
    """Raise DataError with the first name that is not present, and how many more are not."""
    missing = [name for name in names if name not in present]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise DataError(f"{missing[0]}{more}: {complaint}.")
