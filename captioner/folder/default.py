"""The built-in models, the default first, and where they are published on the Hub: from `weights/manifest.json`."""

import json
from collections.abc import Mapping
from pathlib import Path

from captioner.disk.whole import replace_file

EMBEDDED = ("attention-efficientnetlite1", "attention-mobilenetv2")  # the default first
DEFAULT_MODEL = Path(__file__).parents[2] / "weights" / EMBEDDED[0]


def manifest_path() -> Path:
    """`manifest.json`, next to the built-in models' folders."""
    return DEFAULT_MODEL.parent / "manifest.json"


def folders() -> list[Path]:
    """The folders of the built-in models that are there, the default first."""
    places = [DEFAULT_MODEL, *(DEFAULT_MODEL.parent / name for name in EMBEDDED if name != DEFAULT_MODEL.name)]
    return [place for place in places if place.exists()]


def published(folder: Path | None = None) -> dict:
    """A built-in model's `repository`, `commit` (None if this version is not published) and `files`, each with `size`
    and `sha256`; no files if the library was installed without it. The default model's by default."""
    return _read().get((folder or DEFAULT_MODEL).name, {"repository": None, "commit": None, "files": {}})


def are_ours(hashes: Mapping[str, str]) -> bool:
    """Whether one of the built-in models has files with all of these names and hashes; then this project made them."""
    own = ({name: file["sha256"] for name, file in model["files"].items()} for model in _read().values())
    return any(hashes.items() <= files.items() for files in own)


def follow(folder: Path, files: dict[str, dict]) -> None:
    """Record a built-in model's files as they are now; does nothing for other folders."""
    if not is_embedded(folder):
        return
    before = published(folder)
    commit = before["commit"] if before["files"] == files else None
    _write(folder, before | {"commit": commit, "files": files})


def was_published(folder: Path, repository: str, commit: str) -> None:
    """Record where a built-in model is published; does nothing for other folders."""
    if is_embedded(folder):
        _write(folder, published(folder) | {"repository": repository, "commit": commit})


def is_embedded(folder: Path) -> bool:
    """Whether a folder is a built-in model's."""
    return folder.resolve() in [place.resolve() for place in folders()]


def _read() -> dict[str, dict]:
    """What is recorded of each built-in model, by its name."""
    return json.loads(manifest_path().read_text(encoding="utf-8")) if manifest_path().exists() else {}


def _write(folder: Path, content: dict) -> None:
    models = _read() | {folder.resolve().name: content}
    replace_file(manifest_path(), (json.dumps(models, indent=2) + "\n").encode())
