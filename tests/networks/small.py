"""An encoder for tests in which it does not matter what is seen."""

from contextlib import contextmanager

import keras
import pytest

from captioner.networks.encoders import SOURCES


def two_convolutions(*, include_top=True, input_tensor, weights=None, input_shape=None):
    """A network with MobileNetV2's shapes in a fraction of its time, the same whenever it is built."""
    drawn = {"kernel_initializer": keras.initializers.HeNormal(seed=5), "activation": "relu", "padding": "same"}
    early = keras.layers.Conv2D(8, 8, strides=8, name="block_5_add", **drawn)(input_tensor)  # [batch, 28, 28, 8]
    outputs = keras.layers.Conv2D(1280, 4, strides=4, name="out_relu", **drawn)(early)  # [batch, 7, 7, 1280]
    if include_top:
        pooled = keras.layers.GlobalAveragePooling2D()(outputs)
        drawn = {"kernel_initializer": keras.initializers.HeNormal(seed=6), "activation": "softmax"}
        outputs = keras.layers.Dense(1000, name="predictions", **drawn)(pooled)
    return keras.Model(input_tensor, outputs)


@contextmanager
def small_mobilenet():
    """Models with "mobilenetv2" get two convolutions in its place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES, "mobilenetv2", SOURCES["mobilenetv2"]._replace(application=two_convolutions))
        yield
