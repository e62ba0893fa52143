"""Very many pictures through `bulk`, killed at random moments: how many rows there are, how fast, and in what memory.

python -m benchmarks.bulk_killed FOLDER [--pictures 100000] [--kills 3] [--work DIR]

The photos of FOLDER get as many names as there are to be pictures, as hard links in many folders.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pyarrow.dataset as dataset

from benchmarks.bulk import caption_batch_rate
from benchmarks.many import add_pictures, counted, linked, photos_in
from benchmarks.process import by_quarter, resident
from captioner.machine import measured_on

ROOT = Path(__file__).resolve().parent.parent
PAUSE = 1.0  # seconds between looks at the memory


def main() -> None:
    """Make the pictures, caption them with kills in between, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_pictures(parser, 100_000)
    parser.add_argument("--kills", type=int, default=3, metavar="N", help="(default: 3)")
    parser.add_argument("--rows-per-file", type=int, default=1000, metavar="N", help="(default: 1000)")
    parser.add_argument("--beside", type=int, default=1000, metavar="N", help="for `caption_batch` (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills (default: 0)")
    options = parser.parse_args()
    photos = photos_in(options.folder, parser)
    with tempfile.TemporaryDirectory(dir=options.work, prefix="many-") as work:
        names = linked(photos, Path(work, "photos"), options.pictures)
        batch = caption_batch_rate(names[: options.beside])
        runs = [bulk(work, options.rows_per_file, until) for until in moments(options)]
        rows = dataset.dataset(Path(work, "captions"), format="parquet").to_table(columns=["id", "text", "error"])
        ids = rows.column("id").to_pylist()
        row = sum(part.stat().st_size for part in Path(work, "captions").glob("part-*")) / max(len(ids), 1)
        read = sum(name.stat().st_size for name in names) / len(names)

    print(", ".join(measured_on().values()))
    print(f"{len(names):,} pictures, killed {len(runs) - 1} times, with {[run['pictures'] for run in runs]} rows then")
    print(f"{counted(ids, names, Path(work, 'photos'))}; ", end="")
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


if __name__ == "__main__":
    main()
