"""A model folder, on disk or on the Hub <-> a Model.

A model folder holds `config.json`, `vocabulary.txt`, `model.safetensors` (float16), `README.md`, and `manifest.json`,
which the other files are checked against. Nothing in it is ever executed: this library builds the network and reads
only numbers into it.
"""

import dataclasses
import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import numpy as safetensors

from captioner.arrays import parse_arrays, save_arrays
from captioner.disk.alone import only_writer
from captioner.disk.whole import SCRATCH, finish_swap, replace_file, saving, swap
from captioner.errors import ModelError, SettingError, not_installed
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
from captioner.search.strategy import Decoding, Search
from captioner.vocabulary import Vocabulary

if TYPE_CHECKING:
    import keras

FORMAT = 1
# The most that any model, even a stranger's, may ask of this machine.
MOST = {
    "units": 4096,
    "evidence_words": 64,
    "embedding_size": 4096,
    "blocks": 16,
    "heads": 64,
    "beam_width": 100,
    "max_length": 200,
}
MOST_WORDS = 200_000


def save(model: Model, folder: Path) -> None:
    """Write a model folder, completely or not at all; other files in it, such as a learning curve, stay.

    Raises:
        DiskError: there is no room, the place is not writable, or another process is writing to the folder.
    """
    folder = Path(folder).resolve()  # where a link leads, and not the link, is what is replaced
    with only_writer(folder), saving(f"the model {folder.name}", folder.parent):
        finish_swap(folder)
        fresh = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)  # of a process that was killed
        try:
            _write(model, folder, fresh)
            files = write_manifest(fresh)
            if folder.exists():
                swap(fresh, folder)
            else:
                os.replace(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        default.follow(folder, files)


def _write(model: Model, folder: Path, fresh: Path) -> None:
    """Write a model, with what else is in the folder, into a fresh one."""
    if folder.exists():
        left_behind = shutil.ignore_patterns(f"{SCRATCH}*")  # by a process that was killed
        shutil.copytree(folder, fresh, copy_function=_copy, ignore=left_behind)
    fresh.mkdir(exist_ok=True)
    (fresh / CONFIG).write_text(json.dumps(_config(model), indent=2) + "\n", encoding="utf-8")
    model.vocabulary.save(fresh / VOCABULARY)
    save_arrays(_arrays(model), fresh / WEIGHTS)
    for name in (BIGRAMS, GUIDE):  # old ones may belong to another vocabulary or encoder
        (fresh / name).unlink(missing_ok=True)
    if model.bigrams:
        model.bigrams.save(fresh / BIGRAMS)
    if model.guidance:
        model.guidance.save(fresh / GUIDE)
    (fresh / CARD).write_text(model_card(model), encoding="utf-8")


def _copy(source: str, target: str) -> None:
    with saving("the model", Path(target).parent.parent):  # `copytree` would make lists of the system's own errors
        shutil.copy2(source, target)


def load(source: str | Path | None = None, networks: bool = True, **settings) -> Model:
    """Load a model folder, or a model from the Hub, "owner/name" or "owner/name@revision"; None is the default model.

    Args:
        networks: False leaves out encoder and decoder, and so Keras, to run the model from its export.
        settings: preset settings that replace the folder's own.

    Raises:
        ModelError: the folder or a file is missing, damaged, or does not fit the others; the Hub has no such model.
    """
    return read_model(find(source), networks, **settings)


def find(source: str | Path | None = None, revision: str | None = None, token: bool | None = None) -> ModelFolder:
    """Find the model folder for a path or a Hub id, and download it from the Hub if needed. None is the default model.

    A local folder with that name takes precedence over the Hub, and a `Path` is never a Hub id.

    Args:
        revision: a branch, tag or commit on the Hub.
        token: None uses your Hub login, if you have one; False asks without it.

    Raises:
        ModelError: there is no such folder, or the Hub cannot be reached or has no such model.
    """
    folder = Path(source) if source is not None else DEFAULT_MODEL
    if folder.is_dir():
        if revision is not None:
            raise ModelError(f"{folder} is a local folder, which has no revisions; leave out {revision!r}.")
        return ModelFolder(folder)
    if isinstance(source, str) and not folder.exists():
        return download(source, revision, token)
    raise ModelError(f"There is no model folder {folder}.")


def read_model(folder: ModelFolder, networks: bool = True, **settings) -> Model:
    """The model in a folder; see `load`."""
    config, where = _read_config(folder), f"{folder.name}/{CONFIG}"
    preset = from_settings(Preset, config["preset"], where).but(**settings)
    decoding = from_settings(Decoding, config["decoding"], where)
    _check_sizes({**dataclasses.asdict(preset), **dataclasses.asdict(decoding)}, where)
    try:
        Search().filled(decoding)
    except SettingError as error:
        raise ModelError(f"{where}: {error}") from error
    if not 0.01 <= decoding.temperature <= 100:
        raise ModelError(f"{where}: temperature is {decoding.temperature}; it must be 0.01 to 100.")
    vocabulary = Vocabulary.parse(folder.read(VOCABULARY), f"{folder.name}/{VOCABULARY}")
    weights = folder.read(WEIGHTS)
    _check_words(weights, vocabulary, folder.name)
    if config["decoder"].get("vocabulary") != len(vocabulary):
        raise ModelError(
            f"{where} says {config['decoder'].get('vocabulary')} words, but {VOCABULARY} has {len(vocabulary)}."
        )
    model = Model(config["name"], preset, vocabulary, decoding=decoding, training=config["training"],
                  metrics=config["metrics"], revision=folder.revision,
                  fingerprint=folder.sha256(WEIGHTS)[:12])  # fmt: skip
    if BIGRAMS in folder:
        model.bigrams = Bigrams.parse(folder.read(BIGRAMS), len(vocabulary), f"{folder.name}/{BIGRAMS}")
    if GUIDE in folder:
        model.guidance = Guidance.parse(folder.read(GUIDE), _channels(config), f"{folder.name}/{GUIDE}")
    if folder.files is None and folder.was_replaced():
        raise ModelError(f"{folder.name} was changed while it was read: try again.")
    if networks:
        arrays = _parse_weights(weights, f"{folder.name}/{WEIGHTS}")
        # In a thread of its own: Keras keeps variables that are not initialized yet per thread, and drops them with it.
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
        raise ModelError(f"{where} is not in model format {FORMAT}, the only one this version of Captioner reads.")
    kinds = {"name": str, "preset": dict, "decoder": dict, "decoding": dict, "training": dict, "metrics": list}
    for key, kind in kinds.items():
        if not isinstance(config.get(key), kind):
            raise ModelError(f"{where}: {key!r} is missing or has the wrong type.")
    return config


def _channels(config: dict) -> int | None:
    """The number of channels in the encoder's features, from the config."""
    encoder = config.get("encoder")
    return encoder.get("channels") if isinstance(encoder, dict) else None


def _check_sizes(settings: dict, where: str) -> None:
    for name, most in MOST.items():
        if not 1 <= settings[name] <= most:
            raise ModelError(f"{where}: {name} is {settings[name]}; it must be 1 to {most}.")


def _check_words(weights: bytes, vocabulary: Vocabulary, name: str) -> None:
    """Check, before any array or network is made, that the vocabulary is not too large and fits the decoder."""
    if len(vocabulary) > MOST_WORDS:
        raise ModelError(f"{name}/{VOCABULARY} has {len(vocabulary):,} words; the limit is {MOST_WORDS:,}.")
    header = parse_json(weights[8 : 8 + int.from_bytes(weights[:8], "little")], f"The head of {name}/{WEIGHTS}")
    shapes = [
        tensor.get("shape")
        for key, tensor in header.items()
        if key.startswith("decoder.") and key.endswith(".embeddings") and isinstance(tensor, dict)
    ]
    if not shapes:
        raise ModelError(f"The weights {name}/{WEIGHTS} are not a captioner's: they have no word vectors.")
    if shapes[0][:1] != [len(vocabulary)]:
        raise ModelError(
            f"The weights {name}/{WEIGHTS} do not fit {VOCABULARY}: their shape is {shapes[0]} for "
            f"{len(vocabulary)} words."
        )


def _parse_weights(weights: bytes, where: str) -> dict[str, np.ndarray]:
    arrays = parse_arrays(weights, f"The weights {where} are")
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ModelError(f"The weights {where} are damaged: {name} holds values that are not numbers.")
    return arrays


def _build_networks(model: Model, arrays: dict[str, np.ndarray], name: str) -> None:
    """Build the model's networks with these weights; memory is allocated only after all shapes have been checked."""
    try:
        import keras
    except ModuleNotFoundError as error:
        made = f"The networks of {name} have to be made on this machine. {not_installed(error.name)}"
        raise ModelError(made) from error

    try:
        with keras.StatelessScope(initialize_variables=False) as scope:  # variables have shapes, but no values yet
            built = Model.build(model.name, model.preset, model.vocabulary)
            model.encoder, model.decoder = built.encoder, built.decoder
            _check_shapes(model, arrays, name)
            scope.initialize_variables = True
    except ModelError:
        raise
    except Exception as error:  # Keras raises many kinds of errors for settings that make no sense
        raise ModelError(f"The settings in {name}/{CONFIG} do not make a network.") from error
    for key, variable in _names(model):
        variable.assign(arrays[key].astype("float32"))


def _check_shapes(model: Model, arrays: dict[str, np.ndarray], name: str) -> None:
    expected = {key: tuple(variable.shape) for key, variable in _names(model)}
    if arrays.keys() != expected.keys():
        strange = sorted(arrays.keys() ^ expected.keys())
        raise ModelError(f"The weights {name}/{WEIGHTS} do not match {CONFIG}; they differ in {strange[0]}.")
    for key, shape in expected.items():
        if arrays[key].shape != shape:
            raise ModelError(
                f"The weights {name}/{WEIGHTS} do not fit {CONFIG} and {VOCABULARY}: {key} is {arrays[key].shape}, "
                f"expected {shape}."
            )


def _names(model: Model) -> "list[tuple[str, keras.Variable]]":
    # Numbered here, since Keras numbers unnamed layers by what else the process has built.
    return [
        (f"{part}.{index:03d}.{variable.name}", variable)
        for part in ("encoder", "decoder")
        for index, variable in enumerate(getattr(model, part).weights)
    ]


def _arrays(model: Model) -> dict[str, np.ndarray]:
    return {name: variable.numpy().astype("float16") for name, variable in _names(model)}


def save_checkpoint(variables: "Sequence[keras.Variable]", progress: dict, path: Path) -> None:
    """Write variables at full precision, with JSON-serializable progress, to one file in a single move.

    Raises:
        DiskError: there is no room, or the place is not writable.
    """
    arrays = {f"{index:04d}": np.array(v.numpy()) for index, v in enumerate(variables)}
    with saving("the checkpoint", path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, safetensors.save(arrays, {"progress": json.dumps(progress)}))


def load_checkpoint(variables: "Sequence[keras.Variable]", path: Path) -> dict:
    """Read a checkpoint of `save_checkpoint` back into the variables, and return the progress.

    Raises:
        ModelError: the checkpoint belongs to another model.
    """
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        shapes = [tuple(file.get_slice(key).get_shape()) for key in sorted(file.keys())]
        if shapes != [tuple(variable.shape) for variable in variables]:
            raise ModelError(f"The checkpoint {path} belongs to another model; delete it, or change --checkpoints.")
        for key, variable in zip(sorted(file.keys()), variables, strict=True):
            variable.assign(file.get_tensor(key))
    return progress_of(path)


def progress_of(path: Path) -> dict:
    """The progress in a checkpoint of `save_checkpoint`."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["progress"])
