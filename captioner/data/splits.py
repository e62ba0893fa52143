"""The splits: their names, and how a photo gets one if the data does not say it."""

import hashlib
import re

SPLITS = ("train", "dev", "test")

# Karpathy's "restval" is the rest of COCO's val2014, for training.
_WORDS = {"train": "train", "training": "train", "restval": "train", "test": "test", "testing": "test"}
_WORDS |= dict.fromkeys(("dev", "val", "valid", "validation"), "dev")


def split_named(text: str) -> str | None:
    """The split in a name such as "val2017", "captions_train" or "Validation", or None."""
    return next((_WORDS[word] for word in re.findall("[a-z]+", text.casefold()) if word in _WORDS), None)


def drawn_split(name: str) -> str:
    """A photo's split by the SHA-256 of its file name: of ten photos, eight are train, one is dev and one is test.

    It is the same on every machine, and does not change when photos are added.
    """
    tenth = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:8]) % 10
    return SPLITS[max(0, tenth - 7)]
