"""Model time for one picture on this machine: features, greedy and beam search, medians in milliseconds.

python benchmarks/latency.py [--model DIR] [--beam-width N] [--repeats N]
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from captioner import Captioner, open_image  # noqa: E402
from captioner.images import to_pixels  # noqa: E402
from captioner.machine import measured_on  # noqa: E402

WARM_UP = 3


def milliseconds(work: Callable, pictures: list, repeats: int) -> float:
    """Median over `repeats` calls, going through the pictures in turn, after a few calls that do not count."""
    for picture in pictures[:WARM_UP]:
        work(picture)
    times = []
    for number in range(repeats):
        picture = pictures[number % len(pictures)]
        start = perf_counter()
        work(picture)
        times.append(perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", metavar="DIR", help="a model folder (default: the model that comes along)")
    parser.add_argument("--beam-width", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--repeats", type=int, default=50, metavar="N", help="default: 50")
    options = parser.parse_args()

    start = perf_counter()
    captioner = Captioner.from_pretrained(options.model)
    loaded = perf_counter() - start
    size = captioner.model.encoder.size
    photos = [open_image(path).resize((size, size)) for path in sorted((ROOT / "examples").glob("*.jpg"))]
    pixels = [to_pixels([photo], (size, size)) for photo in photos]
    features = [captioner.engine.encode(picture) for picture in pixels]

    def whole(picture):
        return captioner.decode(captioner.engine.encode(picture), options.beam_width)

    rows = {
        "features": milliseconds(captioner.engine.encode, pixels, options.repeats),
        "greedy search": milliseconds(lambda one: captioner.decode(one, 1), features, options.repeats),
        f"beam {options.beam_width} search": milliseconds(
            lambda one: captioner.decode(one, options.beam_width), features, options.repeats
        ),
        f"features + beam {options.beam_width}": milliseconds(whole, pixels, options.repeats),
    }
    words = statistics.mean(len(captioner.decode(one, options.beam_width)[0].words) for one in features)
    print(f"{captioner.name}, one {size}x{size} picture, {len(photos)} photos in turn, {words:.1f} words a caption")
    print(", ".join(measured_on().values()))
    print(f"{'loading the model':>22} {1000 * loaded:8.1f} ms, once")
    for name, value in rows.items():
        print(f"{name:>22} {value:8.1f} ms, median of {options.repeats}")


if __name__ == "__main__":
    main()
