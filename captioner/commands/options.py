"""Options shared by several commands."""

import argparse
import dataclasses
from pathlib import Path

from captioner.networks.presets import PRESETS, Preset, preset_named


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add `--model`, a folder to read and write."""
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="a model folder")


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add `--cache`, the folder for feature caches."""
    parser.add_argument(
        "--cache", type=Path, default=Path("cache"), metavar="DIR", help="where to cache features (default: cache)"
    )


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add the options of every training: `--cache`, `--seed` and `--glove-file`."""
    add_cache(parser)
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same model (default: 0)")
    parser.add_argument(
        "--glove-file", type=Path, metavar="FILE", help="GloVe vectors, .txt or .zip, for presets that need them"
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add `--preset`, and an option for each of its settings."""
    known = f"a .json file of settings, or one of {', '.join(PRESETS)} (default: the first)"
    parser.add_argument("--preset", default=next(iter(PRESETS)), metavar="NAME", help=known)
    settings = parser.add_argument_group("settings", "each one replaces the preset's own")
    for field in dataclasses.fields(Preset):
        option = f"--{field.name.replace('_', '-')}"
        if field.type is bool:
            settings.add_argument(option, action=argparse.BooleanOptionalAction)
        else:
            settings.add_argument(option, type=field.type, metavar=field.type.__name__.upper())


def settings_of(options: argparse.Namespace) -> dict:
    """The preset settings given as options."""
    settings = {field.name: getattr(options, field.name) for field in dataclasses.fields(Preset)}
    return {name: value for name, value in settings.items() if value is not None}


def preset_of(options: argparse.Namespace) -> Preset:
    """The preset, with the settings given as options in place of its own.

    Raises:
        ModelError: there is no such preset.
    """
    return preset_named(options.preset).but(**settings_of(options))


def add_upload(parser: argparse.ArgumentParser) -> None:
    """Add the options of every upload: `--private` and `--dry-run`."""
    parser.add_argument("--private", action="store_true", help="make it private if it is new")
    parser.add_argument("--dry-run", action="store_true", help="show what would be uploaded and stop")
