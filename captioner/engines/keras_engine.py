"""Who computes features and searches. The only file that knows which framework compiles a function."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from captioner.search import Hypotheses, beam_search, draw_captions, greedy_search
from captioner.vocabulary import END, PAD, START, UNKNOWN

SPECIAL_TOKENS = {"start": START, "end": END, "forbidden": (PAD, START, UNKNOWN)}


def compiled(function: Callable, static: tuple[str, ...] = (), fuse: bool = False) -> Callable:
    """The function, compiled by the backend in use.

    Args:
        static: names of the arguments that are Python values.
        fuse: have XLA make one kernel of many small operations, anew for each shape. A search gets twice as fast by
            it; a convolutional network gets slower on a CPU.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, reduce_retracing=not fuse, jit_compile=fuse)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function, static_argnames=static)
    return function


class KerasEngine:
    """Features and hypotheses, computed by Keras: the reference every other engine is held against.

    Args:
        encoder: an `Encoder`.
        decoder: a decoder of `captioner.decoders`; None where only features are wanted.
        temperature: what logits are divided by.
    """

    def __init__(self, encoder: keras.Model, decoder: keras.layers.Layer | None = None, temperature: float = 1.0):
        self.encoder = encoder
        self.decoder = decoder
        self.temperature = temperature
        self._encode = compiled(lambda pixels: encoder(pixels, training=False))
        self._draw = compiled(self._draw_batch, fuse=True)
        self._search = compiled(self._search_batch, static=("beam_width", "max_length", "length_penalty"), fuse=True)

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels `float32 [batch, height, width, 3]`, 0..255 -> features `float32 [batch, regions, channels]`."""
        return ops.convert_to_numpy(self._encode(ops.convert_to_tensor(pixels, "float32")))

    def search(self, features: np.ndarray, beam_width: int, max_length: int, length_penalty: float) -> Hypotheses:
        """Features `[batch, regions, channels]` -> hypotheses, NumPy `[batch, beam_width, ...]`, best first."""
        batch = len(features)
        # Filled up to a power of two, so that few batch sizes are ever compiled.
        filled = np.resize(features, (1 << (batch - 1).bit_length(), *features.shape[1:]))
        filled = ops.convert_to_tensor(filled, "float32")
        found = self._search(filled, beam_width=beam_width, max_length=max_length, length_penalty=length_penalty)
        return Hypotheses(*(ops.convert_to_numpy(part)[:batch] for part in found))

    def draw(self, features: np.ndarray, samples: int, max_length: int, random: np.random.Generator) -> np.ndarray:
        """Features `[batch, regions, channels]` -> token ids `int32 [batch, samples, max_length]`, drawn at random.

        Behind the end token stand further end tokens.
        """
        vocabulary = self.decoder.embedding.input_dim
        noise = random.standard_exponential((len(features) * samples, max_length, vocabulary), dtype="float32")
        tokens = self._draw(ops.convert_to_tensor(features, "float32"), ops.convert_to_tensor(noise))
        return ops.convert_to_numpy(tokens).reshape(len(features), samples, max_length)

    def probabilities(self, features: np.ndarray, tokens: np.ndarray, ids: list[int]) -> np.ndarray:
        """What some tokens would have been worth in place of each one written.

        Args:
            features: `[batch, regions, channels]`; tokens: `int32 [batch, captions, length]`, as a search found them.
            ids: token ids asked for.

        Returns:
            `float32 [batch, captions, length, ids]`.
        """
        rows = tokens.reshape(-1, tokens.shape[-1])
        given = np.pad(rows[:, :-1], ((0, 0), (1, 0)), constant_values=START)
        logits = self.decoder(ops.convert_to_tensor(features, "float32"), ops.convert_to_tensor(given))
        asked = ops.take(ops.softmax(logits / self.temperature), ops.convert_to_tensor(ids, "int32"), axis=-1)
        return ops.convert_to_numpy(asked).reshape(*tokens.shape, len(ids))

    def _draw_batch(self, features, noise):
        start = self.decoder.start(features)
        found = draw_captions(self._step, start, noise, **SPECIAL_TOKENS, max_length=noise.shape[1])
        return found.tokens

    def _search_batch(self, features, beam_width, max_length, length_penalty):
        images = ops.shape(features)[0]
        start = self.decoder.start(features)
        common = {
            **SPECIAL_TOKENS,
            "max_length": max_length,
            "regions": features.shape[1] if self.decoder.attends else 0,
        }
        if beam_width == 1:
            return greedy_search(self._step, start, images, **common)
        return beam_search(self._step, start, images, beam_width=beam_width, length_penalty=length_penalty, **common)

    def _step(self, token_ids, state):
        logits, attention, state = self.decoder.step(token_ids, state)
        return logits / self.temperature, attention, state
