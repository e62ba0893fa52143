"""A model folder, written in no time."""

import pytest

from captioner.folder.storage import save
from tests.disk.writing import model_of


@pytest.fixture
def folder(tmp_path):
    """A model folder with a picture beside the model."""
    save(model_of(1), tmp_path / "models/tiny")
    (tmp_path / "models/tiny/learning-curve.png").write_bytes(bytes(1_000_000))
    return tmp_path / "models/tiny"
