"""In which process a test runs, and when: what is long to set up is set up once, and the longest tests come first."""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = [  # files that share a server or a trained model
    ("tests/browser/",),
    ("tests/commands/test_evaluate.py", "tests/commands/test_fit.py", "tests/commands/test_look.py"),
    ("tests/api/",),
]
LONGEST = ("tests/browser/", "tests/commands/", "tests/api/", "tests/engines/", "tests/networks/", "tests/training/")


def longest_first(item) -> int:
    """Where a test's wing comes: processes that are done early then share what is short."""
    return next((place for place, wing in enumerate(LONGEST) if item.nodeid.startswith(wing)), len(LONGEST))


class Together(LoadScopeScheduling):
    """The tests of a file run in one process, and so do those of files that share something."""

    def _split_scope(self, nodeid: str) -> str:
        group = next((files for files in TOGETHER if nodeid.startswith(files)), None)
        return group[0] if group else nodeid.partition("::")[0]
