"""The page's words in the visitor's language: English in the code, German and Spanish in the `.po` files beside this.

There are two ways to a visitor, and both end in the language that the browser asks for first: what is on the page from
the start (labels, buttons, tabs, fixed HTML) goes out once in every language through `gr.I18n`, and the browser picks;
what a handler writes for one visitor is written in the language of that request.

The `.po` files are read as they are: there is no compiled copy that a clone could lack or an edit could miss.
"""

import hashlib
import math
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import gradio as gr
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from gradio.context import LocalContext


def read_translations(file: Path) -> dict[str, str]:
    """A catalog's translations by their English."""
    with file.open("rb") as opened:
        return {message.id: message.string for message in read_po(opened) if message.id and message.string}


TRANSLATIONS = {file.stem: read_translations(file) for file in sorted(Path(__file__).parent.glob("*.po"))}
LANGUAGES = ("en", *TRANSLATIONS)
I18N = gr.I18n(**{language: {} for language in LANGUAGES})  # filled as the page is laid out, before it is launched

_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language to write in: that of the visitor whose event is being handled, otherwise English."""
    if _chosen.get():
        return _chosen.get()
    request = LocalContext.request.get(None)
    asked = request.headers.get("accept-language", "") if request else ""
    first = asked.split(",")[0].split(";")[0].split("-")[0].strip().lower()
    return first if first in LANGUAGES else "en"


def gettext(text: str, **values) -> str:
    """An English text in the language to write in, its {places} filled; without a translation it stays English."""
    translated = TRANSLATIONS.get(language(), {}).get(text, text)
    return translated.format(**values) if values else translated


def N_(text: str) -> str:
    """Mark a text for the catalogs where it is written down, to be translated where it is shown."""
    return text


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


def label(text: str):
    """A label, a button's text or a tab's name, in every language."""
    return everywhere(partial(gettext, text))


def reword(words: dict[str, str]) -> None:
    """Say what Gradio says by itself in the words of our catalogs: its key -> our text."""
    for name in LANGUAGES:
        I18N.translations[name] |= {key: TRANSLATIONS.get(name, {}).get(text, text) for key, text in words.items()}


def number(value: float, digits: int = 0) -> str:
    """A number with so many decimals, as the language writes it.

    Raises:
        TypeError, ValueError: the value is no number.
    """
    text = f"{value:.{digits}f}"
    if not math.isfinite(value):
        return text
    return format_decimal(Decimal(text), f"#,##0.{'0' * digits}".rstrip("."), language())


def day(when: date) -> str:
    """A date as the language writes it."""
    return format_date(when, "long", language())
