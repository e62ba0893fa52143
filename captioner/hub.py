"""The id of a model on the Hugging Face Hub -> a folder on this disk."""

import re
from collections.abc import Sequence
from pathlib import Path

from captioner.errors import ModelError

LARGEST = 2**30  # bytes of all files; three times what the largest preset needs
NAME = r"\w(?:[.-]?\w)*"  # one dot or dash at a time, and none at either end: no name leads out of a folder
HUB_ID = re.compile(rf"(?P<repository>{NAME}/{NAME})(?:@(?P<revision>{NAME}(?:/{NAME})*))?", re.ASCII)


def download(hub_id: str, required: Sequence[str], optional: Sequence[str] = (), token: bool | None = None) -> Path:
    """Fetch the named files of one commit from the Hub, and no others; what was fetched before is not fetched again.

    Args:
        hub_id: "owner/name" or "owner/name@revision" (a branch, a tag or a commit).
        required, optional: names of files in the repository's root.
        token: None takes the login of whoever runs this, if there is one; False asks as a stranger.

    Raises:
        ModelError: the id is none, the Hub cannot be reached, or it has no such model for us.
    """
    match = HUB_ID.fullmatch(hub_id)
    if not match or len(hub_id) > 200:
        raise ModelError(f"There is no model {hub_id!r} here, and one on the Hugging Face Hub is called owner/name.")

    # Imported here: whoever loads a folder does not wait for it.
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        DryRunError,
        GatedRepoError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    wanted = {"repo_id": match["repository"], "allow_patterns": [*required, *optional], "token": token}
    revision = match["revision"]
    try:
        try:
            found = snapshot_download(**wanted, revision=revision, dry_run=True)
        except DryRunError as error:
            if isinstance(error.__cause__, RepositoryNotFoundError):
                raise error.__cause__ from None  # a private model is not served from the cache of its owner
        else:
            _check(hub_id, {file.filename: file.file_size for file in found}, required)
            revision = found[0].commit_hash
        return Path(snapshot_download(**wanted, revision=revision))
    except ModelError:
        raise
    except GatedRepoError as error:
        raise ModelError(
            f"The model {hub_id} is gated: its owner gives access on the Hugging Face Hub, after `hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no model {hub_id}: no folder here, and on the Hugging Face Hub none, or a private one."
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(f"The model {match['repository']} has no revision {revision}.") from error
    except LocalEntryNotFoundError as error:
        reason = (
            "the Hugging Face Hub is switched off by HF_HUB_OFFLINE"
            if constants.is_offline_mode()
            else "the Hugging Face Hub cannot be reached; check the network"
        )
        raise ModelError(f"The model {hub_id} is not on this machine, and {reason}.") from error
    except Exception as error:  # a network can fail in more ways than its library has errors for
        raise ModelError(f"The download of {hub_id} broke off ({type(error).__name__}); try again.") from error


def _check(hub_id: str, sizes: dict[str, int], required: Sequence[str]) -> None:
    missing = [name for name in required if name not in sizes]
    if missing:
        raise ModelError(f"{hub_id} is not a model of Captioner: it lacks {', '.join(missing)}.")
    if sum(sizes.values()) > LARGEST:
        raise ModelError(f"{hub_id} is {sum(sizes.values()) / 2**30:.1f} GB large; models up to 1 GB are downloaded.")
