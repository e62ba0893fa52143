"""The page's words in the visitor's language: English in the code, German and Spanish in `translations.py`.

There are two ways to a visitor, and both end in the language that the browser asks for first:
what stands on the page from the start (labels, buttons, tabs, fixed HTML) goes out once in every language through
`gr.I18n`, and the browser picks; what a handler writes for one visitor is written in the language of that request.
"""

import hashlib
from collections.abc import Callable
from contextvars import ContextVar

import gradio as gr
from gradio.context import LocalContext

from ui.texts.translations import TRANSLATIONS

LANGUAGES = ("en", *TRANSLATIONS)
I18N = gr.I18n(**{language: {} for language in LANGUAGES})  # filled as the page is laid out, before it is launched
WORDS = ("label", "info", "placeholder")  # of a component

# Gradio names the page by the visitor's language, also where it is none of ours and the page is in English.
LANGUAGE_SCRIPT = "document.documentElement.lang = element.querySelector('[lang]').lang;"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language to write in: that of the visitor whose event is being handled, and else English."""
    if _chosen.get():
        return _chosen.get()
    request = LocalContext.request.get(None)
    asked = request.headers.get("accept-language", "") if request else ""
    first = asked.split(",")[0].split(";")[0].split("-")[0].strip().lower()
    return first if first in LANGUAGES else "en"


def t(text: str, **values) -> str:
    """An English text of the code in the language to write in, its {places} filled; without a translation as it is."""
    translated = TRANSLATIONS.get(language(), {}).get(text, text)
    return translated.format(**values) if values else translated


def number(value: float, form: str = ",") -> str:
    """A number as the language to write in has it: German and Spanish have the comma where English has the point."""
    text = format(value, form)
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def everywhere(write: Callable[[], str]):
    """What `write` writes, in every language, for the browser to pick from: for whatever is laid out before a visit."""
    pages = {}
    for name in LANGUAGES:
        token = _chosen.set(name)
        try:
            pages[name] = write()
        finally:
            _chosen.reset(token)
    key = "text-" + hashlib.sha256(repr(pages).encode()).hexdigest()[:16]
    for name, page in pages.items():
        I18N.translations[name][key] = page
    return I18N(key)


def translate(blocks: gr.Blocks) -> gr.Blocks:
    """Let the browser translate the labels, infos, buttons, choices and tabs of a page, as far as they have
    translations."""
    for component in blocks.blocks.values():
        for name in (*WORDS, "value") if isinstance(component, gr.Button) else WORDS:
            if hasattr(component, name):
                setattr(component, name, _translated(getattr(component, name)))
        if isinstance(component, gr.Dropdown):
            component.choices = [(_translated(text), value) for text, value in component.choices]
    return blocks


def _translated(text):
    known = isinstance(text, str) and any(text in table for table in TRANSLATIONS.values())
    return everywhere(lambda: t(text)) if known else text
