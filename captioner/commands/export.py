"""Write the files LiteRT runs a model from; fit does this when it is done."""

import argparse

from captioner.commands.data import add_data, examples
from captioner.commands.options import add_model
from captioner.disk.alone import only_writer
from captioner.engines.export import PRECISIONS


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    add_data(parser, "; sample photos for an encoder in integers", required=False)
    for name, precision in PRECISIONS.items():
        known = ("float32", "float16", "int8", *(["mixed"] if name == "encoder" else []))
        parser.add_argument(f"--{name}", choices=known, default=precision, help=f"default: {precision}")


def run(options: argparse.Namespace) -> None:
    """Write a model's export into its folder."""
    from captioner.engines.export import export, typical_pixels
    from captioner.folder.storage import load

    with only_writer(options.model):
        model = load(options.model)
        images = [example.image for example in examples(options, "train")] if options.data else None
        pixels = typical_pixels(images, model.encoder.size) if images else None
        export(model, options.model, {name: getattr(options, name) for name in PRECISIONS}, pixels)
