"""Features and steps computed by LiteRT, from a model's export."""

import os
from collections.abc import Callable

import numpy as np

from captioner.engines.engine import Engine

THREADS = min(os.cpu_count() or 1, 4)  # more wait for each other longer than they work on a single picture


class LiteRTEngine(Engine):
    """Features and steps computed by LiteRT (the runtime TensorFlow Lite became), without TensorFlow.

    Args:
        encoder, start, step: the networks of an export, see `captioner.export`.
        temperature: what logits are divided by.
        size, grid, attends, parameters: as in `Engine`.
    """

    name = "litert"
    together = 1  # more are no faster for it, and the next is read meanwhile

    def __init__(self, encoder: bytes, start: bytes, step: bytes, temperature: float, size, grid, attends, parameters):
        self.size, self.grid, self.attends, self.parameters = size, tuple(grid), attends, tuple(parameters)
        self.temperature = np.array(temperature, "float32")
        self._encoder, self._start, self._step = map(Network, (encoder, start, step))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels `float32 [batch, height, width, 3]`, 0..255 -> features `float32 [batch, regions, channels]`."""
        return one_by_one(self._encoder, pixels)

    def start(self, features: np.ndarray) -> tuple[Callable, list[np.ndarray]]:
        """The step function and the first memory of `captioner.search`, of features `[images, regions, channels]`."""
        *image, memory = self._start(features)  # what stays with the picture, and what travels

        def step(token_ids, memories):
            log_probabilities, *attention, memory = self._step(token_ids, self.temperature, *image, *memories)
            return log_probabilities, attention[0] if attention else log_probabilities[:, :0], [memory]

        return step, [memory]


class Network:
    """The content of a LiteRT file as a function of arrays, for any number of rows."""

    def __init__(self, content: bytes):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_content=content, num_threads=THREADS)
        self.inputs = [each["index"] for each in self.interpreter.get_input_details()]
        self.results = [each["index"] for each in self.interpreter.get_output_details()]
        self.shapes = None
        self.given = [None] * len(self.inputs)

    def __call__(self, *arrays: np.ndarray) -> list[np.ndarray]:
        """The outputs for these inputs, which nobody may write into as long as they are used again."""
        shapes = [array.shape for array in arrays]
        if shapes != self.shapes:
            for index, shape in zip(self.inputs, shapes, strict=True):
                self.interpreter.resize_tensor_input(index, shape)
            self.interpreter.allocate_tensors()
            self.shapes = shapes
            self.given = [None] * len(self.inputs)
        for place, array in enumerate(arrays):
            if array is not self.given[place]:  # inputs stay in the interpreter: a picture's are given once, not a word
                self.interpreter.set_tensor(self.inputs[place], array)
                self.given[place] = array
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(index) for index in self.results]


def one_by_one(encoder: Network, pixels: np.ndarray) -> np.ndarray:
    """Features of pictures. Together they are no faster on a CPU, and a new number of them has to be planned for."""
    features = [encoder(pixels[i : i + 1])[0] for i in range(len(pixels))]
    return features[0] if len(features) == 1 else np.concatenate(features)
