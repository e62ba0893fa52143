"""How certain a score is: its bootstrap interval over the pictures (Koehn 2004, "Statistical Significance Tests")."""

from collections.abc import Sequence

import numpy as np
from pycocoevalcap.bleu.bleu_scorer import BleuScorer

from captioner.evaluation.metrics import cider_of_each, tokenized

RESAMPLES = 2000
COVERAGE = 95  # percent


def intervals(
    candidates: Sequence[str], references: Sequence[Sequence[str]], seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Bootstrap intervals (lower and upper end, x100) of BLEU-4 and CIDEr, with pictures resampled with replacement.

    candidates, references: as in `score`.
    Raises CaptionerError without Java, which the toolkit's tokenizer needs.
    """
    truths, results = tokenized(candidates, references)
    cider = cider_of_each(truths, results)  # [images]
    matched, written = bleu_counts(truths, results)
    images = len(candidates)
    # How often each picture was drawn: a resample is a weighted sum over pictures.
    drawn = np.random.default_rng(seed).multinomial(images, np.full(images, 1 / images), RESAMPLES)
    scores = {"BLEU-4": bleu_4(drawn @ matched, drawn @ written), "CIDEr": drawn @ cider / images}
    outside = (100 - COVERAGE) / 2
    return {
        metric: tuple(float(100 * end) for end in np.percentile(values, (outside, 100 - outside)))
        for metric, values in scores.items()
    }


def bleu_counts(truths: dict, results: dict) -> tuple[np.ndarray, np.ndarray]:
    """BLEU's counts for each picture: matched n-grams and tokens in the closest reference [images, 5], n-grams and
    tokens in the candidate [images, 5]."""
    scorer = BleuScorer(n=4)
    for image, (candidate,) in results.items():
        scorer += (candidate, truths[image])
    matched, written = [], []
    for counts in scorer.ctest:
        length = counts["testlen"]
        closest = min(counts["reflen"], key=lambda reference: (abs(reference - length), reference))
        matched.append([*counts["correct"], closest])
        written.append([*counts["guess"], length])
    return np.array(matched), np.array(written)


def bleu_4(matched: np.ndarray, written: np.ndarray) -> np.ndarray:
    """BLEU-4 (0..1) from summed counts [..., 5]."""
    precisions = (matched[..., :4] + 1e-15) / (written[..., :4] + 1e-9)  # the toolkit's own guards against zero
    brevity = np.exp(np.minimum(0, 1 - matched[..., 4] / np.maximum(written[..., 4], 1e-9)))
    return precisions.prod(-1) ** 0.25 * brevity
