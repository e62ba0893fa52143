"""A model folder -> a repository of the Hugging Face Hub, byte for byte the same."""

import re
from pathlib import Path

from captioner.captioner import Captioner
from captioner.disk.whole import replace_file
from captioner.errors import ModelError
from captioner.folder import default
from captioner.folder.card import model_card
from captioner.folder.hub import REVISION
from captioner.folder.manifest import (
    CARD,
    EXAMPLE,
    EXPORT,
    LARGEST,
    MANIFEST,
    ModelFolder,
    describe,
    manifest_of,
)
from captioner.folder.storage import read_model
from captioner.publishing.upload import Upload, asking_the_hub, check_name, perform, plan

PHOTO = Path(__file__).parents[2] / "examples" / "dog.jpg"  # public domain; the example in the Hub's widget


def plan_publishing(folder: Path, repository: str, private: bool = False) -> Upload:
    """Plan the upload of a model folder without writing anything; the model captions a photo for its card.

    Raises:
        ModelError: the model cannot be loaded, or the Hub cannot be reached or has something else with that name.
    """
    check_name(repository)
    sealed = ModelFolder(folder)
    model = read_model(sealed)
    caption = Captioner.from_pretrained(folder).caption(PHOTO).text
    # Exports of other models are left out, since nobody would run them.
    made_here = (MANIFEST, CARD, EXAMPLE, *(() if default.is_embedded(folder) else EXPORT))
    files = {name: sealed.read(name) for name in LARGEST if name in sealed and name not in made_here}
    files |= {CARD: model_card(model, repository, caption).encode(), EXAMPLE: PHOTO.read_bytes()}
    files[MANIFEST] = manifest_of({name: describe(content) for name, content in sorted(files.items())})
    return plan(repository, "model", files, private, mark=MANIFEST, ours=lambda path: path in LARGEST)


def publish(folder: Path, upload: Upload, tag: str | None = None) -> str:
    """Carry out the plan, tag the commit and return it; the folder then has the same files.

    Raises:
        ModelError: the Hub refuses, or the tag belongs to another commit.
    """
    commit = perform(upload, "A captioner")
    for name in (CARD, EXAMPLE, MANIFEST):
        if not (folder / name).exists() or (folder / name).read_bytes() != upload.files[name]:
            replace_file(folder / name, upload.files[name])
    files = ModelFolder(folder).files
    default.follow(folder, files)
    default.was_published(folder, upload.repository, commit)
    if tag is not None:
        _tag(upload.repository, commit, tag)
    return commit


def check_tag(upload: Upload, tag: str) -> None:
    """Check before any upload that the tag can be used, since tags do not move.

    Raises:
        ModelError: the tag is not valid, or belongs to another commit.
    """
    if not re.fullmatch(REVISION, tag, re.ASCII):
        raise ModelError(f"{tag!r} cannot be a tag; use letters, digits, dots and dashes.")
    if upload.head is None:
        return
    at = _tags(upload.repository).get(tag)
    if at is not None and (upload.is_needed or at != upload.head):
        raise ModelError(f"{upload.repository} already has the tag {tag} on another commit; choose another name.")


def _tags(repository: str) -> dict[str, str]:
    from huggingface_hub import HfApi

    with asking_the_hub(repository):
        return {tag.name: tag.target_commit for tag in HfApi().list_repo_refs(repository).tags}


def _tag(repository: str, commit: str, tag: str) -> None:
    from huggingface_hub import HfApi

    if tag not in _tags(repository):
        with asking_the_hub(repository):
            HfApi().create_tag(repository, tag=tag, revision=commit)
