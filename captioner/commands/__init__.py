"""The commands of train.py, one file each: its docstring is the help, `add_options` adds the options, `run` runs it.

Slow imports (Keras, the scorers) are inside `run`, so that help appears at once.
"""

import argparse
import importlib

COMMANDS = (
    "download",
    "prepare",
    "make",
    "fit",
    "tune",
    "export",
    "guide",
    "calibrate",
    "evaluate",
    "seal",
    "publish",
    "deploy",
)


def add_command(name: str, parser: argparse.ArgumentParser) -> None:
    """Add a command's description and options to a parser, and set the option `run` to the command's `run`."""
    module = importlib.import_module(f"{__name__}.{name}")
    parser.description = module.__doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=module.run)
    module.add_options(parser)


def summary(name: str) -> str:
    """What a command does, in one line."""
    return importlib.import_module(f"{__name__}.{name}").__doc__.partition("\n")[0].removesuffix(".")
