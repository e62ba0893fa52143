"""How fast `bulk` is beside `caption_batch`, from the same JPEG files: `python -m benchmarks.bulk FOLDER`."""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from captioner import Captioner


def main() -> None:
    """Print pictures a second of both, and their ratio; starting up is counted for neither."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=1000)
    options = parser.parse_args()
    photos = sorted(options.folder.rglob("*.jpg"))[: options.pictures]
    batch = caption_batch_rate(photos)
    empty = bulk(photos[:1])
    rate = (len(photos) - 1) / (bulk(photos) - empty)
    print(f"caption_batch {batch:.1f}, bulk {rate:.1f} pictures a second; ratio {rate / batch:.2f}")


def caption_batch_rate(photos: list[Path]) -> float:
    """Pictures a second, without starting up."""
    captioner = Captioner.from_pretrained()
    captioner.caption_batch(photos[:2])
    start = time.perf_counter()
    for first in range(0, len(photos), 100):
        captioner.caption_batch(photos[first : first + 100])
    return len(photos) / (time.perf_counter() - start)


def bulk(photos: list[Path]) -> float:
    """Seconds for these pictures, with starting up."""
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder, "photos.txt")
        names.write_text("".join(f"{photo.resolve()}\n" for photo in photos))
        start = time.perf_counter()
        command = [sys.executable, "-m", "captioner", "bulk", str(names), "--output", f"{folder}/out"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
