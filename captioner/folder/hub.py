"""A model's id on the Hugging Face Hub -> its folder in the local Hub cache, checked."""

import re
from collections.abc import Iterable
from pathlib import Path

from captioner.disk.whole import FORBIDDEN, FULL
from captioner.errors import ModelError
from captioner.folder import default
from captioner.folder.manifest import (
    BIGRAMS,
    CARD,
    EXPORT,
    GUIDE,
    LARGEST,
    MANIFEST,
    NO_MANIFEST,
    REQUIRED,
    ModelFolder,
    parse_manifest,
)

MOST = 2**30  # bytes in all files together
NAME = r"\w(?:[.-]?\w)*"  # single dots and dashes, none at either end: no name can lead out of a folder
REVISION = rf"{NAME}(?:/{NAME})*"
REPOSITORY = re.compile(rf"{NAME}/{NAME}", re.ASCII)
HUB_ID = re.compile(rf"(?P<repository>{NAME}/{NAME})(?:@(?P<revision>{REVISION}))?", re.ASCII)


def download(hub_id: str, revision: str | None = None, token: bool | None = None) -> ModelFolder:
    """Download a model's files, all from one commit; files from an earlier download are not fetched again.

    The manifest comes first and decides which other files are fetched. A LiteRT export is fetched only if it is the
    default model's own.

    Args:
        hub_id: "owner/name" or "owner/name@revision".
        revision: a branch, tag or commit.
        token: None uses your Hub login, if you have one; False asks without it.

    Raises:
        ModelError: the id is not valid, the Hub cannot be reached, or it has no such model that you may read.
    """
    match = HUB_ID.fullmatch(hub_id)
    if not match or len(hub_id) > 200:
        raise ModelError(f"There is no model {hub_id!r} here, and models on the Hugging Face Hub are named owner/name.")
    if revision is not None and (match["revision"] or not re.fullmatch(REVISION, revision, re.ASCII)):
        raise ModelError(f"{revision!r} is not a revision of {hub_id}: give one branch, tag or commit, and only once.")
    repository, revision = match["repository"], revision or match["revision"]
    try:
        folder = _fetch(hub_id, repository, revision, token)
    except ModelError:
        raise
    except Exception as error:  # networks and disks fail in more ways than the Hub's library has errors for
        raise ModelError(_sentence(error, hub_id, repository, revision)) from error
    return ModelFolder(folder, hub_id, revision=folder.name)


def _fetch(hub_id: str, repository: str, revision: str | None, token: bool | None) -> Path:
    # Imported here: loading a local folder should not wait for it.
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    hub, wanted = HfApi(token=token), {"repo_id": repository, "token": token}
    commit = None
    try:
        commit = hub.resolve_revision(repository, revision=revision).resolved
        about = hub.model_info(repository, revision=commit, files_metadata=True)
    except HfHubHTTPError as error:
        if error.response.status_code < 500:
            raise  # the Hub refuses, so the cache must too: it may have been filled with someone else's login
        away = error
    except Exception as error:  # from the HTTP library, or from the Hub's own library when offline
        away = error
    else:
        sizes = _sizes(hub_id, {file.rfilename: file.size or 0 for file in about.siblings or ()})
        manifest = Path(hf_hub_download(filename=MANIFEST, revision=commit, **wanted)).read_bytes()
        files = _wanted(sizes, parse_manifest(manifest, hub_id))
        if sum(sizes[name] for name in files) > MOST:
            raise ModelError(f"{hub_id} is too large: models can have up to {MOST // 2**30} GB.")
        return Path(snapshot_download(revision=commit, allow_patterns=files, **wanted))
    try:
        kept = snapshot_download(
            revision=commit or revision, allow_patterns=[MANIFEST, *REQUIRED], local_files_only=True, **wanted
        )
    except LocalEntryNotFoundError:
        raise LocalEntryNotFoundError(str(away)) from away
    return Path(kept)


def _sizes(hub_id: str, sizes: dict[str, int]) -> dict[str, int]:
    """Sizes of the repository's files that belong in a model folder.

    Raises:
        ModelError: the files do not make a model, or one is too large.
    """
    missing = [name for name in REQUIRED if name not in sizes]
    if missing:
        raise ModelError(f"{hub_id} is not a Captioner model: it has no {', '.join(missing)}.")
    if MANIFEST not in sizes:
        raise ModelError(NO_MANIFEST.format(hub_id))
    sizes = {name: size for name, size in sizes.items() if name in LARGEST}
    for name, size in sizes.items():
        if size > LARGEST[name]:
            raise ModelError(f"{hub_id}/{name} is too large: it has {size:,} bytes, the limit is {LARGEST[name]:,}.")
    return sizes


def _wanted(files: Iterable[str], manifest: dict[str, dict]) -> list[str]:
    """The files to fetch: no pictures, and an export only if this project made it."""
    own = default.are_ours({name: manifest[name]["sha256"] if name in manifest else "" for name in EXPORT})
    wanted = (MANIFEST, *REQUIRED, CARD, BIGRAMS, GUIDE, *(EXPORT if own else ()))
    return [name for name in files if name in wanted]


def _sentence(error: Exception, hub_id: str, repository: str, revision: str | None) -> str:
    """What went wrong, and what to do."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, GatedRepoError):
        return f"The model {hub_id} is gated: ask its owner for access on the Hugging Face Hub, then `hf auth login`."
    if isinstance(error, RepositoryNotFoundError):
        return f"There is no model {hub_id}: no folder here, and not on the Hugging Face Hub either, or it is private."
    if isinstance(error, RevisionNotFoundError):
        return f"The model {repository} has no revision {revision}."
    if isinstance(error, LocalEntryNotFoundError):
        reason = (
            "the Hugging Face Hub is switched off by HF_HUB_OFFLINE"
            if constants.is_offline_mode()
            else "the Hugging Face Hub cannot be reached; check the network"
        )
        return f"The model {hub_id} is not on this machine, and {reason}."
    if isinstance(error, HfHubHTTPError) and error.response.status_code in (401, 403):
        return f"You have no access to {hub_id} on the Hugging Face Hub: log in with `hf auth login`, or ask its owner."
    cache = f"the Hub's cache {constants.HF_HUB_CACHE}"
    if isinstance(error, OSError) and error.errno in FULL:
        return f"There is no room for {hub_id} in {cache}: free some, or choose another folder with HF_HOME."
    if isinstance(error, OSError) and error.errno in FORBIDDEN:
        return f"{hub_id} cannot be saved: {cache} is not writable; choose another folder with HF_HOME."
    return f"The download of {hub_id} broke off ({type(error).__name__}); try again."
