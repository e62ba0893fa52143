"""A Model -> the networks LiteRT serves it from.

`encoder` computes pixels -> features, `start` features -> state, `step` token ids and state -> log probabilities,
attention (where the decoder looks) and memory.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from captioner.errors import ModelError
from captioner.exports import FORMAT, Export, keep
from captioner.manifest import ModelFolder
from captioner.model import Model

# Eight bits are a quarter of the reading, which is all that a step costs, and cost its words nothing; an encoder in
# integers would be twice as fast, but what it sees is too coarse (docs/quality.md).
PRECISIONS = {"encoder": "float16", "start": "int8", "step": "int8"}


def export(
    model: Model, folder: Path, precisions: dict[str, str] = PRECISIONS, pixels: np.ndarray | None = None
) -> None:
    """Make the export of a model whose weights are in the folder already, and keep it where the model is served from;
    arguments and errors as `make_export`."""
    keep(make_export(model, precisions, pixels), ModelFolder(folder), model.preset)


def make_export(model: Model, precisions: dict[str, str] = PRECISIONS, pixels: np.ndarray | None = None) -> Export:
    """The export of a model.

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
    encoder, decoder = model.encoder, model.decoder
    description = {
        "format": FORMAT,
        "precisions": precisions,
        "size": encoder.size,
        "grid": list(encoder.grid),
        "attends": decoder.attends,
        "parameters": [encoder.count_params(), decoder.count_params()],
    }
    return Export(description, converted)


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
