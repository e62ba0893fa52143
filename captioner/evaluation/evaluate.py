"""A model and examples -> captions and their scores."""

from collections.abc import Iterator, Sequence

import numpy as np
from tqdm import tqdm

from captioner.captioner import Caption, Captioner
from captioner.data import Example
from captioner.evaluation.intervals import intervals
from captioner.evaluation.metrics import java_available, score
from captioner.evaluation.wording import broken_share, mean_words, verbatim_share, vocabulary_share
from captioner.folder.model import METRICS
from captioner.machine import measured_on
from captioner.search.strategy import Search

BATCH = 128  # pictures
UNGUIDED = Search(guided=False)  # measures what the model itself has learned


def encoded(captioner: Captioner, examples: Sequence[Example]) -> Iterator[np.ndarray]:
    """Features `float32 [batch, regions, channels]` of the examples' pictures, batch by batch."""
    for start in tqdm(range(0, len(examples), BATCH), desc="encoding", unit="batch", leave=False):
        yield captioner.encode([example.image for example in examples[start : start + BATCH]])


def encode_examples(captioner: Captioner, examples: Sequence[Example]) -> np.ndarray:
    """Features `float32 [images, regions, channels]` of the examples' pictures."""
    return np.concatenate(list(encoded(captioner, examples)))


def caption_features(
    captioner: Captioner,
    features: np.ndarray,
    beam_width: int | None = None,
    neutral: bool = False,
    search: Search = UNGUIDED,
) -> list[Caption]:
    """A caption for each row of features `[images, regions, channels]`."""
    starts = tqdm(range(0, len(features), BATCH), desc="captioning", unit="batch", leave=False)
    how = {"beam_width": beam_width, "neutral": neutral, "search": search}
    batches = (captioner.decode(features[start : start + BATCH], **how) for start in starts)
    return [caption for batch in batches for caption in batch]


def evaluate(
    captioner: Captioner,
    examples: Sequence[Example],
    beam_widths: Sequence[int],
    dataset: str,
    split: str,
    known: Sequence[str] = (),
    guided: bool = False,
) -> list[dict]:
    """Measure a model: a record of figures for each beam width, with date and machine.

    Scores are x100 over the whole split, with bootstrap intervals for BLEU-4 and CIDEr if Java is installed.

    Args:
        known: the training captions; if given, the record says how many captions were copied from them.
        guided: use the model's guide, for beams wider than 1.
    """
    features = encode_examples(captioner, examples)
    references = [example.captions for example in examples]
    records = []
    for beam_width in beam_widths:
        captions = [
            caption.text for caption in caption_features(captioner, features, beam_width, search=Search(guided=guided))
        ]
        record = {
            "dataset": dataset,
            "split": split,
            "images": len(examples),
            "beam_width": beam_width,
            "engine": captioner.engine.name,
            "guided": guided and beam_width > 1,
            "length_penalty": captioner.model.decoding.length_penalty,
            "no_repeat_ngram": captioner.model.decoding.no_repeat_ngram,
            "information_weight": captioner.model.decoding.information_weight,
            "known_bigrams": captioner.model.bigrams is not None,
            **{name: round(value, 2) for name, value in score(captions, references, METRICS).items()},
            "words": round(mean_words(captions), 2),
            "vocabulary_share": round(vocabulary_share(captions, len(captioner.model.vocabulary)), 3),
            "broken_share": round(broken_share(captions), 4),
        }
        if len(known):
            record["verbatim_share"] = round(verbatim_share(captions, known), 3)
        if java_available():
            ends = intervals(captions, references)
            record["intervals"] = {name: [round(end, 2) for end in both] for name, both in ends.items()}
        records.append(record | measured_on())
    return records
