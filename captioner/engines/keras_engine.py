"""Features and steps computed by Keras; the only file that knows which framework compiles a function."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops, tree

from captioner.engines.engine import Engine
from captioner.networks.decoders import State


class KerasEngine(Engine):
    """Features and steps computed by Keras, the reference for all other engines.

    Args:
        encoder: an `Encoder`.
        decoder: a decoder from `captioner.networks.decoders`; None if only features are needed.
        temperature: divides the logits.
    """

    name = "keras"

    def __init__(self, encoder: keras.Model, decoder: keras.layers.Layer | None = None, temperature: float = 1.0):
        self.encoder = encoder
        self.decoder = decoder
        self.temperature = temperature
        self._encode = compiled(lambda pixels: encoder(pixels, training=False))
        self._start = compiled(self._before_words)
        self._step = compiled(self._word_by_word)

    @property
    def size(self) -> int:
        return self.encoder.size

    @property
    def grid(self) -> tuple[int, int]:
        return self.encoder.grid

    @property
    def attends(self) -> bool:
        return self.decoder.attends

    @property
    def parameters(self) -> tuple[int, int]:
        return self.encoder.count_params(), self.decoder.count_params()

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels `float32 [batch, height, width, 3]`, 0..255 -> features `float32 [batch, regions, channels]`."""
        return ops.convert_to_numpy(self._encode(ops.convert_to_tensor(pixels, "float32")))

    def start(self, features: np.ndarray) -> tuple[Callable, list[np.ndarray], np.ndarray | None]:
        """The step function, first memory and information for `captioner.search`, from features `[images, regions,
        channels]`; there is no information without a look."""
        (image, memory), information = self._start(ops.convert_to_tensor(features, "float32"))

        def step(token_ids, memories):
            state = State(image, tree.pack_sequence_as(memory, tree.map_structure(ops.convert_to_tensor, memories)))
            log_probabilities, attention, state = self._step(ops.convert_to_tensor(token_ids), state)
            return *map(ops.convert_to_numpy, (log_probabilities, attention)), in_numpy(state.memory)

        return step, in_numpy(memory), None if information is None else ops.convert_to_numpy(information)

    def _before_words(self, features):
        """State and information from one look."""
        return self.decoder.start(features), self.decoder.information(features) if self.decoder.looks else None

    def _word_by_word(self, token_ids, state):
        logits, attention, state = self.decoder.step(token_ids, state)
        return ops.log_softmax(logits / self.temperature), attention, state


def in_numpy(tensors) -> list[np.ndarray]:
    """A tree of tensors as a list of arrays."""
    return [ops.convert_to_numpy(tensor) for tensor in tree.flatten(tensors)]


def compiled(function: Callable) -> Callable:
    """The function, compiled by the current backend."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, reduce_retracing=True)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function
