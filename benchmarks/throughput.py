"""Photos a second, many at a time, through the library and through the page's HTTP API.

python benchmarks/throughput.py [--model DIR] [--photos N]
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks.served import served_page  # noqa: E402
from captioner import Captioner, Search, open_image  # noqa: E402
from captioner.machine import measured_on  # noqa: E402
from captioner.pictures.images import to_pixels  # noqa: E402

RESULTS = ROOT / "docs" / "throughput.json"
AT_ONCE = (1, 2, 4, 8, 16, 32, 64)
BEAM_WIDTH = 3
UNGUIDED = Search(beam_width=BEAM_WIDTH, guided=False)
PHOTOS = sorted((ROOT / "examples").glob("*.jpg"))


def many(few: list, count: int) -> list:
    """Repeat a few items until there are `count`."""
    return list(itertools.islice(itertools.cycle(few), count))


def rate(work: Callable[[list], object], inputs: list, at_once: int) -> float:
    """Inputs per second, with `at_once` of them in each call."""
    groups = [inputs[start : start + at_once] for start in range(0, len(inputs), at_once)]
    work(groups[0])
    start = time.perf_counter()
    for group in groups:
        work(group)
    return len(inputs) / (time.perf_counter() - start)


def in_the_library(model: str | None, count: int) -> dict[str, list[float]]:
    """For each way of calling the library, the rate at each batch size."""
    captioner = Captioner.from_pretrained(model)
    size = (captioner.engine.size, captioner.engine.size)
    pictures = many([open_image(path).resize(size) for path in PHOTOS], count)
    files = many([path.read_bytes() for path in PHOTOS], count)
    pixels = list(to_pixels(pictures, size))
    plain = lambda group: captioner.caption_batch(group, search=UNGUIDED)  # noqa: E731
    ways = {
        "encoder alone": (lambda group: captioner.engine.encode(np.stack(group)), pixels),
        "beam 3 unguided, pictures in memory": (plain, pictures),
        "beam 3 unguided, JPEG files": (plain, files),
        "beam 3, pictures in memory": (lambda group: captioner.caption_batch(group, BEAM_WIDTH), pictures),
        "beam 3, JPEG files": (lambda group: captioner.caption_batch(group, BEAM_WIDTH), files),
    }
    return {name: [rate(work, inputs, at_once) for at_once in AT_ONCE] for name, (work, inputs) in ways.items()}


def over_http(count: int) -> list[float]:
    """The rate of the page's `/compare`, at each number of simultaneous visitors."""
    from gradio_client import Client, handle_file

    with served_page() as (url, _):
        clients = [Client(url, verbose=False) for _ in range(max(AT_ONCE[:-1]))]

        def ask(visitor: int, photo: Path):
            clients[visitor].predict(handle_file(photo), BEAM_WIDTH, api_name="/compare")

        rates = []
        for at_once in AT_ONCE[:-1]:
            with ThreadPoolExecutor(at_once) as visitors:
                work = lambda group: list(visitors.map(ask, itertools.count(), group))  # noqa: E731
                rates.append(rate(work, many(PHOTOS, min(count, 8 * at_once)), at_once))
        return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", metavar="DIR", help="a model folder (default: the built-in model)")
    parser.add_argument("--photos", type=int, default=256, metavar="N", help="photos per measurement (default: 256)")
    options = parser.parse_args()
    rows = in_the_library(options.model, options.photos)
    rows["greedy and beam 3, over HTTP"] = over_http(options.photos)
    print("| at a time | " + " | ".join(map(str, AT_ONCE)) + " |")
    print("|---" * (len(AT_ONCE) + 1) + "|")
    for name, rates in rows.items():
        print(f"| {name} | " + " | ".join(f"{each:.0f}" for each in rates) + " |")
    print(f"\nPhotos a second. {', '.join(measured_on().values())}")
    RESULTS.write_text(json.dumps({**measured_on(), "at once": AT_ONCE, "rates": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
