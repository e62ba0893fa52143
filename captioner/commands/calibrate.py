"""Match a model's confidence to how often it is right; run this before the last evaluate."""

import argparse

from captioner.commands.data import add_data, examples
from captioner.commands.options import add_model
from captioner.disk.alone import only_writer


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    add_data(parser, "; its dev split is used")


def run(options: argparse.Namespace) -> None:
    """Set a model's temperature, and the scores that mark a caption as sure or doubtful, on the dev split."""
    with only_writer(options.model):
        from captioner.folder.storage import load, save
        from captioner.training.calibration import calibrate, draw_reliability

        model = load(options.model)
        before, after = calibrate(model, examples(options, "dev"))
        draw_reliability(before, after, options.model / "reliability.png")
        save(model, options.model)
    decoding, figures = model.decoding, model.training["calibration"]
    print(f"Temperature {decoding.temperature}: confidence was off by {before.error:.1%}, now by {after.error:.1%}.")
    print(
        f"Captions scored {decoding.sure_from} or higher, {figures['sure_share']:.0%} of all, are marked as sure: "
        "at least six in ten of these are as close to people's captions as half of people's own are to each other."
    )
    print(
        f"Captions scored below {decoding.unsure_below} are marked as doubtful: "
        f"their CIDEr is {figures['cider_unsure']}, the others' {figures['cider_sure']}."
    )
    if not model.metrics:
        print("The old figures no longer hold and were removed; run `train.py evaluate` again.")
