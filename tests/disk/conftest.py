"""Models without a framework: for what is written, any numbers do, and nothing has to be imported for long."""

import numpy as np
import pytest

from captioner.folder.model import Model
from captioner.folder.storage import save
from captioner.networks.presets import preset_named
from captioner.vocabulary import Vocabulary


class Variable:
    """What is asked of a Keras variable."""

    def __init__(self, name: str, values: np.ndarray):
        self.name, self.values, self.shape = name, values, values.shape

    def numpy(self) -> np.ndarray:
        return self.values

    def assign(self, values: np.ndarray) -> None:
        self.values = values


class Network:
    """What is asked of an encoder or decoder to save it."""

    name, size, grid, output_shape = "mobilenetv2", 224, (7, 7), (None, 49, 1280)

    def __init__(self, *weights: Variable):
        self.weights = weights

    def count_params(self) -> int:
        return sum(variable.values.size for variable in self.weights)


def model_of(number: int) -> Model:
    """A model of about 2 MB, all its numbers the same one."""
    vocabulary = Vocabulary.from_captions(["a dog runs on green grass"], 1)
    words = Variable("embeddings", np.full((len(vocabulary), 100), number, "float32"))
    encoder = Network(Variable("kernel", np.full((1000, 1000), number, "float32")))
    preset = preset_named("attention-mobilenetv2")
    return Model("tiny", preset, vocabulary, encoder, Network(words), training={"seed": number})


@pytest.fixture
def folder(tmp_path):
    """A model folder with a picture beside the model."""
    save(model_of(1), tmp_path / "models/tiny")
    (tmp_path / "models/tiny/learning-curve.png").write_bytes(bytes(1_000_000))
    return tmp_path / "models/tiny"
