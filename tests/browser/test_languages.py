"""The page in the visitor's language."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_care import barriers, caption_example
from tests.browser.visit import NARROW, fits, open_settings

SPOKEN = {
    "de-DE": ("de", "Ein Foto beschreiben", "Kopieren", "Der Link ist fertig.", "Zuletzt", "Ein geteiltes Ergebnis",
              "Abspielen", "Keine", "Ordner wählen", "Wie gut ist ", "Zieh Fotos hierher",
              "Vergleichen mit"),
    "es-MX": ("es", "Describir una foto", "Copiar", "El enlace está listo.", "Recientes", "Un resultado compartido",
              "Reproducir", "Ninguna", "Elegir una carpeta", "¿Qué calidad tiene ", "Suelta fotos aquí",
              "Comparar con"),
    "fr-FR": ("en", "Caption a photo", "Copy", "The link is ready.", "Recent", "A shared result",
              "Play", "None", "Choose a folder", "How good is ", "Déposez le fichier ici",  # by Gradio
              "Compare with"),
}  # fmt: skip


@pytest.mark.parametrize("locale", SPOKEN)
def test_the_page_speaks_the_visitors_language(open_page, disputed, shoot, locale):
    language, tab, copy, ready, recent, shared, play, none, folder, good, drop, rival = SPOKEN[locale]
    page = open_page(locale=locale, reduced_motion="reduce", **NARROW["phone"])
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("tab", name=tab)).to_be_visible()
    expect(page.locator("#upload")).to_contain_text(drop)  # Gradio's own words, in our form of address
    caption_example(page, disputed)
    page.locator("#beam [data-do=share]").click()
    expect(page.locator("#link")).to_contain_text(ready)
    expect(page.locator("#beam [data-do=copy]")).to_have_text(copy)
    expect(page.locator("#recent h2")).to_have_text(recent)
    expect(page.locator("#recent li")).to_have_count(1)
    expect(page.locator(".seeing .play")).to_have_text(play)
    open_settings(page)
    expect(page.locator("#compare-with")).to_contain_text(rival)
    expect(page.locator("#compare-with input")).to_have_value(none)
    page.locator("#third-way input").click()
    expect(page.get_by_role("option").first).to_contain_text(none)
    page.keyboard.press("Escape")
    assert page.locator("#beam .sentence").get_attribute("lang") == "en"
    tabs = page.locator("#views > .tab-wrapper > [role=tablist] > [role=tab]")
    told = [("#beam [data-do=copy]", copy), ("#many-folder", folder), ("#quality h2", good), ("#code pre", page.url)]
    for number, (place, words) in reversed(list(enumerate(told))):
        tabs.nth(number).click()
        expect(page.locator(place).first).to_contain_text(words.rstrip("/"))
        assert fits(page)
        shoot(page, f"language-{language}-{number}")
    assert not barriers(page)
    page.goto(page.locator(".link input").input_value())
    expect(page.locator("#shared")).to_contain_text(shared)


def test_a_link_brings_its_language_along(open_page, url, disputed):
    page = open_page(None, locale="es-MX", reduced_motion="reduce")
    page.goto(f"{url}?lang=de&tab=quality")
    language, tab, copy, *_, good, drop, _ = SPOKEN["de-DE"]
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#quality h2")).to_contain_text(good)
    page.get_by_role("tab", name=tab).click()
    expect(page.locator("#upload")).to_contain_text(drop)
    caption_example(page, disputed)  # what the server writes
    expect(page.locator("#beam [data-do=copy]")).to_have_text(copy)
    page.reload()
    expect(page.get_by_role("tab", name=tab)).to_be_visible()
    page.goto(f"{url}?lang=<b>&")
    expect(page.get_by_role("tab", name=SPOKEN["es-MX"][1])).to_be_visible()
