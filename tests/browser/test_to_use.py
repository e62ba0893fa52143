"""The caption to use: copied as text, HTML or Markdown, edited in place, as a sentence, in neutral words, shared."""

import re

import pytest
from playwright.sync_api import expect

from captioner.guide.sentence import as_sentence
from tests.browser.test_share import saved, share
from tests.browser.visit import DOG, SAME, fits, looks, open_settings, see_captions, set_beam_width, upload

EDITED = 'Tom & "Jerry" <b> [x] *y* `z` \\ my_dog'
LAPTOP, PHONE = (1280, 720), (390, 844)


def to_use(page):
    return page.locator("#beam").get_by_label("Caption to use")


def copied(page, name: str) -> str:
    """Press one of the buttons that copy with the keyboard -> what it put into the clipboard."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.locator("#beam").get_by_role("button", name=name, exact=True).press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)  # which goes again
    page.wait_for_function("navigator.clipboard.readText().then(text => text !== '')")
    return page.evaluate("navigator.clipboard.readText()")


@pytest.fixture(scope="session")
def gendered(captioner, seen):
    """A photo whose caption says man or woman where the model is not sure of it, and that caption in neutral words."""
    for path, (_, beam) in seen.items():
        neutral = captioner.caption(path, beam_width=3, neutral=True).text
        if neutral != beam.text:
            return path, neutral
    return pytest.fail("no example has a caption with a doubtful man or woman")


def test_it_is_copied_as_text_as_html_and_as_markdown_and_heard_as_the_photo(page, tmp_path):
    (tmp_path / "my photo (1).jpg").write_bytes(DOG.read_bytes())
    upload(page, tmp_path / "my photo (1).jpg")
    _, beam = see_captions(page)
    photo = page.locator("#photo .photo img").first
    expect(photo).to_have_attribute("alt", beam)
    assert copied(page, "Copy") == beam
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(0)  # it is said, and goes again
    to_use(page).fill("Rex at the sea")
    expect(photo).to_have_attribute("alt", "Rex at the sea")
    name = "my%20photo%20%281%29.jpg"
    for look in looks(page):
        to_use(page).fill(f"{look} {EDITED}".replace(" ", "  "))
        assert fits(page)
        assert copied(page, "Copy") == f"{look} {EDITED}"
        assert copied(page, "Copy as HTML") == (
            f'<img src="{name}" alt="{look} Tom &#38; &#34;Jerry&#34; &#60;b&#62; [x] *y* `z` \\ my_dog">'
        )
        assert copied(page, "Copy as Markdown") == (
            rf'![{look} Tom \& "Jerry" \<b\> \[x\] \*y\* \`z\` \\ my\_dog]({name})'
        )
    page.locator("#examples button", has_text="Dog").click()  # which is named by its file as well
    expect(to_use(page)).to_have_value(beam)
    assert copied(page, "Copy as Markdown") == f"![{beam}](dog.jpg)"


def test_an_edit_outlasts_new_settings_and_goes_when_undone_or_with_its_photo(page, disputed):
    undo = page.locator("#beam").get_by_role("button", name="Undo edit")
    upload(page, disputed)
    _, beam = see_captions(page)
    expect(to_use(page)).to_have_value(beam)
    expect(undo).to_be_hidden()
    to_use(page).fill("words of my own")
    expect(page.locator("#beam .by-hand")).to_contain_text("edited")
    set_beam_width(page, 1)
    expect(page.locator("#beam")).to_contain_text(SAME)
    expect(to_use(page)).to_have_value("words of my own")
    expect(page.locator("#photo .photo img").first).to_have_attribute("alt", "words of my own")
    undo.press("Enter")
    expect(to_use(page)).to_be_focused()
    expect(to_use(page)).to_have_value(page.locator("#beam .unseen").inner_text())
    expect(undo).to_be_hidden()
    to_use(page).fill("again of my own")
    upload(page, DOG)
    expect(page.locator("#beam .unseen")).to_contain_text("dog")
    expect(to_use(page)).to_have_value(page.locator("#beam .unseen").inner_text())


def test_as_a_sentence_and_in_neutral_words_if_asked_also_after_a_reload(page, gendered):
    photo, neutral = gendered
    upload(page, photo)
    _, beam = see_captions(page)
    open_settings(page)
    page.get_by_label("As a sentence").check()
    expect(to_use(page)).to_have_value(as_sentence(beam))
    page.get_by_label("Neutral words").check()
    expect(to_use(page)).to_have_value(as_sentence(neutral))
    expect(page.locator("#photo .photo img").first).to_have_attribute("alt", as_sentence(neutral))
    assert " ".join(page.locator("#beam .word").all_inner_texts()) == beam
    page.wait_for_url(re.compile("neutral=true&sentence=true"))
    page.reload()
    expect(page.locator("#upload button")).to_be_visible()
    open_settings(page)
    for name in "As a sentence", "Neutral words":
        expect(page.get_by_label(name)).to_be_checked()
    upload(page, photo)
    expect(to_use(page)).to_have_value(as_sentence(neutral))
    assert copied(page, "Copy") == as_sentence(neutral)
    page.get_by_label("As a sentence").uncheck()
    expect(to_use(page)).to_have_value(neutral)


def test_an_edited_caption_is_what_a_link_a_picture_and_a_preview_show(page, disputed):
    upload(page, disputed)
    _, beam = see_captions(page)
    to_use(page).fill("<i>my own</i> words")
    assert saved(page, page.locator("#beam"))[0] == "i-my-own-i-words.png"
    address, _ = share(page)
    page.goto(address)
    shared = page.locator("#shared")
    expect(shared.get_by_label("Caption to use")).to_have_value("<i>my own</i> words")
    expect(shared.locator(".by-hand")).to_contain_text("edited")
    expect(shared.locator(".photo img").first).to_have_attribute("alt", "<i>my own</i> words")
    assert " ".join(shared.locator(".card").first.locator(".word").all_inner_texts()) == beam
    assert saved(page, shared.locator(".card").first)[0] == "i-my-own-i-words.png"
    title = page.locator("head meta[property='og:title']")
    assert title.get_attribute("content") == "<i>my own</i> words."
    shared.get_by_role("button", name="Undo edit").click()
    expect(shared.get_by_label("Caption to use")).to_have_value(beam)


def test_the_card_with_it_fits_the_window_in_every_language(open_page, seen, shoot):
    """The longest caption that greedy and beam search agree about, in the one card that says so."""
    agreed = {path: beam.text for path, (greedy, beam) in seen.items() if greedy.text == beam.text}
    longest = max(agreed, key=lambda path: len(agreed[path]))
    for size, language in (PHONE, "en"), (PHONE, "de"), (PHONE, "es"), (LAPTOP, "es"):
        page = open_page(f"?lang={language}", viewport=dict(zip(("width", "height"), size, strict=True)))
        upload(page, longest)
        page.wait_for_function(
            "() => { const card = document.querySelector('#beam .card:has(textarea)')?.getBoundingClientRect();"
            "return card && card.top >= 0 && card.bottom <= innerHeight && card.right <= innerWidth }"
        )
        shoot(page, f"to-use-{size[0]}-{language}")
