"""Learn when a caption must name what ImageNet's classifier sees; run this after export."""

import argparse

from captioner.commands.data import add_data, examples
from captioner.commands.options import add_model
from captioner.disk.alone import only_writer


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    add_data(parser)


def run(options: argparse.Namespace) -> None:
    """Fit the guidance to a model's encoder, and write it into the model folder."""
    with only_writer(options.model):
        from captioner.captioner import Captioner
        from captioner.folder.storage import load, save
        from captioner.training.guide_fitting import fit_guidance

        model = load(options.model)
        train, dev = (examples(options, split) for split in ("train", "dev"))
        fitted = fit_guidance(model.encoder, Captioner.from_pretrained(options.model), train, dev)
        model.guidance = fitted.guidance
        before, after = fitted.agreement
        model.training["guide"] = {
            "agreement": [round(before, 3), round(after, 3)],
            "guided": round(fitted.guided, 3),
            "right": round(fitted.right, 3),
        }
        save(model, options.model)
    print(f"Classifier and original ImageNet network agree on {after:.1%} of the dev photos (before: {before:.1%}).")
    print(f"The guide is used in {fitted.guided:.1%} of them, and people name {fitted.right:.1%} of its nouns.")
