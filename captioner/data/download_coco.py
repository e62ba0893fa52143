"""Downloads COCO 2017 (photos, captions and object labels) from its publisher, in the layout the loaders read."""

import os
import shutil
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tqdm import tqdm

from captioner.data.fetch import Source, fetch, landing
from captioner.data.load import load_examples
from captioner.errors import DataError


class Archive(NamedTuple):
    """A published zip, a folder in it, the files to take from that folder (none: all), and their unpacked bytes."""

    source: Source
    folder: str
    files: tuple[str, ...]
    unpacked: int


# The publisher gives no hashes: these are from TensorFlow Datasets. There is no https at this address.
COCO_2017 = (
    Archive(
        Source(
            "http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
            252_907_541,
            "sha256:113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
        ),
        "annotations",
        tuple(f"{kind}_{split}2017.json" for kind in ("captions", "instances") for split in ("train", "val")),
        590_000_000,
    ),
    Archive(
        Source(
            "http://images.cocodataset.org/zips/val2017.zip",
            815_585_330,
            "sha256:4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
        ),
        "val2017",
        (),
        830_000_000,
    ),
    Archive(
        Source(
            "http://images.cocodataset.org/zips/train2017.zip",
            19_336_861_798,
            "sha256:69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
        ),
        "train2017",
        (),
        19_700_000_000,
    ),
)


def download_coco(folder: str | os.PathLike) -> Path:
    """Download COCO 2017: 118,287 photos to train on and 5,000 as dev, five captions each, and object labels (20 GB).

    folder: created if needed; files that are already there are not downloaded again, and a call after an interruption
    continues where it stopped. First, a line on standard error says how large the download is and how much disk space
    it needs.
    Returns the folder; both splits have been checked with `load_examples`.
    Raises DataError, saying what to do, if the disk is too small, or a file does not arrive or is not what was
    published.
    Data: Chen et al. 2015, "Microsoft COCO Captions: Data Collection and Evaluation Server"; captions and labels are
    CC BY 4.0, photos under their Flickr licences.
    """
    folder = Path(folder)
    missing = [archive for archive in COCO_2017 if not _is_unpacked(archive, folder)]
    if missing:
        _refuse_a_full_disk(missing, folder)
    # The captions first: they are small, so that a missing network shows at once.
    for archive in missing:
        path = fetch(archive.source, folder / PurePosixPath(archive.source.url).name)
        _unpack(archive, path, folder)
        path.unlink()
    for split in ("train", "dev"):
        load_examples(folder, split)
    return folder


def _is_unpacked(archive: Archive, folder: Path) -> bool:
    return all((folder / archive.folder / name).exists() for name in archive.files or ("",))


def _refuse_a_full_disk(missing: list[Archive], folder: Path) -> None:
    """Print the size of the download; DataError if the disk is too small for it."""
    sizes = [archive.source.size or 0 for archive in missing]
    after = sum(archive.unpacked for archive in missing)
    # Each zip is deleted once it is unpacked, so only the largest one counts.
    needed = after + max(sizes)
    print(
        f"COCO 2017: downloading {_gigabytes(sum(sizes))}. It needs {_gigabytes(needed)} of disk while unpacking, and "
        f"{_gigabytes(after)} afterwards.",
        file=sys.stderr,
    )
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    arrived = sum(path.stat().st_size for path in folder.glob("*2017.zip*"))
    free = shutil.disk_usage(existing).free
    if free + arrived < needed:
        raise DataError(
            f"{folder} needs {_gigabytes(needed - arrived)} more, but its disk has only {_gigabytes(free)} free: make "
            "room, or choose a folder on another disk."
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _unpack(archive: Archive, path: Path, folder: Path) -> None:
    """Unpack the wanted files from a zip; a folder of photos gets its name only when all of them are there."""
    try:
        with zipfile.ZipFile(path) as files:
            names = [PurePosixPath(name) for name in files.namelist() if not name.endswith("/")]
            there = {name.name for name in names if str(name.parent) == archive.folder}
            wanted = sorted(archive.files or there)
            if not wanted or not there.issuperset(wanted):
                raise DataError(f"{path} has no {archive.folder}/{wanted[0] if wanted else ''}: check its home page.")
            (folder / archive.folder if archive.files else folder).mkdir(parents=True, exist_ok=True)
            progress = tqdm(wanted, desc=archive.folder, unit="file", unit_scale=True, delay=1)
            if archive.files:
                for name in progress:
                    with landing(folder / archive.folder / name) as part:
                        _take(files, f"{archive.folder}/{name}", part)
                return
            with landing(folder / archive.folder) as part:
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                for name in progress:
                    _take(files, f"{archive.folder}/{name}", part / name)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path} cannot be unpacked: {error}. Delete it and run again.") from error


def _take(files: zipfile.ZipFile, member: str, target: Path) -> None:
    with files.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
