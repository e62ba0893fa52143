"""A Model -> the networks LiteRT runs.

`encoder` computes pixels -> features, `start` features -> information (if the decoder has a look) and state, `step`
token ids and state -> log-probabilities, attention (if the decoder has any) and memory. The memory is one array.
"""

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np

from captioner.engines.exports import FORMAT, Export, keep
from captioner.engines.tied import shared
from captioner.errors import ModelError
from captioner.folder.manifest import ModelFolder
from captioner.folder.model import Model
from captioner.pictures.images import open_image, to_pixels
from captioner.pictures.member import PictureFile

# A step spends its time reading weights: eight bits take a quarter of it, and the captions stay as good. An encoder in
# integers is twice as fast but sees coarsely, mostly because of its first layers; with those in floats it sees well
# enough (docs/quality.md). Both need sample pictures, which not everyone who exports a model has.
PRECISIONS = {"encoder": "float16", "start": "int8", "step": "int8"}
TYPICAL = 20  # sample pictures for the encoder's value range; more bring rare peaks, which coarsen everything else


def export(
    model: Model, folder: Path, precisions: dict[str, str] = PRECISIONS, pixels: np.ndarray | None = None
) -> None:
    """Export a model whose weights are already in the folder, and save the export where the engine finds it; arguments
    and errors as in `make_export`."""
    keep(make_export(model, precisions, pixels), ModelFolder(folder), model.preset)


def make_export(model: Model, precisions: dict[str, str] = PRECISIONS, pixels: np.ndarray | None = None) -> Export:
    """Export a model for LiteRT.

    Args:
        precisions: "float32", "float16" or "int8" for each of the `NETWORKS`; for the encoder also "mixed".
        pixels: `float32 [pictures, height, width, 3]` of a few dozen typical pictures, for an encoder in "int8" or
            "mixed": they show the range of values its integers must cover.

    Raises:
        ModelError: LiteRT lacks an operation the decoder needs, Keras runs on another backend, or an encoder in
            integers was given no pictures.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError("Exporting for LiteRT needs Keras' TensorFlow backend: set KERAS_BACKEND=tensorflow.")
    if precisions["encoder"] in ("int8", "mixed") and pixels is None:
        raise ModelError("An encoder in integers needs sample pictures for its value range: add --data to the export.")
    encoder, decoder = model.encoder, model.decoder
    converted = {
        name: shared(_converted(function, precisions[name])) for name, function in _decoder_functions(model).items()
    }
    converted["encoder"] = _converted_encoder(encoder, precisions["encoder"], pixels)
    description = {
        "format": FORMAT,
        "precisions": precisions,
        "size": encoder.size,
        "grid": list(encoder.grid),
        "attends": decoder.attends,
        "looks": decoder.looks,
        "parameters": [encoder.count_params(), decoder.count_params()],
    }
    return Export(description, converted)


def typical_pixels(images: Sequence[PictureFile], size: int) -> np.ndarray:
    """`float32 [TYPICAL, size, size, 3]`: pictures spread evenly over a list, for an encoder in integers."""
    some = images[:: max(len(images) // TYPICAL, 1)][:TYPICAL]
    return to_pixels([open_image(image) for image in some], (size, size))


def fast_encode(encoder) -> Callable[[np.ndarray], np.ndarray]:
    """Pixels -> features of a Keras encoder, computed by LiteRT at full precision: several times faster on a CPU.

    On a GPU, or without LiteRT, Keras computes them. The encoder is converted at the first call.
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
    return lambda pixels: one_by_one(network, pixels)[0]


def _converted_encoder(encoder, precision: str, shown: np.ndarray | None) -> bytes:
    function = _encode_function(encoder)
    if precision == "mixed":
        early = encoder.layers[: round(len(encoder.layers) * encoder.in_floats)]
        return _mixed(function, shown, [layer.name for layer in early])
    return _converted(function, precision, shown)


def _encode_function(encoder):
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, encoder.size, encoder.size, 3))])
    def encode(pixels):
        return encoder(pixels, training=False)

    return encode


def _decoder_functions(model: Model) -> dict:
    """Start and step as TensorFlow functions, for any number of pictures and rows."""
    import tensorflow as tf
    from keras import tree

    encoder, decoder = model.encoder, model.decoder
    regions, channels = encoder.output_shape[1:]
    state = decoder.start(np.zeros((1, regions, channels), "float32"))
    image, memory = tree.flatten(state.image), tree.flatten(state.memory)
    image_shapes = [tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in image]
    sizes = [part.shape[-1] for part in memory]  # passed as one array, since every array passed costs time

    @tf.function(input_signature=[tf.TensorSpec((None, regions, channels))])
    def start(features):
        image, memory = decoder.start(features)
        information = [decoder.information(features)] if decoder.looks else []
        return [*information, *tree.flatten(image), tf.concat(tree.flatten(memory), axis=-1)]

    @tf.function(
        input_signature=[
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec(()),
            *image_shapes,
            tf.TensorSpec((None, sum(sizes)), memory[0].dtype),
        ]
    )
    def step(token_ids, temperature, *image_and_memory):
        *image, memory = image_and_memory
        before = tree.pack_sequence_as(state, [*image, *tf.split(memory, sizes, axis=-1)])
        logits, attention, following = decoder.step(token_ids, before)
        seen = [attention] if decoder.attends else []  # LiteRT has no empty arrays
        memory = tf.concat(tree.flatten(following.memory), axis=-1)
        return [tf.nn.log_softmax(logits / temperature), *seen, memory]

    return {"start": start, "step": step}


def _converted(function, precision: str, shown: np.ndarray | None = None) -> bytes:
    """The function as a LiteRT file; all in integers if the precision is "int8" and inputs are shown."""
    return _tried(_converter(function, precision, shown).convert)


def _mixed(function, shown: np.ndarray, in_floats: Collection[str]) -> bytes:
    """The function as a LiteRT file, some layers in floats and the others in integers, scaled by the inputs shown."""
    import tensorflow as tf

    from captioner.engines.litert_engine import Network

    # LiteRT names a tensor after all the operations in it, each with its layer: "net/layer_1/add;...".
    tensors = Network(_converted(function, "float32")).interpreter.get_tensor_details()
    of_layers = re.compile("|".join(rf"/{re.escape(layer)}(_\d+)?/" for layer in in_floats))
    names = [tensor["name"] for tensor in tensors if of_layers.search(tensor["name"])]
    converter = _converter(function, "int8", shown)
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=converter.representative_dataset,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=names),
    )
    return _tried(debugger.get_nondebug_quantized_model)


def _converter(function, precision: str, shown: np.ndarray | None):
    import tensorflow as tf

    concrete = function.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], concrete.graph)
    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "int8" and shown is not None:
        converter.representative_dataset = lambda: ([one[None]] for one in shown)
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter


def _tried(convert: Callable[[], bytes]) -> bytes:
    try:
        return convert()
    except Exception as error:  # the converter raises many kinds of errors
        raise ModelError(f"This model cannot be exported for LiteRT: {str(error).splitlines()[0]}") from error
