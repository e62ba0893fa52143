"""The start of a training: a new model or an existing one, and a record of what it learns from."""

from collections.abc import Sequence
from pathlib import Path

import keras

from captioner.data import Example
from captioner.data.glove import read_glove
from captioner.errors import DataError
from captioner.folder.model import Model
from captioner.folder.storage import load
from captioner.machine import made_by, measured_on
from captioner.networks.presets import Preset
from captioner.search.bigrams import Bigrams
from captioner.vocabulary import Vocabulary


def new_model(
    name: str,
    preset: Preset,
    train: Sequence[Example],
    seed: int,
    glove_file: Path | None = None,
    text: Sequence[Sequence[str]] = (),
) -> Model:
    """Make a model from a preset, with the words of all captions, ImageNet's encoder and an untrained decoder.

    Args:
        glove_file: word vectors, for a preset that starts from GloVe.
        text: captions without photos, in groups.

    Raises:
        DataError: the preset needs GloVe vectors, and there is no file.
    """
    keras.utils.set_random_seed(seed)
    groups = [*(example.captions for example in train), *text]
    captions = (caption for group in groups for caption in group)
    vocabulary = Vocabulary.from_captions(captions, preset.minimum_count)
    model = Model.build(name, preset, vocabulary, "imagenet")
    model.training = {"encoder_started_from": f"{preset.encoder}, imagenet weights"}
    print(f"{name}: {len(vocabulary)} tokens, {model.decoder.count_params():,} decoder parameters")
    if preset.glove:
        start_from_glove(model, glove_file, seed)
    return model


def continued_model(folder: Path, name: str, seed: int, **settings) -> Model:
    """Load a model under a new name, to train it further; settings replace those of its preset.

    Raises:
        ModelError: the folder holds no model, or its weights do not fit the settings.
    """
    keras.utils.set_random_seed(seed)
    model = load(folder, **settings)
    model.name = name
    model.metrics = []
    return model


def start_from_glove(model: Model, path: Path | None, seed: int) -> None:
    """Start the decoder's word vectors from GloVe's.

    Raises:
        DataError: no file was given.
    """
    if path is None:
        raise DataError("This preset needs GloVe vectors: give their file with --glove-file (see `download`).")
    embedding = model.decoder.embedding
    glove = read_glove(path, model.vocabulary.tokens, embedding.output_dim, seed)
    embedding.embeddings.assign(glove.matrix)
    model.training["glove"] = {"file": path.name, "coverage": round(glove.coverage, 4)}
    print(f"GloVe has {glove.found} of the {glove.found + len(glove.missing)} words ({glove.coverage:.1%})")


def note_origin(model: Model, train: Sequence[Example], data: str, seed: int, arguments: Sequence[str]) -> None:
    """Record in the model what it is about to learn from, and the word pairs in its training captions.

    Args:
        data: the data's name.
        arguments: the arguments of `train.py`, for the model card.
    """
    model.bigrams = Bigrams.from_captions((text for example in train for text in example.captions), model.vocabulary)
    model.training |= {
        "data": f"{data}, training split: {len(train)} images",
        "seed": seed,
        **measured_on(),
        "runs": [*model.training.get("runs", ()), made_by("train.py", arguments)],
    }
