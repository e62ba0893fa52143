"""Captioner: describe photos with a small neural network, word by word."""

from captioner.captioner import Caption, Captioner, Word
from captioner.errors import CaptionerError, DataError, DiskError, ImageError, ModelError, SettingError
from captioner.guide.guidance import Evidence
from captioner.guide.nouns import Noun
from captioner.guide.sentence import as_sentence
from captioner.pictures.images import open_image
from captioner.search.strategy import STRATEGIES, Decoding, Search
from captioner.search.tree import Branch

__version__ = "1.0"

__all__ = [
    "STRATEGIES",
    "Branch",
    "Caption",
    "Captioner",
    "CaptionerError",
    "DataError",
    "Decoding",
    "DiskError",
    "Evidence",
    "ImageError",
    "ModelError",
    "Noun",
    "Search",
    "SettingError",
    "Word",
    "__version__",
    "as_sentence",
    "open_image",
]
