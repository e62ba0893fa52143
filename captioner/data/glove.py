"""Published GloVe word vectors -> an embedding matrix for a vocabulary."""

import io
import os
import re
import zipfile
import zlib
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from tqdm import tqdm

from captioner.errors import DataError
from captioner.vocabulary import PAD, SPECIALS

_HEADER = re.compile(rb"\d+ (\d+)")
_DIMENSION_IN_NAME = re.compile(r"(?<!\d)(\d+)d(?![A-Za-z0-9])")


class Glove(NamedTuple):
    """An embedding matrix, `float32 [words, dimension]`, the number of words found, and the words that are missing."""

    matrix: np.ndarray
    found: int
    missing: tuple[str, ...]

    @property
    def coverage(self) -> float:
        """The share of words with a published vector, 0..1; special tokens such as `<start>` are not words."""
        return self.found / (self.found + len(self.missing))


def read_glove(path: str | os.PathLike, words: Sequence[str], dimension: int | None = None, seed: int = 0) -> Glove:
    """Read the vectors of some words, line by line, keeping only those in memory.

    Words without a vector get a random one, from a normal distribution with the mean and standard deviation of the
    found vectors in each dimension. `<pad>` is zero.

    Args:
        path: any published `glove.*.txt`, with or without the first line that word2vec tools add ("400000 50"),
            or a `.zip` of such files.
        words: different words, as in `Vocabulary.tokens`; a word's place is its row in the matrix.
        dimension: numbers per vector; it selects the file from a zip with several. None: whatever the file has.
        seed: for the random vectors.

    Raises:
        DataError: the file is missing, broken or of another dimension, with its line number where there is one; no
            word is in it; or the zip holds several files and no dimension picks one. In the lines of other words, the
            numbers are counted and their characters checked, but not parsed.

    Pennington, Socher and Manning 2014, "GloVe: Global Vectors for Word Representation".
    """
    path = Path(path)
    vectors = _read_vectors(path, set(words), dimension)
    found = vectors.keys() - set(SPECIALS)
    if not found:
        raise DataError(f"{path} has none of the {len(words)} words: give GloVe vectors of the captions' language.")
    known = np.array(list(vectors.values()))  # [found, dimension]
    drawn = np.random.default_rng(seed).normal(known.mean(0), known.std(0), (len(words), known.shape[1]))
    matrix = drawn.astype("float32")  # [words, dimension]
    for row, word in enumerate(words):
        if word == SPECIALS[PAD]:
            matrix[row] = 0
        elif word in vectors:
            matrix[row] = vectors[word]
    return Glove(matrix, len(found), tuple(word for word in words if word not in found and word not in SPECIALS))


def _read_vectors(path: Path, words: Container[str], dimension: int | None) -> dict[str, list[float]]:
    """The vectors of the words that are in the file; for repeated words, the first one."""
    vectors: dict[str, list[float]] = {}
    with _opened(path, dimension) as (name, file):
        # Bytes, not text: some tokens are characters that text mode takes for the end of a line.
        for number, line in enumerate(tqdm(file, desc=path.name, unit=" lines", unit_scale=True, delay=1), 1):
            place, line = f"{name}, line {number}", line.rstrip(b" \r\n")
            header = _HEADER.fullmatch(line) if number == 1 else None
            stated = int(header[1]) if header else line.count(b" ")
            dimension = dimension or stated
            if header and stated != dimension:
                raise DataError(f"{place}: the file says it has {stated} numbers per word, not {dimension}.")
            if header or not line:
                continue
            word, numbers = _split(line, dimension, place)
            if word in words and word not in vectors:
                vectors[word] = _floats(numbers, place)
        if not dimension:
            raise DataError(f"{name} is empty: download it again.")
    return vectors


@contextmanager
def _opened(path: Path, dimension: int | None) -> Iterator[tuple[str, BinaryIO]]:
    """The vectors' name, for error messages, and their bytes, from the zip if they are in one."""
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                member = _member(archive, path, dimension)
                with archive.open(member) as compressed, io.BufferedReader(compressed) as file:
                    yield f"{member} in {path}", file
        else:
            with path.open("rb") as file:
                yield str(path), file
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}. Give a glove.*.txt or a .zip as published.") from error


def _member(archive: zipfile.ZipFile, path: Path, dimension: int | None) -> str:
    """The only text file in a zip, or the one with the dimension in its name: glove.6B.50d.txt."""
    members = [name for name in archive.namelist() if name.endswith(".txt") and not name.startswith("__MACOSX/")]
    if not members:
        raise DataError(f"{path} has no glove.*.txt.")
    if len(members) == 1:
        return members[0]
    fitting = [name for name in members if str(dimension) in _DIMENSION_IN_NAME.findall(name)]
    if len(fitting) != 1:
        wanted = f"none or several with {dimension} dimensions" if dimension else "and no dimension was given"
        raise DataError(f"{path} has {len(members)} files, {wanted}: choose one of {', '.join(sorted(members))}.")
    return fitting[0]


def _split(line: bytes, dimension: int, place: str) -> tuple[str, bytes]:
    """A word and its numbers, not yet parsed, since nearly all of them belong to words that are not needed."""
    token, _, numbers = line.partition(b" ")
    if numbers.count(b" ") >= dimension > 0:
        # glove.840B has tokens with spaces, ". . ." and "at name@domain.com"; none of them ends in a number.
        token = line.rsplit(b" ", dimension)[0]
        numbers = line[len(token) + 1 :]
    if numbers.count(b" ") + 1 != dimension or (b" " in token and _is_number(token.rpartition(b" ")[2])):
        found = f"found {line.count(b' ')}"
        raise DataError(f"{place}: expected {dimension or 'some'} numbers after the word, {found}.")
    if not _looks_numeric(numbers):
        raise _not_a_number(numbers, place)
    try:
        return token.decode("utf-8"), numbers
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: the word {token!r} is not UTF-8 text; download the file again.") from error


def _floats(numbers: bytes, place: str) -> list[float]:
    try:
        return [float(number) for number in numbers.split(b" ")]
    except ValueError as error:
        raise _not_a_number(numbers, place) from error


def _looks_numeric(text: bytes) -> bool:
    """Whether all bytes can be part of numbers: cheap enough for every line, unlike parsing."""
    return not text.translate(None, b"0123456789.eE+- ") and b"  " not in text


def _is_number(text: bytes) -> bool:
    try:
        return _looks_numeric(text) and float(text) is not None
    except ValueError:
        return False


def _not_a_number(numbers: bytes, place: str) -> DataError:
    broken = next(number for number in numbers.split(b" ") if not _is_number(number))
    return DataError(f"{place}: {broken[:40]!r} is not a number; download the file again.")
