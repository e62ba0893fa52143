"""What a running process takes of the machine, as Linux tells it."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean


@dataclass(frozen=True)
class Sample:
    """A look at a process.

    Attributes:
        seconds: since the beginning.
        megabytes: of memory that is its own or shared (resident).
        threads, open_files: how many it has.
        temporary_files: how many lie in its folder of uploads.
    """

    seconds: float
    megabytes: float
    threads: int
    open_files: int
    temporary_files: int


def sample(process: int, uploads: Path, seconds: float) -> Sample:
    """Look at a process and its folder of uploads."""
    told = status(process)
    megabytes = round(int(told["VmRSS"].split()[0]) / 1024, 1)
    open_files = len(list(Path(f"/proc/{process}/fd").iterdir()))
    files = sum(path.is_file() for path in uploads.rglob("*"))
    return Sample(round(seconds, 1), megabytes, int(told["Threads"]), open_files, files)


def status(process: int) -> dict[str, str]:
    """A process's `/proc/PID/status`, by name.

    Raises:
        OSError: it has ended.
    """
    return dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())


def descendants(process: int) -> list[int]:
    """What a process and its children have started."""
    found = []
    with suppress(OSError):  # it has ended meanwhile
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, children.read_text().split()):
                found += [child, *descendants(child)]
    return found


def resident(process: int) -> float:
    """Megabytes of a process and all that it has started; those that have ended count nothing."""
    total = 0.0
    for each in (process, *descendants(process)):
        with suppress(OSError):
            total += int(status(each).get("VmRSS", "0").split()[0]) / 1000
    return total


def by_quarter(memory: list[float]) -> list[int]:
    """The mean of each quarter of a run, from its first part file on."""
    size = max(len(memory) // 4, 1)
    return [round(mean(memory[first : first + size])) for first in range(0, min(4 * size, len(memory)), size)]
