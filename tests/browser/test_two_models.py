"""Two models side by side on one photo: what differs is marked, and whoever compares nothing notices nothing of it."""

import json
import urllib.request
from shutil import copytree, rmtree

from playwright.sync_api import expect

from captioner.folder.storage import DEFAULT_MODEL
from tests.browser.test_care import barriers
from tests.browser.test_share import saved, share
from tests.browser.test_ways_in import SIZES, see_card_in_window
from tests.browser.visit import DOG, choose_model, fits, looks, open_settings, see_captions, unreadable, upload

OURS, OTHER = DEFAULT_MODEL.name, "merge"


def compare_with(page, name: str) -> None:
    open_settings(page)
    page.locator("#compare-with input").click()
    page.get_by_role("option", name=name).click()


def see_both(page) -> tuple[str, str]:
    """Wait for both models' captions, each under its model's name -> ours, the other's."""
    expect(page.locator("#compared h2")).to_contain_text(OTHER)
    expect(page.locator("#compared .sentence")).to_be_visible()
    expect(page.locator("#beam h2")).to_contain_text(OURS)
    expect(page.locator("#greedy .card")).to_have_count(0)
    return tuple(" ".join(page.locator(f"{card} .word").all_inner_texts()) for card in ("#beam", "#compared"))


def loaded(url: str) -> set[str]:
    with urllib.request.urlopen(f"{url}api/models") as answer:
        return {model["id"] for model in json.load(answer)["models"] if model["loaded"]}


def test_another_model_stands_beside_the_first_when_asked_to_and_goes_again(page, url, disputed, shoot):
    unasked = loaded(url)
    upload(page, disputed)
    before = see_captions(page)
    cards = page.locator("#captions").bounding_box()
    open_settings(page)
    expect(page.locator("#compare-with input")).to_have_value("None")
    expect(page.locator("#compared")).to_be_hidden()
    assert loaded(url) == unasked  # whoever compares nothing has the other neither in memory nor on the page

    compare_with(page, OTHER)
    ours, other = see_both(page)
    assert ours == before[1] and other != ours
    expect(page.locator("#beam .word.differs").first).to_be_visible()
    shared = [page.locator(f"{card} .word:not(.differs)").all_inner_texts() for card in ("#beam", "#compared")]
    assert shared[0] == shared[1]
    expect(page.locator("#legend .differs")).to_be_visible()
    first, second = (page.locator(f"{card} .card").bounding_box() for card in ("#beam", "#compared"))
    assert first["y"] == second["y"] and first["x"] + first["width"] <= second["x"]
    shoot(page, "compared")

    which = page.locator(".seeing .which")  # each can be followed, though one of them looks at no places
    which.get_by_text(OTHER, exact=True).click()
    expect(page.locator(".seeing .placeless")).to_be_visible()
    which.get_by_text(OURS, exact=True).click()
    expect(page.locator(".seeing .stage")).to_be_visible()

    page.locator("#examples button", has_text="Dog").click()  # another photo, and it is compared as well
    expect(page.locator("#beam .unseen")).not_to_have_text(ours)
    assert see_both(page)[0] != ours
    upload(page, disputed)
    expect(page.locator("#beam .unseen")).to_have_text(ours)
    assert see_both(page) == (ours, other)

    compare_with(page, "None")
    expect(page.locator("#compared")).to_be_hidden()
    assert see_captions(page) == before
    expect(page.locator("#beam h2")).to_contain_text("Beam")
    assert page.locator("#captions").bounding_box()["height"] == cards["height"]
    assert "compared" not in page.url


def test_a_link_compares_and_the_first_caption_is_in_view(open_page, disputed, shoot):
    page = open_page(f"?compared={OTHER}")
    said = ""
    for (width, height), photo in zip(SIZES, (disputed, DOG) * 2, strict=True):
        size = {"viewport": {"width": width, "height": height}}
        page.set_viewport_size(size["viewport"])
        upload(page, photo)
        expect(page.locator("#beam .unseen")).not_to_have_text(said)
        said, _ = see_both(page)
        see_card_in_window(page)
        for look in looks(page, {"light": size, "dark": size | {"color_scheme": "dark"}}):
            first, second = (page.locator(f"{card} .card").bounding_box() for card in ("#beam", "#compared"))
            assert (first["y"] == second["y"]) == (width > 820)
            assert first["x"] + first["width"] <= second["x"] or first["y"] + first["height"] <= second["y"]
            assert fits(page)
            assert not barriers(page)
            assert not unreadable(page.locator("#compared :is(.word, p, h2, small)").filter(visible=True))
            shoot(page, f"compared-{width}-{look}")
    page.reload()
    open_settings(page)
    expect(page.locator("#compare-with input")).to_have_value(OTHER)


def test_a_link_to_a_result_and_its_picture_hold_the_other_models_caption(open_page, disputed):
    page = open_page(f"?compared={OTHER}")
    upload(page, disputed)
    ours, other = see_both(page)
    name, _ = saved(page, page.locator("#compared"))
    assert name.startswith(other.replace(" ", "-")[:60])
    address, _ = share(page)
    page.goto(address)
    cards = page.locator("#shared .card")
    expect(cards).to_have_count(2)
    expect(cards.first.get_by_role("heading")).to_contain_text(OURS)
    expect(cards.last.get_by_role("heading")).to_contain_text(OTHER)
    assert " ".join(cards.first.locator(".word").all_inner_texts()) == ours
    assert " ".join(cards.last.locator(".word").all_inner_texts()) == other


def test_a_model_that_cannot_be_loaded_is_a_sentence_and_none_is_compared_with_itself(open_page, weights, disputed):
    broken = copytree(weights / OTHER, weights / "broken")
    try:
        (broken / "vocabulary.txt").write_text("")
        page = open_page()
        upload(page, disputed)
        before = see_captions(page)
        compare_with(page, "broken")
        expect(page.locator("#comparing").get_by_role("alert")).to_contain_text("broken")
        expect(page.locator("#compared").get_by_role("alert")).to_have_text(
            "broken cannot be loaded, so there is nothing to compare with."
        )
        assert see_captions(page) == before
        compare_with(page, "None")
        expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    finally:
        rmtree(broken)

    compare_with(page, OTHER)
    see_both(page)
    choose_model(page, OTHER)
    expect(page.locator("#loaded")).to_contain_text(f"{OTHER} is loaded.")
    expect(page.locator("#compared")).to_be_hidden()
    page.locator("#compare-with input").click()
    expect(page.get_by_role("option")).to_contain_text(["None", OURS])
    expect(page.get_by_role("option", name=OTHER)).to_have_count(0)
