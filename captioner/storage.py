"""A model folder, on disk or on the Hub <-> a Model.

A model folder holds `config.json`, `vocabulary.txt`, `model.safetensors` (float16) and `README.md`. Nothing in it is
ever executed: the network is built by this library, and only numbers are read into it.
"""

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from captioner.card import model_card
from captioner.errors import ModelError
from captioner.hub import download
from captioner.model import Decoding, Model
from captioner.presets import Preset, from_settings
from captioner.vocabulary import Vocabulary

if TYPE_CHECKING:
    import keras

FORMAT = 1
DEFAULT_MODEL = Path(__file__).parent.parent / "weights" / "attention-mobilenetv2"
CONFIG, VOCABULARY, WEIGHTS, CARD = "config.json", "vocabulary.txt", "model.safetensors", "README.md"
# What any model, a stranger's too, may ask of this machine.
MOST = {"units": 4096, "embedding_size": 4096, "blocks": 16, "heads": 64, "beam_width": 100, "max_length": 200}


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
        save_file(_arrays(model), fresh / WEIGHTS)
        (fresh / WEIGHTS).chmod(0o644)  # safetensors makes files that only their owner may read
        (fresh / CARD).write_text(model_card(model), encoding="utf-8")
        if folder.exists():
            os.replace(folder, Path(scratch, "old"))
        os.replace(fresh, folder)


def load(source: str | Path | None = None, networks: bool = True, **settings) -> Model:
    """Read a model folder, or the one of a Hub id "owner/name" or "owner/name@revision"; None is the default model.

    A folder of that name goes before the Hub, and a `Path` is never a Hub id.

    Args:
        networks: False leaves encoder and decoder away, and Keras with them, for who serves the model's export.
        settings: of the preset, in place of the folder's own.

    Raises:
        ModelError: the folder or a file is missing, damaged, or does not fit the others; the Hub has no such model.
    """
    folder = Path(source) if source is not None else DEFAULT_MODEL
    if folder.is_dir():
        return _load_folder(folder, networks, **settings)
    if isinstance(source, str) and not folder.exists():
        return load_from_hub(source)
    raise ModelError(f"There is no model folder {folder}.")


def load_from_hub(hub_id: str, token: bool | None = None) -> Model:
    """Read the model "owner/name" or "owner/name@revision" of the Hub, whatever folders there are on this disk.

    Args:
        token: None takes the login of whoever runs this, if there is one; False asks as a stranger.

    Raises:
        ModelError: the Hub cannot be reached or has no such model, or the model is damaged.
    """
    folder = download(hub_id, required=(CONFIG, VOCABULARY, WEIGHTS), optional=(CARD,), token=token)
    try:
        return dataclasses.replace(_load_folder(folder), revision=folder.name)
    except ModelError as error:
        raise ModelError(str(error).replace(str(folder), hub_id)) from error  # the cache's paths say nothing


def weights_revision(folder: Path) -> str:
    """Which weights a model folder holds: the first digits of their SHA-256."""
    with (folder / WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _load_folder(folder: Path, networks: bool = True, **settings) -> Model:
    missing = [name for name in (CONFIG, VOCABULARY, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"The model folder {folder} lacks {', '.join(missing)}.")
    config = _read_config(folder / CONFIG)
    preset = from_settings(Preset, config["preset"], folder / CONFIG).but(**settings)
    decoding = from_settings(Decoding, config["decoding"], folder / CONFIG)
    vocabulary = Vocabulary.load(folder / VOCABULARY)
    _check_sizes({**dataclasses.asdict(preset), **dataclasses.asdict(decoding)}, folder / CONFIG)
    if not 0.01 <= decoding.temperature <= 100:
        raise ModelError(f"{folder / CONFIG}: temperature is {decoding.temperature}; it must be 0.01 to 100.")
    facts = {key: config[key] for key in ("training", "metrics")}
    if not networks:
        return Model(config["name"], preset, vocabulary, decoding=decoding, **facts)
    try:
        model = Model.build(config["name"], preset, vocabulary, decoding=decoding, **facts)
    except ModelError:
        raise
    except Exception as error:  # what Keras raises for settings without sense is of many kinds
        raise ModelError(f"No network can be built of the settings in {folder / CONFIG}.") from error
    _read_weights(model, folder / WEIGHTS)
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
            "preprocessing": f"that of keras.applications for {encoder.name}, inside the encoder",
            "grid": list(encoder.grid),
            "channels": encoder.output_shape[-1],
            "parameters": encoder.count_params(),
        },
        "decoder": {"vocabulary": len(model.vocabulary), "parameters": model.decoder.count_params()},
        "decoding": dataclasses.asdict(model.decoding),
        "training": model.training,
        "metrics": model.metrics,
    }


def _read_config(path: Path) -> dict:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is not readable JSON: {error}.") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise ModelError(f"{path} is not of model format {FORMAT}; this version of Captioner reads no other.")
    for key, kind in {"name": str, "preset": dict, "decoding": dict, "training": dict, "metrics": list}.items():
        if not isinstance(config.get(key), kind):
            raise ModelError(f"{path} lacks {key!r}, or it is of the wrong kind.")
    return config


def _check_sizes(settings: dict, path: Path) -> None:
    for name, most in MOST.items():
        if not 1 <= settings[name] <= most:
            raise ModelError(f"{path}: {name} is {settings[name]}; it must be 1 to {most}.")


def _names(model: Model) -> "list[tuple[str, keras.Variable]]":
    # Numbered, since Keras numbers unnamed layers by what else the process has built.
    return [
        (f"{part}.{index:03d}.{variable.name}", variable)
        for part in ("encoder", "decoder")
        for index, variable in enumerate(getattr(model, part).weights)
    ]


def _arrays(model: Model) -> dict[str, np.ndarray]:
    return {name: variable.numpy().astype("float16") for name, variable in _names(model)}


def _read_weights(model: Model, path: Path) -> None:
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(f"The weights {path} are damaged: {error}.") from error
    expected = dict(_names(model))
    if arrays.keys() != expected.keys():
        strange = sorted(arrays.keys() ^ expected.keys())
        raise ModelError(f"The weights {path} do not belong to this config.json; they differ in {strange[0]}.")
    for name, variable in expected.items():
        if arrays[name].shape != tuple(variable.shape):
            raise ModelError(
                f"The weights {path} do not fit config.json and vocabulary.txt: {name} is {arrays[name].shape}, "
                f"expected {tuple(variable.shape)}."
            )
        if not np.isfinite(arrays[name]).all():
            raise ModelError(f"The weights {path} are damaged: {name} holds values that are not numbers.")
        variable.assign(arrays[name].astype("float32"))


def save_checkpoint(variables: "Sequence[keras.Variable]", progress: dict, path: Path) -> None:
    """Write variables at full precision and a JSON-able progress into one file, in one move."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"{index:04d}": np.array(v.numpy()) for index, v in enumerate(variables)}
    scratch = path.with_suffix(".part")
    save_file(arrays, scratch, metadata={"progress": json.dumps(progress)})
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
