"""The command line of all that is no captioning: download data, fit a model, tune and evaluate it, publish it."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from captioner.captioner import ENGINES, Captioner
from captioner.data.download import download_flickr8k, download_glove
from captioner.data.flickr8k import SPLITS, Example, load_flickr8k
from captioner.data.glove import read_glove
from captioner.engines.export import PRECISIONS, export, fast_encode, typical_pixels
from captioner.errors import CaptionerError, DataError, ModelError
from captioner.evaluation.best_and_worst import best_and_worst, save_best_and_worst
from captioner.evaluation.evaluate import evaluate
from captioner.evaluation.metrics import JAVA_MISSING, java_available
from captioner.folder.manifest import seal
from captioner.folder.model import Model
from captioner.folder.storage import load, save
from captioner.machine import made_by, measured_on
from captioner.networks.build import build_encoder
from captioner.networks.presets import PRESETS, Preset, preset_named
from captioner.publishing.publish import check_tag, plan_publishing, publish
from captioner.publishing.space import deploy, pinned_model, plan_space, wait_until_it_runs
from captioner.search.bigrams import Bigrams
from captioner.training.calibration import calibrate, draw_reliability
from captioner.training.features import cached_features
from captioner.training.fit import Run
from captioner.training.guide_fitting import fit_guidance
from captioner.training.tuning import tune
from captioner.vocabulary import Vocabulary

EXAMPLES = """examples:
  python train.py download flickr8k flickr8k
  python train.py prepare --data flickr8k
  python train.py fit --data flickr8k --output weights/attention-efficientnetlite1 --fine-tune-encoder
  python train.py fit --data flickr8k --output weights/small --units 256 --epochs 8
  python train.py fit --data flickr8k --output weights/better --start-from weights/small --reward cider
  python train.py tune --data flickr8k --output tuning --preset merge-vgg16 --encoder mobilenetv2
  python train.py guide --model weights/attention-efficientnetlite1 --data flickr8k
  python train.py calibrate --model weights/attention-efficientnetlite1 --data flickr8k
  python train.py export --model weights/attention-efficientnetlite1 --encoder mixed --data flickr8k
  python train.py evaluate --model weights/attention-efficientnetlite1 --data flickr8k --split test
  python train.py publish --model weights/attention-efficientnetlite1 --repo me/captioner --dry-run
  python train.py deploy --space me/captioner --dry-run
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked, 2 with a sentence when it could not."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(arguments)
    options.arguments = arguments
    try:
        options.command(options)
    except CaptionerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from the last checkpoint.", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options; the settings of `fit` are the fields of a preset."""
    top = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("download", help="fetch Flickr8k (may ask for a Kaggle account) or GloVe vectors")
    command.set_defaults(command=download)
    command.add_argument("what", choices=("flickr8k", "glove"))
    command.add_argument("folder", type=Path, metavar="DIR", help="where it goes; made if it is not there")
    command.add_argument("--dimension", type=int, default=50, help="of the GloVe vectors: 50, 100, 200 or 300")

    command = commands.add_parser("prepare", help="fill the feature cache, so that fit starts at once")
    command.set_defaults(command=prepare)
    _data_options(command)
    _recipe_options(command)

    command = commands.add_parser("fit", help="train a model; the same command goes on after an interruption")
    command.set_defaults(command=fit)
    _data_options(command)
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="the model folder to write")
    command.add_argument("--checkpoints", type=Path, metavar="DIR", help="default: checkpoints/NAME OF OUTPUT")
    command.add_argument(
        "--fine-tune-encoder", action="store_true", help="then a second stage, end to end, every encoder layer trained"
    )
    command.add_argument(
        "--reward", choices=("cider",), help="then a last stage, on what the model's own drawn captions are worth"
    )
    command.add_argument(
        "--start-from", type=Path, metavar="DIR", help="a model folder to go on from, instead of training a new decoder"
    )
    command.add_argument(
        "--teachers", type=Path, nargs="+", default=[], metavar="DIR",
        help="model folders whose mean the decoder learns from as well, for what several know to be in one",
    )  # fmt: skip
    _training_options(command)
    _recipe_options(command)

    command = commands.add_parser("tune", help="search learning rate, batch size, optimizer, dropout; goes on likewise")
    command.set_defaults(command=tune_command)
    _data_options(command)
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="the study; best.json is its preset")
    command.add_argument("--trials", type=int, default=20, metavar="N", help="default: 20")
    command.add_argument("--trial-epochs", type=int, default=4, metavar="N", help="of each trial (default: 4)")
    _training_options(command)
    _recipe_options(command)

    command = commands.add_parser(
        "guide", help="keep ImageNet's classifier, and find when captions have to name what it sees; after export"
    )
    command.set_defaults(command=guide_command)
    command.add_argument("--model", type=Path, required=True, metavar="DIR", help="a model folder")
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help="Flickr8k, in either layout")

    command = commands.add_parser("calibrate", help="make a model's probabilities mean what they say; before evaluate")
    command.set_defaults(command=calibrate_command)
    command.add_argument("--model", type=Path, required=True, metavar="DIR", help="a model folder")
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help="Flickr8k; its dev split is used")

    command = commands.add_parser("export", help="make the files LiteRT serves a model from; fit does so at its end")
    command.set_defaults(command=export_command)
    command.add_argument("--model", type=Path, required=True, metavar="DIR", help="a model folder")
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="Flickr8k; its pictures set the range of an encoder's integers"
    )
    for name, precision in PRECISIONS.items():
        known = ("float32", "float16", "int8", *(["mixed"] if name == "encoder" else []))
        command.add_argument(f"--{name}", choices=known, default=precision, help=f"default: {precision}")

    command = commands.add_parser("evaluate", help="score a model's captions; writes the figures into its folder")
    command.set_defaults(command=evaluate_command)
    command.add_argument("--model", type=Path, required=True, metavar="DIR", help="a model folder")
    command.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="a data set in one of Flickr8k's layouts"
    )
    command.add_argument("--split", choices=(*SPLITS, "all"), default="dev", help="default: dev")
    command.add_argument("--beam", type=int, nargs="+", default=[1, 3, 5], metavar="N", help="default: 1 3 5")
    command.add_argument("--engine", choices=ENGINES, help="who computes (default: litert where there is an export)")
    command.add_argument("--length-penalty", type=float, metavar="X", help="of the beam; becomes the model's own")
    command.add_argument(
        "--no-repeat-ngram", type=int, metavar="N", help="no run of N words comes twice; becomes the model's own"
    )
    command.add_argument("--guided", action="store_true", help="score guided captions, for comparison; writes nothing")
    command.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")

    command = commands.add_parser("seal", help="write a folder's card and manifest anew, after changes by hand")
    command.set_defaults(command=seal_command)
    command.add_argument("--model", type=Path, required=True, metavar="DIR", help="a model folder")

    command = commands.add_parser("publish", help="put a model on the Hugging Face Hub, in one commit")
    command.set_defaults(command=publish_command)
    command.add_argument("--model", type=Path, required=True, metavar="DIR", help="a model folder")
    command.add_argument(
        "--repo", required=True, metavar="OWNER/NAME", help="its id on the Hub; made where there is none"
    )
    command.add_argument("--revision", metavar="TAG", help="a tag for the commit; from_pretrained takes it as revision")
    _upload_options(command)

    command = commands.add_parser("deploy", help="put the page on a Space of the Hugging Face Hub")
    command.set_defaults(command=deploy_command)
    command.add_argument("--space", required=True, metavar="OWNER/NAME", help="its id; made where there is none")
    command.add_argument("--model", metavar="OWNER/NAME", help="a model of the Hub to begin with, not the embedded one")
    _upload_options(command)
    return top


def _upload_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--private", action="store_true", help="where it is made: for you alone")
    command.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")


def _data_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help="Flickr8k, in either layout")
    command.add_argument(
        "--cache", type=Path, default=Path("cache"), metavar="DIR", help="feature caches (default: cache)"
    )


def _training_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=int, default=0, help="the same seed gives the same model (default: 0)")
    command.add_argument("--glove-file", type=Path, metavar="FILE", help="GloVe vectors, .txt or .zip, with --glove")


def _recipe_options(command: argparse.ArgumentParser) -> None:
    known = f"a .json file of settings, or one of {', '.join(PRESETS)} (default: the first)"
    command.add_argument("--preset", default=next(iter(PRESETS)), metavar="NAME", help=known)
    settings = command.add_argument_group("settings", "whatever the preset says, unless given here")
    for field in dataclasses.fields(Preset):
        option = f"--{field.name.replace('_', '-')}"
        if field.type is bool:
            settings.add_argument(option, action=argparse.BooleanOptionalAction)
        else:
            settings.add_argument(option, type=field.type, metavar=field.type.__name__.upper())


def _recipe(options: argparse.Namespace) -> Preset:
    return preset_named(options.preset).but(**_given(options))


def _given(options: argparse.Namespace) -> dict:
    """The settings of the command line."""
    settings = {field.name: getattr(options, field.name) for field in dataclasses.fields(Preset)}
    return {name: value for name, value in settings.items() if value is not None}


def download(options: argparse.Namespace) -> None:
    """Fetch one data set and say where it lies."""
    if options.what == "flickr8k":
        print(download_flickr8k(options.folder))
    else:
        print(download_glove(options.folder, options.dimension))


def prepare(options: argparse.Namespace) -> None:
    """Fill the feature cache for all three splits, the training pictures in every view."""
    preset = _recipe(options)
    encoder = build_encoder(preset, "imagenet")
    splits = {split: [example.image for example in load_flickr8k(options.data, split)] for split in SPLITS}
    encode = fast_encode(encoder)
    for split, images in splits.items():
        for view in range(preset.views if split == "train" else 1):
            cached_features(images, encoder, encode, options.cache, view)


def fit(options: argparse.Namespace) -> None:
    """Train a model on the training split and choose its epoch on the dev split."""
    checkpoints = options.checkpoints or Path("checkpoints") / options.output.name
    wanted = {
        "decoder": options.start_from is None or options.teachers,
        "fine-tune": options.fine_tune_encoder,
        "reward": options.reward == "cider",
    }
    stages = [name for name, is_wanted in wanted.items() if is_wanted]
    if not stages:
        raise DataError("With --start-from, say what is to be done: --teachers, --fine-tune-encoder or --reward cider.")
    preset = _recipe(options)
    train = load_flickr8k(options.data, "train")
    model = _started_model(options) if options.start_from else new_model(options, preset, options.output.name, train)
    run = new_run(options, model, train, options.output, checkpoints)
    run.teachers = [load(folder) for folder in options.teachers]
    run.fit(stages)
    try:
        export(load(options.output), options.output)
    except ModelError as error:
        print(f"{error} It is served by Keras.", file=sys.stderr)


def tune_command(options: argparse.Namespace) -> None:
    """Search for good settings, and write them as a preset file."""
    start = _recipe(options)
    examples = load_flickr8k(options.data, "train")

    def train(preset: Preset, folder: Path, after_epoch: Callable[[dict], None]) -> list[dict]:
        model = new_model(options, preset, folder.name, examples)
        run = new_run(options, model, examples, folder / "model", folder / "checkpoints")
        run.after_epoch = after_epoch
        return run.fit(["decoder"])

    print(tune(start, train, options.trials, options.trial_epochs, options.output, options.seed))


def new_model(options: argparse.Namespace, preset: Preset, name: str, train: list[Example]) -> Model:
    """A model of the preset, with the words of the training captions and a decoder that knows nothing."""
    keras.utils.set_random_seed(options.seed)
    captions = (caption for example in train for caption in example.captions)
    vocabulary = Vocabulary.from_captions(captions, preset.minimum_count)
    model = Model.build(name, preset, vocabulary, "imagenet")
    model.training = {"encoder_started_from": f"{preset.encoder}, imagenet weights"}
    print(f"{name}: {len(vocabulary)} tokens, {model.decoder.count_params():,} decoder parameters")
    if preset.glove:
        start_from_glove(model, options.glove_file, options.seed)
    return model


def _started_model(options: argparse.Namespace) -> Model:
    """The model of --start-from under its new name, with the settings of the command line in place of its own."""
    keras.utils.set_random_seed(options.seed)
    model = load(options.start_from, **_given(options))
    model.name = options.output.name
    model.metrics = []
    return model


def new_run(options: argparse.Namespace, model: Model, train: list[Example], output: Path, checkpoints: Path) -> Run:
    """A training of the model on the data of the command line."""
    dev = load_flickr8k(options.data, "dev")
    model.bigrams = Bigrams.from_captions((text for example in train for text in example.captions), model.vocabulary)
    model.training |= {
        "data": f"{options.data.name}, training split: {len(train)} images",
        "seed": options.seed,
        **measured_on(),
        "runs": [*model.training.get("runs", ()), made_by("train.py", options.arguments)],
    }
    return Run(model, train, dev, output, checkpoints, options.cache, options.seed)


def start_from_glove(model: Model, path: Path | None, seed: int) -> None:
    """Give the decoder the GloVe vectors of its words."""
    if path is None:
        raise DataError(
            "This preset starts from GloVe vectors: name their file with --glove-file (`download` gets it)."
        )
    embedding = model.decoder.embedding
    glove = read_glove(path, model.vocabulary.tokens, embedding.output_dim, seed)
    embedding.embeddings.assign(glove.matrix)
    model.training["glove"] = {"file": path.name, "coverage": round(glove.coverage, 4)}
    print(f"GloVe has {glove.found} of the {glove.found + len(glove.missing)} words ({glove.coverage:.1%})")


def guide_command(options: argparse.Namespace) -> None:
    """Fit the guidance of a model's encoder, and write it into the model's folder."""
    model = load(options.model)
    train, dev = (load_flickr8k(options.data, split) for split in ("train", "dev"))
    fitted = fit_guidance(model.encoder, Captioner.from_pretrained(options.model), train, dev)
    model.guidance = fitted.guidance
    before, after = fitted.agreement
    model.training["guide"] = {
        "agreement": [round(before, 3), round(after, 3)],
        "guided": round(fitted.guided, 3),
        "right": round(fitted.right, 3),
    }
    save(model, options.model)
    print(f"Of the dev photos, {before:.1%} were called what the initial network calls them, and now {after:.1%} are.")
    print(f"In {fitted.guided:.1%} the guide speaks up; {fitted.right:.1%} of its nouns are named by a person.")


def calibrate_command(options: argparse.Namespace) -> None:
    """Set a model's temperature and the score below which it doubts a caption, from the dev split."""
    model = load(options.model)
    dev = load_flickr8k(options.data, "dev")
    before, after = calibrate(model, dev)
    draw_reliability(before, after, options.model / "reliability.png")
    save(model, options.model)
    print(f"Temperature {model.decoding.temperature}: words were off by {before.error:.1%}, now by {after.error:.1%}.")
    below, above = (model.training["calibration"][key] for key in ("cider_unsure", "cider_sure"))
    print(f"Doubted are captions scored below {model.decoding.unsure_below}: CIDEr {below}; the others {above}.")
    if not model.metrics:
        print("Its figures have to be measured anew: `train.py evaluate`.")


def export_command(options: argparse.Namespace) -> None:
    """Write a model's export into its folder."""
    model = load(options.model)
    images = [example.image for example in load_flickr8k(options.data, "train")] if options.data else None
    pixels = typical_pixels(images, model.encoder.size) if images else None
    export(model, options.model, {name: getattr(options, name) for name in PRECISIONS}, pixels)


def evaluate_command(options: argparse.Namespace) -> None:
    """Print a model's figures on a split, and keep them in its config.json and model card; of dev, examples as well."""
    model = load(options.model)
    captioner = Captioner(model, Captioner.from_pretrained(options.model, options.engine).engine)
    own = {name: getattr(options, name) for name in ("length_penalty", "no_repeat_ngram")}
    own = {name: value for name, value in own.items() if value is not None}
    model.decoding = dataclasses.replace(model.decoding, **own)
    examples = load_flickr8k(options.data, options.split)
    known = () if options.split == "all" else load_flickr8k(options.data, "train")
    known = [caption for example in known for caption in example.captions]
    records = evaluate(captioner, examples, options.beam, options.data.name, options.split, known, options.guided)
    if not java_available():
        print(JAVA_MISSING, file=sys.stderr)
    print_table(records)
    if options.dry_run or options.guided:
        return
    measured = set(map(what_was_measured, records))
    model.metrics = [record for record in model.metrics if what_was_measured(record) not in measured] + records
    if options.split == "dev" and java_available():
        save_best_and_worst(best_and_worst(captioner, examples), options.model)
    save(model, options.model)


def seal_command(options: argparse.Namespace) -> None:
    """Take a model folder's files as they are now, once it has been seen that they make a model."""
    seal(options.model)
    save(load(options.model), options.model)


def publish_command(options: argparse.Namespace) -> None:
    """Say what publishing a model does, and do it."""
    upload = plan_publishing(options.model, options.repo, options.private)
    print(upload)
    if options.revision:
        check_tag(upload, options.revision)
        print(f"Its commit is given the tag {options.revision}.")
    if options.dry_run:
        return
    commit = publish(options.model, upload, options.revision)
    print(f'{"Published" if upload.is_needed else "Nothing has changed"}: '
          f'Captioner.from_pretrained("{options.repo}", revision="{commit}")')  # fmt: skip


def deploy_command(options: argparse.Namespace) -> None:
    """Say what deploying the page does, do it, and wait until it runs."""
    model = options.model and pinned_model(options.model)
    upload = plan_space(options.space, model, options.private)
    print(upload)
    if options.dry_run:
        return
    commit = deploy(upload, model)
    print(wait_until_it_runs(options.space, commit))


def what_was_measured(record: dict) -> tuple:
    """What a new record takes the place of an old one by."""
    return tuple(record.get(key) for key in ("dataset", "split", "beam_width"))


def print_table(records: list[dict]) -> None:
    """One row a beam width, one column a figure."""
    settings = ("length_penalty", "no_repeat_ngram", "known_bigrams")
    hidden = ("dataset", "split", "images", *settings, "intervals", "date", "machine")
    columns = [name for name in records[0] if name not in hidden]
    print("  ".join(f"{name:>16}" for name in columns))
    for record in records:
        print("  ".join(f"{record[name]:>16}" for name in columns))
    for record in records:
        for name, (low, high) in record.get("intervals", {}).items():
            print(f"beam {record['beam_width']}: {name} {record[name]:.1f}, 95% of resamples {low:.1f} to {high:.1f}")


if __name__ == "__main__":
    sys.exit(main())
