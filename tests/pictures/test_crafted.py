"""Files made to be expensive; `crafted.py` beside this tries all of them."""

import json
import subprocess
import sys

import pytest

from tests.pictures.crafted import MAKERS, MOST_MEGABYTES, MOST_SECONDS, SHARED

SOME = list(MAKERS)[::6]
BUSY = 1.5  # times longer, where other programs use the same cores


@pytest.mark.skipif(sys.platform != "linux", reason="time and memory are counted otherwise elsewhere")
def test_no_file_takes_more_time_or_memory_than_is_allowed():
    """In a process of its own, whose memory nothing else has filled."""
    command = [sys.executable, "-m", "tests.pictures.crafted", "--json", *SOME]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    *costs, apart = map(json.loads, run.stdout.splitlines())
    assert [name for name, *_ in costs] == [name for name in SOME for _ in ("read", "written")]
    for name, seconds, megabytes, outcome in costs:
        assert seconds < MOST_SECONDS * BUSY, (name, seconds, outcome)
        assert megabytes < MOST_MEGABYTES, (name, megabytes, outcome)
    assert apart < MOST_MEGABYTES + SHARED
