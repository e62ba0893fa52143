"""Captioner: what a neural network sees in a photo, word by word."""

from captioner.captioner import Caption, Captioner, Word
from captioner.errors import CaptionerError, DataError, ImageError, ModelError
from captioner.images import open_image

__all__ = ["Caption", "Captioner", "CaptionerError", "DataError", "ImageError", "ModelError", "Word", "open_image"]
