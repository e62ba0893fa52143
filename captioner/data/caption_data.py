"""What every layout becomes: a folder's captioned photos, and one photo with its captions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from captioner.pictures.member import PictureFile


class Example(NamedTuple):
    """One photo with its captions, as people wrote them, in the order of the caption file."""

    image: PictureFile
    captions: tuple[str, ...]


@dataclass(frozen=True)
class CaptionData:
    """The captioned photos of one folder, found but not yet read.

    has_splits: whether the folder says which photos are train, dev and test.
    read: "all", or if there are splits "train", "dev" or "test" -> the examples; empty if the folder lacks that split.
    advice: how to get a split the folder lacks.
    """

    has_splits: bool
    read: Callable[[str], list[Example]]
    advice: str = ""
