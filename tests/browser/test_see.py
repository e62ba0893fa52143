"""Where the model looked, word by word, and the beam search tree."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from captioner.folder.storage import DEFAULT_MODEL
from tests.browser.visit import (
    READABLE,
    choose_model,
    contrast,
    fits,
    looks,
    open_settings,
    see_captions,
    set_beam_width,
    unreadable,
    upload,
)

SECOND = 1000
WORD = 1.4 * SECOND


@pytest.fixture(scope="module")
def photo(tmp_path_factory, captioner, examples):
    """A wide photo which greedy and beam search see differently, in four words or more."""
    path = tmp_path_factory.mktemp("photo") / "wide.jpg"
    for example in examples:
        with Image.open(example) as picture:
            picture.resize((480, 200)).save(path)
        greedy, beam = (captioner.caption(path, beam_width=width).text for width in (1, 3))
        if greedy != beam and len(greedy.split()) > 3:
            return path
    return pytest.fail("greedy and beam search agree on every example")


@pytest.fixture
def seeing(page, photo):
    return see(page, photo)


def see(page, photo):
    """Give the page a photo -> the section that shows where the model looked."""
    upload(page, photo)
    see_captions(page)
    section = page.locator(".seeing")
    expect(section).to_be_visible()
    return section


def current(section):
    return section.locator(".strip [aria-current]")


def test_each_word_has_its_picture_in_the_shape_of_the_photo_until_that_is_cleared(page, photo):
    for part in ".seeing", ".card.tree":
        expect(page.locator(part).filter(visible=True)).to_have_count(0)
    seeing = see(page, photo)
    expect(page.locator(".card.tree")).to_be_visible()
    words = page.locator("#beam .word")
    frames = seeing.locator(".strip button")
    assert [text.strip() for text in frames.all_inner_texts()] == words.all_inner_texts()
    maps = [frame.locator("img").get_attribute("src") for frame in frames.all()]
    assert maps == [word.get_attribute("data-look") for word in words.all()] and len(set(maps)) > 1
    for scene in seeing.locator(".scene").all():
        box = scene.bounding_box()
        assert box["width"] / box["height"] == pytest.approx(480 / 200, rel=0.03)
        assert scene.evaluate("scene => getComputedStyle(scene).backgroundImage").startswith('url("data:image/jpeg')
    whole = seeing.evaluate("section => section.outerHTML")
    assert whole.count("data:image/jpeg") == 1  # in the one style that all the scenes share
    frames.nth(2).click()
    expect(seeing.locator(".now")).to_have_text(re.compile(rf"{words.nth(2).inner_text()}\s+\d+% sure"))
    assert seeing.locator(".stage img").get_attribute("src") == maps[2]
    page.get_by_role("button", name="Clear", exact=True).click()
    for part in ".seeing", ".card.tree":
        expect(page.locator(part).filter(visible=True)).to_have_count(0)


def test_the_keyboard_walks_through_the_sentence(page, seeing):
    words = page.locator("#beam .word").all_inner_texts()
    expect(current(seeing)).to_have_text(words[0])
    expect(seeing.get_by_role("button", name="Previous word")).to_be_disabled()
    seeing.get_by_role("button", name="Next word").press("Enter")
    expect(current(seeing)).to_have_text(words[1])
    expect(seeing.get_by_role("status")).to_have_text(re.compile(rf"{words[1]}, \d+% sure"))
    current(seeing).focus()
    for key, place in ("ArrowRight", 2), ("ArrowLeft", 1), ("End", -1), ("ArrowRight", -1), ("Home", 0):
        page.keyboard.press(key)
        expect(current(seeing)).to_have_text(words[place])
        expect(current(seeing)).to_be_focused()
    assert seeing.locator(".strip [tabindex='0']").count() == 1


def test_the_player_walks_to_the_end_can_be_stopped_and_starts_over(open_page, photo):
    page = open_page(for_the_first_time=True)  # nobody comes again with a clock that stands still
    seeing = see(page, photo)
    words = page.locator("#beam .word").all_inner_texts()
    page.clock.install()
    seeing.get_by_role("button", name="Play").click()
    page.clock.run_for(WORD)
    expect(current(seeing)).to_have_text(words[1])
    seeing.get_by_role("button", name="Pause").click()
    page.clock.run_for(3 * WORD)
    expect(current(seeing)).to_have_text(words[1])
    seeing.get_by_role("button", name="Play").click()
    page.clock.run_for(len(words) * WORD)
    expect(current(seeing)).to_have_text(words[-1])
    seeing.get_by_role("button", name="Play").click()
    expect(current(seeing)).to_have_text(words[0])


def test_the_player_follows_the_caption_one_picks(page, seeing):
    expect(seeing.get_by_role("radio", name="Beam")).to_be_checked()
    expect(page.locator("#beam .followed")).to_have_count(1)
    seeing.get_by_role("radio", name="Greedy").check()
    greedy = page.locator("#greedy .word")
    expect(seeing.locator(".strip li")).to_have_text(greedy.all_inner_texts())
    expect(page.locator("#greedy .followed")).to_have_count(1)
    page.locator("#beam h2").click()
    expect(seeing.get_by_role("radio", name="Beam")).to_be_checked()
    greedy.nth(3).click()
    expect(seeing.get_by_role("radio", name="Greedy")).to_be_checked()
    expect(current(seeing)).to_have_text(greedy.nth(3).inner_text())
    open_settings(page)
    page.locator("#third-way input").click()
    page.get_by_role("option", name="Diverse").click()
    expect(seeing.get_by_role("radio")).to_have_count(5)
    expect(current(seeing)).to_have_text(greedy.nth(3).inner_text())  # and one stays where one is
    second = page.locator("#third .sentence").nth(1)
    second.locator(".word").first.click()
    expect(seeing.get_by_role("radio", name="Diverse 2")).to_be_checked()
    expect(seeing.locator(".strip li")).to_have_text(second.locator(".word").all_inner_texts())
    open_settings(page)
    page.locator("#third-way input").click()
    page.get_by_role("option", name="None").click()
    expect(seeing.get_by_role("radio", name="Beam")).to_be_checked()


def test_who_wants_no_motion_gets_none(open_page, photo):
    page = open_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    upload(page, photo)
    see_captions(page)
    page.locator(".seeing .strip button").first.focus()
    page.keyboard.press("End")
    strip = page.locator(".seeing .strip")
    assert strip.evaluate(
        "strip => strip.scrollLeft > 0 && strip.scrollLeft >= strip.scrollWidth - strip.clientWidth - 8"
    )


def test_a_model_that_takes_the_photo_as_a_whole_says_so(page, seeing, shoot):
    expect(seeing.locator(".placeless")).to_be_hidden()
    choose_model(page, "merge")
    expect(page.locator("#loaded")).to_contain_text("merge is loaded", timeout=90_000)  # with Keras, on its first use
    expect(page.locator("#legend")).to_contain_text("cannot show a place")
    expect(seeing.locator(".placeless")).to_contain_text("cannot show a place for each word")
    expect(seeing.locator(".player")).to_be_hidden()
    expect(seeing.get_by_role("radio").filter(visible=True)).to_have_count(0)
    shoot(page, "no-attention")
    choose_model(page, DEFAULT_MODEL.name)
    expect(seeing.locator(".player")).to_be_visible()


def test_the_beam_search_tree_is_drawn_and_told(page, seeing):
    card = page.locator(".card.tree")
    card.get_by_role("heading", name="Beam search tree").click()
    tree = card.get_by_role("img")
    expect(tree).to_be_visible()
    words = page.locator("#beam .word").all_inner_texts()
    chosen = tree.locator("g.chosen text:first-of-type").all_text_contents()
    assert chosen[: len(words)] == words
    for fate in "kept", "dropped":
        assert tree.locator(f"g.{fate}").count() >= len(words) // 2
    assert all(re.fullmatch(r"(\d+|<1)%", share) for share in tree.locator(".share").all_text_contents())
    card.get_by_text("The tree in words").click()
    assert [text.split(" ")[0] for text in card.locator("ol > li").all_inner_texts()] == chosen
    scroller = card.get_by_role("region")
    scroller.focus()
    assert scroller.evaluate("region => region.scrollWidth > region.clientWidth")

    set_beam_width(page, 1)  # which keeps nothing besides
    expect(tree.locator("g.kept")).to_have_count(0)
    expect(tree).to_be_visible()  # it stays unfolded


def test_player_and_tree_fit_and_are_readable(page, seeing, shoot):
    page.locator(".card.tree summary").first.click()
    page.locator(".card.tree").get_by_text("The tree in words").click()
    page.locator(".seeing .next").click()
    for look in looks(page):
        assert fits(page)
        shoot(page, f"{look}-see")
        texts = page.locator(":is(.seeing, .card.tree) :is(h2, p, label, li, strong, summary)").filter(visible=True)
        assert not unreadable(texts)
        colors = "texts => texts.map(text => getComputedStyle(text).fill)"
        for color in set(page.locator(".card.tree text").evaluate_all(colors)):
            assert contrast_on_card(page, color) >= READABLE
    for width in 780, 1020, 1280:  # where its column is narrow the player is whole
        page.set_viewport_size({"width": width, "height": 800})
        card = seeing.bounding_box()
        for part in seeing.locator(".stage .scene, .controls, .strip button").all():
            box = part.bounding_box()
            assert card["x"] <= box["x"] and box["x"] + box["width"] <= card["x"] + card["width"]
        assert fits(page)


def contrast_on_card(page, color: str) -> float:
    """Contrast of a colour with the card of the tree; the box of a chosen word is held to it too."""
    page.evaluate(
        "color => { const probe = Object.assign(document.createElement('p'), {id: 'probe', textContent: 'x'});"
        "probe.style.setProperty('color', color, 'important');"
        "document.querySelector('.card.tree').append(probe) }",
        color,
    )
    found = contrast(page.locator("#probe"))
    page.evaluate("document.querySelector('#probe').remove()")
    return found
