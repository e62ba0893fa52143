"""Markup, styles and scripts are in files of their own, and whatever a stranger wrote arrives on the page as text."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from captioner import Caption, Word
from ui.page.cards import Written, cards_html, problem_html
from ui.page.many import saved_html
from ui.page.render import TEMPLATES, UI, render
from ui.texts import texts

SCRIPT = "<script>alert(1)</script> ${alert(2)} {{ 3 * 3 }} \"' onload=x"
FOREIGN = re.compile(r"</?[a-z]|=>|function *\(|document\.|\{ *[a-z-]+: *[^}]+;? *\}")  # tags, JavaScript, CSS


def strings(file: Path):
    """The texts in a module's code, its docstrings aside."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    notes = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node.value


def test_no_markup_script_or_style_is_in_the_python_of_the_page():
    modules = [file for file in UI.rglob("*.py") if "snippets" not in file.parts]
    assert len(modules) > 20
    for file in modules:
        assert [text for text in strings(file) if FOREIGN.search(text)] == [], file
        assert "escape(" not in file.read_text(encoding="utf-8"), file


def test_every_template_can_be_read():
    names = TEMPLATES.list_templates()
    assert len(names) > 20
    for name in names:
        TEMPLATES.get_template(name)
    with pytest.raises(UndefinedError):
        render("problem.html")  # a value that is missing is a mistake, not a gap on the page


class Reader(HTMLParser):
    """The elements of a page, the names of their attributes, and all it says."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.attributes, self.said = set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.said += [value for _, value in attributes if value]

    def handle_data(self, data):
        self.said.append(data)


def test_what_a_stranger_wrote_is_text_on_the_page():
    caption = Caption(SCRIPT, -0.5, -1.5, True, (Word(SCRIPT, 0.5, None),), (Caption(SCRIPT, -1, -2, True, ()),))
    written = dict.fromkeys(("greedy", "beam", "compared", "third"), Written(caption, SCRIPT, 1.0, 1.0))
    cards = cards_html(written, 3, "diverse", SCRIPT)
    assert cards.pop("greedy") == ""
    del written["compared"]
    for html in (
        problem_html(ValueError(SCRIPT)),
        *cards.values(),
        cards_html(written, 3, compared=SCRIPT)["compared"],
        saved_html(SCRIPT, {SCRIPT: SCRIPT}),
        render("loading.html", name=SCRIPT),
    ):
        page = Reader(html)
        assert "script" not in page.tags and "onload" not in page.attributes
        assert SCRIPT in " ".join(page.said)


def test_a_translation_is_text_and_only_a_templates_own_markup_stays(monkeypatch):
    translations = {"{name} is loaded.": "<i>{name}</i> & geladen", "Recent": "<b>Zuletzt</b>"}
    monkeypatch.setitem(texts.TRANSLATIONS, "de", translations)
    token = texts._chosen.set("de")
    try:
        loaded = {"name": "<u>", "encoder": "e", "decoder": "d", "seeing": 1, "writing": 1, "beam": 3, "figures": ""}
        assert "&lt;i&gt;<strong>&lt;u&gt;</strong>&lt;/i&gt; &amp; geladen" in render("loaded.html", **loaded)
        assert "&lt;b&gt;Zuletzt&lt;/b&gt;" in render("recent.html")
    finally:
        texts._chosen.reset(token)
