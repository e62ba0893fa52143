"""An encoder and captioned photos -> its `Guidance`: ImageNet's classifier, and how far to trust it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np

from captioner.captioner import Captioner
from captioner.data import Example
from captioner.evaluation.evaluate import encoded
from captioner.guide.guidance import DIRECTIONS, Guidance, reasons, unlikeness
from captioner.guide.nouns import Noun, all_nouns, narrow_nouns
from captioner.guide.wordlists import PEOPLE
from captioner.networks.encoders import Encoder
from captioner.search.automaton import MOST_WANTED
from captioner.training.imagenet import initial, predicted
from captioner.vocabulary import words_of

RIGHT = 0.92  # the share of its nouns that must be right
UNLIKE_SHARE = 0.05  # the dev photos least like the training photos
EPOCHS = 10
PERSON_RIDGE = 600.0
OFFSET_RIDGE = 16.0
SETTLED = 1e-9  # a change of the weights that is none any more


class Fitted(NamedTuple):
    """A guidance and its figures on the dev split.

    Attributes:
        agreement: share (0..1) of the dev photos for which the classifier and the original ImageNet network name the
            same class, before and after fitting.
        guided: share of the dev photos in which it is used.
        right: share of its nouns that at least one person named; 0 if it is never used.
    """

    guidance: Guidance
    agreement: tuple[float, float]
    guided: float
    right: float


def fit_guidance(
    encoder: Encoder, captioner: Captioner, train: Sequence[Example], dev: Sequence[Example], seed: int = 0
) -> Fitted:
    """Fit a guidance to an encoder that was fine-tuned from ImageNet weights, on features as the captioner computes
    them.

    The classifier starts as ImageNet's own and learns what the original network predicts for the training photos
    (learning without forgetting, Li & Hoiem 2016, arXiv 1606.09282). The encoder does not change, since the decoder
    depends on it. The captions teach whether there is a person, and when to trust a noun.

    Raises:
        ModelError: ImageNet's classifier does not work on these features.
    """
    network, kernel, bias = initial(encoder)
    means, dev_means = (_means(split, captioner) for split in (train, dev))
    taught, dev_taught = (
        predicted([example.image for example in split], network, encoder.size) for split in (train, dev)
    )
    before = _agreement(dev_means @ kernel + bias, dev_taught)
    kernel, bias = _distilled(means, taught, kernel, bias, seed)

    person_kernel, person_bias = _person(means, _people(train))
    centre, directions = _directions(means)
    unlike_from = np.quantile(unlikeness(dev_means, centre, directions), [1 - UNLIKE_SHARE])
    nothing = np.zeros(3), np.zeros(len(all_nouns())), np.ones(1)
    untrusting = Guidance(kernel, bias, person_kernel, person_bias, *nothing, centre, directions, unlike_from)
    seen, dev_seen = (untrusting.see(each[:, None]) for each in (means, dev_means))
    slopes, offsets = _trust(seen, train)
    guidance = replace(untrusting, slopes=slopes, offsets=offsets)
    trust, places = _likeliest(guidance.trust(*dev_seen), dev_seen[0])
    named = _named(places, dev)
    threshold = _threshold(trust.ravel(), named.ravel())
    spoken = trust >= threshold
    agreement = before, _agreement(dev_means @ kernel + bias, dev_taught)
    return Fitted(
        replace(guidance, trusted_from=np.array([threshold])),
        agreement,
        float(spoken.any(axis=1).mean()),
        float(named[spoken].mean()) if spoken.any() else 0.0,
    )


def _means(split: Sequence[Example], captioner: Captioner) -> np.ndarray:
    """`float32 [images, channels]`: the photos' mean features, the classifier's input."""
    return np.concatenate([features.mean(axis=1) for features in encoded(captioner, split)])


def _agreement(logits: np.ndarray, taught: np.ndarray) -> float:
    return float((logits.argmax(axis=1) == taught.argmax(axis=1)).mean())


def _distilled(means, taught, kernel, bias, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The classifier after learning from the original network's probabilities."""
    keras.utils.set_random_seed(seed)
    classifier = keras.layers.Dense(kernel.shape[1], name="classifier")
    model = keras.Sequential([keras.Input(kernel.shape[:1]), classifier])
    classifier.set_weights([kernel, bias])
    model.compile(keras.optimizers.Adam(1e-4), keras.losses.CategoricalCrossentropy(from_logits=True))
    model.fit(means, taught, batch_size=64, epochs=EPOCHS, verbose=0)
    return tuple(np.asarray(weights) for weights in classifier.get_weights())


def _people(split: Sequence[Example]) -> np.ndarray:
    """`[images]`: the share (0..1) of captions that mention a person."""
    return np.array([np.mean([bool(PEOPLE & set(words_of(text))) for text in one.captions]) for one in split])


def _person(means: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kernel `[channels]` and bias `[1]` that tell whether there is a person."""
    centre, spread = means.mean(axis=0), means.std(axis=0) + 1e-3
    inputs = np.column_stack([(means - centre) / spread, np.ones(len(means))])
    weights = logistic(inputs, people, np.append(np.full(means.shape[1], PERSON_RIDGE), 0))
    kernel = weights[:-1] / spread
    return kernel, weights[-1:] - centre @ kernel


def _directions(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean photo `[channels]` and principal components `[DIRECTIONS, channels]`, some of them 0 for few photos."""
    centre = means.mean(axis=0)
    directions = np.linalg.svd(means - centre, full_matrices=False)[2][:DIRECTIONS]
    return centre, np.pad(directions, ((0, DIRECTIONS - len(directions)), (0, 0)))


def _trust(seen: tuple[np.ndarray, np.ndarray], train: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Slopes `[3]` and offsets `[nouns]` that predict how often a likely noun is named."""
    nouns, person = seen
    _, places = _likeliest(nouns, nouns)
    why = np.take_along_axis(reasons(nouns, person), places[..., None], axis=1).reshape(-1, 3)
    which = np.eye(nouns.shape[1], dtype="float32")[places.ravel()]
    ridge = np.array([1e-3] * 3 + [OFFSET_RIDGE] * nouns.shape[1] + [1e-3])
    inputs = np.column_stack([why, which, np.ones(len(why))])
    weights = logistic(inputs, _named(places, train).ravel().astype(float), ridge)
    return weights[:3], weights[3:-1] + weights[-1]


def _likeliest(values: np.ndarray, nouns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and positions of the nouns a guide considers for each photo, each `[images, considered]`."""
    narrow = len(narrow_nouns())
    broad = narrow + np.argsort(-nouns[:, narrow:], axis=1)[:, :1]
    places = np.column_stack([np.argsort(-nouns[:, :narrow], axis=1)[:, :MOST_WANTED], broad])
    return np.take_along_axis(values, places, axis=1), places


def _named(places: np.ndarray, split: Sequence[Example]) -> np.ndarray:
    """bool `[images, nouns]`: whether one of the photo's captions names the noun at that position."""
    known = all_nouns()
    return np.array(
        [[names(one.captions, known[place]) for place in row] for row, one in zip(places, split, strict=True)]
    )


def names(captions: Sequence[str], noun: Noun) -> bool:
    """Whether one of the captions names the noun; for "soccer ball", "ball" is enough."""
    heads = {words_of(form)[-1] for form in (noun.singular, noun.plural) if form}
    return any((heads | noun.kinds) & set(words_of(caption)) for caption in captions)


def _threshold(values: np.ndarray, right: np.ndarray) -> float:
    """The lowest threshold at which a share of `RIGHT` above it is right; 1 if there is none."""
    order = np.argsort(-values)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= RIGHT)
    return float(values[order][enough[-1]]) if len(enough) else 1.0


def logistic(inputs: np.ndarray, targets: np.ndarray, ridge: np.ndarray, steps: int = 25) -> np.ndarray:
    """Weights `[columns]` of a logistic regression of targets (0..1) on inputs `[rows, columns]`, by Newton's method.

    Args:
        ridge: the penalty on each weight's square, `[columns]`.
    """
    inputs = inputs.astype("float64")
    weights = np.zeros(inputs.shape[1])
    for _ in range(steps):
        expected = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (expected - targets) + ridge * weights
        curve = (inputs * (expected * (1 - expected))[:, None]).T @ inputs + np.diag(ridge + 1e-6)
        change = np.linalg.solve(curve, slope)
        weights -= change
        if np.abs(change).max() < SETTLED:
            break
    return weights
