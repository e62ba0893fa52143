"""The page's words: every language says all of them, with the same places to fill."""

import ast
import re
import string
from html.parser import HTMLParser
from pathlib import Path

import gradio as gr
import pytest
from gradio.components.api_component import Api

import app
from captioner import Caption
from captioner.bulk.captions import caption_each
from captioner.pictures.archive import sources_in
from ui.models import Models
from ui.page.controls import THIRD_WAYS, Controls
from ui.page.many import Batch, finished, going_on, said_html, summary_html
from ui.programs.service import Service
from ui.settings import Settings
from ui.texts import texts
from ui.texts.texts import everywhere, number, t, translate
from ui.texts.translations import TRANSLATIONS

UI = Path(texts.__file__).parents[1]


def written() -> set[str]:
    """The texts that the code gives to `t`."""
    calls = (
        node for file in UI.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)
    )
    return {
        call.args[0].value
        for call in calls
        if getattr(call.func, "id", "") == "t" and call.args and isinstance(call.args[0], ast.Constant)
    }


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.fixture
def speak(monkeypatch):
    """Have a visitor who asks for a language."""

    def ask(accept_language: str) -> None:
        request = gr.Request(headers={"accept-language": accept_language})
        monkeypatch.setattr(texts.LocalContext, "request", Held(request))

    return ask


class Held:
    def __init__(self, value):
        self.value = value

    def get(self, default=None):
        return self.value


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_language_says_all_that_the_page_does(language):
    said = TRANSLATIONS[language]
    assert len(written()) > 20
    assert not written() - set(said)
    assert set(said) == set().union(*TRANSLATIONS.values())
    for text, translation in said.items():
        assert translation.strip() and places(translation) == places(text), text
        assert text[-1] not in ".?" or translation[-1] == text[-1], text


@pytest.mark.parametrize(
    "asked, said",
    [
        ("de", "Kopieren"),
        ("de-AT,de;q=0.9,en;q=0.8", "Kopieren"),
        ("es-MX", "Copiar"),
        ("ES", "Copiar"),
        ("en-GB", "Copy"),
        ("fr-FR,de;q=0.5", "Copy"),  # as the browser chooses
        ("", "Copy"),
        ("*;q=<script>", "Copy"),
    ],
)
def test_a_visitor_is_answered_in_the_language_asked_for(speak, asked, said):
    speak(asked)
    assert t("Copy") == said


def test_places_are_filled_in_every_language(speak):
    speak("de")
    assert t("{day} {month} {year}", day=3, month=t("March"), year=2027) == "3. März 2027"
    assert t("never translated {n}", n=1) == "never translated 1"
    assert t("{not a place}") == "{not a place}"


def test_what_stands_on_the_page_goes_out_in_every_language():
    data = everywhere(lambda: f"<b>{t('Copy')}</b>")
    pages = {language: texts.I18N.translations[language][data.key] for language in texts.LANGUAGES}
    assert pages == {"en": "<b>Copy</b>", "de": "<b>Kopieren</b>", "es": "<b>Copiar</b>"}
    assert re.fullmatch(r"[\w-]+", data.key)  # a dot would be taken for a path, a brace for the end
    assert everywhere(lambda: f"<b>{t('Copy')}</b>").key == data.key


def test_labels_infos_buttons_and_tabs_are_translated_and_values_are_not():
    with gr.Blocks() as blocks, gr.Tab("Upload") as tab:
        name = gr.Textbox("Model", label="Model", info="Clear", placeholder="Copy")
        button, other = gr.Button("Clear"), gr.Button("Nothing of ours")
    translate(blocks)
    english = texts.I18N.translations["en"]
    assert [english[data.key] for data in (tab.label, name.label, name.info, name.placeholder, button.value)] == [
        "Upload", "Model", "Clear", "Copy", "Clear"
    ]  # fmt: skip
    assert name.value == "Model" and other.value == "Nothing of ours"


def test_numbers_are_written_as_in_the_language(speak):
    assert (number(1000), number(2.5, ".1f")) == ("1,000", "2.5")
    speak("de")
    assert (number(1000), number(2.5, ".1f")) == ("1.000", "2,5")


@pytest.fixture(scope="module")
def models():
    return Models(Settings.weights)


@pytest.fixture
def untranslated(monkeypatch):
    """The texts that were asked for in German or Spanish and have no translation."""
    missed = set()

    class Noting(dict):
        def get(self, text, otherwise=None):
            if text not in self:
                missed.add(text)
            return super().get(text, otherwise)

    for name, said in TRANSLATIONS.items():
        monkeypatch.setitem(TRANSLATIONS, name, Noting(said))
    return missed


class Reader(HTMLParser):
    """What a visitor reads or hears of a page, but for code and for what is marked as English."""

    VOID = ("img", "input", "br")

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], set()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag == "code" or named.get("lang") == "en")
        if not any(self.open):
            self.texts |= {named[name] for name in ("aria-label", "alt", "data-sure", "data-play") if named.get(name)}

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if not any(self.open):
            self.texts.add(data)


def sentences(html: str) -> set[str]:
    """The texts of several words that a visitor reads or hears."""
    reader = Reader()
    reader.feed(html)
    words = (text.split() for text in reader.texts)
    return {" ".join(each) for each in words if sum(bool(re.search(r"[^\W\d]{2}", word)) for word in each) > 1}


def test_all_that_is_laid_out_before_a_visit_has_its_translation(models, untranslated):
    blocks = app.build(models, Service(models, 2**20, 1), Settings())
    silent = {"Captions"}  # of the API, on no screen
    names = {
        text
        for component in blocks.blocks.values()
        if not isinstance(component, Api) and getattr(component, "visible", True)  # of programs, on no screen
        for text in (
            getattr(component, "label", None),
            getattr(component, "info", None),
            component.value if isinstance(component, gr.Button) else None,
            *(name for name, _ in getattr(component, "choices", ())),
        )
        if isinstance(text, str)
    }
    assert names - silent - set(models.names()) == set()
    assert untranslated == set()
    for key, page in texts.I18N.translations["en"].items():
        for language in TRANSLATIONS:
            assert sentences(page) & sentences(texts.I18N.translations[language][key]) == set()


@pytest.mark.parametrize("third", THIRD_WAYS.values())
def test_all_that_is_written_for_a_visitor_has_its_translation(models, untranslated, speak, examples, third):
    page, start = app.Page(models), models.default()
    batch = Batch(len(examples) + 1)
    for result, picture in caption_each(sources_in(examples), lambda _: Caption("a", -1, -1, False, ()), "model"):
        batch.add(result, picture)

    def written() -> set[str]:
        *shown, _ = page.describe(examples[0], start.name, *Controls(third=third))
        shown += page.clear(start.name, *Controls(third=third))
        steps = [step for steps in page.choose(None, start.name) for step in steps]
        many = [*going_on(batch), *finished(batch, summary_html(batch)), said_html("a", ["b"] * 20)]
        html = (getattr(each, "value", each) for each in (*shown, *steps, *many))
        return sentences("".join(each for each in html if isinstance(each, str) and each.startswith(("<", "\n<"))))

    english = written()
    assert len(english) > 20
    for language in TRANSLATIONS:
        speak(language)
        assert english & written() == set()
    assert untranslated == set()
