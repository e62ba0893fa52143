"""The captioned photos of a command: the option that names them, and the one place that loads them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from captioner.data import SPLITS, Example, Label, Source, labelled_photos, load_examples, load_text, named
from captioner.data.readable import readable

__all__ = ["SPLITS", "add_data", "add_more_data", "data_name", "examples", "labels_of", "text_of"]


def add_data(parser: argparse.ArgumentParser, use: str = "", required: bool = True) -> None:
    """Add `--data`, the captioned photos; `use` says what they are for."""
    places = 'folders of captioned photos, or WebDataset shards such as "shards/{000..099}.tar"; '
    places += f"DIR:train uses all of one for training (also :dev, :test){use}"
    parser.add_argument("--data", type=Path, nargs="+", required=required, metavar="DIR", help=places)
    parser.add_argument(
        "--skip-unreadable", action="store_true", help="leave out photos that cannot be read, and list them"
    )


def examples(options: argparse.Namespace, split: str) -> list[Example]:
    """The captioned photos of a split: "train", "dev", "test" or "all".

    Raises:
        DataError: the data is missing, incomplete or damaged.
    """
    found = load_examples(options.data, split)
    return readable(found) if options.skip_unreadable else found


def add_more_data(parser: argparse.ArgumentParser) -> None:
    """Add `--text` and `--labels`, more to learn from besides captioned photos."""
    parser.add_argument(
        "--text", type=Path, nargs="+", default=[], metavar="FILE",
        help="captions without photos, .txt or .tsv, or folders of such files; the decoder learns from them too",
    )  # fmt: skip
    parser.add_argument(
        "--labels", type=Path, nargs="+", default=[], metavar="DIR",
        help="folders of photos with object labels (COCO's instances*.json), captioned or not; for --look",
    )  # fmt: skip


def text_of(options: argparse.Namespace) -> list[tuple[str, ...]]:
    """The captions without photos, in groups about the same photo.

    Raises:
        DataError: a file is missing or damaged.
    """
    return load_text(options.text)


def labels_of(options: argparse.Namespace, train: Sequence[Example]) -> dict[Path, list[Label]]:
    """What is in the photos in the label folders; for folders that are also in `--data`, only the training photos.

    Raises:
        DataError: a folder holds no labels, or a photo is missing.
    """
    captioned = {image.resolve(): image for image, _ in train if isinstance(image, Path)}
    data = {Source.parse(place).place.resolve() for place in options.data}
    labels = {}
    for folder in options.labels:
        for image, found in labelled_photos(folder).items():
            if image.resolve() in captioned:
                labels[captioned[image.resolve()]] = found
            elif folder.resolve() not in data:
                labels[image] = found
    return labels


def data_name(options: argparse.Namespace, split: str) -> str:
    """The name of a split's data on the model card."""
    return named(options.data, split)
