"""The house: which wing stands on which, where a file may lie, and how long it may be."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# The library from the ground up: each imports only from its own wing and from those before it. "__init__" is the public
# face, `from captioner import ...`, which stands on `captioner/captioner.py`.
WINGS = (
    "errors", "disk", "arrays", "machine", "vocabulary", "pictures", "data", "networks", "search", "guide", "folder",
    "engines", "captioner", "__init__", "answer", "evaluation", "publishing", "bulk", "training", "commands",
    "__main__",
)  # fmt: skip
MODULES = {
    "errors",
    "arrays",
    "machine",
    "vocabulary",
    "captioner",
    "answer",
    "__init__",
    "__main__",
}  # the others: folders
PAGE = {
    "__init__",
    "errors",
    "disk",
    "pictures",
    "folder",
    "captioner",
    "answer",
    "bulk",
}  # what `ui` and `app.py` stand on
ABOVE = {"gradio", "ui", "app", "train", "tests", "benchmarks"}  # what the library knows nothing of
LONGEST = 350  # lines
CODE = (".py", ".js", ".css", ".html")


def problems(root: Path) -> list[str]:
    """What is in the wrong place, imports the wrong way or is too long, a sentence each."""
    return [*misplaced(root / "captioner"), *upward(root), *too_long(root)]


def misplaced(library: Path) -> Iterator[str]:
    for path in sorted(library.iterdir()):
        if path.is_file() and path.suffix == ".py" and path.stem not in MODULES:
            yield f"captioner/{path.name} belongs in a wing: only {', '.join(sorted(MODULES))} stand beside the wings."
        if path.is_dir() and any(path.rglob("*.py")):
            if path.name not in set(WINGS) - MODULES:
                yield f"captioner/{path.name}/ is no wing: use one there is, or add it to WINGS and to the design."
            elif not (path / "__init__.py").exists() or not docstring(path / "__init__.py"):
                yield f"captioner/{path.name}/__init__.py does not say in a sentence what the wing is for."


def docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def upward(root: Path) -> Iterator[str]:
    for path in sorted((root / "captioner").rglob("*.py")):
        here = path.relative_to(root / "captioner").parts[0].removesuffix(".py")
        for line, module in imports(path, root):
            where = f"{path.relative_to(root)}, line {line}, imports {'.'.join(module)}"
            if module[0] in ABOVE:
                yield f"{where}: the library never imports {module[0]}."
            if (
                module[0] == "captioner"
                and {here, module[1]} <= set(WINGS)
                and WINGS.index(module[1]) > WINGS.index(here)
            ):
                yield f"{where}: {module[1]} stands above {here}. Move the code down, or hand over what it needs."
    for path in sorted([*root.glob("app.py"), *(root / "ui").rglob("*.py")]):
        for line, module in imports(path, root):
            if module[0] == "captioner" and module[1] not in PAGE:
                where = f"{path.relative_to(root)}, line {line}, imports {'.'.join(module)}"
                yield f"{where}: the page stands on {', '.join(sorted(PAGE))} alone; use `from captioner import ...`."


def imports(path: Path, root: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, dotted name) of each import, also inside functions and for type checkers."""
    package = path.relative_to(root).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, named(*alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            for alias in node.names:
                yield node.lineno, named(*base, *(node.module or "").split(".") * bool(node.module), alias.name)


def named(*parts: str) -> tuple[str, ...]:
    """`from captioner import guide` is of the wing, `from captioner import Captioner` of the face."""
    if parts[0] == "captioner" and not set(parts[1:2]) & set(WINGS):
        return ("captioner", "__init__", *parts[1:])
    return parts


def too_long(root: Path) -> Iterator[str]:
    for folder in ("", "captioner", "ui", "tests", "benchmarks", "docs"):
        paths = (root / folder).rglob("*") if folder else root.glob("*")
        for path in sorted(path for path in paths if path.suffix in CODE and "node_modules" not in path.parts):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LONGEST:
                yield f"{path.relative_to(root)} has {lines} lines; split it by what it does: {LONGEST} is the most."


def test_every_file_stands_in_its_wing_and_no_import_runs_back_up():
    found = [*misplaced(ROOT / "captioner"), *upward(ROOT)]
    assert not found, "\n".join(found)


def test_no_file_of_code_is_too_long():
    found = [*too_long(ROOT)]
    assert not found, "\n".join(found)


def test_the_modules_beside_the_wings_are_eight_at_most():
    assert len(MODULES) <= 8 and set(WINGS) >= MODULES | PAGE


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The sources, in a place where they may be spoiled."""
    home = tmp_path_factory.mktemp("house")
    for folder in "captioner", "ui":
        shutil.copytree(ROOT / folder, home / folder, ignore=lambda _, names: {"__pycache__"} & set(names))
    return home


@pytest.fixture(scope="module")
def found_before(copy):
    return set(problems(copy))


PLANTED = {
    "above": ("captioner/search/beam.py", "from captioner.guide.guidance import Guidance", "guide stands above search"),
    "in a function": ("captioner/errors.py", "def late():\n    import captioner.arrays", "arrays stands above errors"),
    "for a type": (
        "captioner/networks/build.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from captioner.engines import Engine",
        "engines stands above networks",
    ),
    "relative": ("captioner/guide/nouns.py", "from ..folder import hub", "folder stands above guide"),
    "a wing by its name": (
        "captioner/data/flickr8k.py",
        "from captioner import training",
        "training stands above data",
    ),
    "the face": ("captioner/engines/engine.py", "from captioner import Captioner", "__init__ stands above engines"),
    "gradio": ("captioner/bulk/captions.py", "def show():\n    import gradio", "never imports gradio"),
    "ui": ("captioner/publishing/space.py", "from ui.page import cards", "never imports ui"),
    "the page": ("ui/page/cards.py", "from captioner.search.beam import IMPOSSIBLE", "use `from captioner import ...`"),
    "a ninth module": ("captioner/ninth.py", "", "captioner/ninth.py belongs in a wing"),
    "no wing": ("captioner/odds/ends.py", "", "captioner/odds/ is no wing"),
    "a long file": ("captioner/search/beam.py", "\n" * LONGEST, "captioner/search/beam.py has"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_in_the_wrong_place_is_found_and_said_in_a_sentence(copy, found_before, what):
    file, code, said = PLANTED[what]
    path, missing = copy / file, not (copy / file).parent.exists()
    path.parent.mkdir(exist_ok=True)
    sound = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{sound or ''}\n{code}\n", encoding="utf-8")
    [problem] = set(problems(copy)) - found_before
    assert said in problem and problem.endswith(".")
    if missing:
        shutil.rmtree(path.parent)
    elif sound is None:
        path.unlink()
    else:
        path.write_text(sound, encoding="utf-8")
