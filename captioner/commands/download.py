"""Download Flickr8k (may ask for a Kaggle account), COCO or GloVe vectors."""

import argparse
from pathlib import Path


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("what", choices=("flickr8k", "coco", "glove"))
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to put it; created if needed")
    parser.add_argument(
        "--dimension", type=int, default=50, help="size of the GloVe vectors: 50, 100, 200 or 300 (default: 50)"
    )


def run(options: argparse.Namespace) -> None:
    """Download one data set and print where it is."""
    from captioner.data.download import download_flickr8k, download_glove
    from captioner.data.download_coco import download_coco

    if options.what == "flickr8k":
        print(download_flickr8k(options.folder))
    elif options.what == "coco":
        print(download_coco(options.folder))
    else:
        print(download_glove(options.folder, options.dimension))
