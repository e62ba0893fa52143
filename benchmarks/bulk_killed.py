"""Very many pictures through `bulk`, killed at random moments: how many rows there are, how fast, and in what memory.

python -m benchmarks.bulk_killed FOLDER [--pictures 100000] [--kills 3] [--work DIR]

The photos of FOLDER get as many names as there are to be pictures, as hard links in many folders.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import mean

import pyarrow.dataset as dataset

from captioner import Captioner
from captioner.machine import measured_on

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = 1000  # pictures in a folder
SUFFIXES = (".jpg", ".jpeg")
PAUSE = 1.0  # seconds between looks at the memory


def main() -> None:
    """Make the pictures, caption them with kills in between, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of JPEG photos")
    parser.add_argument("--pictures", type=int, default=100_000, metavar="N", help="(default: 100000)")
    parser.add_argument("--kills", type=int, default=3, metavar="N", help="(default: 3)")
    parser.add_argument("--rows-per-file", type=int, default=1000, metavar="N", help="(default: 1000)")
    parser.add_argument("--beside", type=int, default=1000, metavar="N", help="for `caption_batch` (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills (default: 0)")
    parser.add_argument("--work", type=Path, metavar="DIR", help="on the photos' disk (default: the temporary folder)")
    options = parser.parse_args()
    photos = sorted(path for path in options.folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not photos:
        parser.error(f"there are no JPEG files in {options.folder}")
    with tempfile.TemporaryDirectory(dir=options.work, prefix="many-") as work:
        names = linked(photos, Path(work, "photos"), options.pictures)
        batch = caption_batch_rate(names[: options.beside])
        runs = [bulk(work, options.rows_per_file, until) for until in moments(options)]
        rows = dataset.dataset(Path(work, "captions"), format="parquet").to_table(columns=["id", "text", "error"])
        wanted = {str(name.relative_to(Path(work, "photos"))) for name in names}
        ids = rows.column("id").to_pylist()
        row = sum(part.stat().st_size for part in Path(work, "captions").glob("part-*")) / max(len(ids), 1)
        read = sum(name.stat().st_size for name in names) / len(names)

    print(", ".join(measured_on().values()))
    print(f"{len(names):,} pictures, killed {len(runs) - 1} times, with {[run['pictures'] for run in runs]} rows then")
    verdict = "exactly one row a picture" if len(ids) == len(wanted) and set(ids) == wanted else "NOT one row a picture"
    print(f"{len(ids):,} rows, {len(set(ids)):,} distinct ids: {verdict}; ", end="")
    print(f"{len(ids) - rows.column('text').null_count:,} captions, {rows.column('text').null_count:,} errors")
    print(f"{read:,.0f} bytes a picture, {row:,.0f} bytes a row")
    before = 0
    for number, run in enumerate(runs, 1):
        done, before = run["pictures"] - before, run["pictures"]
        print(f"run {number}: {done:,} pictures in {run['seconds']:,.0f} s with the start, ", end="")
        print(f"{run['rate']:.1f} a second once under way; MB by quarter: {by_quarter(run['memory'])}")
    rate = runs[-1]["rate"]
    print(f"caption_batch {batch:.1f}, bulk {rate:.1f} pictures a second; ratio {rate / batch:.2f}")
    print(
        json.dumps(
            {**measured_on(), "batch": batch, "runs": [{**run, "memory": by_quarter(run["memory"])} for run in runs]}
        )
    )


def linked(photos: list[Path], home: Path, count: int) -> list[Path]:
    """So many names of the photos, in folders of `TOGETHER`."""
    names = []
    for number in range(count):
        photo = photos[number % len(photos)]
        name = home / f"{number // TOGETHER:04d}" / f"{number:07d}{photo.suffix}"
        if number % TOGETHER == 0:
            name.parent.mkdir(parents=True)
        try:
            os.link(photo, name)
        except OSError:  # another disk
            shutil.copyfile(photo, name)
        names.append(name)
    return names


def caption_batch_rate(photos: list[Path]) -> float:
    """Pictures a second, without the start."""
    captioner = Captioner.from_pretrained()
    captioner.caption_batch(photos[:2])
    start = time.perf_counter()
    for first in range(0, len(photos), 100):
        captioner.caption_batch(photos[first : first + 100])
    return len(photos) / (time.perf_counter() - start)


def moments(options: argparse.Namespace) -> list[int | None]:
    """How many pictures have a row when a run is killed, the last one never."""
    drawn = random.Random(options.seed)
    return [*sorted(drawn.randrange(options.pictures * 9 // 10) for _ in range(options.kills)), None]


def bulk(work: str, rows_per_file: int, until: int | None) -> dict:
    """One run, killed with all its processes a moment after so many pictures have a row."""
    output = Path(work, "captions")
    command = [sys.executable, "-m", "captioner", "bulk", f"{work}/photos", "--output", str(output)]
    command += ["--rows-per-file", str(rows_per_file)]
    memory, seen, start = [], [(time.perf_counter(), rows_in(output))], time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        while run.poll() is None:
            time.sleep(PAUSE)
            if (rows := rows_in(output)) != seen[-1][1]:
                seen.append((time.perf_counter(), rows))
            if len(seen) > 1:  # the models are loaded
                memory.append(resident(run.pid))
            if until is not None and rows >= until:
                time.sleep(random.random() * PAUSE)
                with suppress(ProcessLookupError):
                    os.killpg(run.pid, signal.SIGKILL)
                break
    if until is None and run.returncode:
        sys.exit(f"bulk ended with {run.returncode}.")
    seen.append((time.perf_counter(), rows_in(output)))
    first, last = seen[min(1, len(seen) - 1)], seen[-2]  # from the first part file to the last full one
    rate = (last[1] - first[1]) / (last[0] - first[0]) if last[0] > first[0] else 0.0
    return {"pictures": seen[-1][1], "seconds": time.perf_counter() - start, "rate": rate, "memory": memory}


def rows_in(output: Path) -> int:
    """How many rows the part files have."""
    return dataset.dataset(output, format="parquet").count_rows() if list(output.glob("part-*")) else 0


def resident(process: int) -> float:
    """Megabytes of a process and its children; 0 if it has ended."""
    total = 0.0
    with suppress(OSError):
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
        total = int(status.get("VmRSS", "0").split()[0]) / 1000
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            total += sum(resident(int(child)) for child in children.read_text().split())
    return total


def by_quarter(memory: list[float]) -> list[int]:
    """The mean of each quarter of a run, from its first part file on."""
    size = max(len(memory) // 4, 1)
    return [round(mean(memory[first : first + size])) for first in range(0, min(4 * size, len(memory)), size)]


if __name__ == "__main__":
    main()
