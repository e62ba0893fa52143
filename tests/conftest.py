"""Settings and data places that every test shares."""

import atexit
import gc
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

# Before any test imports the framework: afterwards these are read no more.
for name, value in {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "1",  # the tests run in a process a core; with more threads each they wait for each other
    "TF_NUM_INTEROP_THREADS": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}.items():
    os.environ.setdefault(name, value)

os.environ["CAPTIONER_CACHE"] = tempfile.mkdtemp(prefix="captioner-tests-")  # what was exported before does not matter
atexit.register(shutil.rmtree, os.environ["CAPTIONER_CACHE"], ignore_errors=True)

import pytest  # noqa: E402

from tests.order import Together, longest_first  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent


gc.disable()


def pytest_collection_modifyitems(items) -> None:
    items.sort(key=longest_first)


def pytest_collection_finish() -> None:
    gc.freeze()  # what was imported stays, and need not be looked through again and again
    gc.enable()


def pytest_xdist_make_scheduler(config, log) -> Together:
    return Together(config, log)


def need(path: Path) -> Path:
    """The path, if it is there; otherwise the test is skipped, or fails where CAPTIONER_REQUIRE_DATA=1."""
    if path.exists():
        return path
    reason = f"needs {path}, which is not here; CAPTIONER_DATA says where the data lies"
    if os.environ.get("CAPTIONER_REQUIRE_DATA") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def data_home() -> Path:
    """Where the data of the tests lies: $CAPTIONER_DATA, from the repository's root on; it need not exist."""
    return (ROOT / (os.environ.get("CAPTIONER_DATA") or "../shared")).resolve()


@pytest.fixture(scope="session")
def flickr8k(data_home) -> Path:
    """Flickr8k's pictures, captions and split lists."""
    return need(data_home / "data/flickr8k")


@pytest.fixture(scope="session")
def coco_dev(data_home) -> Path:
    """Everyday photographs with five captions each, without split lists."""
    return need(data_home / "data/coco-dev")


@pytest.fixture(scope="session")
def training_photos(data_home) -> list[str]:
    """The captioned photos that the default model learned from, as `--data` names them."""
    return [
        str(need(data_home / "data/flickr8k")),
        *(f"{need(data_home / 'data' / name)}:train" for name in ("coco-train", "pascal")),
    ]


@pytest.fixture(scope="session")
def keras_home(data_home) -> Path:
    """A KERAS_HOME that holds MobileNetV2's ImageNet weights."""
    return need(data_home / "keras")


@pytest.fixture(scope="session")
def glove_file(data_home) -> Path:
    """GloVe 6B 50-d vectors of common caption words."""
    return need(data_home / "data/glove/glove.6B.50d.flickr8k.txt")


@pytest.fixture(scope="session")
def tiny_model():
    """A complete, untrained model with few words; tests copy it before they change it."""
    return new_tiny_model()


def new_tiny_model():
    import keras

    from captioner.folder.model import Model
    from captioner.networks.presets import preset_named
    from captioner.vocabulary import Vocabulary

    keras.utils.set_random_seed(7)
    preset = preset_named("attention-mobilenetv2").but(units=16, heads=2)
    vocabulary = Vocabulary.from_captions(["a dog runs on green grass", "two boys play in the snow"], 1)
    return Model.build("tiny", preset, vocabulary)


@pytest.fixture(scope="session")
def captioner():
    """The model that comes with the library."""
    from captioner import Captioner

    return Captioner.from_pretrained()


@pytest.fixture(scope="session")
def examples() -> list[Path]:
    """The gallery's photographs."""
    return sorted((ROOT / "examples").glob("*.jpg"))


def printed(caption) -> str:
    """A caption as the shell prints it."""
    return caption.text + ("" if caption.sure else " (not sure)" if caption.doubtful else " (not quite sure)")


@contextmanager
def uncompiled():
    """Without compiling, where that takes longer than the few steps it would speed up."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.fixture
def eagerly():
    """A test without compiling."""
    with uncompiled():
        yield
