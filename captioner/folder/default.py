"""The built-in model and where it is published on the Hub, both from `weights/manifest.json`."""

import json
from pathlib import Path

from captioner.disk.whole import replace_file

DEFAULT_MODEL = Path(__file__).parents[2] / "weights" / "attention-efficientnetlite1"


def manifest_path() -> Path:
    """`manifest.json`, next to the default model's folder."""
    return DEFAULT_MODEL.parent / "manifest.json"


def published() -> dict:
    """`model`, `repository`, `commit` (None if this version is not published) and `files`, each with `size` and
    `sha256`; no files if the library was installed without a model."""
    if not manifest_path().exists():
        return {"model": DEFAULT_MODEL.name, "repository": None, "commit": None, "files": {}}
    return json.loads(manifest_path().read_text(encoding="utf-8"))


def is_ours(name: str, sha256: str) -> bool:
    """Whether the default model has a file with this name and hash; then this project made it."""
    return published()["files"].get(name, {}).get("sha256") == sha256


def follow(folder: Path, files: dict[str, dict]) -> None:
    """Record the default model's files as they are now; does nothing for other folders."""
    if not is_default(folder):
        return
    before = published()
    commit = before["commit"] if before["files"] == files else None
    _write(before | {"commit": commit, "files": files})


def was_published(folder: Path, repository: str, commit: str) -> None:
    """Record where the default model is published; does nothing for other folders."""
    if is_default(folder):
        _write(published() | {"repository": repository, "commit": commit})


def is_default(folder: Path) -> bool:
    """Whether a folder is the default model's."""
    return folder.resolve() == DEFAULT_MODEL.resolve()


def _write(content: dict) -> None:
    replace_file(manifest_path(), (json.dumps(content, indent=2) + "\n").encode())
