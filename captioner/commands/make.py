"""Make a model from captioned photos, start to finish, by a recipe.

A recipe is a list of commands with their options, in a file you can copy and edit
(captioner/commands/recipes/default.toml). If stopped, run the same command to continue.
"""

import argparse
import json
from pathlib import Path

from captioner.commands.data import add_data, add_more_data
from captioner.commands.options import add_settings, add_training, settings_of
from captioner.commands.recipe import Plan, Step, recipe_file
from captioner.disk.alone import only_writer
from captioner.disk.whole import replace_file, saving
from captioner.errors import CaptionerError, DiskError, SettingError
from captioner.folder.manifest import CONFIG


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data(parser)
    add_more_data(parser)
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="the model folder to write")
    parser.add_argument(
        "--recipe", default="default", metavar="NAME", help="a recipe's name or .toml file (default: default)"
    )
    parser.add_argument(
        "--checkpoints", type=Path, metavar="DIR", help="where progress is saved (default: checkpoints/NAME OF OUTPUT)"
    )
    add_training(parser)
    add_settings(parser)
    parser.set_defaults(cache=None, preset=None)  # by default the recipe's, or its commands' own


def run(options: argparse.Namespace) -> None:
    """Run the recipe's steps that are not done yet."""
    given = {"data": options.data, "cache": options.cache, "glove-file": options.glove_file}
    given |= {"text": options.text or None, "labels": options.labels or None}
    settings = {name.replace("_", "-"): value for name, value in settings_of(options).items()}
    work = options.checkpoints or Path("checkpoints") / options.output.name
    plan = Plan(options.output, work, options.seed, given, {"preset": options.preset, **settings})
    steps = plan.steps(recipe_file(options.recipe))
    with only_writer(options.output), only_writer(work):
        _run(steps, work / "steps.json")
    print(f"The model is ready: {options.output}")


def _run(steps: list[Step], progress: Path) -> None:
    finished = _finished(steps, progress)
    for index, step in enumerate(steps):
        line = f"Step {index + 1} of {len(steps)}: {step}"
        if index < finished:
            print(f"{line} (done)")
            continue
        print(line, flush=True)
        _note(progress, steps[: index + 1], index)
        try:
            step.run()
        except DiskError:  # the step goes on from what it has saved
            raise
        except CaptionerError:  # the step did nothing, so its settings may still be corrected
            _note(progress, steps[:index], index)
            raise
        _note(progress, steps[: index + 1], index + 1)


def _finished(steps: list[Step], progress: Path) -> int:
    """How many steps are already done, with their models still there.

    Raises:
        SettingError: they were started with other settings, and so their checkpoints do not fit.
    """
    if not progress.exists():
        return 0
    noted = json.loads(progress.read_text(encoding="utf-8"))
    now = [str(step) for step in steps]
    for index, before in enumerate(noted["begun"]):
        if now[index : index + 1] != [before]:
            raise SettingError(
                f"{progress.parent} has a run with other settings: step {index + 1} was `{before}`. Use those again, "
                "delete the folder to start over, or choose another --checkpoints."
            )
    done = steps[: noted["finished"]]
    return next((index for index, step in enumerate(done) if not (step.model / CONFIG).exists()), len(done))


def _note(progress: Path, begun: list[Step], finished: int) -> None:
    """Save the recipe's progress in one move, so that a killed run leaves either the old or the new record."""
    with saving("the progress", progress.parent):
        progress.parent.mkdir(parents=True, exist_ok=True)
        replace_file(progress, json.dumps({"begun": list(map(str, begun)), "finished": finished}, indent=2).encode())
