"""Search for a good learning rate, batch size, optimizer and dropout; if stopped, run the same command to continue."""

import argparse
from collections.abc import Callable
from pathlib import Path

from captioner.commands.data import add_data, data_name, examples
from captioner.commands.options import add_settings, add_training, preset_of
from captioner.disk.alone import only_writer
from captioner.networks.presets import Preset


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data(parser)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder for the search; best.json is the result"
    )
    parser.add_argument("--trials", type=int, default=20, metavar="N", help="short trainings to run (default: 20)")
    parser.add_argument("--trial-epochs", type=int, default=4, metavar="N", help="epochs per trial (default: 4)")
    add_training(parser)
    add_settings(parser)


def run(options: argparse.Namespace) -> None:
    """Search for good settings, and write them as a preset file."""
    start = preset_of(options)
    with only_writer(options.output):
        print(_tune(options, start))


def _tune(options: argparse.Namespace, start: Preset) -> Path:
    train_examples, dev = examples(options, "train"), examples(options, "dev")

    from captioner.training.fit import Run
    from captioner.training.start import new_model, note_origin
    from captioner.training.tuning import tune

    def train(preset: Preset, folder: Path, after_epoch: Callable[[dict], None]) -> list[dict]:
        model = new_model(folder.name, preset, train_examples, options.seed, options.glove_file)
        note_origin(model, train_examples, data_name(options, "train"), options.seed, options.arguments)
        checkpoints, output = folder / "checkpoints", folder / "model"
        return Run(
            model, train_examples, dev, checkpoints, options.cache, options.seed,
            output=output, after_epoch=after_epoch,
        ).fit(["decoder"])  # fmt: skip

    return tune(start, train, options.trials, options.trial_epochs, options.output, options.seed)
