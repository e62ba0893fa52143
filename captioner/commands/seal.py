"""Update a folder's model card and manifest after you changed its files by hand."""

import argparse

from captioner.commands.options import add_model
from captioner.disk.alone import only_writer


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)


def run(options: argparse.Namespace) -> None:
    """Accept a model folder's current files, if they make a valid model."""
    from captioner.folder.manifest import seal
    from captioner.folder.storage import load, save

    with only_writer(options.model):
        seal(options.model)
        save(load(options.model), options.model)
