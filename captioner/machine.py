"""The machine a figure was measured on, in words."""

import os
import platform
from datetime import date
from pathlib import Path


def measured_on() -> dict[str, str]:
    """Date and machine, to stand beside a measured figure."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    return {"date": date.today().isoformat(), "machine": f"{os.cpu_count()} cores, {processor}, {platform.system()}"}
