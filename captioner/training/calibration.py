"""Calibration: a temperature that makes word probabilities reliable, and scores that make a caption sure or doubtful.

Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv 1706.04599.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from keras import ops
from tqdm import tqdm

from captioner.captioner import Captioner
from captioner.data import Example
from captioner.disk.whole import replace_file, saving
from captioner.evaluation.evaluate import caption_features, encode_examples
from captioner.evaluation.metrics import cider_of_each, tokenized
from captioner.folder.model import Model
from captioner.vocabulary import PAD, encode_captions

TEMPERATURES = np.geomspace(0.5, 2, 29)  # steps of 5%
AS_TRAINED = len(TEMPERATURES) // 2  # where the temperature is 1
BINS = 10
BATCH = 32  # pictures
DOUBTFUL = 0.2  # the share of captions that are doubtful: those with the lowest scores
RIGHT = 0.6  # of the captions that are sure, at least this share is right


@dataclass(frozen=True)
class Reliability:
    """A decoder's confidence in its most likely next word, and how often people wrote that word.

    Attributes:
        confidence, correct: `[bins]`, the mean of each over the words in a bin; NaN in an empty bin.
        words: `[bins]`, number of words in each bin.
    """

    confidence: np.ndarray
    correct: np.ndarray
    words: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error (0..1): the mean distance between the two, over all words."""
        return float(np.nansum(self.words * np.abs(self.confidence - self.correct)) / self.words.sum())


def calibrate(model: Model, dev: Sequence[Example]) -> tuple[Reliability, Reliability]:
    """Set a model's temperature and the scores from which its captions are sure and below which they are doubtful;
    returns reliability before and after.

    A new temperature changes the captions a beam finds, so the model's measured figures are removed then.
    """
    references, had = [example.captions for example in dev], model.decoding.temperature
    features = encode_examples(Captioner(model), dev)
    token_ids = encode_captions(references, model.vocabulary, model.preset.caption_length)
    temperature, before, after = tempered(model.decoder, features, token_ids)
    model.decoding = replace(model.decoding, temperature=round(temperature, 3))
    captions = caption_features(Captioner(model), features)
    scores, texts = np.array([caption.score for caption in captions]), [caption.text for caption in captions]
    worth = 100 * cider_of_each(*tokenized(texts, references))
    low = float(np.quantile(scores, DOUBTFUL))
    high = mostly_right(scores, worth >= peoples_worth(references))
    model.decoding = replace(model.decoding, unsure_below=round(low, 3), sure_from=round(high, 3))
    doubtful, sure = scores < low, scores >= high
    model.training["calibration"] = {
        "off_before": round(before.error, 4),
        "off_after": round(after.error, 4),
        "cider_unsure": round(float(worth[doubtful].mean()), 1) if doubtful.any() else 0.0,
        "cider_sure": round(float(worth[~doubtful].mean()), 1),
        "sure_share": round(float(sure.mean()), 3),
    }
    if model.decoding.temperature != had:
        model.metrics = []
    return before, after


def reliability(confidence: np.ndarray, correct: np.ndarray) -> Reliability:
    """Sort words `[words]` into bins by confidence."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    words = np.bincount(bins, minlength=BINS)
    means = (
        np.divide(np.bincount(bins, values, BINS), words, out=np.full(BINS, np.nan), where=words > 0)
        for values in (confidence, correct)
    )
    return Reliability(*means, words)


def tempered(decoder, features: np.ndarray, token_ids: np.ndarray) -> tuple[float, Reliability, Reliability]:
    """The temperature that makes the most likely word's probability most reliable; reliability before and after.

    This is not the temperature that makes people's captions most likely: label smoothing gives every word a little
    probability, and correcting for that would overstate the confidence in the most likely words.

    Args:
        features: `[images, regions, channels]` of pictures the decoder was not trained on.
        token_ids: `int32 [images, captions, length + 1]` from `encode_captions`.
    """
    spread, correct = [], []
    for start in tqdm(range(0, len(features), BATCH), desc="calibrating", unit="batch", leave=False):
        rows = token_ids[start : start + BATCH].reshape(-1, token_ids.shape[-1])
        logits = ops.convert_to_numpy(decoder(np.asarray(features[start : start + BATCH], "float32"), rows[:, :-1]))
        written = rows[:, 1:]
        logits, written = logits[written != PAD], written[written != PAD]  # [words, vocabulary], [words]
        correct.append(logits.argmax(-1) == written)
        behind = logits - logits.max(-1, keepdims=True)
        spread.append([np.exp(behind / temperature).sum(-1) for temperature in TEMPERATURES])
    confidence = 1 / np.concatenate(spread, axis=1)  # [temperatures, words], of the likeliest word
    curves = [reliability(sure, np.concatenate(correct)) for sure in confidence]
    best = min(range(len(curves)), key=lambda index: curves[index].error)
    return float(TEMPERATURES[best]), curves[AS_TRAINED], curves[best]


def peoples_worth(references: Sequence[Sequence[str]]) -> float:
    """How well people agree: the median CIDEr (x100) of a person's caption, judged by the others of the same photo.

    Args:
        references: the captions people wrote for each photo; photos with a single one are left out, and where all are,
            it is infinite: nothing says how well people agree.
    """
    several = [captions for captions in references if len(captions) > 1]
    if not several:
        return np.inf
    truths, _ = tokenized([captions[0] for captions in several], several)
    rounds = []
    for place in range(max(map(len, several))):
        photos = [captions for captions in truths.values() if place < len(captions)]
        others = [[*captions[:place], *captions[place + 1 :]] for captions in photos]
        judged = [[captions[place]] for captions in photos]
        rounds.append(cider_of_each(dict(enumerate(others)), dict(enumerate(judged))))
    return 100 * float(np.median(np.concatenate(rounds)))


def mostly_right(scores: np.ndarray, right: np.ndarray) -> float:
    """The lowest score from which enough captions are right; above all scores if there is none.

    Args:
        scores, right: of each caption, `[captions]`.
    """
    order = np.argsort(-scores, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(np.diff(scores[order]) != 0, True)  # captions with the same score are sure together
    enough = np.flatnonzero((share >= RIGHT) & last)
    return float(scores[order][enough[-1]]) if len(enough) else float(scores.max()) + 0.001


def draw_reliability(before: Reliability, after: Reliability, path: Path) -> None:
    """Draw accuracy against confidence for the most likely word, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="lightgray", linewidth=1)
    for each, label, style in (before, "as trained", "o:"), (after, "calibrated", "o-"):
        axes.plot(each.confidence, each.correct, style, markersize=4, label=f"{label}: off by {each.error:.1%}")
    axes.set(xlabel="model's confidence", ylabel="how often people wrote that word", xlim=(0, 1), ylim=(0, 1))
    axes.set_title("Most likely next word, dev split", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=120)
    with saving("the diagram", path.parent):
        replace_file(path, picture.getvalue())
