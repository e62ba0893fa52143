"""A visitor chooses another model: it is loaded, says how good it is, and captions the photo at hand."""

import json
import re

import pytest
from playwright.sync_api import expect

from captioner.folder.storage import DEFAULT_MODEL
from tests.browser.visit import (
    NARROW,
    READABLE,
    WINDOWS,
    choose_model,
    contrast,
    fits,
    looks,
    open_settings,
    open_tab,
    see_captions,
    set_beam_width,
    unreadable,
    upload,
)


def words_of_new_model(page) -> set[str]:
    """Wait until the captions are those of the untrained model."""
    expect(page.locator("#legend")).to_contain_text("cannot show a place")
    return set(" ".join(see_captions(page)).split())


@pytest.fixture(scope="module")
def plain(seen):
    """A photo whose captions the default model is sure of."""
    return next(path for path, captions in seen.items() if all(caption.sure for caption in captions))


UNTRAINED = {"a", "zebra", "crosses", "the", "purple", "street", "two", "kings", "play", "chess"}


def test_another_model_is_loaded_says_so_and_captions_the_photo_at_hand(page, plain, shoot):
    open_settings(page)
    expect(page.locator("#loaded")).to_contain_text(f"{DEFAULT_MODEL.name} is loaded.")
    expect(page.locator("#legend")).to_contain_text("where the model looked")
    upload(page, plain)
    before = see_captions(page)
    doubts = page.locator(".unsure").count()
    open_settings(page)
    page.locator("#menu input").click()
    expect(page.get_by_role("option")).to_contain_text([DEFAULT_MODEL.name, "merge"])
    shoot(page, "menu")
    page.get_by_role("option", name="merge").click()
    expect(page.locator("#loaded").get_by_role("status")).to_have_text("merge is loaded.")
    expect(page.locator("#loaded")).to_contain_text("Encoder: MobileNetV2 (2.3 M parameters). Decoder: merge (")
    expect(page.locator("#loaded")).to_contain_text("Test photos, beam width 3: CIDEr 12.3, BLEU-4 5.7.")
    assert words_of_new_model(page) <= UNTRAINED
    expect(page.locator("#beam .unsure")).to_contain_text("Not sure")
    assert doubts == 0
    expect(page.get_by_role("option")).to_have_count(0)  # the list fades away, and a vanishing text has no colours
    for look in looks(page):
        texts = page.locator("#beam .unsure strong, #loaded p, #menu input, #menu span")
        assert not unreadable(texts.filter(visible=True))
        page.locator("#beam .word").first.hover()
        expect(page.locator(".photo .look")).to_be_hidden()
        assert fits(page)
        shoot(page, f"{look}-other-model")
    set_beam_width(page, 4)
    expect(page.locator("#beam h2")).to_contain_text("4 kept")
    assert set(see_captions(page)[1].split()) <= UNTRAINED
    choose_model(page, DEFAULT_MODEL.name)
    expect(page.locator("#legend")).to_contain_text("where the model looked")
    set_beam_width(page, 3)
    expect(page.locator("#beam h2")).to_contain_text("3 kept")
    assert see_captions(page) == before


def test_a_model_of_the_hub_is_typed_with_the_keyboard_and_is_the_choice_of_one_visitor(open_page, photo):
    first, second = open_page(), open_page()
    open_settings(first)
    first.locator("#menu input").focus()
    first.keyboard.press("Control+a")
    first.keyboard.type("owner/name@main")
    first.keyboard.press("Enter")
    expect(first.locator("#loaded").get_by_role("status")).to_have_text("owner/name@main is loaded.")
    upload(first, photo)
    assert words_of_new_model(first) <= UNTRAINED
    upload(second, photo)
    assert not set(" ".join(see_captions(second)).split()) <= UNTRAINED
    open_settings(second)
    expect(second.locator("#menu input")).to_have_value(DEFAULT_MODEL.name)


def test_a_wrong_model_gets_a_sentence_and_the_old_one_goes_on(page, photo, shoot):
    upload(page, photo)
    before = see_captions(page)
    for name in "owner/nothing", "../secret", f"weights/{DEFAULT_MODEL.name}", "<b>${1}</b>":
        choose_model(page, name)
        alert = page.locator("#loaded").get_by_role("alert")
        expect(alert).to_contain_text(name)
        assert re.fullmatch(r"There is no model [^\n]{20,200}\.", alert.inner_text())
        assert contrast(alert) >= READABLE
        expect(page.locator("#menu input")).to_have_value(DEFAULT_MODEL.name)
        assert see_captions(page) == before
    shoot(page, "wrong-model")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(".word")).to_have_count(0)
    upload(page, photo)
    assert see_captions(page) == before


def test_the_page_is_usable_while_a_model_loads(page, hub, photo):
    hub.pause.clear()
    try:
        choose_model(page, "owner/slow")
        expect(page.locator("#loaded")).to_contain_text("Loading owner/slow")
        upload(page, photo)
        assert not set(" ".join(see_captions(page)).split()) <= UNTRAINED
    finally:
        hub.pause.set()
    expect(page.locator("#loaded")).to_contain_text("owner/slow is loaded")
    assert words_of_new_model(page) <= UNTRAINED


def test_how_good_the_model_is_and_where_it_fails_can_be_read_and_follows_the_choice_of_model(page, shoot):
    open_tab(page, "How good is it?")
    quality = page.locator("#quality")
    expect(quality.get_by_role("heading", level=2)).to_have_text(f"How good is {DEFAULT_MODEL.name}?")
    config = json.loads((DEFAULT_MODEL / "config.json").read_text())
    (beam,) = (record for record in config["metrics"] if (record["split"], record["beam_width"]) == ("test", 3))
    row = quality.get_by_role("row", name="beam 3")
    for figure in "BLEU-4", "CIDEr":
        expect(row).to_contain_text(f"{beam[figure]:.1f}")
    for number in range(quality.locator("img").count()):
        assert quality.locator("img").nth(number).evaluate("image => image.naturalWidth") > 100
    for title in "What it is good at", "Where it fails":
        table = page.locator(f"h3:has-text('{title}') ~ table").first
        expect(table.get_by_role("row")).to_have_count(11)
        assert all(table.locator("td, th").all_inner_texts())
    for look in looks(page, WINDOWS | {"narrow": NARROW["phone"]}):
        assert fits(page)
        edge = quality.locator(".card").bounding_box()
        for box in (cell.bounding_box() for cell in quality.locator(".read td").all()):
            assert box["x"] + box["width"] <= edge["x"] + edge["width"]
        assert not unreadable(quality.locator("p, th, td, small, figcaption, h2"))
        shoot(page, f"{look}-quality")

    open_tab(page, "Caption a photo")
    open_settings(page)
    page.locator("#menu input").click()
    page.get_by_role("option", name="merge").click()
    expect(page.locator("#loaded")).to_contain_text("merge is loaded.")
    open_tab(page, "How good is it?")
    expect(quality.get_by_role("heading", level=2)).to_have_text("How good is merge?")
    expect(quality.get_by_role("row", name="beam 3")).to_contain_text("5.7")
    assert quality.locator("img").count() == 0
