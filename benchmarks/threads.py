"""Captions a second from four threads: sharing one captioner, or with one captioner each.

python benchmarks/threads.py [--captions N]
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from captioner import Captioner, open_image  # noqa: E402
from captioner.machine import measured_on  # noqa: E402

THREADS = 4


def rate(captioners: Sequence[Captioner], pictures: list, expected: list[str]) -> tuple[float, int]:
    """Captions a second, and how many differ from those a single thread writes."""

    def work(thread: int) -> int:
        mine = list(zip(pictures, expected, strict=True))[thread::THREADS]
        return sum(captioners[thread % len(captioners)].caption(picture).text != text for picture, text in mine)

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        wrong = sum(pool.map(work, range(THREADS)))
    return len(pictures) / (time.perf_counter() - start), wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=2000, help="captions to write each way (default: %(default)s)")
    options = parser.parse_args()
    captioners = [Captioner.from_pretrained() for _ in range(THREADS)]
    photos = [open_image(path) for path in sorted((ROOT / "examples").glob("*.jpg"))]
    alone = [captioners[0].caption(photo).text for photo in photos]
    pictures, expected = (list(islice(cycle(each), options.captions)) for each in (photos, alone))
    print(", ".join(measured_on().values()))
    for name, shared in ("one for all", captioners[:1]), ("one each", captioners):
        speed, wrong = rate(shared, pictures, expected)
        print(f"{name}: {speed:.1f} captions a second, {wrong} of {options.captions:,} wrong")


if __name__ == "__main__":
    main()
