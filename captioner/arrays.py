"""Named arrays <-> a safetensors file, which holds numbers and no code."""

from pathlib import Path

import numpy as np
from safetensors import numpy as safetensors

from captioner.disk.whole import replace_file
from captioner.errors import ModelError


def save_arrays(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write the arrays to a file, all of it or nothing."""
    replace_file(path, safetensors.save(arrays))


def parse_arrays(content: bytes, what: str) -> dict[str, np.ndarray]:
    """Read the arrays from a file's content.

    Args:
        what: start of the error message, which goes on with "damaged": "The weights x are".

    Raises:
        ModelError: the content is not a safetensors file.
    """
    try:
        return safetensors.load(content)
    except Exception as error:  # number types unknown to NumPy raise errors that are not safetensors' own
        raise ModelError(f"{what} damaged: {error}.") from error
