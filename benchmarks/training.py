"""One epoch of the merge captioner on Flickr8k, trained this project's way and the notebooks' way, in turn.

python benchmarks/training.py --data DIR [--cache DIR] [--steps N]

Both see the same captions and features, with as many pictures per step, and have the same layers, loss and optimizer.
This project reads a caption once and learns all its words; the notebooks reread every prefix.
"""

import argparse
import os
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
from tqdm import tqdm

from benchmarks.notebook import exploded, notebook_model
from captioner.data import load_examples
from captioner.engines.keras_engine import KerasEngine
from captioner.machine import measured_on
from captioner.networks.build import build_decoder, build_encoder
from captioner.networks.presets import preset_named
from captioner.training.batches import CachedFeatures, CaptionBatches
from captioner.training.features import cached_features
from captioner.training.losses import caption_loss
from captioner.training.teachers import Teacher
from captioner.vocabulary import PAD, Vocabulary, encode_captions

WARM_UP = 5  # steps in which functions are traced; not counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a folder of captioned photos")
    parser.add_argument("--cache", type=Path, default=Path("cache"), metavar="DIR", help="where to cache features")
    parser.add_argument("--steps", type=int, metavar="N", help="steps to train (default: the whole epoch)")
    options = parser.parse_args()

    preset = preset_named("merge-vgg16").but(encoder="mobilenetv2")
    examples = load_examples(options.data, "train")
    vocabulary = Vocabulary.from_captions(
        (caption for example in examples for caption in example.captions), preset.minimum_count
    )
    token_ids = encode_captions([example.captions for example in examples], vocabulary, 100)
    longest = (token_ids != PAD).sum(-1).max()  # no caption is cut, as in the notebooks
    token_ids = token_ids[:, :, :longest]
    encoder = build_encoder(preset, "imagenet")
    images = [example.image for example in examples]
    features = cached_features(images, encoder, KerasEngine(encoder).encode, options.cache)  # [images, 1, channels]

    teacher = Teacher(build_decoder(preset, len(vocabulary), encoder))
    teacher.compile(keras.optimizers.Adam(), loss=caption_loss(0.0), jit_compile=False)
    batches = CaptionBatches(CachedFeatures(features, features), token_ids, preset.batch_size, seed=0)
    notebook = notebook_model(len(vocabulary), longest - 1, features.shape[-1])
    ways = {
        "this project": (teacher, (batches[step] for step in range(len(batches)))),
        "the notebooks": (notebook, exploded(features, token_ids, len(vocabulary), preset.batch_size)),
    }
    steps = options.steps or len(batches)
    seconds = {name: [] for name in ways}
    for _ in tqdm(range(steps), unit="step"):
        for name, (model, epoch) in ways.items():
            start = perf_counter()
            model.train_on_batch(*next(epoch))
            seconds[name].append(perf_counter() - start)

    words = (token_ids[:, :, 1:] != PAD).sum()
    print(", ".join(measured_on().values()))
    print(f"{len(images):,} pictures, {words:,} words to learn in captions of up to {longest - 2}, ", end="")
    print(f"{len(vocabulary):,} tokens to choose from; {steps} of {len(batches)} steps")
    epochs = {name: len(batches) * sum(each[WARM_UP:]) / len(each[WARM_UP:]) for name, each in seconds.items()}
    for name, each in seconds.items():
        print(f"{name:>14} {epochs[name]:8.1f} s an epoch, {1000 * median(each[WARM_UP:]):8.0f} ms a step (median)")
    print(f"{'ratio':>14} {epochs['the notebooks'] / epochs['this project']:8.1f}")


if __name__ == "__main__":
    main()
