"""The model that comes along, and where on the Hub it is published: `weights/manifest.json` says both."""

import json
from pathlib import Path

DEFAULT_MODEL = Path(__file__).parents[2] / "weights" / "attention-efficientnetlite1"


def manifest_path() -> Path:
    """`manifest.json` beside the default model's folder."""
    return DEFAULT_MODEL.parent / "manifest.json"


def published() -> dict:
    """`model`, `repository` and `commit` (None as long as it is not published as it is here), and `files`, each with
    `size` and `sha256`; no files where the library was installed without a model."""
    if not manifest_path().exists():
        return {"model": DEFAULT_MODEL.name, "repository": None, "commit": None, "files": {}}
    return json.loads(manifest_path().read_text(encoding="utf-8"))


def is_ours(name: str, sha256: str) -> bool:
    """Whether a file with this hash is the default model's of that name: then this project has made it."""
    return published()["files"].get(name, {}).get("sha256") == sha256


def follow(folder: Path, files: dict[str, dict]) -> None:
    """Name the files of the default model as they are now; other folders do not matter here."""
    if not is_default(folder):
        return
    before = published()
    commit = before["commit"] if before["files"] == files else None
    _write(before | {"commit": commit, "files": files})


def was_published(folder: Path, repository: str, commit: str) -> None:
    """Note where the default model is published; other folders do not matter here."""
    if is_default(folder):
        _write(published() | {"repository": repository, "commit": commit})


def is_default(folder: Path) -> bool:
    """Whether a folder is the default model's."""
    return folder.resolve() == DEFAULT_MODEL.resolve()


def _write(content: dict) -> None:
    manifest_path().write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
