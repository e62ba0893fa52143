"""A batch of pictures -> image features, by a network trained on ImageNet, without its classifier."""

from collections.abc import Callable
from typing import NamedTuple

import keras

from captioner.errors import ModelError
from captioner.networks import efficientnet_lite
from captioner.networks.efficientnet_lite import EfficientNetLite1

applications = keras.applications


class Source(NamedTuple):
    """Where an encoder comes from, and which of its layers give the features."""

    application: Callable[..., keras.Model]
    preprocess: Callable
    size: int  # height and width of its input, pixels
    regions: str  # layer with the last convolutional grid
    vector: str | None  # layer with the vector below the classifier; None: the grid's mean
    trunk: str  # last of the early layers, at about 28x28: edges and textures, which differ little between data sets
    in_floats: float = 1 / 16  # share of its layers, from the input on, that "mixed" leaves in floats


SOURCES = {
    "mobilenetv2": Source(
        applications.MobileNetV2,
        applications.mobilenet_v2.preprocess_input,
        224,
        "out_relu",
        None,
        "block_5_add",
        in_floats=4 / 5,
    ),
    # At 240 pixels, its training size, it would be a fifth slower (docs/quality.md).
    "efficientnetlite1": Source(
        EfficientNetLite1, efficientnet_lite.preprocess_input, 224, "head_relu", None, "block6_add"
    ),
    "resnet50": Source(
        applications.ResNet50, applications.resnet50.preprocess_input, 224, "conv5_block3_out", None, "conv3_block4_out"
    ),
    "vgg16": Source(applications.VGG16, applications.vgg16.preprocess_input, 224, "block5_pool", "fc2", "block3_pool"),
    "inceptionv3": Source(
        applications.InceptionV3, applications.inception_v3.preprocess_input, 299, "mixed10", None, "mixed2"
    ),
}
FEATURES = ("regions", "vector", "flattened")


class Encoder(keras.Model):
    """Image features from pixels.

    Input: pixels `float32 [batch, height, width, 3]`, RGB, 0..255. Output: `float32 [batch, regions, channels]`;
    `regions == 1` for "vector" and "flattened".

    Args:
        name: one of `SOURCES`.
        features: "regions" (the grid), "vector" (the classifier's input), "flattened" (the grid as one row).
        weights: "imagenet" (from `KERAS_HOME`, or downloaded by Keras; EfficientNet-Lite's come in a package) or None
            (random).

    Attributes:
        size: height and width of the input pictures.
        grid: rows and columns of the regions, row-major; (1, 1) for a vector.
        in_floats: share of its layers, from the input on, that are too coarse in integers.

    Raises:
        ModelError: an unknown name or kind of features.
    """

    def __init__(self, name: str, features: str = "regions", weights: str | None = "imagenet"):
        if name not in SOURCES:
            raise ModelError(f"Unknown encoder {name!r}; known: {', '.join(SOURCES)}.")
        if features not in FEATURES:
            raise ModelError(f"Unknown features {features!r}; known: {', '.join(FEATURES)}.")
        source = SOURCES[name]
        size = (source.size, source.size)
        with_classifier = features == "vector" and source.vector is not None
        pixels = keras.Input((*size, 3), name="pixels")  # [batch, height, width, 3]
        network = source.application(
            include_top=with_classifier,
            weights=weights,
            input_tensor=source.preprocess(pixels),
            input_shape=(*size, 3),
        )
        layer = network.get_layer(source.vector if with_classifier else source.regions)
        outputs = layer.output  # [batch, rows, columns, channels], or [batch, channels]
        grid = (1, 1)
        if features == "vector":
            if not with_classifier:
                outputs = keras.layers.GlobalAveragePooling2D()(outputs)
            outputs = keras.layers.Reshape((1, -1))(outputs)
        elif features == "flattened":
            outputs = keras.layers.Reshape((1, -1))(outputs)
        else:
            grid = tuple(outputs.shape[1:3])
            outputs = keras.layers.Reshape((-1, outputs.shape[-1]))(outputs)
        super().__init__(pixels, outputs, name=name)
        self.size = source.size
        self.in_floats = source.in_floats
        self.grid = grid
        self.features = features

    def halves(self) -> "tuple[Trunk, keras.Model]":
        """Split it into its early layers, pixels -> grid, and the rest, grid -> features; both share its weights."""
        grid = self.get_layer(SOURCES[self.name].trunk).output  # [batch, rows, columns, channels]
        return Trunk(self, grid), keras.Model(grid, self.output, name=f"{self.name}_top")


class Trunk(keras.Model):
    """An encoder's early layers, which take most of its time and have little left to learn.

    Input: pixels, as for the encoder. Output: `float32 [batch, rows, columns, channels]`.

    Args:
        encoder: the encoder they belong to.
        grid: the tensor they end with.
    """

    def __init__(self, encoder: Encoder, grid):
        super().__init__(encoder.input, grid, name=f"{encoder.name}_trunk")
        self.size = encoder.size
        self.features = "grid"
