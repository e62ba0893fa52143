"""Pictures and sources made for tests, and what came of them."""

import io
from collections.abc import Iterator

import pandas
from PIL import Image

from captioner.bulk.sources import Picture, files_in, readable, refuse
from captioner.errors import DataError
from tests.conftest import ROOT

PHOTOS = ROOT / "tests/photos_of_things"
FAST = ("--beam-width", "1", "--processes", "1")


def tiny(color: int) -> bytes:
    """A JPEG file unlike that of any other number up to 65,535."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (color % 256, color // 256, 0)).save(file, "JPEG")
    return file.getvalue()


def huge() -> bytes:
    """A PNG file that is small until it is opened."""
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    return file.getvalue()


def rows(output) -> pandas.DataFrame:
    """The rows of an output by id, each of which is there once."""
    table = pandas.read_parquet(output).set_index("id")
    assert table.index.is_unique
    return table


def pictures_in(source: str) -> Iterator[Picture]:
    """The pictures of a source, and then what is wrong with it."""
    faults: list[DataError] = []
    yield from readable(files_in(source), faults.append)
    refuse(faults)
