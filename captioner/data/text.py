"""Captions without photos -> groups of captions, each about one photo."""

import os
from collections.abc import Iterable
from pathlib import Path

from captioner.data.lines import numbered_lines
from captioner.errors import DataError

_SUFFIXES = (".txt", ".tsv", ".txt.gz", ".tsv.gz")
_NO_ID = "-"


def load_text(paths: str | os.PathLike | Iterable[str | os.PathLike]) -> list[tuple[str, ...]]:
    """Read captions without photos, in groups about the same photo.

    paths: `.txt` files with a caption per line; `.tsv` files with an id, a tab and a caption per line; either may be
    gzipped (`.gz`); or folders of such files. Captions with the same id in the same file form a group; captions in a
    `.txt` file or with the id "-" are groups of their own.
    Raises DataError, naming file and line, if something is missing or broken.
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else paths
    return [group for path in paths for file in _files(Path(path)) for group in _groups(file)]


def _files(path: Path) -> list[Path]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    texts = [file for file in files if file.name.lower().endswith(_SUFFIXES)]
    if not path.exists():
        raise DataError(f"There is no {path}: give a text file of captions, or a folder of them.")
    if not texts:
        raise DataError(f"{path} is not a text file of captions: give {', '.join(_SUFFIXES)}, or a folder of them.")
    return texts


def _groups(path: Path) -> list[tuple[str, ...]]:
    has_ids = ".tsv" in path.name.lower()
    groups: dict[str | int, list[str]] = {}
    for number, line in numbered_lines(path):
        place = f"{path}, line {number}"
        before, tab, caption = line.partition("\t")
        if has_ids and (not tab or not before.strip() or not caption.strip()):
            raise DataError(f"{place}: expected an id or '-', a tab and a caption, found {line[:80]!r}.")
        if tab and not has_ids:
            raise DataError(f"{place}: the caption has a tab; name the file .tsv if an id comes before it.")
        known = has_ids and before.strip() != _NO_ID
        groups.setdefault(before.strip() if known else number, []).append((caption if has_ids else line).strip())
    if not groups:
        raise DataError(f"{path} has no captions.")
    return [tuple(group) for group in groups.values()]
