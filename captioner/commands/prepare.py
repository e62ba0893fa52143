"""Compute the image features ahead of time, so that fit starts at once."""

import argparse

from captioner.commands.data import add_data, examples
from captioner.commands.options import add_cache, add_settings, preset_of


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data(parser)
    add_cache(parser)
    add_settings(parser)


def run(options: argparse.Namespace) -> None:
    """Fill the feature cache for `fit`, with every view of the training pictures."""
    from captioner.engines.export import fast_encode
    from captioner.networks import build
    from captioner.training.features import cached_features

    preset = preset_of(options)
    encoder = build.build_encoder(preset, "imagenet")
    encode = fast_encode(encoder)
    for split, images in {split: [one.image for one in examples(options, split)] for split in ("train", "dev")}.items():
        for view in range(preset.views if split == "train" else 1):
            cached_features(images, encoder, encode, options.cache, view)
