"""WebDataset shards, tars of photos and their captions -> examples, whose photos are read where they lie in the tar."""

import sys
import tarfile
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from captioner.data.caption_data import CaptionData, Example
from captioner.data.json_file import parse_json
from captioner.data.lines import decoded
from captioner.data.places import expand
from captioner.data.splits import split_named
from captioner.data.tars import TARS, files_in_tar
from captioner.errors import DataError
from captioner.pictures.formats import SUFFIXES
from captioner.pictures.member import Member

LOOKED_FOR = (".tar shards of photos with .txt or .json captions of the same name (WebDataset)",)

_ADVICE = "Name a shard for it, such as dev-0000.tar; or name none of them after a split to get random ones."
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_LARGEST = 10_000_000  # bytes of a .txt or .json: captions are not longer, and it is read into memory


def are_shards(place: Path) -> bool:
    """Whether this is the name of a tar, or a brace pattern of such names."""
    return place.name.lower().endswith(TARS) and not place.is_dir()


def find(place: Path) -> CaptionData | None:
    """Find shards by name or brace pattern, or in a folder and its subfolders.

    Files whose names differ in their endings alone are a sample: a photo, and its captions in `.txt`, one on each line,
    or in `.json` as "caption" or "captions". The tars' names may have splits (`train-0000.tar`, `val/0000.tar`).
    """
    if not place.is_dir():
        tars = {Path(name): Path(name).name for name in expand(str(place))}
    else:
        files = sorted(path for pattern in ("*", "*/*") for path in place.glob(pattern) if are_shards(path))
        tars = {path: str(path.relative_to(place)) for path in files}
        if not tars:
            return None
    splits = {tar: split_named(name) for tar, name in tars.items()}
    return CaptionData(any(splits.values()), partial(_read, splits), _ADVICE)


def _read(splits: dict[Path, str | None], split: str) -> list[Example]:
    unnamed = next((tar for tar, said in splits.items() if not said), None)
    if split != "all" and unnamed:
        raise DataError(f"{unnamed} is not named after a split, as other shards are: name all of them so, or none.")
    examples = []
    for tar in (tar for tar, said in splits.items() if split in ("all", said)):
        if not tar.is_file():
            raise DataError(f"There is no {tar}: check the name. Shards are read from this machine's own folders.")
        state = tar.stat()
        examples += _examples(tar, state.st_size, state.st_mtime_ns)
    return examples


@cache  # for the splits of one data set, and for as long as the tar is the same
def _examples(tar: Path, size: int, changed: int) -> list[Example]:
    photos: dict[str, Member] = {}
    captions: dict[str, dict[str, None]] = {}  # each caption once: tools write the same one as .txt and .json
    for entry, file in _entries(tar):
        path = PurePosixPath(entry.name)
        key, ending = str(path.parent / path.stem), path.suffix.lower()
        member = Member(tar, entry.name, entry.offset_data, entry.size)
        if path.name.startswith("."):  # what macOS adds to each file
            continue
        if ending in SUFFIXES:
            if key in photos:
                raise DataError(f"{tar}: {photos[key].entry} and {entry.name} are photos of one sample; keep one.")
            photos[key] = member
        elif ending in (".txt", ".json"):
            captions.setdefault(key, {}).update(dict.fromkeys(_captions(member, ending, file)))
    captions = {key: said for key, said in captions.items() if said}
    if missing := next((key for key in captions if key not in photos), None):
        raise DataError(f"{tar}: {missing} has captions, but no photo.")
    if silent := [photo.entry for key, photo in photos.items() if key not in captions]:
        more = f" and {len(silent) - 1:,} more" if silent[1:] else ""
        print(f"{tar}: {silent[0]}{more} left out, without a caption.", file=sys.stderr)
    return [Example(photos[key], tuple(said)) for key, said in captions.items()]


def _entries(tar: Path) -> Iterator[tuple[tarfile.TarInfo, BinaryIO]]:
    """The files in a tar, by their headers alone, with the tar itself to read from."""
    try:
        with tar.open("rb") as file:
            start = file.read(6)
            if packed := next((kind for magic, kind in _PACKED.items() if start.startswith(magic)), None):
                raise DataError(
                    f"{tar} is compressed ({packed}): to read a photo in its middle, all that is before it would have "
                    "to be decompressed each time. Make it a plain .tar."
                )
            file.seek(0)
            for _, entry in files_in_tar(file, "r:"):
                if entry.isfile() and not entry.issparse():
                    yield entry, file
    except OSError as error:
        raise DataError(f"{tar} cannot be read: {error}.") from error
    except (tarfile.TarError, ValueError) as error:
        raise DataError(f"{tar} is damaged or cut short ({error}): fetch or write it again.") from error


def _captions(member: Member, ending: str, file: BinaryIO) -> Iterator[str]:
    place = f"{member.tar}/{member.entry}"
    if member.size > _LARGEST:
        raise DataError(f"{place} is larger than {_LARGEST // 1_000_000} MB, which no caption is.")
    file.seek(member.start)
    content = file.read(member.size)
    if ending == ".txt":
        said = [decoded(content, place)]
    else:
        record = parse_json(content, place)
        said = record.get("caption") or record.get("captions") or []
        said = [said] if isinstance(said, str) else said
        if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
            raise DataError(f"{place}: captions must be text, or a list of texts, found {said!r:.80}.")
    yield from (line.strip() for each in said for line in each.split("\n") if line.strip())
