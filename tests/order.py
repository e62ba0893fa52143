"""In which process a test runs, and when: what takes long to set up is set up once, and the longest wings come first."""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ["browser", "commands", "api"]  # wings with a server or a trained model that all their tests share
LONGEST = [*TOGETHER, "engines", "networks", "training"]


def wing_of(nodeid: str) -> str:
    """`tests/WING/test_file.py::test` -> WING, or "" for the tests of no wing."""
    _, wing, *rest = nodeid.partition("::")[0].split("/")
    return wing if rest else ""


def longest_first(item) -> int:
    """Where a test's wing comes: processes that are done early then share what is short."""
    wing = wing_of(item.nodeid)
    return LONGEST.index(wing) if wing in LONGEST else len(LONGEST)


class Together(LoadScopeScheduling):
    """Every file runs in one process, and so do the files of a wing that share something."""

    def _split_scope(self, nodeid: str) -> str:
        wing = wing_of(nodeid)
        return wing if wing in TOGETHER else nodeid.partition("::")[0]
