"""Models without a framework, and what writes without end until it is killed; nothing here takes long to import."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from captioner.bulk.output import Output
from captioner.engines.exports import FORMAT, Export, keep
from captioner.folder.manifest import NETWORKS, ModelFolder
from captioner.folder.model import Model
from captioner.folder.storage import load, save, save_checkpoint
from captioner.networks.presets import preset_named
from captioner.vocabulary import Vocabulary
from ui.sharing.results import Results

ROWS = [{"version": 1, "id": f"{number}.jpg", "text": "a dog", "error": None} for number in range(1000)]
CONTENT = {"captions": ["a dog"]}


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


def kernel_of(number: int) -> Variable:
    return Variable("kernel", np.full((500, 1000), number, "float32"))


def some_export(number: int) -> Export:
    return Export({"format": FORMAT, "precisions": {}}, {name: bytes([number]) * 500_000 for name in NETWORKS})


def without_end(seconds, write: Callable, *what) -> None:
    """Write again and again, and say how long it took."""
    while True:
        start = time.perf_counter()
        write(*what)
        seconds.value = time.perf_counter() - start


def save_two_models(folder: Path) -> None:
    for number in 2, 1:
        save(model_of(number), folder)


def save_two_checkpoints(checkpoint: Path) -> None:
    for number in 1, 2:
        save_checkpoint([kernel_of(number)], {"records": number}, checkpoint)


def keep_an_export(folder: Path, cache: Path) -> None:
    os.environ["CAPTIONER_CACHE"] = str(cache)
    keep(some_export(1), ModelFolder(folder), load(folder, networks=False).preset)


def share_a_result(file: Path, told: Path) -> None:
    kept = Results(file).keep(Image.effect_noise((600, 400), 50).convert("RGB"), CONTENT)
    with told.open("a") as ids:
        ids.write(f"{kept.id}\n")


def write_rows(out: Path, kind: str) -> None:
    Output(str(out), kind, {}).write(ROWS)
