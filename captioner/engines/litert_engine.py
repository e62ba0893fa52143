"""Features and steps computed by LiteRT, from a model's export."""

import os
from collections.abc import Callable

import numpy as np

from captioner.engines.engine import Engine

THREADS = min(os.cpu_count() or 1, 4)  # with more, a single picture leaves them mostly waiting for each other


class LiteRTEngine(Engine):
    """Features and steps computed by LiteRT (the runtime TensorFlow Lite became), without TensorFlow.

    Args:
        encoder, start, step: the networks of an export; see `captioner.engines.export`.
        temperature: divides the logits.
        looks: whether `start` gives information first.
        size, grid, attends, parameters: as in `Engine`.
    """

    name = "litert"
    together = 1  # larger batches are no faster, and the next picture is read meanwhile

    def __init__(
        self, encoder: bytes, start: bytes, step: bytes, temperature: float, looks, size, grid, attends, parameters
    ):
        self.size, self.grid, self.attends, self.parameters = size, tuple(grid), attends, tuple(parameters)
        self.looks = looks
        self.temperature = np.array(temperature, "float32")
        self._encoder, self._start, self._step = map(Network, (encoder, start, step))

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels `float32 [batch, height, width, 3]`, 0..255 -> features `float32 [batch, regions, channels]`."""
        return one_by_one(self._encoder, pixels)[0]

    def start(self, features: np.ndarray) -> tuple[Callable, list[np.ndarray], np.ndarray | None]:
        """The step function, first memory and information for `captioner.search`, from features `[images, regions,
        channels]`; there is no information without a look."""
        *image, memory = one_by_one(self._start, features)  # what stays with the picture, what changes with each word
        information = image.pop(0) if self.looks else None

        def step(token_ids, memories):
            log_probabilities, *attention, memory = self._step(token_ids, self.temperature, *image, *memories)
            return log_probabilities, attention[0] if attention else log_probabilities[:, :0], [memory]

        return step, [memory], information


class Network:
    """A LiteRT file's content as a function on arrays, for any number of rows."""

    def __init__(self, content: bytes):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_content=content, num_threads=THREADS)
        self.inputs = [each["index"] for each in self.interpreter.get_input_details()]
        self.results = [each["index"] for each in self.interpreter.get_output_details()]
        self.shapes = None
        self.given = [None] * len(self.inputs)

    def __call__(self, *arrays: np.ndarray) -> list[np.ndarray]:
        """The outputs for these inputs; do not write into an input array that will be passed again."""
        shapes = [array.shape for array in arrays]
        if shapes != self.shapes:
            for index, shape in zip(self.inputs, shapes, strict=True):
                self.interpreter.resize_tensor_input(index, shape)
            self.interpreter.allocate_tensors()
            self.shapes = shapes
            self.given = [None] * len(self.inputs)
        for place, array in enumerate(arrays):
            if array is not self.given[place]:  # inputs stay in the interpreter: a picture's are set once, not per word
                self.interpreter.set_tensor(self.inputs[place], array)
                self.given[place] = array
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(index) for index in self.results]


def one_by_one(network: Network, pictures: np.ndarray) -> list[np.ndarray]:
    """What a network says of pictures, one at a time.

    Batches are no faster on a CPU, and each new size needs planning. And where LiteRT runs a network in several parts,
    as it does `start`, a batch larger than those before it may be computed on memory that was given back.
    """
    said = [network(pictures[i : i + 1]) for i in range(len(pictures))]
    return said[0] if len(said) == 1 else [np.concatenate(parts) for parts in zip(*said, strict=True)]
