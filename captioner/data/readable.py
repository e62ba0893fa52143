"""Leaves out captioned photos that cannot be read."""

import sys
from collections.abc import Iterable

from captioner.data.caption_data import Example
from captioner.errors import ImageError
from captioner.pictures.images import open_image


def readable(examples: Iterable[Example]) -> list[Example]:
    """The examples whose photos can be read; the others are listed on standard error."""
    kept = []
    for example in examples:
        try:
            open_image(example.image)
            kept.append(example)
        except ImageError as error:
            print(f"left out: {error}", file=sys.stderr)
    return kept
