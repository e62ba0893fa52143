"""Where a figure was measured and how a model was made: the machine in words, and the command."""

import os
import platform
import re
import shlex
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path


def measured_on() -> dict[str, str]:
    """Date and machine, to go with a measured figure."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    return {"date": date.today().isoformat(), "machine": f"{os.cpu_count()} cores, {processor}, {platform.system()}"}


def made_by(program: str, arguments: Sequence[str]) -> dict:
    """The command as `typed`, and this program's commit; None without Git."""
    return {"command": typed(program, arguments), "commit": _commit()}


def typed(program: str, arguments: Sequence[str]) -> str:
    """A command as you would type it, with absolute paths cut to their last part."""
    return shlex.join(["python", program, *(re.sub(r"(^|=)[/~]\S*/", r"\1", each) for each in arguments)])


def _commit() -> str | None:
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit} with changes" if changed else commit
