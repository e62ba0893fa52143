"""Captioner: what a neural network sees in a photo, word by word."""

from captioner.captioner import Caption, Captioner, Word
from captioner.errors import CaptionerError, DataError, ImageError, ModelError, SettingError
from captioner.pictures.images import open_image
from captioner.search.strategy import Search

__all__ = [
    "Caption",
    "Captioner",
    "CaptionerError",
    "DataError",
    "ImageError",
    "ModelError",
    "Search",
    "SettingError",
    "Word",
    "open_image",
]
