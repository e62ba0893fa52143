"""The commands of train.py, a file each: its docstring is its help, `add_options` declares its options, `run` does it.

What is slow to import (Keras, the scorers) is imported inside `run`, so that help comes at once.
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
    """Give a parser the description and options of a command; its `run` becomes the option `run`."""
    module = importlib.import_module(f"{__name__}.{name}")
    parser.description = module.__doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=module.run)
    module.add_options(parser)


def summary(name: str) -> str:
    """What a command does, in a line."""
    return importlib.import_module(f"{__name__}.{name}").__doc__.partition("\n")[0].removesuffix(".")
