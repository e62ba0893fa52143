"""Ways of writing side by side: what differs is marked, and every setting is felt at once, without another look."""

import re

import pytest
from playwright.sync_api import expect

from captioner import Search
from tests.browser.visit import (
    SAME,
    fits,
    looks,
    open_settings,
    see_captions,
    set_beam_width,
    unreadable,
    upload,
)


@pytest.fixture(scope="module")
def varied(captioner, seen):
    """A photo of which greedy, beam and diverse search (in three ways, the second another than the beam's) differ."""
    for path, (greedy, beam) in seen.items():
        first = captioner.caption(path, search=Search("diverse", beam_width=3))
        texts = [each.text for each in (first, *first.others)]
        if greedy.text != beam.text and len(set(texts)) == 3 and texts[1] != beam.text:
            return path
    return pytest.fail("diverse beam search repeats itself on every example")


@pytest.fixture(scope="module")
def likely(captioner, seen):
    """A photo of which each draw says something else, but with too little variety only what greedy search says."""

    def drawn(path, **settings):
        first = captioner.caption(path, search=Search("nucleus", beam_width=3, **settings))
        return [each.text for each in (first, *first.others)]

    for path, (greedy, _) in seen.items():
        if drawn(path, seed=0)[0] != drawn(path, seed=1)[0] and set(drawn(path, seed=0, top_p=0.1)) == {greedy.text}:
            return path
    return pytest.fail("no example has a caption of likely words")


def choose_third(page, name: str) -> None:
    open_settings(page)
    page.locator("#third-way input").click()
    page.get_by_role("option", name=name).click()


def third_captions(page) -> list[str]:
    expect(page.locator("#third .sentence")).to_have_count(3)
    return [" ".join(one.locator(".word").all_inner_texts()) for one in page.locator("#third .sentence").all()]


def set_number(page, setting: str, value) -> None:
    open_settings(page)
    number = page.locator(f"#{setting} input[type=number]")
    number.fill(str(value))
    number.press("Enter")


def unmarked(page, sentence) -> list[str]:
    return sentence.locator(".word:not(.differs)").all_inner_texts()


def test_what_differs_is_marked_and_where_both_agree_one_card_says_so(page, disputed):
    upload(page, disputed)
    greedy, beam = see_captions(page)
    assert greedy != beam
    expect(page.locator("#captions .card")).to_have_count(2)
    sentences = [page.locator(f"{card} .sentence") for card in ("#greedy", "#beam")]
    assert unmarked(page, sentences[0]) == unmarked(page, sentences[1])
    marked = page.locator("#captions .differs")
    assert 0 < marked.count() < len(f"{greedy} {beam}".split())
    for word in marked.all():
        assert word.get_attribute("aria-label").endswith("only here")
        assert "underline" in word.evaluate("word => getComputedStyle(word).textDecorationLine")
    expect(page.locator("#legend .differs")).to_be_visible()
    set_beam_width(page, 1)
    expect(marked).to_have_count(0)
    expect(page.locator("#beam")).to_contain_text(SAME)
    expect(page.locator("#captions .card")).to_have_count(1)


def test_several_captions_that_differ_stand_in_a_third_column(page, varied):
    expect(page.locator("#third")).to_have_count(0)
    upload(page, varied)
    see_captions(page)
    looking = re.search(r"\d+ ms to look", page.locator("#beam").text_content()).group()
    choose_third(page, "Diverse")
    assert len(set(third_captions(page))) == 3
    expect(page.locator("#third")).to_contain_text(looking)
    expect(page.locator("#third")).to_contain_text(re.compile(r"\d+% average confidence"))
    assert page.locator("#third .sentence").nth(1).locator(".differs").count() > 0
    greedy, beam, third = (page.locator(card).bounding_box() for card in ("#greedy", "#beam", "#third"))
    assert beam["y"] == greedy["y"] < third["y"]
    page.locator("#third .word").nth(2).hover()
    expect(page.locator(".photo .look")).to_be_visible()
    choose_third(page, "None")
    expect(page.locator("#third")).to_have_count(0)


def test_captions_drawn_at_random_are_the_same_for_a_seed(page, likely):
    expect(page.locator("#seed")).to_have_count(0)
    choose_third(page, "Nucleus")
    upload(page, likely)
    before = third_captions(page)
    page.get_by_role("button", name="Pick again").click()
    expect(page.locator("#seed input")).to_have_value("1")
    expect(page.locator("#third .sentence").first).not_to_have_text(before[0])
    set_number(page, "seed", 0)
    expect(page.locator("#third .sentence").first).to_have_text(before[0])
    assert third_captions(page) == before
    set_number(page, "top-p", 0.1)  # so little that only the likeliest word is left
    greedy, _ = see_captions(page)
    for sentence in page.locator("#third .sentence").all():
        expect(sentence).to_have_text(greedy)


def test_every_setting_is_explained_and_felt_at_once(page, disputed):
    upload(page, disputed)
    see_captions(page)
    open_settings(page)
    for setting in "beam-width", "third-way", "length-penalty", "max-length", "no-repeat":
        assert len(page.locator(f"#{setting}").inner_text().split()) > 5  # a name, and a line of help
    looking = re.search(r"\d+ ms to look", page.locator("#beam").text_content()).group()
    choose_third(page, "Diverse")
    third_captions(page)

    set_number(page, "max-length", 4)
    for sentence in page.locator("#captions .sentence").all():
        expect(sentence).to_have_text(re.compile(r"^\s*(\S+\s*){1,4}$"))
    set_number(page, "max-length", 22)
    set_number(page, "no-repeat", 1)
    for sentence in page.locator("#captions .sentence").all():
        expect(sentence).not_to_have_text(re.compile(r"\b(\w+)\b.*\b\1\b"))
    set_number(page, "no-repeat", 0)
    set_number(page, "length-penalty", 0)
    set_beam_width(page, 10)
    expect(page.locator("#beam h2")).to_contain_text("10 kept")
    short = len(see_captions(page)[1])
    set_number(page, "length-penalty", 2)
    expect(page.locator("#beam .sentence")).to_have_text(re.compile(rf"^.{{{short + 1},}}$"))
    expect(page.locator("#beam")).to_contain_text(looking)


def test_the_settings_and_three_columns_fit_and_are_readable(page, shoot, disputed):
    upload(page, disputed)
    see_captions(page)  # the page grows with them, and would leave an open menu behind
    open_settings(page)
    for name in "Diverse", "Nucleus":
        choose_third(page, name)
        third_captions(page)
        expect(page.get_by_role("option")).to_have_count(0)
        for look in looks(page):
            assert fits(page)
            shoot(page, f"{look}-{name.lower()}")
            assert not unreadable(page.locator("#third :is(.word, p, h2, small), .legend .key"))
