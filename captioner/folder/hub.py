"""The id of a model on the Hugging Face Hub -> its folder in the Hub's cache on this disk, checked."""

import errno
import re
from collections.abc import Iterable
from pathlib import Path

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

MOST = 2**30  # bytes of all files
NAME = r"\w(?:[.-]?\w)*"  # one dot or dash at a time, and none at either end: no name leads out of a folder
REVISION = rf"{NAME}(?:/{NAME})*"
REPOSITORY = re.compile(rf"{NAME}/{NAME}", re.ASCII)
HUB_ID = re.compile(rf"(?P<repository>{NAME}/{NAME})(?:@(?P<revision>{REVISION}))?", re.ASCII)

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def download(hub_id: str, revision: str | None = None, token: bool | None = None) -> ModelFolder:
    """Fetch the files of a model, all of one commit, and no others; what was fetched before is not fetched again.

    The manifest comes first, and says what else may come. An export for LiteRT comes only where it is the default
    model's own.

    Args:
        hub_id: "owner/name" or "owner/name@revision".
        revision: a branch, a tag or a commit.
        token: None takes the login of whoever runs this, if there is one; False asks as a stranger.

    Raises:
        ModelError: the id is none, the Hub cannot be reached, or it has no such model for us.
    """
    match = HUB_ID.fullmatch(hub_id)
    if not match or len(hub_id) > 200:
        raise ModelError(f"There is no model {hub_id!r} here, and one on the Hugging Face Hub is called owner/name.")
    if revision is not None and (match["revision"] or not re.fullmatch(REVISION, revision, re.ASCII)):
        raise ModelError(f"{revision!r} is no revision of {hub_id}: name one branch, tag or commit, and only once.")
    repository, revision = match["repository"], revision or match["revision"]
    try:
        folder = _fetch(hub_id, repository, revision, token)
    except ModelError:
        raise
    except Exception as error:  # a network and a disk can fail in more ways than their library has errors for
        raise ModelError(_sentence(error, hub_id, repository, revision)) from error
    return ModelFolder(folder, hub_id, revision=folder.name)


def _fetch(hub_id: str, repository: str, revision: str | None, token: bool | None) -> Path:
    # Imported here: whoever loads a folder does not wait for it.
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    hub, wanted = HfApi(token=token), {"repo_id": repository, "token": token}
    commit = None
    try:
        commit = hub.resolve_revision(repository, revision=revision).resolved
        about = hub.model_info(repository, revision=commit, files_metadata=True)
    except HfHubHTTPError as error:
        if error.response.status_code < 500:
            raise  # it answers, and does not give it to us: nor does the cache, which may be of somebody who may
        away = error
    except Exception as error:  # of its HTTP library, or of the Hub's own library where it is offline
        away = error
    else:
        sizes = _sizes(hub_id, {file.rfilename: file.size or 0 for file in about.siblings or ()})
        manifest = Path(hf_hub_download(filename=MANIFEST, revision=commit, **wanted)).read_bytes()
        files = _wanted(sizes, parse_manifest(manifest, hub_id))
        if sum(sizes[name] for name in files) > MOST:
            raise ModelError(f"{hub_id} is too large: models up to {MOST // 2**30} GB are downloaded.")
        return Path(snapshot_download(revision=commit, allow_patterns=files, **wanted))
    try:
        kept = snapshot_download(
            revision=commit or revision, allow_patterns=[MANIFEST, *REQUIRED], local_files_only=True, **wanted
        )
    except LocalEntryNotFoundError:
        raise LocalEntryNotFoundError(str(away)) from away
    return Path(kept)


def _sizes(hub_id: str, sizes: dict[str, int]) -> dict[str, int]:
    """Those of a repository's files that can be in a model folder, if they make one."""
    missing = [name for name in REQUIRED if name not in sizes]
    if missing:
        raise ModelError(f"{hub_id} is not a model of Captioner: it lacks {', '.join(missing)}.")
    if MANIFEST not in sizes:
        raise ModelError(NO_MANIFEST.format(hub_id))
    sizes = {name: size for name, size in sizes.items() if name in LARGEST}
    for name, size in sizes.items():
        if size > LARGEST[name]:
            raise ModelError(f"{hub_id}/{name} is too large: it has {size:,} bytes, and may have {LARGEST[name]:,}.")
    return sizes


def _wanted(files: Iterable[str], manifest: dict[str, dict]) -> list[str]:
    """What is fetched of a model: not its pictures, and an export only where it is this project's own."""
    own = all(name in manifest and default.is_ours(name, manifest[name]["sha256"]) for name in EXPORT)
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
        return f"The model {hub_id} is gated: its owner gives access on the Hugging Face Hub, after `hf auth login`."
    if isinstance(error, RepositoryNotFoundError):
        return f"There is no model {hub_id}: no folder here, and on the Hugging Face Hub none, or a private one."
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
        return f"The Hugging Face Hub gives {hub_id} to others only: log in with `hf auth login`, or ask its owner."
    cache = f"the Hub's cache {constants.HF_HUB_CACHE}"
    if isinstance(error, OSError) and error.errno in FULL:
        return f"There is no room for {hub_id} in {cache}: free some, or name another folder by HF_HOME."
    if isinstance(error, OSError) and error.errno in FORBIDDEN:
        return f"{hub_id} cannot be kept: {cache} is not ours to write to; name another folder by HF_HOME."
    return f"The download of {hub_id} broke off ({type(error).__name__}); try again."
