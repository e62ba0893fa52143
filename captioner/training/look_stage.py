"""The stage that teaches an encoder and its look what is in a picture, before the decoder learns to write."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops

from captioner.engines.export import fast_encode
from captioner.training.batches import CachedFeatures
from captioner.training.features import cached_features
from captioner.training.imagenet import initial
from captioner.training.look import (
    LookBatches,
    LookTeacher,
    Photo,
    begin_with_usual,
    look_loss,
    mean_average_precision,
    object_targets,
    word_targets,
)
from captioner.training.materials import Materials, Stage

NAMED = 0.4  # a word counts as named if this share of a dev photo's captions, two in five, use it
BATCH = 64  # photos


def look_stage(materials: Materials) -> Stage:
    """Train the encoder's upper layers and the look on words and labels, from cached grids of its early layers."""
    model = materials.model
    preset, encoder, look = model.preset, model.encoder, materials.evidence().look
    trunk, top = encoder.halves()
    photos = _photos(materials)
    images = [photo.image for photo in photos]
    encode = fast_encode(trunk)
    grids = [cached_features(images, trunk, encode, materials.cache, view) for view in range(preset.views)]
    dev_grids = cached_features([example.image for example in materials.dev], trunk, encode, materials.cache)

    words = word_targets([photo.captions for photo in photos], model.vocabulary, look.words.units)
    objects = object_targets([photo.labels for photo in photos])
    network, kernel, bias = initial(encoder)
    classes = cached_features(images, network, network.predict_on_batch, materials.cache)
    targets = np.concatenate([words, objects, classes], axis=1).astype("float16")
    teacher = LookTeacher(top, look, objects.shape[1], kernel, bias)
    begin_with_usual(look, words)
    if teacher.objects:
        begin_with_usual(teacher.objects, objects)
    look.trainable = encoder.trainable = True
    for layer in encoder.layers:  # their kernels' gradients take half of the time, for a hundredth of the weights
        layer.trainable = not isinstance(layer, keras.layers.DepthwiseConv2D)
    return Stage(
        name="look",
        teacher=teacher,
        batches=LookBatches(CachedFeatures(*grids), targets, preset.batch_size, materials.seed),
        epochs=preset.look_epochs,
        learning_rate=preset.look_learning_rate,
        loss=look_loss(look.words.units, objects.shape[1]),
        evaluate=_precision(top, look, dev_grids, materials),
    )


def _photos(materials: Materials) -> list[Photo]:
    """The training photos, followed by those with labels only."""
    captioned = {example.image: example.captions for example in materials.train}
    labels = materials.labels
    without = [image for image in labels if image not in captioned]
    return [Photo(image, captions, labels.get(image)) for image, captions in captioned.items()] + [
        Photo(image, (), labels[image]) for image in without
    ]


def _precision(top, look, grids: Sequence, materials: Materials) -> Callable[[], dict[str, float]]:
    """The dev split's mean average precision, x100, for the words that two in five people used."""
    captions = [example.captions for example in materials.dev]
    named = word_targets(captions, materials.model.vocabulary, look.words.units) >= NAMED

    def evaluate() -> dict[str, float]:
        odds = [
            ops.convert_to_numpy(look(top(np.asarray(grids[start : start + BATCH], "float32"), training=False)))
            for start in range(0, len(grids), BATCH)
        ]
        return {"precision": 100 * mean_average_precision(np.concatenate(odds), named)}

    return evaluate
