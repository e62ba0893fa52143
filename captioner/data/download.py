"""Downloads Flickr8k and GloVe from their publishers, in the layout the loaders read."""

import os
import shutil
import zipfile
from pathlib import Path

from captioner.data.fetch import Source, fetch, landing
from captioner.data.load import load_examples
from captioner.data.splits import SPLITS
from captioner.errors import DataError

# Neither publisher gives a hash: this one is from torchvision for R, the next one from torchtext and Embeddings.jl.
FLICKR8K_TEXT = Source(
    "https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/Flickr8k_text.zip",
    None,
    "md5:bf6c1abcb8e4a833b7f922104de18627",
)
GLOVE_6B = Source(
    "https://nlp.stanford.edu/data/glove.6B.zip",
    862_182_613,
    "sha256:617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
)
GLOVE_DIMENSIONS = (50, 100, 200, 300)
KAGGLE_FLICKR8K = "adityajn105/flickr8k"

_SPLIT_LISTS = tuple(f"Flickr_8k.{split}Images.txt" for split in SPLITS)
_KAGGLE_FILES = ("Images", "captions.txt")
_BLOCK = 1 << 20


def download_flickr8k(folder: str | os.PathLike) -> Path:
    """Download Flickr8k: pictures and captions from Kaggle (1.1 GB), the official split lists from a mirror.

    folder: created if needed; files that are already there are not downloaded again, and a call after an interruption
    continues where it stopped. Kaggle's cache keeps a copy, which shares disk space if possible.
    Returns the folder; all three splits have been checked with `load_examples`.
    Raises DataError, saying what to do by hand, if a file does not arrive or is not what was published.
    Data: Hodosh, Young and Hockenmaier 2013, "Framing Image Description as a Ranking Task".
    """
    folder = Path(folder)
    # The lists first: they are small, so that a missing network shows at once.
    if not all((folder / name).exists() for name in _SPLIT_LISTS):
        archive = fetch(FLICKR8K_TEXT, folder / "Flickr8k_text.zip")
        for name in _SPLIT_LISTS:
            _unzip(archive, name, folder / name)
        archive.unlink()
    if not all((folder / name).exists() for name in _KAGGLE_FILES):
        _place(_kaggle_flickr8k(folder), folder)
    for split in SPLITS:
        load_examples(folder, split)
    return folder


def download_glove(folder: str | os.PathLike, dimension: int = 50) -> Path:
    """Download the GloVe 6B vectors of one dimension from Stanford.

    folder: created if needed. It keeps the archive with all four dimensions (862 MB), so that another dimension needs
    no second download; a call after an interruption continues where it stopped.
    dimension: 50, 100, 200 or 300; the text file takes 171 MB to 1 GB.
    Returns the path of `glove.6B.{dimension}d.txt`, for `read_glove`.
    Raises DataError, saying what to do by hand, if the file does not arrive or is not what was published.
    Pennington, Socher and Manning 2014, "GloVe: Global Vectors for Word Representation".
    """
    if dimension not in GLOVE_DIMENSIONS:
        raise DataError(f"GloVe 6B has no vectors with {dimension} dimensions: choose 50, 100, 200 or 300.")
    vectors = Path(folder) / f"glove.6B.{dimension}d.txt"
    if not vectors.exists():
        _unzip(fetch(GLOVE_6B, vectors.with_name("glove.6B.zip")), vectors.name, vectors)
    return vectors


def _unzip(archive: Path, member: str, target: Path) -> None:
    with (
        landing(target) as part,
        zipfile.ZipFile(archive) as files,
        files.open(member) as source,
        part.open("wb") as file,
    ):
        shutil.copyfileobj(source, file, _BLOCK)


def _kaggle_flickr8k(folder: Path) -> Path:
    """Where Flickr8k is in kagglehub's cache; kagglehub resumes, checks the archive's hash and unzips it."""
    by_hand = (
        f"Or download https://www.kaggle.com/datasets/{KAGGLE_FLICKR8K} in a browser and unzip it, so that "
        f"{folder / _KAGGLE_FILES[0]} and {folder / _KAGGLE_FILES[1]} are there."
    )
    try:
        import kagglehub
    except ImportError as error:
        raise DataError(f"Flickr8k comes through kagglehub: pip install kagglehub. {by_hand}") from error
    try:
        return Path(kagglehub.dataset_download(KAGGLE_FLICKR8K))
    except Exception as error:  # its errors, and those of the libraries it uses, have no other common base
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in (401, 403):
            advice = "Make a token at https://www.kaggle.com/settings/api, set KAGGLE_API_TOKEN to it and run again."
        else:
            advice = "Check the network and the disk, then run again: it continues where it stopped."
        reason = " ".join(str(error).split()).rstrip(".")
        raise DataError(f"Flickr8k did not come from Kaggle: {reason}. {advice} {by_hand}") from error


def _place(cache: Path, folder: Path) -> None:
    """Put pictures and captions into the folder, sharing the cache's disk space where the file system can."""
    for name in _KAGGLE_FILES:
        if not (cache / name).exists():
            raise DataError(f"Kaggle's {KAGGLE_FLICKR8K} no longer has {name}: check it at https://www.kaggle.com.")
        if (folder / name).exists():
            continue
        with landing(folder / name) as part:
            if (cache / name).is_dir():
                shutil.rmtree(part, ignore_errors=True)
                shutil.copytree(cache / name, part, copy_function=_link_or_copy)
            else:
                shutil.copyfile(cache / name, part)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
