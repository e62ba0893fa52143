"""The captions in a split that are closest to what people wrote, and those farthest from it."""

import json
from collections.abc import Sequence
from pathlib import Path

from captioner.captioner import Captioner
from captioner.data import Example
from captioner.disk.whole import replace_file, saving
from captioner.evaluation.evaluate import caption_features, encode_examples
from captioner.evaluation.metrics import cider_of_each, tokenized

FILE = "best-and-worst.json"  # in a model folder
SHOWN = 10  # best ones, and as many worst ones


def best_and_worst(captioner: Captioner, examples: Sequence[Example], shown: int = SHOWN) -> dict:
    """The model's captions for the examples, at its own beam width, with the highest CIDEr (x100) and the lowest.

    Among captions with the same CIDEr, the ones the model was most confident of come first.

    Raises:
        CaptionerError: Java, which the scorer's tokenizer needs, is missing.
    """
    captions = caption_features(captioner, encode_examples(captioner, examples))
    worth = 100 * cider_of_each(
        *tokenized([caption.text for caption in captions], [example.captions for example in examples])
    )
    rows = [
        {
            "file": example.image.name,
            "caption": caption.text,
            "reference": example.captions[0],
            "CIDEr": round(float(figure), 1),
            "score": round(caption.score, 3),
        }
        for example, caption, figure in zip(examples, captions, worth, strict=True)
    ]
    shown = min(shown, len(rows) // 2)
    return {
        "images": len(rows),
        "beam_width": captioner.model.decoding.beam_width,
        "best": sorted(rows, key=lambda row: (-row["CIDEr"], -row["score"]))[:shown],
        "worst": sorted(rows, key=lambda row: (row["CIDEr"], -row["score"]))[:shown],
    }


def save_best_and_worst(found: dict, folder: Path) -> None:
    """Write the result of `best_and_worst` to a model folder."""
    with saving("the best and worst captions", folder):
        replace_file(folder / FILE, (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode())
