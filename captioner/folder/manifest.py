"""The seal of a model folder: `manifest.json` lists its files, each with its size and SHA-256.

A file is read whole, checked, and only then parsed, so unchecked bytes are never used. Files that do not belong in a
model folder are never read, whatever the manifest says.
"""

import hashlib
import json
from pathlib import Path

from captioner.disk.whole import replace_file, saving
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
FOUND = ("mistakes.json", "best-and-worst.json")  # findings about its captions, by people and by `train.py evaluate`
# Every file a model folder can have, and its size limit in bytes.
LARGEST = {
    **dict.fromkeys((CONFIG, CARD, *FOUND, DESCRIPTION, MANIFEST), 2**20),
    **dict.fromkeys(PICTURES, 2**23),
    VOCABULARY: 2**23,
    **dict.fromkeys((BIGRAMS, GUIDE), 2**25),
    **dict.fromkeys((WEIGHTS, *EXPORT[1:]), 2**30),  # three times what the largest preset needs
}

NO_MANIFEST = f"{{}} has no {MANIFEST} to check its files; its owner can add one with `python train.py publish`."


class ModelFolder:
    """A folder whose files are read only if they match its manifest.

    A local folder may have no manifest, if it is older than manifests or written by hand; then its files are taken as
    they are. This is no less safe: whoever can change the files can change the manifest too.

    Args:
        path: the folder.
        name: its name in error messages; its path by default.
        revision: the Hub commit it holds; the folder must then have a manifest.
        sealed: False takes the files as they are, whatever its manifest says.

    Raises:
        ModelError: a required file is missing, the manifest is damaged, or a file is a link out of the folder.
    """

    def __init__(self, path: Path, name: str | None = None, revision: str | None = None, sealed: bool = True):
        self.path = path
        self.name = name or str(path)
        self.revision = revision
        for file in LARGEST:
            if (path / file).is_symlink() and not self._holds((path / file).resolve()):
                raise ModelError(f"{self.name}/{file} is a link out of the model folder; put the file itself there.")
        self.files: dict[str, dict] | None = None
        self._read: dict[str, dict] = {}  # what was read of a folder without a manifest
        if sealed and (path / MANIFEST).exists():
            self.files = parse_manifest(self._bytes(MANIFEST), self.name)
        elif revision is not None:
            raise ModelError(NO_MANIFEST.format(self.name))
        missing = [name for name in REQUIRED if name not in self]
        if missing:
            raise ModelError(f"The model folder {self.name} has no {', '.join(missing)}.")

    def __contains__(self, name: str) -> bool:
        return (self.files is None or name in self.files) and (self.path / name).is_file()

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            ModelError: the file is missing, too large, or does not match the manifest.
        """
        if name not in self:
            raise ModelError(f"The model folder {self.name} has no {name}.")
        content = self._bytes(name)
        entry = describe(content)
        if self.files is None:
            self._read.setdefault(name, entry)
        elif entry != self.files[name]:
            raise ModelError(
                f"{self.name}/{name} does not match {MANIFEST}: it was damaged or changed by hand. Download the model "
                "again (`hf cache rm` removes the Hub's copy), or if you changed it yourself, update the manifest with "
                "`python train.py seal`."
            )
        return content

    def read_json(self, name: str) -> dict:
        """The content of a JSON file.

        Raises:
            ModelError: as in `read`, or the content is not a JSON object.
        """
        return parse_json(self.read(name), f"{self.name}/{name}")

    def sha256(self, name: str) -> str:
        """A file's hash, from the manifest if there is one."""
        if self.files is None and name not in self._read:
            self.read(name)
        return (self.files or self._read)[name]["sha256"]

    def was_replaced(self) -> bool:
        """Whether another model is in its place by now, or a part of one."""
        try:
            if self.files is not None:
                return parse_manifest(self._bytes(MANIFEST), self.name) != self.files
            return any(describe(self._bytes(name)) != entry for name, entry in self._read.items())
        except ModelError:  # it is being replaced
            return True

    def _bytes(self, name: str) -> bytes:
        path = self.path / name
        try:
            size = path.stat().st_size
            if size > LARGEST[name]:
                raise ModelError(f"{self.name}/{name} has {size:,} bytes; the limit is {LARGEST[name]:,}.")
            return path.read_bytes()
        except OSError as error:
            raise ModelError(f"{self.name}/{name} cannot be read: {error.strerror}.") from error

    def _holds(self, place: Path) -> bool:
        """Whether a file really is in the folder, or where the Hub's cache keeps the files `snapshots` links to."""
        folder = self.path.resolve()
        blobs = folder.parents[1] / "blobs"
        return place.is_relative_to(folder) or (folder.parent.name == "snapshots" and place.parent == blobs)


def describe(content: bytes) -> dict:
    """A file's entry in a manifest."""
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def parse_manifest(content: bytes, name: str) -> dict[str, dict]:
    """The entries of a manifest.

    Args:
        name: the model's name, for error messages.

    Raises:
        ModelError: the manifest has another format, or lists a file that does not belong in a model folder.
    """
    where = f"{name}/{MANIFEST}"
    manifest = parse_json(content, where)
    if manifest.get("format") != FORMAT or not isinstance(manifest.get("files"), dict):
        raise ModelError(f"{where} is not in manifest format {FORMAT}, the only one this version of Captioner reads.")
    for file, entry in manifest["files"].items():
        if file not in LARGEST or file == MANIFEST:
            raise ModelError(f"{where} lists {file!r}, which does not belong in a model folder.")
        if not isinstance(entry, dict) or entry.keys() != {"size", "sha256"}:
            raise ModelError(f"{where} does not give size and sha256 of {file}.")
        if type(entry["size"]) is not int or not 0 <= entry["size"] <= LARGEST[file]:
            raise ModelError(f"{where} gives {file} the size {entry['size']!r}; the limit is {LARGEST[file]:,} bytes.")
    return manifest["files"]


def parse_json(content: bytes, where: str) -> dict:
    """Read a JSON object; NaN and infinity are refused.

    Raises:
        ModelError: the content is not such an object.
    """
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where} is not readable JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ModelError(f"{where} does not hold a JSON object.")
    return value


def seal(folder: Path) -> None:
    """Write the manifest for a folder's files as they are now.

    Raises:
        ModelError: a file is too large, or a link out of the folder.
        DiskError: the manifest cannot be written.
    """
    with saving("the manifest", folder):
        files = write_manifest(folder)
        default.follow(folder, files)


def write_manifest(folder: Path) -> dict[str, dict]:
    """Write only `manifest.json`, and return its entries."""
    as_it_is = ModelFolder(folder, sealed=False)
    files = {name: describe(as_it_is.read(name)) for name in LARGEST if name != MANIFEST and name in as_it_is}
    replace_file(folder / MANIFEST, manifest_of(files))
    return files


def manifest_of(files: dict[str, dict]) -> bytes:
    """The content of a manifest with these entries."""
    return (json.dumps({"format": FORMAT, "files": files}, indent=2) + "\n").encode()


def _no_number(text: str):
    raise ValueError(f"{text} is not a number")
