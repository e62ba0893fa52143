"""Train a model; if stopped, run the same command to continue."""

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from captioner.commands.data import add_data, add_more_data, data_name, examples, labels_of, text_of
from captioner.commands.options import add_settings, add_training, preset_of, settings_of
from captioner.disk.alone import only_writer
from captioner.errors import ModelError, SettingError
from captioner.networks.presets import Preset
from captioner.training.workers import Workers


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data(parser)
    add_more_data(parser)
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="the model folder to write")
    parser.add_argument(
        "--checkpoints", type=Path, metavar="DIR", help="where progress is saved (default: checkpoints/NAME OF OUTPUT)"
    )
    parser.add_argument(
        "--look", action="store_true", help="first teach the encoder what is in a photo, from captions and --labels"
    )
    parser.add_argument(
        "--fine-tune-encoder", action="store_true", help="add a stage that trains every layer, encoder included"
    )
    parser.add_argument(
        "--reward", choices=("cider",), help="add a last stage that makes the model's better captions more likely"
    )
    parser.add_argument(
        "--start-from", type=Path, metavar="DIR", help="a model folder to train further, instead of a new decoder"
    )
    parser.add_argument(
        "--teachers", type=Path, nargs="+", default=[], metavar="DIR",
        help="model folders: the decoder also learns from their average prediction (knowledge distillation)",
    )  # fmt: skip
    parser.add_argument(
        "--distribute", nargs="?", const="", metavar="HOST:PORT,HOST:PORT",
        help="train on several machines, at these addresses, or (without any) at those in TF_CONFIG",
    )  # fmt: skip
    parser.add_argument(
        "--worker", type=int, metavar="N", help="which of them this is, from 0; worker 0 writes the model"
    )
    add_training(parser)
    add_settings(parser)


def run(options: argparse.Namespace) -> None:
    """Train on the training split, and keep the epoch that does best on the dev split."""
    stages = _stages(options)
    workers = _workers(options)
    preset = preset_of(options)
    checkpoints = options.checkpoints or Path("checkpoints") / options.output.name
    with ExitStack() as alone, workers.rejoining():
        if workers.chief:
            alone.enter_context(only_writer(options.output))
            alone.enter_context(only_writer(checkpoints))
        _train(options, stages, preset, checkpoints, workers)


def _train(options: argparse.Namespace, stages: list[str], preset: Preset, checkpoints: Path, workers: Workers) -> None:
    train, text = examples(options, "train"), text_of(options)
    dev = examples(options, "dev")

    from captioner.engines.export import export
    from captioner.folder.storage import load
    from captioner.training.fit import Run
    from captioner.training.start import continued_model, new_model, note_origin

    workers.connect()
    name, seed = options.output.name, options.seed
    if options.start_from:
        model = continued_model(options.start_from, name, seed, **settings_of(options))
    else:
        model = new_model(name, preset, train, seed, options.glove_file, text)
    note_origin(model, train, data_name(options, "train"), seed, options.arguments)
    teachers = [load(folder) for folder in options.teachers]
    more = {"teachers": teachers, "text": text, "labels": labels_of(options, train) if options.look else {}}
    Run(model, train, dev, checkpoints, options.cache, seed, **more, output=options.output, workers=workers).fit(stages)
    if not workers.chief:
        return
    try:
        export(load(options.output), options.output)
    except ModelError as error:
        print(f"{error} Keras will run it.", file=sys.stderr)


def _stages(options: argparse.Namespace) -> list[str]:
    """The names of the requested stages, in order."""
    wanted = {
        "look": options.look,
        "decoder": options.start_from is None or options.teachers or options.look,
        "fine-tune": options.fine_tune_encoder,
        "reward": options.reward == "cider",
    }
    stages = [name for name, is_wanted in wanted.items() if is_wanted]
    if not stages:
        raise SettingError("--start-from needs something to do: add --teachers, --fine-tune-encoder or --reward cider.")
    return stages


def _workers(options: argparse.Namespace) -> Workers:
    """The machines that train together.

    Raises:
        SettingError: they are half-named, or what they are to train is not for several machines.
    """
    workers = Workers.parse(options.distribute, options.worker, os.environ)
    given = [name for name in ("look", "teachers", "text") if getattr(options, name)]
    if given and workers.count > 1:
        raise SettingError(f"--distribute does not go with --{given[0]}: train that on one machine.")
    return workers
