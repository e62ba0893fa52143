"""The original ImageNet network of an encoder: its classifier, and its predictions for pictures."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from tqdm import tqdm

from captioner.errors import ModelError
from captioner.networks.encoders import SOURCES, Encoder
from captioner.pictures.images import open_image, to_pixels
from captioner.pictures.member import PictureFile

BATCH = 32  # pictures


def initial(encoder: Encoder) -> tuple[Callable, np.ndarray, np.ndarray]:
    """The network an encoder started from, pixels -> probabilities, and its classifier's kernel and bias.

    Raises:
        ModelError: the classifier does not fit the encoder's features.
    """
    source = SOURCES[encoder.name]
    pixels = keras.Input((encoder.size, encoder.size, 3))
    network = source.application(weights="imagenet", input_tensor=source.preprocess(pixels))
    kernel, bias = (variable.numpy() for variable in network.layers[-1].weights)
    if kernel.shape[0] != encoder.output_shape[-1]:
        raise ModelError(f"ImageNet's classifier does not fit the {encoder.features} of {encoder.name}.")
    network.size, network.features = encoder.size, "classes"  # by which the feature cache knows it
    return network, kernel, bias


def predicted(images: Sequence[PictureFile], network: keras.Model, size: int) -> np.ndarray:
    """The network's predictions for pictures, `float32 [images, classes]`."""
    answers = []
    for start in tqdm(range(0, len(images), BATCH), desc="predictions of the original network", unit="batch"):
        pictures = [open_image(image) for image in images[start : start + BATCH]]
        answers.append(network.predict_on_batch(to_pixels(pictures, (size, size))))
    return np.concatenate(answers)
