"""Keep the catalogs up to date: find every text of the page, and update the `.po` files (make texts).

A new language begins as an empty file of its name, such as `fr.po`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
CATALOGS = Path(__file__).parent
KEYWORDS = dict.fromkeys(("gettext", "_", "N_", "label"))
METHODS = [("**/snippets/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2")]
ANSWERS = ROOT / "captioner/answer.py"  # its notes on the fields are shown on the page
LINE = 120  # characters


def meanings(file, keywords, comments, options) -> Iterator[tuple]:
    """The notes of a module's `Annotated[..., "note"]`, as a Babel extraction method."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "Annotated":
            note = node.slice.elts[1]
            yield note.lineno, None, note.value, []


def extracted() -> Catalog:
    """Every text of the page, each with the files it is in."""
    catalog = Catalog(project="Captioner", version="1", fuzzy=False)
    for file, _, text, _, _ in extract_from_dir(ROOT / "ui", METHODS, keywords=KEYWORDS):
        catalog.add(text, locations=[(f"ui/{file}", None)])
    for _, text, _, _ in extract_from_file(meanings, ANSWERS):
        catalog.add(text, locations=[(ANSWERS.relative_to(ROOT).as_posix(), None)])
    return catalog


def update(file: Path, template: Catalog) -> list[str]:
    """Bring one catalog up to date -> its texts that wait for a translation."""
    with file.open("rb") as opened:
        catalog = read_po(opened, locale=file.stem)
    if not catalog:  # a new language
        catalog.header_comment = "# The page's texts; make texts brings this file up to date."
        catalog.project, catalog.version, catalog.fuzzy = template.project, template.version, False
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    with file.open("wb") as opened:
        write_po(opened, catalog, width=LINE, sort_by_file=True, include_lineno=False)
    return [message.id for message in catalog if message.id and not message.string]


def main() -> None:
    template = extracted()
    for file in sorted(CATALOGS.glob("*.po")):
        waiting = update(file, template)
        print(f"{file.name}: {len(template)} texts, {len(waiting)} without a translation")
        for text in waiting:
            print(f"  {text}")


if __name__ == "__main__":
    main()
