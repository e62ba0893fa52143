"""Files -> a repository on the Hugging Face Hub, in one commit: first a plan, then the upload."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from captioner.errors import ModelError
from captioner.folder.hub import REPOSITORY

NOBODYS = {".gitattributes", "README.md", "LICENSE"}  # files that come with a new repository
REFUSALS = {
    401: "You are not logged in to the Hugging Face Hub: run `hf auth login` with a token that has write access.",
    402: "The Hugging Face Hub requires a paid plan for this ({owner}); docs/deploy.md lists alternatives.",
    403: "You cannot write to {repository}: is it yours, and does your token have write access (`hf auth login`)?",
    409: "Someone else changed {repository} in the meantime; try again.",
    412: "Someone else changed {repository} in the meantime; try again.",
}


@dataclass(frozen=True)
class Upload:
    """What to change so that a repository holds these files.

    Attributes:
        repository: "owner/name".
        kind: "model" or "space".
        files: path -> content, everything the repository should hold.
        private: whether to create it private.
        head: its newest commit; None if it does not exist yet.
        new, changed, gone: the paths that differ.
    """

    repository: str
    kind: str
    files: dict[str, bytes]
    private: bool
    head: str | None
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to change."""
        return self.head is None or bool(self.new or self.changed or self.gone)

    def __str__(self) -> str:
        state = "exists" if self.head else f"will be created, {'private' if self.private else 'public'}"
        words = {**dict.fromkeys(self.new, "new"), **dict.fromkeys(self.changed, "changed")}
        lines = [
            f"  {words.get(path, 'unchanged'):10}{len(content):>12,} bytes  {path}"
            for path, content in sorted(self.files.items())
        ]
        total = sum(len(self.files[path]) for path in words)
        return "\n".join(
            [
                f"The {self.kind} {self.repository} {state}.",
                *lines,
                *(f"  {'removed':28}  {path}" for path in self.gone),
                f"{len(words)} of {len(self.files)} files to upload, {total:,} bytes.",
            ]
        )


def plan(
    repository: str, kind: str, files: dict[str, bytes], private: bool, mark: str, ours: Callable[[str], bool]
) -> Upload:
    """Compare the files with those in the repository.

    Args:
        mark: a path that every such repository has; repositories without it are left alone.
        ours: whether a path may be removed if it is no longer among the files.

    Raises:
        ModelError: the name is not valid, the Hub cannot be reached, or the repository holds something else, or is
            public but should be private.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    check_name(repository)
    with asking_the_hub(repository):
        try:
            about = HfApi().repo_info(repository, repo_type=kind, files_metadata=True)
        except RepositoryNotFoundError:
            return Upload(repository, kind, files, private, None, tuple(sorted(files)), (), ())
    there = {file.rfilename: file.lfs.sha256 if file.lfs else file.blob_id for file in about.siblings or ()}
    if mark not in there and there.keys() - NOBODYS:
        raise ModelError(f"{repository} exists and holds something else; choose another name.")
    if private and not about.private:
        raise ModelError(f"{repository} is already public; make it private in its settings on the Hub first.")
    new = tuple(sorted(files.keys() - there.keys()))
    changed = tuple(sorted(path for path in files.keys() & there.keys() if there[path] not in _names(files[path])))
    gone = tuple(sorted(path for path in there.keys() - files.keys() if ours(path)))
    return Upload(repository, kind, files, private, about.sha, new, changed, gone)


def perform(upload: Upload, message: str, **creation) -> str:
    """Create the repository if needed, commit the changes, and return the commit that has the files.

    Args:
        creation: more arguments for `HfApi.create_repo`.

    Raises:
        ModelError: the Hub cannot be reached, or refuses.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    hub, what = HfApi(), {"repo_id": upload.repository, "repo_type": upload.kind}
    if not upload.is_needed:
        return upload.head
    with asking_the_hub(upload.repository):
        if upload.head is None:
            hub.create_repo(**what, private=upload.private, **creation)
        operations = [
            *(CommitOperationAdd(path, upload.files[path]) for path in (*upload.new, *upload.changed)),
            *(CommitOperationDelete(path) for path in upload.gone),
        ]
        return hub.create_commit(**what, operations=operations, commit_message=message, parent_commit=upload.head).oid


def check_name(repository: str) -> None:
    """Check that this is a valid repository id.

    Raises:
        ModelError: it is not.
    """
    if not REPOSITORY.fullmatch(repository) or len(repository) > 96:
        raise ModelError(f"{repository!r} is not a repository; on the Hugging Face Hub, they are named owner/name.")


@contextmanager
def asking_the_hub(repository: str) -> Iterator[None]:
    """Turn the Hub's errors into a sentence.

    Raises:
        ModelError: instead of the Hub library's errors.
    """
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    try:
        yield
    except ModelError:
        raise
    except (HfHubHTTPError, LocalTokenNotFoundError) as error:
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else 401
        refusal = REFUSALS.get(status, f"The Hugging Face Hub refused {{repository}}: {error}")
        raise ModelError(refusal.format(repository=repository, owner=repository.partition("/")[0])) from error
    except Exception as error:  # from the HTTP library, and from the upload's threads
        raise ModelError(
            f"{repository} could not be reached on the Hugging Face Hub ({type(error).__name__}); check the network "
            "and try again: nothing is uploaded twice."
        ) from error


def _names(content: bytes) -> tuple[str, str]:
    """The Hub's names for a file's content: its SHA-256 in Git LFS, and its Git blob id."""
    return (
        hashlib.sha256(content).hexdigest(),
        hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest(),
    )
