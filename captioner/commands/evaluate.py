"""Score a model's captions and write the figures into its folder."""

import argparse
import dataclasses
import sys

from captioner.captioner import ENGINES
from captioner.commands.data import SPLITS, add_data, data_name, examples
from captioner.commands.options import add_model
from captioner.errors import DataError, SettingError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    add_data(parser)
    parser.add_argument("--split", choices=(*SPLITS, "all"), default="dev", help="default: dev")
    parser.add_argument(
        "--beam", type=int, nargs="+", default=[1, 3, 5], metavar="N", help="beam widths to score (default: 1 3 5)"
    )
    parser.add_argument("--engine", choices=ENGINES, help="default: litert if there is an export")
    parser.add_argument(
        "--length-penalty", type=float, metavar="X", help="for the beam search; saved as the model's own"
    )
    parser.add_argument(
        "--no-repeat-ngram", type=int, metavar="N", help="never repeat a run of N words; saved as the model's own"
    )
    parser.add_argument(
        "--information-weight",
        type=float,
        metavar="X",
        help="how much it counts in beam search that a caption tells what the look sees; saved as the model's own",
    )
    parser.add_argument("--guided", action="store_true", help="score guided captions instead; nothing is written")
    parser.add_argument("--dry-run", action="store_true", help="print the figures and write nothing")


def run(options: argparse.Namespace) -> None:
    """Print a model's figures on a split and save them in its folder; on dev, also its best and worst captions."""
    from captioner.captioner import Captioner
    from captioner.evaluation.best_and_worst import best_and_worst, save_best_and_worst
    from captioner.evaluation.evaluate import evaluate
    from captioner.evaluation.metrics import JAVA_MISSING, java_available
    from captioner.folder.storage import load, save

    model = load(options.model)
    if options.information_weight and not model.preset.look_words:
        raise SettingError(f"{model.name} has no look that tells what is in a photo: leave out --information-weight.")
    captioner = Captioner(model, Captioner.from_pretrained(options.model, options.engine).engine)
    own = {name: getattr(options, name) for name in ("length_penalty", "no_repeat_ngram", "information_weight")}
    own = {name: value for name, value in own.items() if value is not None}
    model.decoding = dataclasses.replace(model.decoding, **own)
    photos, name = examples(options, options.split), data_name(options, options.split)
    known = [] if options.split == "all" else known_captions(options)
    records = evaluate(captioner, photos, options.beam, name, options.split, known, options.guided)
    if not java_available():
        print(JAVA_MISSING, file=sys.stderr)
    print_table(records)
    if options.dry_run or options.guided:
        return
    measured = set(map(what_was_measured, records))
    model.metrics = [record for record in model.metrics if what_was_measured(record) not in measured] + records
    if options.split == "dev" and java_available():
        save_best_and_worst(best_and_worst(captioner, photos), options.model)
    save(model, options.model)


def known_captions(options: argparse.Namespace) -> list[str]:
    """The training captions; none if they are missing, since the other figures do not need them."""
    try:
        return [caption for example in examples(options, "train") for caption in example.captions]
    except DataError as error:
        print(f"{error} The share of captions copied from training is left out.", file=sys.stderr)
        return []


def what_was_measured(record: dict) -> tuple:
    """What a record measures; a newer record of the same thing replaces it."""
    return tuple(record.get(key) for key in ("dataset", "split", "beam_width"))


def print_table(records: list[dict]) -> None:
    """Print a row per beam width and a column per figure, then the intervals."""
    settings = ("length_penalty", "no_repeat_ngram", "information_weight", "known_bigrams")
    hidden = ("dataset", "split", "images", *settings, "intervals", "date", "machine")
    columns = [name for name in records[0] if name not in hidden]
    print("  ".join(f"{name:>16}" for name in columns))
    for record in records:
        print("  ".join(f"{record[name]:>16}" for name in columns))
    for record in records:
        for name, (low, high) in record.get("intervals", {}).items():
            print(f"beam {record['beam_width']}: {name} {record[name]:.1f}, 95% of resamples {low:.1f} to {high:.1f}")
