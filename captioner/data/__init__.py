"""Captioned photos in every layout people have, captions without photos, object labels; and where to get them.

Start with `load_examples` (folders or shards -> the examples of a split), `load_text` (captions without photos) and
`load_labels` (what is where in each photo). Each layout has its own file: those in `load.LAYOUTS`, and `shards`.
"""

from captioner.data.caption_data import Example
from captioner.data.labels import Label, labelled_photos, load_labels
from captioner.data.load import Source, load_examples, named
from captioner.data.splits import SPLITS
from captioner.data.text import load_text

__all__ = [
    "SPLITS",
    "Example",
    "Label",
    "Source",
    "labelled_photos",
    "load_examples",
    "load_labels",
    "load_text",
    "named",
]
