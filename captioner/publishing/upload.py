"""Files -> a repository of the Hugging Face Hub, in one commit; first a plan, then the deed."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from captioner.errors import ModelError
from captioner.folder.hub import REPOSITORY

NOBODYS = {".gitattributes", "README.md", "LICENSE"}  # what the Hub, or a person making a repository, puts there
REFUSALS = {
    401: "The Hugging Face Hub does not know you: log in with `hf auth login`, by a token that may write.",
    402: "For this the Hugging Face Hub asks for a paid plan of {owner}; docs/deploy.md names the alternatives.",
    403: "You may not write to {repository}: is it yours, and may your token write (`hf auth login`)?",
    409: "{repository} was changed by somebody else meanwhile; try again.",
    412: "{repository} was changed by somebody else meanwhile; try again.",
}


@dataclass(frozen=True)
class Upload:
    """What has to be done for a repository to hold these files.

    Attributes:
        repository: "owner/name".
        kind: "model" or "space".
        files: path -> content, all that it is to hold.
        private: whether it is to be made private.
        head: its newest commit; None where it is still to be made.
        new, changed, gone: the paths that differ from it.
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
        """Whether there is anything to do."""
        return self.head is None or bool(self.new or self.changed or self.gone)

    def __str__(self) -> str:
        state = "is there" if self.head else f"will be made, {'private' if self.private else 'public'}"
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
    """Hold the files against what is in the repository.

    Args:
        mark: a path that every repository made in this way holds; one of another kind is not written into.
        ours: whether a path is one of those that may be removed when it is no longer among the files.

    Raises:
        ModelError: the name is none, the Hub cannot be reached, or the repository is something else, or public where it
            was to be private.
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
        raise ModelError(f"{repository} is there and holds something else; choose another name.")
    if private and not about.private:
        raise ModelError(f"{repository} is public already; make it private in its settings on the Hub first.")
    new = tuple(sorted(files.keys() - there.keys()))
    changed = tuple(sorted(path for path in files.keys() & there.keys() if there[path] not in _names(files[path])))
    gone = tuple(sorted(path for path in there.keys() - files.keys() if ours(path)))
    return Upload(repository, kind, files, private, about.sha, new, changed, gone)


def perform(upload: Upload, message: str, **creation) -> str:
    """Make the repository where there is none, and commit what differs; the commit that then holds the files.

    Args:
        creation: further arguments of `HfApi.create_repo`.

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
    """See that this can be a repository's id.

    Raises:
        ModelError: it cannot.
    """
    if not REPOSITORY.fullmatch(repository) or len(repository) > 96:
        raise ModelError(f"{repository!r} names no repository; those of the Hugging Face Hub are called owner/name.")


@contextmanager
def asking_the_hub(repository: str) -> Iterator[None]:
    """Say in a sentence what the Hub refuses.

    Raises:
        ModelError: in place of the errors of the Hub's library.
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
    except Exception as error:  # of its HTTP library, and of the upload's threads
        raise ModelError(
            f"{repository} was not reached on the Hugging Face Hub ({type(error).__name__}); check the network and try "
            "again: what was uploaded is not uploaded twice."
        ) from error


def _names(content: bytes) -> tuple[str, str]:
    """What the Hub calls a content: its SHA-256 in Git LFS, and Git's own name of it."""
    return (
        hashlib.sha256(content).hexdigest(),
        hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(),
    )
