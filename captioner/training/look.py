"""Teaching an encoder and its look what is in a picture: the words people used, and labelled objects."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import numpy as np
from keras import layers, ops

from captioner.data import Label
from captioner.networks.look import RARE, Look
from captioner.pictures.member import PictureFile
from captioner.vocabulary import PAD, SPECIALS, Vocabulary

UNKNOWN = -1.0  # an unknown target: no captions, or no labels
CLASSES_COUNT = 2.0  # times as much as words and objects, to keep what ImageNet taught


class Photo(NamedTuple):
    """A picture to learn from, with its captions, its labels, or both."""

    image: PictureFile
    captions: Sequence[str] = ()
    labels: Sequence[Label] | None = None


class LookTeacher(keras.Model):
    """The encoder's upper layers and the look, as training sees them, with two more heads that only training needs.

    Args:
        top: the upper layers, grid -> features.
        look: predicts the words' probabilities.
        objects: number of columns in `object_targets`.
        kernel, bias: of ImageNet's classifier, so that its knowledge is not forgotten (Li & Hoiem 2016, arXiv
            1606.09282).
    """

    def __init__(self, top: keras.Model, look: Look, objects: int, kernel: np.ndarray, bias: np.ndarray):
        super().__init__(name="look_teacher")
        self.top = top
        self.look = look
        self.objects = Look(objects, look.hidden.units, look.dropout.rate, name="objects") if objects else None
        self.classifier = layers.Dense(len(bias), name="classifier")
        if self.objects:
            self.objects.build(top.output_shape)
        self.classifier.build((None, len(kernel)))
        self.classifier.set_weights([kernel, bias])

    def call(self, inputs, training=False):
        """{"pictures" [batch, rows, columns, channels]} -> log-odds of words and objects, then the classes' logits,
        side by side `[batch, words + objects + classes]`."""
        # Batch norm stays in inference mode: statistics of 32 pictures would spoil what ImageNet's million gave.
        features = self.top(inputs["pictures"], training=False)
        heads = [head(features, training=training) for head in (self.look, self.objects) if head]
        return ops.concatenate([*heads, self.classifier(ops.mean(features, axis=1))], axis=1)


def look_loss(words: int, objects: int) -> Callable:
    """Binary cross-entropy of words and of objects where they are known, plus cross-entropy of the classes; one value
    per row."""

    def known_loss(targets, logits):  # [rows, columns]
        known = ops.cast(ops.any(targets >= 0, axis=1), logits.dtype)  # [rows]
        share = ops.maximum(ops.mean(known), 1e-6)
        return binary_cross_entropy(ops.maximum(targets, 0.0), logits) * known / share

    def loss(targets, logits):
        ends = [words, words + objects]
        said, seen, classes = zip(*(ops.split(each, ends, axis=1) for each in (targets, logits)), strict=True)
        forgotten = -ops.sum(classes[0] * ops.log_softmax(classes[1]), axis=1)
        total = known_loss(*said) + CLASSES_COUNT * forgotten
        return total + known_loss(*seen) if objects else total

    return loss


def binary_cross_entropy(targets, log_odds):
    """The sum over the columns: two times [rows, columns] -> [rows]."""
    return ops.sum(ops.softplus(log_odds) - targets * log_odds, axis=1)


class LookBatches(keras.utils.PyDataset):
    """An epoch of batches: pictures, and everything that is known about them.

    Args:
        pictures: `CachedFeatures`.
        targets: `float16 [images, words + objects + classes]`.
        batch_size: images per batch.
        seed: for order and views.
    """

    def __init__(self, pictures: Callable, targets: np.ndarray, batch_size: int, seed: int):
        super().__init__()
        self.pictures = pictures
        self.targets = targets
        self.batch_size = batch_size
        self.seed = seed
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Draw the order of an epoch."""
        self.epoch = epoch
        self.order = np.random.default_rng((self.seed, epoch)).permutation(len(self.targets))

    def __len__(self) -> int:
        return -(-len(self.targets) // self.batch_size)

    def __getitem__(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Inputs {"pictures" [batch, ...]} and targets [batch, words + objects + classes]."""
        images = self.order[step * self.batch_size : (step + 1) * self.batch_size]
        random = np.random.default_rng((self.seed, self.epoch, step))
        return {"pictures": self.pictures(images, random)}, self.targets[images].astype("float32")


def word_targets(captions: Sequence[Sequence[str]], vocabulary: Vocabulary, words: int) -> np.ndarray:
    """The share of each picture's captions that use each word, `float32 [images, words]`, or `UNKNOWN` without any."""
    targets = np.full((len(captions), words), UNKNOWN, "float32")
    for row, texts in zip(targets, captions, strict=True):
        if texts:
            row[:] = 0
            for text in texts:
                used = np.unique(vocabulary.encode(text)) - len(SPECIALS)
                row[used[(used >= 0) & (used < words)]] += 1 / len(texts)
    return targets


def words_used(token_ids, pictures: int, words: int):
    """`word_targets` from a batch of captions: token ids [pictures * captions, length] -> [pictures, words]."""
    known = ops.arange(len(SPECIALS), len(SPECIALS) + words, dtype=token_ids.dtype)
    used = ops.any(token_ids[..., None] == known, axis=1)  # [pictures * captions, words]
    used = ops.reshape(ops.cast(used, "float32"), (pictures, -1, words))
    captions = ops.reshape(ops.cast(token_ids[:, 0] != PAD, "float32"), (pictures, -1, 1))
    return ops.sum(used, axis=1) / ops.sum(captions, axis=1)


def object_targets(labels: Sequence[Sequence[Label] | None]) -> np.ndarray:
    """The confidence that there is one object of each category, then a second one, `float32 [images, 2 * categories]`;
    `UNKNOWN` for pictures without labels."""
    categories = sorted({label.category for found in labels for label in found or ()})
    columns = {category: column for column, category in enumerate(categories)}
    targets = np.full((len(labels), 2 * len(categories)), UNKNOWN, "float32")
    for row, found in zip(targets, labels, strict=True):
        if found is not None:
            row[:] = 0
            for label in sorted(found, key=lambda label: -label.score):
                one = columns[label.category]
                two = one + len(categories)
                row[two if row[one] else one] = max(row[two], label.score)
    return targets


def begin_with_usual(look: Look, targets: np.ndarray) -> None:
    """Start a look from how often each of its words or objects is in a picture."""
    usual = targets[(targets >= 0).any(axis=1)].mean(axis=0)  # [words]
    likely = np.clip(usual, RARE, 1 - RARE)
    look.usual.assign(usual)
    look.words.bias.assign(np.log(likely / (1 - likely)))


def mean_average_precision(scores: np.ndarray, named: np.ndarray) -> float:
    """The average precision of scores `[images, columns]` for what is named, bool of the same shape, averaged over the
    columns in which anything is; 0..1."""
    precisions = []
    for score, right in zip(scores.T, named.T, strict=True):
        if right.any():
            right = right[np.argsort(-score, kind="stable")]
            precisions.append((np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean())
    return float(np.mean(precisions)) if precisions else 0.0
