"""Captions a person wrote -> a zip that `train.py` reads once it is unpacked: photos, and a table with their splits."""

import csv
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from captioner.bulk.captions import Result
from captioner.errors import DataError

FOLDER = "my-photos"  # what the zip unpacks to
EVERY = 5  # of so many photos one is for the dev split, which chooses the best epoch
FEWEST = 2


def write_training_set(results: Iterable[Result], path: Path) -> None:
    """Write the photos whose captions were edited, with these captions; a caption made empty teaches nothing.

    Raises:
        DataError: fewer than two captions were edited.
        ImageError: a photo is gone.
    """
    edited = [result for result in results if result.edited]
    if len(edited) < FEWEST:
        raise DataError(
            f"Edit at least {FEWEST} captions first: a training set teaches the model your words, and so far you have "
            f"edited {len(edited)}."
        )
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(("image", "caption", "split"))
    with zipfile.ZipFile(path, "w") as archive:
        for number, result in enumerate(edited):
            split = "dev" if number % EVERY == 1 else "train"
            rows.writerow((result.source.name, result.edited, split))
            archive.writestr(f"{FOLDER}/photos/{result.source.name}", result.source.read())
        archive.writestr(f"{FOLDER}/captions.csv", table.getvalue().encode())
