"""The captioned photos of a command: the option that names them, and the one place that loads them."""

import argparse
from pathlib import Path

from captioner.data import SPLITS, Example, load_examples, named
from captioner.data.readable import readable

__all__ = ["SPLITS", "add_data", "data_name", "examples"]


def add_data(parser: argparse.ArgumentParser, use: str = "", required: bool = True) -> None:
    """`--data`, where the captioned photos are; `use` says what for."""
    places = f"folders of captioned photos; DIR:train uses all of one for training (also :dev, :test){use}"
    parser.add_argument("--data", type=Path, nargs="+", required=required, metavar="DIR", help=places)
    parser.add_argument(
        "--skip-unreadable", action="store_true", help="leave out photos that cannot be read, and name them"
    )


def examples(options: argparse.Namespace, split: str) -> list[Example]:
    """The captioned photos of a split: "train", "dev", "test" or "all".

    Raises:
        DataError: the data is missing, incomplete or damaged.
    """
    found = load_examples(options.data, split)
    return readable(found) if options.skip_unreadable else found


def data_name(options: argparse.Namespace) -> str:
    """What the model card calls the data."""
    return named(options.data)
