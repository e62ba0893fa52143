"""The page's words: every language says all of them, with the same places to fill."""

import itertools
import re
import shutil
import string
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import gradio as gr
import pytest
from babel.messages.pofile import read_po
from gradio.components.api_component import Api

from captioner.bulk.captions import caption_each
from captioner.pictures.archive import sources_in
from ui.models import Models
from ui.page.controls import THIRD_WAYS, Controls
from ui.page.describe import Describer
from ui.page.layout import build
from ui.page.many import Batch, finished, going_on, model_html, saved_html, summary_html, training_set_html
from ui.programs.service import Service
from ui.settings import Settings
from ui.sharing.links import Sharing
from ui.sharing.results import Results
from ui.texts import texts
from ui.texts.extract import CATALOGS, extracted, update
from ui.texts.texts import TRANSLATIONS, day, everywhere, gettext, label, number


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
def test_a_catalog_translates_every_text_of_the_page_and_nothing_else(language):
    written = {message.id for message in extracted() if message.id}
    said = TRANSLATIONS[language]
    assert len(written) > 200
    assert set(said) == written, "bring the catalogs up to date: make texts"
    for text, translation in said.items():
        assert translation.strip() and places(translation) == places(text), text
        assert text[-1] not in ".?:" or translation[-1] == text[-1], text


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_bringing_a_catalog_up_to_date_changes_nothing(language, tmp_path):
    """What a translator works in is as the command leaves it."""
    file = CATALOGS / f"{language}.po"
    assert update(Path(shutil.copy(file, tmp_path)), extracted()) == []
    assert (tmp_path / file.name).read_text(encoding="utf-8") == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_new_text_waits_for_its_translation_and_an_old_one_goes(language, tmp_path):
    file = Path(shutil.copy(CATALOGS / f"{language}.po", tmp_path))
    template = extracted()
    template.add("a text of tomorrow", locations=[("ui/page/new.html", None)])
    template.delete("Clear")
    assert update(file, template) == ["a text of tomorrow"]
    with file.open("rb") as opened:
        catalog = read_po(opened)
    assert "Clear" not in catalog and not catalog["a text of tomorrow"].string
    assert "a text of tomorrow" not in texts.read_translations(file)  # until then it is in English


def test_a_new_language_begins_as_an_empty_file(tmp_path):
    file = tmp_path / "fr.po"
    file.touch()
    assert len(update(file, extracted())) == len(extracted())
    with file.open("rb") as opened:
        catalog = read_po(opened)
    assert str(catalog.locale) == "fr" and not catalog.fuzzy and "Clear" in catalog


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
    assert gettext("Copy") == said


def test_places_are_filled_in_every_language(speak):
    speak("de")
    assert gettext("{name} is loaded.", name="X") == "X ist geladen."
    assert gettext("never translated {n}", n=1) == "never translated 1"
    assert gettext("{not a place}") == "{not a place}"


def test_what_stands_on_the_page_goes_out_in_every_language():
    data = everywhere(lambda: f"({gettext('Copy')})")
    pages = {language: texts.I18N.translations[language][data.key] for language in texts.LANGUAGES}
    assert pages == {"en": "(Copy)", "de": "(Kopieren)", "es": "(Copiar)"}
    assert re.fullmatch(r"[\w-]+", data.key)  # a dot would be taken for a path, a brace for the end
    assert everywhere(lambda: f"({gettext('Copy')})").key == data.key


def test_numbers_and_dates_are_written_as_in_the_language(speak):
    when = date(2027, 3, 3)
    assert (number(1000), number(2.5, 1), day(when)) == ("1,000", "2.5", "March 3, 2027")
    speak("de")
    assert (number(1000), number(-0.251, 2), day(when)) == ("1.000", "-0,25", "3. März 2027")
    speak("es")
    assert (number(2.5, 1), day(when)) == ("2,5", "3 de marzo de 2027")
    assert number(float("nan"), 1) == "nan"
    with pytest.raises(ValueError):
        number("many", 1)


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
        english = tag == "code" or named.get("lang") == "en"
        if tag not in self.VOID:
            self.open.append(english)
        if not english and not any(self.open):
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
    blocks = build(models, Service(models, 2**20, 1), Settings())
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
        if isinstance(text, str) and not text.startswith("__i18n__")  # where the browser puts the words in
    }
    assert names - silent - set(models.names()) == set()
    assert untranslated == set()
    for key, page in texts.I18N.translations["en"].items():
        for language in TRANSLATIONS:
            assert sentences(page) & sentences(texts.I18N.translations[language][key]) == set()


CAPTION = {"text": "a", "score": -1.0, "sure": False}


@pytest.mark.parametrize("third", THIRD_WAYS.values())
def test_all_that_is_written_for_a_visitor_has_its_translation(models, untranslated, speak, examples, third, tmp_path):
    page, start = Describer(models), models.default()
    sharing = Sharing(Results(tmp_path / "results.sqlite"), page.seen, page.captions, page.to_use)
    sharing.names = list(Controls._fields)
    batch = Batch(len(examples) + 1)
    doubts = itertools.cycle([True, False])
    for result, picture in caption_each(sources_in(examples), lambda _: CAPTION | {"doubtful": next(doubts)}, "model"):
        batch.add(result, picture)

    def written() -> set[str]:
        *shown, _ = page.describe(examples[0], True, start.name, *Controls(third=third))
        link = sharing.share(gr.EventData(None, {"text": ""}), shown[1], *Controls(third=third))
        id, token = re.search(r'data-result="(.*?)" data-token="(.*?)"', link).groups()
        shown += page.clear(start.name, *Controls(third=third))
        steps = [step for steps in page.choose(None, start.name) for step in steps]
        many = [*going_on(batch), *finished(batch, summary_html(batch)), model_html("a"), training_set_html("a", "b")]
        many += [saved_html("a", {f"b{number}": "c" for number in range(20)})]
        shared = [link, sharing.open(gr.Request(query_params={"result": id}))]
        shared += [sharing.remove(gr.EventData(None, {"id": id, "token": token})) for _ in range(2)]
        shared += [sharing.open(gr.Request(query_params={"result": id}))]
        html = (getattr(each, "value", each) for each in (*shown, *steps, *many, *shared))
        return sentences("".join(each for each in html if isinstance(each, str) and each.lstrip().startswith("<")))

    english = written()
    assert len(english) > 30
    for language in TRANSLATIONS:
        speak(language)
        assert english & written() == set()
    assert untranslated == set()


def test_a_label_goes_out_in_every_language_and_a_value_as_it_is():
    with gr.Blocks() as blocks, gr.Tab(label("Settings")):
        gr.Textbox("Model", label=label("Model"), info=label("Clear"))
    german = texts.I18N.translations["de"]
    tab, box = (next(one for one in blocks.blocks.values() if isinstance(one, kind)) for kind in (gr.Tab, gr.Textbox))
    assert [german[each.key] for each in (tab.label, box.label, box.info)] == ["Einstellungen", "Modell", "Leeren"]
    assert box.value == "Model"
