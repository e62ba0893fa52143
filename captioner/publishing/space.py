"""This app -> a Space of the Hugging Face Hub: the files it needs and no others, and a README that says how it runs."""

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
CODE = ("app.py", "requirements.txt", "captioner/**/*.py", "captioner/**/*.csv")
PAGE = tuple(f"ui/**/*.{kind}" for kind in ("py", "html", "css", "js", "po", "sh", "mjs", "json"))
PICTURES = ("examples/*.jpg", "examples/CREDITS.md")
PYTHON = "3.11"
MINUTES = 20
BROKEN = ("BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE", "STOPPED", "PAUSED", "DELETING")

README = """---
{settings}---

# Captioner

Drop a photo and read what a neural network sees in it: a greedy caption and a beam caption side by side, how sure it is
of every word, and where in the picture it looked. What it was trained on, how good it is and what it cannot do stands
on the page under *How good is it?*, and in `weights/{model}/README.md`; whose photos the examples are, in
`examples/CREDITS.md`.
"""


def space_files(model: str | None = None) -> dict[str, bytes]:
    """Every file that a Space needs, path -> content: code, example photos, the embedded model, and a README.

    Args:
        model: the id of a model of the Hub that the page begins with, "owner/name@commit"; None is the embedded one.

    Raises:
        ModelError: the embedded model is damaged.
    """
    paths = [path for pattern in (*CODE, *PAGE, *PICTURES) for path in sorted(ROOT.glob(pattern))]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    folder = ModelFolder(DEFAULT_MODEL)
    home = DEFAULT_MODEL.relative_to(ROOT).as_posix()
    files |= {f"{home}/{name}": folder.read(name) for name in folder.files or REQUIRED if name in folder}
    files[f"{home}/{MANIFEST}"] = (DEFAULT_MODEL / MANIFEST).read_bytes()
    files[f"weights/{MANIFEST}"] = default.manifest_path().read_bytes()
    files["README.md"] = README.format(settings=_settings(files["requirements.txt"], model), model=DEFAULT_MODEL.name)
    files["README.md"] = files["README.md"].encode()
    return files


def plan_space(repository: str, model: str | None = None, private: bool = False) -> Upload:
    """What deploying would do; nothing is written.

    Raises:
        ModelError: the Hub cannot be reached, or has something else of that name.
    """
    files = space_files(model)
    return plan(repository, "space", files, private, mark="captioner/__init__.py", ours=_may_go)


def deploy(upload: Upload, model: str | None = None) -> str:
    """Do what was planned; the commit.

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
    """Wait until the Space runs this commit; its address.

    Args:
        tell: hears of each stage that it comes to.

    Raises:
        ModelError: it broke, or takes too long; the message says where its log is.
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
        if runtime.raw.get("sha") in (None, commit):  # of an earlier commit it may run, or have broken
            if stage == "RUNNING":
                with asking_the_hub(repository):
                    return hub.space_info(repository).host or f"{hub.endpoint}/spaces/{repository}"
            if stage in BROKEN:
                raise ModelError(f"The Space {repository} does not run ({stage}); its log says why: {log}")
        time.sleep(pause)
    raise ModelError(f"The Space {repository} does not run after {minutes:g} minutes; its log says why: {log}")


def pinned_model(hub_id: str) -> str:
    """The id of a model of the Hub with its commit of now, after a look whether it is a captioner at all.

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
    """Whether a file that a Space no longer needs was put there by us."""
    return path.partition("/")[0] in ("captioner", "ui", "examples", "weights")
