"""A recipe: a TOML file with the steps to make a model, each a train.py command with its options."""

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from captioner.commands import COMMANDS, add_command
from captioner.errors import SettingError
from captioner.machine import typed

HOME = Path(__file__).parent / "recipes"
STEPS = [name for name in COMMANDS if name not in ("download", "make", "tune", "deploy")]  # those allowed in a recipe


@dataclass(frozen=True)
class Step:
    """A command that is ready to run.

    Attributes:
        options: the command's parsed options.
        model: the model folder it writes.
    """

    options: argparse.Namespace
    model: Path

    def __str__(self) -> str:
        return typed("train.py", self.options.arguments).removeprefix("python ")

    def run(self) -> None:
        """Run the command; raises the command's errors."""
        self.options.run(self.options)


def recipe_file(name: str) -> Path:
    """A recipe's file, from a path to a .toml file or the name of a built-in recipe.

    Raises:
        SettingError: there is no such recipe.
    """
    path = Path(name) if name.endswith(".toml") else HOME / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(path.stem for path in HOME.glob("*.toml")))
        raise SettingError(f"There is no recipe {name}; give a .toml file, or one of: {known}.")
    return path


def read_recipe(path: Path) -> list[dict]:
    """The steps of a recipe, each `{"command": ..., option: value, ...}`.

    Raises:
        SettingError: the file is not TOML, or something in it is not a step.
    """
    try:
        recipe = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"The recipe {path} cannot be read: {error}.") from error
    steps = recipe.pop("steps", None)
    if recipe:
        raise SettingError(f"{path} has an unknown setting {next(iter(recipe))!r}; a recipe is a list of [[steps]].")
    if not steps or not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise SettingError(f"{path} has no steps; each starts with a line [[steps]].")
    return steps


@dataclass(frozen=True)
class Plan:
    """Turns a recipe's steps into commands.

    Attributes:
        output: the model folder to make.
        work: the folder for checkpoints and intermediate models.
        seed: added to each step's seed.
        given: options for every step that accepts them, unless the recipe sets them.
        settings: options for every step that accepts them; they replace the recipe's own.
    """

    output: Path
    work: Path
    seed: int
    given: Mapping[str, object]
    settings: Mapping[str, object]

    def steps(self, recipe: Path) -> list[Step]:
        """A recipe's steps as commands, all checked before the first one runs.

        Raises:
            SettingError: a command, an option, its value or a model is unknown; the message names recipe and step.
        """
        steps, made = [], {}  # models by their name; the finished one by None
        for number, values in enumerate(read_recipe(recipe), 1):
            where = f"{recipe}, step {number}"
            command = values.get("command")
            if command not in STEPS:
                raise SettingError(f"{where}: unknown command {command!r}; known: {', '.join(STEPS)}.")
            parser = _Parser(f"{where} ({command})")
            add_command(command, parser)
            steps.append(self._step(parser, values, made))
        return steps

    def _step(self, parser: "_Parser", step: Mapping[str, object], made: dict[str | None, Path]) -> Step:
        """Make one step, and add its model to those made before."""
        values = {name: value for name, value in step.items() if name != "command"}
        for name in values:
            if not parser.takes(name):
                parser.error(f"unknown setting {name!r}; `train.py {step['command']} --help` lists them")
        for name in values.keys() & {"model", "start-from", "teachers"}:
            values[name] = _made(parser, name, values[name], made)
        if parser.takes("output"):
            name = values.get("output")
            if name in made:
                parser.error(f"an earlier step makes {name or 'the finished model'}; give this one another `output`")
            made[name] = self.work / "models" / _name(parser, "output", name) if name else self.output
            model = values["output"] = made[name]
            own = {"output": model, "checkpoints": self.work / "checkpoints" / name if name else self.work / "last"}
        else:
            model = values.setdefault("model", self.output)
            own = {"model": model}
        seed = values.pop("seed", 0)
        if not isinstance(seed, int):
            parser.error(f"seed is {seed!r}; it must be a whole number")
        values = _taken(self.given | own, parser) | values
        values |= _taken(self.settings | {"seed": self.seed + seed or None}, parser)
        arguments = [part for name, value in values.items() for part in _typed(name, value, parser)]
        options = parser.parse_args(arguments)
        options.arguments = [step["command"], *arguments]
        return Step(options, model)


class _Parser(argparse.ArgumentParser):
    """A step's parser, whose errors say where in the recipe they are."""

    def __init__(self, where: str):
        super().__init__(add_help=False, allow_abbrev=False)
        self.where = where

    def takes(self, name: str) -> bool:
        return f"--{name}" in self._option_string_actions

    def error(self, message: str):
        raise SettingError(f"{self.where}: {message}.") from None


def _taken(options: Mapping[str, object], parser: _Parser) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not None and parser.takes(name)}


def _made(parser: _Parser, option: str, names: object, made: Mapping[str, Path]):
    """The folder of a model from an earlier step, or of each model in a list."""
    if isinstance(names, list):
        return [_made(parser, option, name, made) for name in names]
    if _name(parser, option, names) not in made:
        parser.error(f"{option} is {names!r}, but no step before it makes that model")
    return made[names]


def _name(parser: _Parser, option: str, name: object) -> str:
    if not isinstance(name, str) or Path(name).name != name:
        parser.error(f"{option} is {name!r}; in a recipe, models are named by a single word")
    return name


def _typed(name: str, value: object, parser: _Parser) -> list[str]:
    """An option as you would type it."""
    if value is False:
        return [f"--no-{name}"] if parser.takes(f"no-{name}") else []
    values = value if isinstance(value, list) else [] if value is True else [value]
    return [f"--{name}", *map(str, values)]
