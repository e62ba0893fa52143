"""Memory does not grow with the number of pictures."""

import json
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from statistics import mean

import pytest

from tests.bulk.made import FAST, rows, tiny
from tests.conftest import ROOT

PICTURES, BEHIND = 400, bytes(150_000)  # behind each picture: kept in memory, they would be 60 MB
MOST = 1.05  # times the memory of the first quarter
CHILD = """
import json, multiprocessing, os, sys
from pathlib import Path
from captioner.__main__ import main
from captioner.bulk.output import Output

def resident(process):
    [line] = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])

def measured(output, rows):
    write(output, rows)
    if rows:
        workers = [worker.pid for worker in multiprocessing.active_children()]
        print(json.dumps([resident(each) for each in (os.getpid(), *workers)]))

write, Output.write = Output.write, measured
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc, which tells a process's memory")
def test_memory_is_flat_in_the_command_and_in_its_worker(tmp_path):
    with tarfile.open(tmp_path / "photos.tar", "w") as archive:
        for number in range(PICTURES):
            content = tiny(number) + BEHIND
            entry = tarfile.TarInfo(f"{number}.jpg")
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    arguments = ["bulk", str(tmp_path / "photos.tar"), "--output", str(tmp_path / "out"), "--rows-per-file", "10"]
    command = [sys.executable, "-c", CHILD, *arguments, *FAST]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert len(rows(tmp_path / "out")) == PICTURES
    samples = [json.loads(line) for line in run.stdout.splitlines()]  # KiB of each process, after each part file
    assert len(samples) == PICTURES // 10
    quarter = len(samples) // 4
    for process in zip(*samples, strict=True):
        first, last = mean(process[:quarter]), mean(process[-quarter:])
        print(f"{first:,.0f} KiB at first, {last:,.0f} KiB at last: {last / first:.3f}")
        assert last <= first * MOST
