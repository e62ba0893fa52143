"""A model folder, on disk or on the Hub <-> a Model.

A model folder holds `config.json`, `vocabulary.txt`, `model.safetensors` (float16), `README.md`, and `manifest.json`,
which the others are checked against. Nothing in it is ever executed: the network is built by this library, and only
numbers are read into it.
"""

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import numpy as safetensors

from captioner.arrays import parse_arrays, save_arrays
from captioner.errors import ModelError
from captioner.folder import default
from captioner.folder.card import model_card
from captioner.folder.default import DEFAULT_MODEL
from captioner.folder.hub import download
from captioner.folder.manifest import (
    BIGRAMS,
    CARD,
    CONFIG,
    GUIDE,
    VOCABULARY,
    WEIGHTS,
    ModelFolder,
    parse_json,
    write_manifest,
)
from captioner.folder.model import Model
from captioner.guide.guidance import Guidance
from captioner.networks.presets import Preset, from_settings
from captioner.search.bigrams import Bigrams
from captioner.search.strategy import Decoding
from captioner.vocabulary import Vocabulary

if TYPE_CHECKING:
    import keras

FORMAT = 1
# What any model, a stranger's too, may ask of this machine.
MOST = {"units": 4096, "embedding_size": 4096, "blocks": 16, "heads": 64, "beam_width": 100, "max_length": 200}
MOST_WORDS = 200_000


def save(model: Model, folder: Path) -> None:
    """Write a model folder, all of it or nothing; other files already in it (a learning curve) stay."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        fresh = Path(scratch, "new")
        if folder.exists():
            shutil.copytree(folder, fresh)
        fresh.mkdir(exist_ok=True)
        (fresh / CONFIG).write_text(json.dumps(_config(model), indent=2) + "\n", encoding="utf-8")
        model.vocabulary.save(fresh / VOCABULARY)
        save_arrays(_arrays(model), fresh / WEIGHTS)
        for name in (BIGRAMS, GUIDE):  # they belong to one vocabulary and one encoder
            (fresh / name).unlink(missing_ok=True)
        if model.bigrams:
            model.bigrams.save(fresh / BIGRAMS)
        if model.guidance:
            model.guidance.save(fresh / GUIDE)
        (fresh / CARD).write_text(model_card(model), encoding="utf-8")
        files = write_manifest(fresh)
        if folder.exists():
            os.replace(folder, Path(scratch, "old"))
        os.replace(fresh, folder)
    default.follow(folder, files)


def load(source: str | Path | None = None, networks: bool = True, **settings) -> Model:
    """Read a model folder, or the one of a Hub id "owner/name" or "owner/name@revision"; None is the default model.

    Args:
        networks: False leaves encoder and decoder away, and Keras with them, for who serves the model's export.
        settings: of the preset, in place of the folder's own.

    Raises:
        ModelError: the folder or a file is missing, damaged, or does not fit the others; the Hub has no such model.
    """
    return read_model(find(source), networks, **settings)


def find(source: str | Path | None = None, revision: str | None = None, token: bool | None = None) -> ModelFolder:
    """The model folder of a path or a Hub id; one from the Hub is fetched. None is the default model.

    A folder of that name goes before the Hub, and a `Path` is never a Hub id.

    Args:
        revision: a branch, a tag or a commit of the Hub's.
        token: None takes the login of whoever runs this, if there is one; False asks as a stranger.

    Raises:
        ModelError: there is no such folder, or the Hub cannot be reached or has no such model.
    """
    folder = Path(source) if source is not None else DEFAULT_MODEL
    if folder.is_dir():
        if revision is not None:
            raise ModelError(f"{folder} is a folder here, and folders have no revisions; leave {revision!r} away.")
        return ModelFolder(folder)
    if isinstance(source, str) and not folder.exists():
        return download(source, revision, token)
    raise ModelError(f"There is no model folder {folder}.")


def weights_revision(folder: Path) -> str:
    """Which weights a model folder holds: the first digits of their SHA-256."""
    with (folder / WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def read_model(folder: ModelFolder, networks: bool = True, **settings) -> Model:
    """The model in a folder; see `load`."""
    config, where = _read_config(folder), f"{folder.name}/{CONFIG}"
    preset = from_settings(Preset, config["preset"], where).but(**settings)
    decoding = from_settings(Decoding, config["decoding"], where)
    _check_sizes({**dataclasses.asdict(preset), **dataclasses.asdict(decoding)}, where)
    if not 0.01 <= decoding.temperature <= 100:
        raise ModelError(f"{where}: temperature is {decoding.temperature}; it must be 0.01 to 100.")
    vocabulary = Vocabulary.parse(folder.read(VOCABULARY), f"{folder.name}/{VOCABULARY}")
    weights = folder.read(WEIGHTS)
    _check_words(weights, vocabulary, folder.name)
    if config["decoder"].get("vocabulary") != len(vocabulary):
        raise ModelError(
            f"{where} speaks of {config['decoder'].get('vocabulary')} words, and {VOCABULARY} has {len(vocabulary)}."
        )
    model = Model(config["name"], preset, vocabulary, decoding=decoding, training=config["training"],
                  metrics=config["metrics"], revision=folder.revision)  # fmt: skip
    if BIGRAMS in folder:
        model.bigrams = Bigrams.parse(folder.read(BIGRAMS), len(vocabulary), f"{folder.name}/{BIGRAMS}")
    if GUIDE in folder:
        model.guidance = Guidance.parse(folder.read(GUIDE), _channels(config), f"{folder.name}/{GUIDE}")
    if networks:
        arrays = _parse_weights(weights, f"{folder.name}/{WEIGHTS}")
        # A thread of its own: what is built without being made is remembered by thread, and forgotten with it.
        with ThreadPoolExecutor(1) as alone:
            alone.submit(_build_networks, model, arrays, folder.name).result()
    return model


def _config(model: Model) -> dict:
    encoder = model.encoder
    return {
        "format": FORMAT,
        "name": model.name,
        "preset": dataclasses.asdict(model.preset),
        "encoder": {
            "picture_size": [encoder.size, encoder.size],
            "pixels": "RGB, 0..255, the whole picture resized with antialiasing",
            "preprocessing": f"what {encoder.name} was trained with, inside the encoder",
            "grid": list(encoder.grid),
            "channels": encoder.output_shape[-1],
            "parameters": encoder.count_params(),
        },
        "decoder": {"vocabulary": len(model.vocabulary), "parameters": model.decoder.count_params()},
        "decoding": dataclasses.asdict(model.decoding),
        "training": model.training,
        "metrics": model.metrics,
    }


def _read_config(folder: ModelFolder) -> dict:
    config, where = folder.read_json(CONFIG), f"{folder.name}/{CONFIG}"
    if config.get("format") != FORMAT:
        raise ModelError(f"{where} is not of model format {FORMAT}; this version of Captioner reads no other.")
    kinds = {"name": str, "preset": dict, "decoder": dict, "decoding": dict, "training": dict, "metrics": list}
    for key, kind in kinds.items():
        if not isinstance(config.get(key), kind):
            raise ModelError(f"{where} lacks {key!r}, or it is of the wrong kind.")
    return config


def _channels(config: dict) -> int | None:
    """Of the encoder's features, as the config has them."""
    encoder = config.get("encoder")
    return encoder.get("channels") if isinstance(encoder, dict) else None


def _check_sizes(settings: dict, where: str) -> None:
    for name, most in MOST.items():
        if not 1 <= settings[name] <= most:
            raise ModelError(f"{where}: {name} is {settings[name]}; it must be 1 to {most}.")


def _check_words(weights: bytes, vocabulary: Vocabulary, name: str) -> None:
    """Before any array or network is made: the vocabulary is of a sane size, and the decoder has that many words."""
    if len(vocabulary) > MOST_WORDS:
        raise ModelError(f"{name}/{VOCABULARY} has {len(vocabulary):,} words; it may have {MOST_WORDS:,}.")
    header = parse_json(weights[8 : 8 + int.from_bytes(weights[:8], "little")], f"The head of {name}/{WEIGHTS}")
    shapes = [
        tensor.get("shape")
        for key, tensor in header.items()
        if key.startswith("decoder.") and key.endswith(".embeddings") and isinstance(tensor, dict)
    ]
    if not shapes:
        raise ModelError(f"The weights {name}/{WEIGHTS} do not belong to a captioner: they have no word vectors.")
    if shapes[0][:1] != [len(vocabulary)]:
        raise ModelError(
            f"The weights {name}/{WEIGHTS} do not fit {VOCABULARY}: they are shaped {shapes[0]} for "
            f"{len(vocabulary)} words."
        )


def _parse_weights(weights: bytes, where: str) -> dict[str, np.ndarray]:
    arrays = parse_arrays(weights, f"The weights {where} are")
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ModelError(f"The weights {where} are damaged: {name} holds values that are not numbers.")
    return arrays


def _build_networks(model: Model, arrays: dict[str, np.ndarray], name: str) -> None:
    """Give the model its networks with these weights; memory is taken only once all their shapes are as expected."""
    import keras

    try:
        with keras.StatelessScope(initialize_variables=False) as scope:  # variables have shapes, and no values yet
            built = Model.build(model.name, model.preset, model.vocabulary)
            model.encoder, model.decoder = built.encoder, built.decoder
            _check_shapes(model, arrays, name)
            scope.initialize_variables = True
    except ModelError:
        raise
    except Exception as error:  # what Keras raises for settings without sense is of many kinds
        raise ModelError(f"No network can be built of the settings in {name}/{CONFIG}.") from error
    for key, variable in _names(model):
        variable.assign(arrays[key].astype("float32"))


def _check_shapes(model: Model, arrays: dict[str, np.ndarray], name: str) -> None:
    expected = {key: tuple(variable.shape) for key, variable in _names(model)}
    if arrays.keys() != expected.keys():
        strange = sorted(arrays.keys() ^ expected.keys())
        raise ModelError(f"The weights {name}/{WEIGHTS} do not belong to {CONFIG}; they differ in {strange[0]}.")
    for key, shape in expected.items():
        if arrays[key].shape != shape:
            raise ModelError(
                f"The weights {name}/{WEIGHTS} do not fit {CONFIG} and {VOCABULARY}: {key} is {arrays[key].shape}, "
                f"expected {shape}."
            )


def _names(model: Model) -> "list[tuple[str, keras.Variable]]":
    # Numbered, since Keras numbers unnamed layers by what else the process has built.
    return [
        (f"{part}.{index:03d}.{variable.name}", variable)
        for part in ("encoder", "decoder")
        for index, variable in enumerate(getattr(model, part).weights)
    ]


def _arrays(model: Model) -> dict[str, np.ndarray]:
    return {name: variable.numpy().astype("float16") for name, variable in _names(model)}


def save_checkpoint(variables: "Sequence[keras.Variable]", progress: dict, path: Path) -> None:
    """Write variables at full precision and a JSON-able progress into one file, in one move."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"{index:04d}": np.array(v.numpy()) for index, v in enumerate(variables)}
    scratch = path.with_suffix(".part")
    safetensors.save_file(arrays, scratch, metadata={"progress": json.dumps(progress)})
    os.replace(scratch, path)


def load_checkpoint(variables: "Sequence[keras.Variable]", path: Path) -> dict:
    """Read what `save_checkpoint` wrote back into the variables; the progress is returned.

    Raises:
        ModelError: the checkpoint is of another model.
    """
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        shapes = [tuple(file.get_slice(key).get_shape()) for key in sorted(file.keys())]
        if shapes != [tuple(variable.shape) for variable in variables]:
            raise ModelError(f"The checkpoint {path} is of another model; remove it, or name another --checkpoints.")
        for key, variable in zip(sorted(file.keys()), variables, strict=True):
            variable.assign(file.get_tensor(key))
        return json.loads(file.metadata()["progress"])
