"""The seal of a model folder: `manifest.json` names its files, each with its size and SHA-256.

A file is read whole, checked, and only then parsed: nobody sees bytes that were not checked. What is no file of a model
folder is never read, whatever a manifest says of it.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from captioner.errors import ModelError
from captioner.folder import default

FORMAT = 1
MANIFEST = "manifest.json"
CONFIG, VOCABULARY, WEIGHTS, CARD = "config.json", "vocabulary.txt", "model.safetensors", "README.md"
BIGRAMS, GUIDE = "bigrams.safetensors", "guide.safetensors"
REQUIRED = (CONFIG, VOCABULARY, WEIGHTS)
DESCRIPTION = "export.json"
NETWORKS = ("encoder", "start", "step")
EXPORT = (DESCRIPTION, *(f"{name}.tflite" for name in NETWORKS))
EXAMPLE = "example.jpg"
PICTURES = ("learning-curve.png", "reliability.png", EXAMPLE)
FOUND = ("mistakes.json", "best-and-worst.json")  # what people, and `train.py evaluate`, found in its captions
# Every file there can be in a model folder, and the bytes it may have.
LARGEST = {
    **dict.fromkeys((CONFIG, CARD, *FOUND, DESCRIPTION, MANIFEST), 2**20),
    **dict.fromkeys(PICTURES, 2**23),
    VOCABULARY: 2**23,
    **dict.fromkeys((BIGRAMS, GUIDE), 2**25),
    **dict.fromkeys((WEIGHTS, *EXPORT[1:]), 2**30),  # three times what the largest preset needs
}

NO_MANIFEST = f"{{}} has no {MANIFEST} to check its files against; its owner makes one by `python train.py publish`."


class ModelFolder:
    """A folder whose files are read only as its manifest describes them.

    A folder on this disk may lack a manifest: it is from before there were manifests, or written by hand, and its files
    are taken as they are. That opens no door, since whoever can change its files can change its manifest too.

    Args:
        path: the folder.
        name: what messages call it: its path unless given.
        revision: the commit of the Hub that it holds; a manifest has to be there then.

    Raises:
        ModelError: a needed file is missing, the manifest is damaged, or a file is a link out of the folder.
    """

    def __init__(self, path: Path, name: str | None = None, revision: str | None = None):
        self.path = path
        self.name = name or str(path)
        self.revision = revision
        for file in LARGEST:
            if (path / file).is_symlink() and not self._holds((path / file).resolve()):
                raise ModelError(f"{self.name}/{file} is a link out of the model folder; put the file itself there.")
        self.files: dict[str, dict] | None = None
        if (path / MANIFEST).exists():
            self.files = parse_manifest(self._bytes(MANIFEST), self.name)
        elif revision is not None:
            raise ModelError(NO_MANIFEST.format(self.name))
        missing = [name for name in REQUIRED if name not in self]
        if missing:
            raise ModelError(f"The model folder {self.name} lacks {', '.join(missing)}.")

    def __contains__(self, name: str) -> bool:
        return (self.files is None or name in self.files) and (self.path / name).is_file()

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            ModelError: it is missing, too large, or not what the manifest says.
        """
        if name not in self:
            raise ModelError(f"The model folder {self.name} lacks {name}.")
        content = self._bytes(name)
        if self.files is not None and describe(content) != self.files[name]:
            raise ModelError(
                f"{self.name}/{name} is not the file that {MANIFEST} describes: it was damaged, or changed by hand. "
                "Fetch the model again (`hf cache rm` forgets a model of the Hub), or if the change is yours, "
                "`python train.py seal` makes the manifest anew."
            )
        return content

    def read_json(self, name: str) -> dict:
        """The content of a JSON file.

        Raises:
            ModelError: as `read`, or it is no JSON object.
        """
        return parse_json(self.read(name), f"{self.name}/{name}")

    def sha256(self, name: str) -> str:
        """The hash of a file as it was or will be read."""
        return (self.files[name] if self.files is not None else describe(self._bytes(name)))["sha256"]

    def _bytes(self, name: str) -> bytes:
        path = self.path / name
        try:
            size = path.stat().st_size
            if size > LARGEST[name]:
                raise ModelError(f"{self.name}/{name} has {size:,} bytes; it may have {LARGEST[name]:,}.")
            return path.read_bytes()
        except OSError as error:
            raise ModelError(f"{self.name}/{name} cannot be read: {error.strerror}.") from error

    def _holds(self, place: Path) -> bool:
        """Whether a file truly lies in the folder, or where the Hub's cache keeps what `snapshots` links to."""
        folder = self.path.resolve()
        blobs = folder.parents[1] / "blobs"
        return place.is_relative_to(folder) or (folder.parent.name == "snapshots" and place.parent == blobs)


def describe(content: bytes) -> dict:
    """A file's entry in a manifest."""
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def parse_manifest(content: bytes, name: str) -> dict[str, dict]:
    """The entries of a manifest.

    Args:
        name: of its model, for messages.

    Raises:
        ModelError: it is of another format, or names something that is no file of a model folder.
    """
    where = f"{name}/{MANIFEST}"
    manifest = parse_json(content, where)
    if manifest.get("format") != FORMAT or not isinstance(manifest.get("files"), dict):
        raise ModelError(f"{where} is not of manifest format {FORMAT}; this version of Captioner reads no other.")
    for file, entry in manifest["files"].items():
        if file not in LARGEST or file == MANIFEST:
            raise ModelError(f"{where} names {file!r}, which is no file of a model folder.")
        if not isinstance(entry, dict) or entry.keys() != {"size", "sha256"}:
            raise ModelError(f"{where} does not say size and sha256 of {file}.")
        if type(entry["size"]) is not int or not 0 <= entry["size"] <= LARGEST[file]:
            raise ModelError(f"{where} gives {file} the size {entry['size']!r}; it may have {LARGEST[file]:,} bytes.")
    return manifest["files"]


def parse_json(content: bytes, where: str) -> dict:
    """A JSON object without infinite numbers.

    Raises:
        ModelError: it is none.
    """
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where} is not readable JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ModelError(f"{where} holds no JSON object.")
    return value


def seal(folder: Path) -> None:
    """Write the manifest of a folder as it is now.

    Raises:
        ModelError: a file is too large or a link out of the folder.
    """
    files = write_manifest(folder)
    default.follow(folder, files)


def write_manifest(folder: Path) -> dict[str, dict]:
    """Write `manifest.json` alone; its entries are returned."""
    (folder / MANIFEST).unlink(missing_ok=True)
    as_it_is = ModelFolder(folder)
    files = {name: describe(as_it_is.read(name)) for name in LARGEST if name in as_it_is}
    replace_file(folder / MANIFEST, manifest_of(files))
    return files


def manifest_of(files: dict[str, dict]) -> bytes:
    """The content of a manifest with these entries."""
    return (json.dumps({"format": FORMAT, "files": files}, indent=2) + "\n").encode()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, all of it or nothing."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as scratch:
        try:
            scratch.write(content)
            scratch.flush()
            os.chmod(scratch.name, 0o644)
            os.replace(scratch.name, path)
        except BaseException:
            os.unlink(scratch.name)
            raise


def _no_number(text: str):
    raise ValueError(f"{text} is no number")
