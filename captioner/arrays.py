"""Named arrays <-> a safetensors file: numbers, and nothing that can run."""

from pathlib import Path

import numpy as np
from safetensors import numpy as safetensors

from captioner.errors import ModelError


def save_arrays(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write them into a file that everybody may read."""
    safetensors.save_file(arrays, path)
    path.chmod(0o644)  # safetensors makes files that only their owner may read


def parse_arrays(content: bytes, what: str) -> dict[str, np.ndarray]:
    """The arrays in a file's content.

    Args:
        what: they are, as the beginning of a sentence that ends in "damaged".

    Raises:
        ModelError: it is no such file.
    """
    try:
        return safetensors.load(content)
    except Exception as error:  # for a kind of number that NumPy has not, it is no error of safetensors
        raise ModelError(f"{what} damaged: {error}.") from error
