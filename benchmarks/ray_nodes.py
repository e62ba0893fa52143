"""`bulk --engine ray` on a cluster of two nodes with a core each, on this machine, one of which is killed in mid-run.

python -m benchmarks.ray_nodes FOLDER [--pictures 2000] [--work DIR]

The photos of FOLDER get as many names as there are to be pictures, as hard links in many folders.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as dataset

from benchmarks.distribute import ROOT, free_ports
from benchmarks.many import add_pictures, counted, linked, photos_in
from benchmarks.process import by_quarter, descendants, resident
from captioner.machine import measured_on

ENVIRONMENT = os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0"}
# Ray gives its agents 15 seconds to start: what this does not use is left out.
LEAN = ("--disable-usage-stats", "--object-store-memory=200000000", "--num-cpus=1", "--block")
HEAD = ("--include-dashboard=false", "--include-log-monitor=false", "--no-monitor")
TRIES, PATIENCE = 5, 60  # seconds for a node to start
PAUSE = 5.0  # seconds between looks at the memory
AGENTS = ("dashboard-agent-grpc-port", "dashboard-agent-listen-port", "metrics-export-port", "runtime-env-agent-port")


def main() -> None:
    """Caption on two nodes, kill one, and count the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_pictures(parser, 2000)
    options = parser.parse_args()
    photos = photos_in(options.folder, parser)
    with tempfile.TemporaryDirectory(dir=options.work, prefix="many-") as work:
        names = linked(photos, Path(work, "photos"), options.pictures)
        [port] = free_ports(1)
        with (
            node(work, f"--port={port}", "--head", *HEAD) as first,
            node(work, f"--address=127.0.0.1:{port}") as second,
        ):
            seconds, seen, memory = caption(work, f"127.0.0.1:{port}", first, second, options.pictures)
        rows = dataset.dataset(Path(work, "captions"), format="parquet").to_table(columns=["id", "text"])
        ids = rows.column("id").to_pylist()
    print(", ".join(measured_on().values()))
    print(
        f"{len(names):,} pictures on two nodes; one was killed when {seen:,} had a row; {seconds:,.0f} s with the start"
    )
    print(f"{counted(ids, names, Path(work, 'photos'))}; {rows.column('text').null_count:,} errors")
    print(f"MB of the node that stays and of the command, by quarter from the kill on: {by_quarter(memory)}")


@contextmanager
def node(work: str, *arguments: str):
    """A node of the cluster, in a process of its own, which is ended with all that it has started."""
    log = Path(work, f"node{arguments[0].strip('-').partition('=')[0]}.log")
    for _ in range(TRIES):
        ports = (f"--{name}={port}" for name, port in zip(AGENTS, free_ports(len(AGENTS)), strict=True))
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", *arguments, *LEAN, *ports]
        with log.open("w") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=file, stderr=file)
        until = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < until and "Ray runtime started" not in log.read_text():
            time.sleep(0.5)
        if process.poll() is None and "Ray runtime started" in log.read_text():
            break
        end(process)
    else:
        sys.exit(f"Ray does not start here:\n{log.read_text()}")
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """Kill a process and all that it has started."""
    for each in [*descendants(process.pid), process.pid]:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    process.wait()


def caption(
    work: str, address: str, first: subprocess.Popen, second: subprocess.Popen, pictures: int
) -> tuple[float, int, list[float]]:
    """Caption all, with the second node killed when a third is done.

    Returns:
        the seconds of the whole, the rows there were at the kill, and the megabytes of the first node and of the
        command, every few seconds from then on.
    """
    output, start, memory = Path(work, "captions"), time.perf_counter(), []
    command = [sys.executable, "-m", "captioner", "bulk", f"{work}/photos", "--output", str(output)]
    command += ["--engine", "ray", "--address", address, "--rows-per-file", str(max(pictures // 20, 1))]
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT) as run:
        while (seen := staged(output)) < pictures // 3:
            if run.poll() is not None:
                sys.exit(f"bulk ended with {run.returncode} before a node was killed: take more --pictures.")
            time.sleep(0.5)
        end(second)
        while run.poll() is None:
            time.sleep(PAUSE)
            memory.append(resident(first.pid) + resident(run.pid))
    if run.returncode:
        sys.exit(f"bulk ended with {run.returncode}.")
    return time.perf_counter() - start, seen, memory


def staged(output: Path) -> int:
    """How many rows Ray's workers have written so far."""
    count = 0
    for path in output.glob("_staging-*/*.parquet"):
        with suppress(pa.ArrowInvalid, OSError):  # still being written
            count += dataset.dataset(path, format="parquet").count_rows()
    return count


if __name__ == "__main__":
    main()
