"""Very many pictures made of a few, and whether each has its row afterwards."""

import os
import shutil
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

TOGETHER = 1000  # pictures in a folder
SUFFIXES = (".jpg", ".jpeg")


def add_pictures(parser: ArgumentParser, pictures: int) -> None:
    """Add the options that say which pictures there are to be.

    Args:
        pictures: how many, by default.
    """
    parser.add_argument("folder", type=Path, help="of JPEG photos")
    parser.add_argument("--pictures", type=int, default=pictures, metavar="N", help=f"(default: {pictures})")
    parser.add_argument("--work", type=Path, metavar="DIR", help="on the photos' disk (default: the temporary folder)")


def photos_in(folder: Path, parser: ArgumentParser) -> list[Path]:
    """The JPEG photos of a folder; without any, the command ends with a sentence."""
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not photos:
        parser.error(f"there are no JPEG files in {folder}")
    return photos


def linked(photos: Sequence[Path], home: Path, count: int) -> list[Path]:
    """So many names of the photos, in folders of `TOGETHER`."""
    names = []
    for number in range(count):
        photo = photos[number % len(photos)]
        name = home / f"{number // TOGETHER:04d}" / f"{number:07d}{photo.suffix}"
        if number % TOGETHER == 0:
            name.parent.mkdir(parents=True)
        try:
            os.link(photo, name)
        except OSError:  # another disk
            shutil.copyfile(photo, name)
        names.append(name)
    return names


def counted(ids: Sequence[str], names: Sequence[Path], home: Path) -> str:
    """How many rows and distinct ids there are, and whether they are the pictures' own."""
    wanted = {str(name.relative_to(home)) for name in names}
    verdict = "exactly one row a picture" if len(ids) == len(wanted) and set(ids) == wanted else "NOT one row a picture"
    return f"{len(ids):,} rows, {len(set(ids)):,} distinct ids: {verdict}"
