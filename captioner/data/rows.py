"""Tables of photos and captions (CSV, TSV, JSON Lines) -> their rows."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from captioner.data.lines import named_and_captioned, numbered_lines
from captioner.data.splits import split_named
from captioner.errors import DataError

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")

_IMAGE = (
    "image",
    "image_name",
    "image_path",
    "image_file",
    "file_name",
    "filename",
    "file",
    "filepath",
    "path",
    "photo",
)
_CAPTION = ("caption", "captions", "text", "comment", "description", "sentence")
_SPLIT = ("split",)
_DELIMITERS = ("\t", "|", ";", ",")
# The published results.csv of Flickr30k lacks one delimiter.
_PUBLISHED_BROKEN = re.compile(r"(2199200615\.jpg\| 4)(   A dog runs across the grass \.)")


class Row(NamedTuple):
    """A photo's name, one of its captions, its split if the table has it, and the file and line, for errors."""

    image: str
    caption: str
    split: str | None
    place: str


class Columns(NamedTuple):
    """A table's columns, their delimiter, and the positions of image, caption and split."""

    names: list[str]
    delimiter: str
    image: int
    caption: int
    split: int | None


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a table with a header, or of JSON Lines; columns and keys may have any common name.

    Raises DataError, with the line, if a row cannot be read, or has no photo or no caption.
    """
    lines = numbered_lines(path)
    if _is_json(path):
        return _json_rows(path, lines)
    number, header = next(lines, (1, ""))
    columns = _find_columns(header)
    if not columns:
        raise DataError(
            f"{path}, line {number}: expected the header 'image,caption', or other names for these such as 'file_name' "
            f"and 'text', found {header[:80]!r}."
        )
    return _delimited_rows(path, lines, columns)


def is_captions(path: Path) -> bool:
    """Whether a table starts like one with photos and captions."""
    return _known_columns(path) is not None


def has_split_column(path: Path) -> bool:
    """Whether a table of photos and captions has a split for each."""
    columns = _known_columns(path)
    return columns is not None and columns[2] is not None


def _known_columns(path: Path) -> tuple[int, int, int | None] | None:
    """The positions of image, caption and split among a table's columns."""
    try:
        _, line = next(numbered_lines(path), (1, ""))
        if not _is_json(path):
            columns = _find_columns(line)
            return columns and (columns.image, columns.caption, columns.split)
        record = json.loads(line)
    except (DataError, ValueError):
        return None
    return _known(list(record)) if isinstance(record, dict) else None


def _find_columns(header: str) -> Columns | None:
    """A header's columns, split at the delimiter that gives a column of photos and one of captions."""
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            continue
        if known := _known(names):
            return Columns(names, delimiter, *known)
    return None


def _known(names: Sequence[str]) -> tuple[int, int, int | None] | None:
    """The positions of image, caption and split among names."""
    plain = [re.sub(r"[\s-]+", "_", name.strip().casefold()) for name in names]
    image, caption, split = (
        next((plain.index(name) for name in wanted if name in plain), None) for wanted in (_IMAGE, _CAPTION, _SPLIT)
    )
    return None if image is None or caption is None else (image, caption, split)


def _is_json(path: Path) -> bool:
    return path.suffix.lower() in (".jsonl", ".ndjson")


def _delimited_rows(path: Path, lines: Iterator[tuple[int, str]], columns: Columns) -> Iterator[Row]:
    for number, line in lines:
        place = f"{path}, line {number}"
        fields = _fields(line, lines, columns.delimiter, place)
        if len(fields) != len(columns.names):
            expected = f"expected {len(columns.names)} fields, '{columns.delimiter.join(columns.names)}'"
            expected = expected.replace("expected 2 ", "expected two ")
            raise DataError(f"{place}: {expected}, found {len(fields)}: {line[:80]!r}.")
        split = None if columns.split is None else fields[columns.split]
        yield _row(fields[columns.image], fields[columns.caption], split, place)


def _fields(line: str, lines: Iterator[tuple[int, str]], delimiter: str, place: str) -> list[str]:
    """The fields of a line, and in CSV also of the next lines if a quoted field continues there."""
    if delimiter == "|":
        return _PUBLISHED_BROKEN.sub(r"\1|\2", line).split("|")
    following = (f"{text}\n" for _, text in lines) if delimiter != "\t" else ()
    # One reader per row, so that an open quote is reported for its own line, not for the end of the file.
    try:
        return next(csv.reader(chain([f"{line}\n"], following), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if delimiter == "\t":  # many TSV files use quotes as plain text
            return line.split("\t")
        raise DataError(f"{place}: not readable as CSV ({error}): {line[:80]!r}.") from error


def _json_rows(path: Path, lines: Iterator[tuple[int, str]]) -> Iterator[Row]:
    for number, line in lines:
        place = f"{path}, line {number}"
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DataError(f"{place}: not readable as JSON ({error}): {line[:80]!r}.") from error
        known = _known(list(record)) if isinstance(record, dict) else None
        if not known:
            raise DataError(f'{place}: expected {{"image": ..., "caption": ...}}, found {line[:80]!r}.')
        values = list(record.values())
        image, captions, split = (None if key is None else values[key] for key in known)
        captions = captions if isinstance(captions, list) else [captions]
        if not all(isinstance(value, str) for value in (image, *captions)) or not isinstance(split, str | None):
            raise DataError(f"{place}: image and caption must be text, found {line[:80]!r}.")
        if not captions:
            raise DataError(f"{place}: {image} has no caption.")
        yield from (_row(image, caption, split, place) for caption in captions)


def _row(image: str, caption: str, split: str | None, place: str) -> Row:
    # Windows writes folders with \, and quoted captions may have line breaks.
    image, caption = named_and_captioned(image.replace("\\", "/"), re.sub(r"\s*[\r\n]\s*", " ", caption), place)
    if split is None:
        return Row(image, caption, None, place)
    if not (known := split_named(split)):
        raise DataError(f"{place}: {split[:80]!r} is not a split: write train, dev or test.")
    return Row(image, caption, known, place)
