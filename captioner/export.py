"""A Model -> the files LiteRT serves it from, and back: beside the weights in the model folder.

`encoder.tflite` computes pixels -> features, `start.tflite` features -> state, `step.tflite` token ids and state -> log
probabilities, attention (where the decoder looks) and memory. `export.json` says what they were made from: an export of
other weights is stale, and is not used.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from captioner.engines import Engine
from captioner.errors import ModelError
from captioner.model import Model

FORMAT = 1
DESCRIPTION = "export.json"
NETWORKS = ("encoder", "start", "step")
# Eight bits are a quarter of the reading, which is all that a step costs, and cost its words nothing; an encoder in
# integers would be twice as fast, but what it sees is too coarse (docs/quality.md).
PRECISIONS = {"encoder": "float16", "start": "int8", "step": "int8"}


def export(
    model: Model, folder: Path, precisions: dict[str, str] = PRECISIONS, pixels: np.ndarray | None = None
) -> None:
    """Write the export of a model whose weights are in the folder already; the description last, so that half an export
    is none.

    Args:
        precisions: "float32", "float16" or "int8" for each of the `NETWORKS`.
        pixels: `float32 [pictures, height, width, 3]` of some dozens of typical pictures, for an encoder in "int8":
            they show what range of values its integers have to cover.

    Raises:
        ModelError: LiteRT has no operation for something in the decoder, Keras runs on another backend, or an encoder
            in integers has no pictures to take its ranges from.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError("Models are exported for LiteRT under Keras' TensorFlow backend (KERAS_BACKEND=tensorflow).")
    if precisions["encoder"] == "int8" and pixels is None:
        raise ModelError("An encoder in int8 takes its ranges from pictures: give some (train.py export --data).")
    shown = {"encoder": pixels}
    converted = {
        name: _converted(function, precisions[name], shown.get(name)) for name, function in _functions(model).items()
    }
    (folder / DESCRIPTION).unlink(missing_ok=True)
    for name, content in converted.items():
        _replace(folder / f"{name}.tflite", content)
    encoder, decoder = model.encoder, model.decoder
    description = {
        "format": FORMAT,
        "weights": _sha256(folder / "model.safetensors"),
        "networks": {f"{name}.tflite": hashlib.sha256(content).hexdigest() for name, content in converted.items()},
        "precisions": precisions,
        "size": encoder.size,
        "grid": list(encoder.grid),
        "attends": decoder.attends,
        "parameters": [encoder.count_params(), decoder.count_params()],
    }
    _replace(folder / DESCRIPTION, (json.dumps(description, indent=2) + "\n").encode())


def open_export(folder: Path, temperature: float) -> Engine:
    """The engine that serves a folder's export.

    Raises:
        ModelError: there is none, it is of other weights, or it is damaged.
    """
    try:
        from captioner.engines.litert_engine import LiteRTEngine
    except ImportError as error:
        raise ModelError("LiteRT is not installed here (ai-edge-litert).") from error
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        fresh = description["format"] == FORMAT and description["weights"] == _sha256(folder / "model.safetensors")
        hashes = {name: description["networks"][f"{name}.tflite"] for name in NETWORKS}
        facts = {key: description[key] for key in ("size", "grid", "attends", "parameters")}
    except FileNotFoundError as error:
        raise ModelError(f"{folder} has no export for LiteRT; `train.py export` makes one.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / DESCRIPTION} is damaged; `train.py export` makes it anew.") from error
    if not fresh:
        raise ModelError(f"The export for LiteRT in {folder} is of other weights; `train.py export` makes it anew.")
    paths = {name: folder / f"{name}.tflite" for name in NETWORKS}
    for name, path in paths.items():
        if not path.is_file() or _sha256(path) != hashes[name]:
            raise ModelError(f"{path} is missing or damaged; `train.py export` makes it anew.")
    return LiteRTEngine(**paths, temperature=temperature, **facts)


def fast_encode(encoder) -> Callable[[np.ndarray], np.ndarray]:
    """Pixels -> features of a Keras encoder as LiteRT computes them, at full precision: on a CPU several times faster.

    On a GPU, and where LiteRT cannot be had, as Keras computes them. It is converted when it is first called.
    """
    network = None

    def encode(pixels):
        nonlocal network
        network = network or _fast_network(encoder)
        return network(pixels)

    return encode


def _fast_network(encoder) -> Callable[[np.ndarray], np.ndarray]:
    import keras

    from captioner.engines.keras_engine import KerasEngine

    reference = KerasEngine(encoder).encode
    if keras.backend.backend() != "tensorflow":
        return reference
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return reference
    try:
        from captioner.engines.litert_engine import Network, one_by_one

        network = Network(_converted(_encode_function(encoder), "float32"))
    except (ImportError, ModelError):
        return reference
    return lambda pixels: one_by_one(network, pixels)


def _encode_function(encoder):
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, encoder.size, encoder.size, 3))])
    def encode(pixels):
        return encoder(pixels, training=False)

    return encode


def _functions(model: Model) -> dict:
    """The three networks as TensorFlow functions of any number of pictures and rows."""
    import tensorflow as tf
    from keras import tree

    encoder, decoder = model.encoder, model.decoder
    regions, channels = encoder.output_shape[1:]
    state = decoder.start(np.zeros((1, regions, channels), "float32"))
    parts = [tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in tree.flatten(state)]

    @tf.function(input_signature=[tf.TensorSpec((None, regions, channels))])
    def start(features):
        return tree.flatten(decoder.start(features))

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32), tf.TensorSpec(()), *parts])
    def step(token_ids, temperature, *flat):
        logits, attention, following = decoder.step(token_ids, tree.pack_sequence_as(state, list(flat)))
        seen = [attention] if decoder.attends else []  # LiteRT knows no empty arrays
        return [tf.nn.log_softmax(logits / temperature), *seen, *tree.flatten(following.memory)]

    return {"encoder": _encode_function(encoder), "start": start, "step": step}


def _converted(function, precision: str, shown: np.ndarray | None = None) -> bytes:
    """The function as a LiteRT file; in integers throughout where "int8" is asked for and inputs are shown."""
    import tensorflow as tf

    concrete = function.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], concrete.graph)
    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "int8" and shown is not None:
        converter.representative_dataset = lambda: ([one[None]] for one in shown)
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    try:
        return converter.convert()
    except Exception as error:  # the converter's own errors are of many kinds
        raise ModelError(f"This model cannot be exported for LiteRT: {str(error).splitlines()[0]}") from error


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as scratch:
        scratch.write(content)
    os.chmod(scratch.name, 0o644)
    os.replace(scratch.name, path)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
