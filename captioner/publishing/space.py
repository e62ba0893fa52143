"""This app -> a Hugging Face Space: only the files it needs, and a README with the Space's settings."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from captioner.errors import ModelError
from captioner.folder import default
from captioner.folder.default import DEFAULT_MODEL
from captioner.folder.hub import HUB_ID
from captioner.folder.manifest import MANIFEST, REQUIRED, ModelFolder
from captioner.publishing.upload import Upload, asking_the_hub, perform, plan

ROOT = Path(__file__).parents[2]
CODE = ("app.py", "LICENSE", "NOTICE", "captioner/**/*.py", "captioner/**/*.csv")
REQUIREMENTS = "requirements-page.txt"  # a Space installs Gradio along with it, which a lock with hashes forbids
PAGE = tuple(f"ui/**/*.{kind}" for kind in ("py", "html", "css", "js", "png", "po", "sh", "mjs", "json"))
PICTURES = ("examples/*.jpg", "examples/CREDITS.md")
PYTHON = "3.11"
MINUTES = 20
BROKEN = ("BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE", "STOPPED", "PAUSED", "DELETING")

README = """---
{settings}---

# Captioner

Drop a photo and read what a neural network sees in it: a greedy caption and a beam caption side by side, its confidence
in every word, and where in the picture it looked. To see what it was trained on, how good it is and what it cannot do,
open *How good is it?* on the page, or `weights/{model}/README.md`. `examples/CREDITS.md` credits the example photos.
"""


def space_files(model: str | None = None) -> dict[str, bytes]:
    """Every file the Space needs, path -> content: code, license, example photos, the built-in models, and a README.

    Args:
        model: a Hub model to start with, "owner/name@commit"; None for the built-in one.

    Raises:
        ModelError: a built-in model is damaged.
    """
    paths = [path for pattern in (*CODE, *PAGE, *PICTURES) for path in sorted(ROOT.glob(pattern))]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    files["requirements.txt"] = (ROOT / REQUIREMENTS).read_bytes()
    for place in default.folders():
        folder, home = ModelFolder(place), place.relative_to(ROOT).as_posix()
        files |= {f"{home}/{name}": folder.read(name) for name in folder.files or REQUIRED if name in folder}
        files[f"{home}/{MANIFEST}"] = (place / MANIFEST).read_bytes()
    files[f"weights/{MANIFEST}"] = default.manifest_path().read_bytes()
    files["README.md"] = README.format(settings=_settings(files["requirements.txt"], model), model=DEFAULT_MODEL.name)
    files["README.md"] = files["README.md"].encode()
    return files


def plan_space(repository: str, model: str | None = None, private: bool = False) -> Upload:
    """Plan the deployment without writing anything.

    Raises:
        ModelError: the Hub cannot be reached, or has something else with that name.
    """
    files = space_files(model)
    return plan(repository, "space", files, private, mark="captioner/__init__.py", ours=_may_go)


def deploy(upload: Upload, model: str | None = None) -> str:
    """Carry out the plan, and return the commit.

    Raises:
        ModelError: the Hub refuses.
    """
    from huggingface_hub import HfApi

    made = upload.head is None
    variables = [{"key": "CAPTIONER_MODEL", "value": model}] if model else []
    commit = perform(upload, "Captioner", space_sdk="gradio", space_variables=variables)
    if not made and model:
        with asking_the_hub(upload.repository):
            HfApi().add_space_variable(upload.repository, "CAPTIONER_MODEL", model)
    return commit


def wait_until_it_runs(
    repository: str, commit: str, tell: Callable[[str], None] = print, minutes: float = MINUTES, pause: float = 5
) -> str:
    """Wait until the Space runs this commit, and return its address.

    Args:
        tell: called with each new stage.

    Raises:
        ModelError: the Space failed, or takes too long; the message links to its log.
    """
    from huggingface_hub import HfApi

    hub, end, told = HfApi(), time.monotonic() + minutes * 60, None
    log = f"{hub.endpoint}/spaces/{repository}?logs=build"
    while time.monotonic() < end:
        with asking_the_hub(repository):
            runtime = hub.get_space_runtime(repository)
        stage = str(getattr(runtime.stage, "value", runtime.stage))
        if stage != told:
            tell(stage.lower().replace("_", " "))
            told = stage
        if runtime.raw.get("sha") in (None, commit):  # an earlier commit may still be running, or have failed
            if stage == "RUNNING":
                with asking_the_hub(repository):
                    return hub.space_info(repository).host or f"{hub.endpoint}/spaces/{repository}"
            if stage in BROKEN:
                raise ModelError(f"The Space {repository} does not run ({stage}); see its log: {log}")
        time.sleep(pause)
    raise ModelError(f"The Space {repository} is not running after {minutes:g} minutes; see its log: {log}")


def pinned_model(hub_id: str) -> str:
    """A Hub model's id with its current commit, after checking that it is a captioner.

    Raises:
        ModelError: there is no such model.
    """
    from captioner.folder.hub import download

    folder = download(hub_id)
    return f"{HUB_ID.fullmatch(hub_id)['repository']}@{folder.revision}"


def _settings(requirements: bytes, model: str | None) -> str:
    from huggingface_hub import SpaceCardData

    repository, _, commit = (model or "").partition("@")
    embedded = default.published()["repository"]
    models = [name for name in (embedded, repository) if name]
    return (
        SpaceCardData(
            title="Captioner",
            emoji="📷",
            colorFrom="blue",
            colorTo="green",
            sdk="gradio",
            sdk_version=_pinned("gradio", requirements),
            python_version=PYTHON,
            app_file="app.py",
            short_description="What a small neural network sees in your photo",
            license="other",
            models=models or None,
            preload_from_hub=[f"{repository} {','.join((MANIFEST, *REQUIRED))} {commit}"] if model else None,
        ).to_yaml()
        + "\n"
    )


def _pinned(package: str, requirements: bytes) -> str:
    return re.search(rf"^{package}==(\S+)$", requirements.decode(), re.MULTILINE)[1]


def _may_go(path: str) -> bool:
    """Whether a file the Space no longer needs may be removed, because it came from this app."""
    return path.partition("/")[0] in ("captioner", "ui", "examples", "weights")
