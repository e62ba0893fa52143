"""What training on very many photos takes, by measuring a few: bytes on the disk, memory, and hours.

python -m benchmarks.large --data DIR [--photos 500] [--steps 20] [--target 118287] [FIT'S SETTINGS...]

The target is COCO's training split. The encoder starts untrained, which changes no figure.
"""

import argparse
import resource
import tempfile
from pathlib import Path
from time import perf_counter

import keras

from captioner.commands.options import add_settings, preset_of
from captioner.data import load_examples
from captioner.engines.export import fast_encode
from captioner.folder.model import Model
from captioner.machine import measured_on
from captioner.pictures.content import content_of
from captioner.pictures.member import file_size
from captioner.training.batches import CachedFeatures
from captioner.training.features import cached_features
from captioner.training.losses import caption_loss
from captioner.training.optimizer import optimizer_of
from captioner.training.teachers import teaching
from captioner.vocabulary import Vocabulary, encode_captions

COCO = 118_287
WARM_UP = 3  # steps in which functions are traced; not counted


def main() -> None:
    """Measure some photos, and print a row for them and for the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="DIR", help="folders or shards of captioned photos")
    parser.add_argument("--photos", type=int, default=500, metavar="N", help="to measure (default: 500)")
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="of training to measure (default: 20)")
    parser.add_argument("--target", type=int, default=COCO, metavar="N", help=f"photos to plan for (default: {COCO})")
    add_settings(parser)
    options = parser.parse_args()
    preset = preset_of(options)
    start = perf_counter()
    examples = load_examples(options.data, "train")
    finding = (perf_counter() - start) / len(examples)
    examples = examples[: options.photos]
    images = [example.image for example in examples]
    start = perf_counter()
    for image in images:
        content_of(image, image.name)
    reading = (perf_counter() - start) / len(images)

    start = perf_counter()
    vocabulary = Vocabulary.from_captions((text for each in examples for text in each.captions), preset.minimum_count)
    token_ids = encode_captions([example.captions for example in examples], vocabulary, preset.caption_length)
    words = perf_counter() - start
    model = Model.build("plan", preset, vocabulary)
    encode = fast_encode(model.encoder)
    with tempfile.TemporaryDirectory() as cache:
        before = peak()
        start = perf_counter()
        features = cached_features(images, model.encoder, encode, Path(cache))
        encoding, grown = perf_counter() - start, peak() - before
        bytes_each = features.nbytes / len(images)
        training = seconds_a_photo(model, CachedFeatures(features), token_ids, options.steps)

    figures = {
        "bytes of JPEG": sum(map(file_size, images)) / len(images),
        f"bytes of cache, {preset.views} views": bytes_each * preset.views,
        "bytes of captions in memory": token_ids.nbytes / len(images),
        "seconds to find the photos": finding,
        "seconds to read their files": reading,
        "seconds to count and encode the words": words / len(images),
        f"seconds to encode, {preset.views} views": encoding / len(images) * preset.views,
        "seconds to train the decoder, an epoch": training,
    }
    print(", ".join(measured_on().values()))
    print(f"{len(images):,} photos, {preset.encoder} with {preset.decoder}; memory grew by {grown:.0f} MB, ", end="")
    print(f"to {peak():.0f} MB at most")
    for name, each in figures.items():
        unit, size, digits = ("GB", 1e9, 0) if name.startswith("bytes") else ("min", 60, 5)
        whole = each * options.target / size
        print(f"{name:>42} {each:12,.{digits}f} a photo {whole:10.2f} {unit} for {options.target:,}")


def seconds_a_photo(model: Model, features: CachedFeatures, token_ids, steps: int) -> float:
    """Seconds that training the decoder takes for a photo, the reading of its features included."""
    teacher_of, batches_of = teaching(model.decoder)
    preset, teacher = model.preset, teacher_of(model.decoder)
    batches = batches_of(features, token_ids, preset.batch_size, 0)
    optimizer: keras.optimizers.Optimizer = optimizer_of(preset, preset.learning_rate, len(batches))
    teacher.compile(optimizer, loss=caption_loss(preset.label_smoothing), jit_compile=False)
    start = perf_counter()
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            start = perf_counter()
        teacher.train_on_batch(*batches[step % len(batches)])
    return (perf_counter() - start) / steps / preset.batch_size


def peak() -> float:
    """Megabytes of memory that this process has taken at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
