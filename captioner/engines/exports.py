"""Where to find the exports LiteRT runs.

An export is a kind of program, and programs from strangers are not run. It must either be a built-in model's own,
whose hashes are in this project (`weights/manifest.json`), or have been made on this machine from checked weights and
lie in its cache.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from captioner.disk.whole import replace_file, replace_files, saving
from captioner.engines import Engine
from captioner.errors import ModelError
from captioner.folder import default
from captioner.folder.manifest import (
    DESCRIPTION,
    EXPORT,
    NETWORKS,
    WEIGHTS,
    ModelFolder,
    parse_json,
    seal,
)
from captioner.networks.presets import Preset

FORMAT = 3


@dataclass(frozen=True)
class Export:
    """Networks for LiteRT.

    Attributes:
        description: format, precisions, and what the engine must know about the networks.
        networks: a LiteRT file's content for each of the `NETWORKS`.
    """

    description: dict
    networks: dict[str, bytes]

    def engine(self, temperature: float) -> Engine:
        """The engine that runs it.

        Raises:
            ModelError: LiteRT is not installed.
        """
        try:
            from captioner.engines.litert_engine import LiteRTEngine
        except ImportError as error:
            raise ModelError("LiteRT is not installed: pip install ai-edge-litert.") from error
        facts = {key: self.description[key] for key in ("size", "grid", "attends", "looks", "parameters")}
        return LiteRTEngine(**self.networks, temperature=temperature, **facts)


def find_export(folder: ModelFolder, preset: Preset) -> Export | None:
    """The export of a model folder's weights, if there is one that may be run; None if one must be made."""
    return _own(folder) or _made_here(_place(folder, preset))


def keep(export: Export, folder: ModelFolder, preset: Preset) -> None:
    """Save an export where `find_export` finds it: a built-in model's in its folder, all others in the cache.

    Raises:
        DiskError: there is no room, or the place is not writable.
    """
    description = export.description | {"weights": folder.sha256(WEIGHTS)}
    if default.is_embedded(folder.path):
        hashes = {f"{name}.tflite": hashlib.sha256(content).hexdigest() for name, content in export.networks.items()}
        described = json.dumps(description | {"networks": hashes}, indent=2) + "\n"
        files = {folder.path / f"{name}.tflite": content for name, content in export.networks.items()}
        with saving("the export", folder.path):
            replace_files(files | {folder.path / DESCRIPTION: described.encode()})
        seal(folder.path)
        return
    place = _place(folder, preset)
    arrays = {name: np.frombuffer(content, "uint8") for name, content in export.networks.items()}
    with saving("the export", place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, save(arrays, metadata={"description": json.dumps(description)}))


def cache() -> Path:
    """Where this machine keeps the exports it has made."""
    named = os.environ.get("CAPTIONER_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(named) if named else home / "captioner"


def _own(folder: ModelFolder) -> Export | None:
    try:
        if not all(name in folder for name in EXPORT):
            return None
        if not default.are_ours({name: folder.sha256(name) for name in EXPORT}):
            return None
        description = folder.read_json(DESCRIPTION)
        if description["format"] != FORMAT or description["weights"] != folder.sha256(WEIGHTS):
            return None
        return Export(description, {name: folder.read(f"{name}.tflite") for name in NETWORKS})
    except ModelError:  # damaged; a new one is made from the checked weights
        return None


def _made_here(place: Path) -> Export | None:
    try:
        with safe_open(place, "numpy") as file:
            description = parse_json(file.metadata()["description"].encode(), str(place))
            return Export(description, {name: file.get_tensor(name).tobytes() for name in NETWORKS})
    except (OSError, SafetensorError, ModelError, KeyError, TypeError):
        return None


def _place(folder: ModelFolder, preset: Preset) -> Path:
    """The cache file for these weights and network settings, in this version's export format."""
    made_of = json.dumps([FORMAT, folder.sha256(WEIGHTS), asdict(preset)]).encode()
    return cache() / "exports" / f"{hashlib.sha256(made_of).hexdigest()}.safetensors"
