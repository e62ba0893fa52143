"""A model and examples -> captions and their scores."""

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from captioner.captioner import Captioner
from captioner.data.flickr8k import Example
from captioner.machine import measured_on
from captioner.metrics import METRICS, score, vocabulary_share

BATCH = 128  # pictures


def encode_examples(captioner: Captioner, examples: Sequence[Example]) -> np.ndarray:
    """Features `float32 [images, regions, channels]` of the examples' pictures."""
    starts = tqdm(range(0, len(examples), BATCH), desc="encoding", unit="batch", leave=False)
    return np.concatenate(
        [captioner.encode([example.image for example in examples[start : start + BATCH]]) for start in starts]
    )


def caption_features(captioner: Captioner, features: np.ndarray, beam_width: int | None = None) -> list[str]:
    """One caption text for each row of features `[images, regions, channels]`."""
    starts = tqdm(range(0, len(features), BATCH), desc="captioning", unit="batch", leave=False)
    batches = (captioner.decode(features[start : start + BATCH], beam_width) for start in starts)
    return [caption.text for batch in batches for caption in batch]


def evaluate(
    captioner: Captioner, examples: Sequence[Example], beam_widths: Sequence[int], dataset: str, split: str
) -> list[dict]:
    """A record of figures (x100, five references, the whole split) for each beam width, with date and machine."""
    features = encode_examples(captioner, examples)
    references = [example.captions for example in examples]
    records = []
    for beam_width in beam_widths:
        captions = caption_features(captioner, features, beam_width)
        records.append(
            {
                "dataset": dataset,
                "split": split,
                "images": len(examples),
                "beam_width": beam_width,
                "length_penalty": captioner.model.decoding.length_penalty,
                **{name: round(value, 2) for name, value in score(captions, references, METRICS).items()},
                "vocabulary_share": round(vocabulary_share(captions, len(captioner.model.vocabulary)), 3),
                **measured_on(),
            }
        )
    return records
