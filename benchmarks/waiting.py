"""How long a visitor's photo takes while the page reads four worst-case files, over its HTTP API.

python benchmarks/waiting.py [--times N]
"""

import argparse
import io
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402

from benchmarks.served import served_page  # noqa: E402
from captioner.machine import measured_on  # noqa: E402

PHOTO = ROOT / "examples" / "cat.jpg"
SIDES, WEBP_SIDES = (7700, 7700), (4900, 4900)  # just below the limits
MOST_SECONDS = 1


def worst_files() -> list[tuple[str, bytes]]:
    """(type, content) of the largest files allowed, encoded to take as long as possible to read."""
    with Image.open(PHOTO) as picture:
        large = picture.convert("RGB").resize(SIDES)
    ways = {
        "image/jpeg": {"format": "JPEG", "progressive": True, "subsampling": 0, "quality": 80},
        "image/png": {"format": "PNG", "compress_level": 1},
        "image/webp": {"format": "WEBP", "method": 0, "quality": 60},
        "image/avif": {"format": "AVIF", "speed": 10, "quality": 60},
    }
    files = []
    for kind, options in ways.items():
        file = io.BytesIO()
        (large.resize(WEBP_SIDES) if kind == "image/webp" else large.copy()).save(file, **options)
        files.append((kind, file.getvalue()))
    return files


def ask(url: str, kind: str, content: bytes) -> float:
    """Seconds until there is an answer, whatever it is."""
    request = urllib.request.Request(f"{url}api/caption", content, {"Content-Type": kind})
    start = time.perf_counter()
    try:
        urllib.request.urlopen(request, timeout=120).read()
    except urllib.error.HTTPError as error:
        error.read()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="photos to send (default: %(default)s)")
    options = parser.parse_args()
    files, photo, done = worst_files(), PHOTO.read_bytes(), threading.Event()

    def keep_asking(url: str, kind: str, content: bytes) -> None:
        while not done.is_set():
            ask(url, kind, content)

    with served_page() as (url, _):
        alone = statistics.median(ask(url, "image/jpeg", photo) for _ in range(options.times))
        visitors = [threading.Thread(target=keep_asking, args=(url, *each)) for each in files]
        for visitor in visitors:
            visitor.start()
        time.sleep(1)  # until all four are at work
        meanwhile = statistics.median(ask(url, "image/jpeg", photo) for _ in range(options.times))
        done.set()
        for visitor in visitors:
            visitor.join()
    print(", ".join(measured_on().values()))
    print(f"alone {alone:.2f} s, while four large files are read {meanwhile:.2f} s (median of {options.times})")
    sys.exit(meanwhile > MOST_SECONDS)


if __name__ == "__main__":
    main()
