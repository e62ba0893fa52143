"""A visitor at the real page: photos in every form, words, beam, mistakes, phone, dark, keyboard."""

import base64
import io
import re
import urllib.error
import urllib.request

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.visit import (
    EXAMPLES,
    fits,
    lettering,
    looks,
    open_settings,
    see_captions,
    see_photo,
    set_beam_width,
    taken,
    unreadable,
    upload,
)
from ui.page.photo import OFFERED

pillow_heif.register_heif_opener()


def test_the_page_says_what_it_is_and_an_upload_is_captioned_greedily_and_by_beam(page, disputed):
    expect(page).to_have_title("Captioner")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text(["Captioner"])
    expect(page.locator("body")).to_contain_text("make mistakes")
    upload(page, disputed)
    _, beam = see_captions(page)
    expect(page.locator("#photo").get_by_role("img", name=beam, exact=True)).to_be_visible()
    expect(page.locator("main img:not([alt])").filter(visible=True)).to_have_count(0)
    for card in "#greedy", "#beam":
        expect(page.locator(f"{card} .facts")).to_have_text(re.compile("^(Sure|Not (quite )?sure)$"))
        page.locator(card).get_by_text("Details").click()
        expect(page.locator(card).get_by_text(re.compile(r"\d+% average confidence\.\s+Log-prob"))).to_be_visible()
        expect(page.locator(card).get_by_text(re.compile(r"\d+ ms to look, \d+ ms to write"))).to_be_visible()
        for word in page.locator(f"{card} .word").all():
            assert re.fullmatch(
                r"\S+, \d+% sure(, says the classifier)?(, only here)?", word.get_attribute("aria-label")
            )
    greedy, beam = (page.locator(card).bounding_box() for card in ("#greedy", "#beam"))
    assert greedy["y"] == beam["y"] and beam["x"] + beam["width"] <= greedy["x"]


def test_pictures_of_every_kind_are_shown_upright_and_captioned(page, tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held upright: turn by a quarter to look at it
    kinds = {
        "turned.jpg": {"exif": turned},
        "p.png": {},
        "p.webp": {},
        "p.gif": {},
        "p.bmp": {},
        "p.tiff": {},
        "p.avif": {},
        "p.heic": {},
    }
    for number, (name, options) in enumerate(kinds.items()):
        width, height = 300 + 10 * number, 200
        taken(width, height).save(tmp_path / name, **options)
        upload(page, tmp_path / name)
        see_photo(page, *((height, width) if options else (width, height)))
        see_captions(page)


def test_an_example_and_a_webcam_snapshot_are_captioned(page):
    buttons = page.locator("#examples button")
    assert buttons.count() == 6
    names = [name.strip() for name in buttons.all_inner_texts()]
    assert all(names) and len(set(names)) == len(names)
    buttons.last.click()
    with Image.open(EXAMPLES[0].with_name(f"{list(OFFERED)[-1]}.jpg")) as picture:
        picture.thumbnail((1024, 1024))
        see_photo(page, *picture.size)
    see_captions(page)
    page.get_by_role("button", name="Clear", exact=True).click()
    for _ in range(2):
        page.get_by_role("button", name="Use the camera").click()
        page.wait_for_function("document.querySelector('.camera video').currentTime > 0")
        page.get_by_role("button", name="Take the photo").click()
        see_captions(page)
        see_as_the_camera(page.locator(".photo img").first)
        page.get_by_role("button", name="Clear", exact=True).click()
        expect(page.locator(".sentence")).to_have_count(0)


def see_as_the_camera(image) -> None:
    """The photo has on its left what the camera has on its left, letters included."""
    image.evaluate("image => image.decode()")
    address = image.evaluate("""image => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
        canvas.getContext("2d").drawImage(image, 0, 0, 640, 480);
        return canvas.toDataURL("image/png");
    }""")
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as picture:
        seen = np.asarray(picture.convert("RGB"), float)
    true = np.asarray(lettering(), float)
    assert np.abs(seen - true).mean() < 25 < np.abs(seen - true[:, ::-1]).mean()
    letters = np.s_[160:300, 170:470]
    assert np.abs(seen - true)[letters].mean() < 0.5 * np.abs(seen - true[:, ::-1])[letters].mean()


def test_moving_the_slider_searches_again_but_does_not_look_again_and_not_for_a_photo_cleared(page, photo):
    upload(page, photo)
    greedy, _ = see_captions(page)
    looking = re.search(r"\d+ ms to look", page.locator("#beam").text_content()).group()
    for width in 7, 1:
        set_beam_width(page, width)
        expect(page.locator("#beam h2")).to_contain_text(f"{width} kept")
        expect(page.locator("#beam")).to_contain_text(looking)
    assert see_captions(page) == (greedy, greedy)
    slider = page.locator("#beam-width input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator("#beam h2")).to_contain_text("2 kept")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("#upload")).to_be_visible()
    expect(page.locator(".word")).to_have_count(0)
    set_beam_width(page, 5)
    expect(page.locator("#beam h2")).to_contain_text("5 kept")
    expect(page.locator(".word")).to_have_count(0)
    expect(page.locator(".card").filter(visible=True)).to_have_count(0)


def test_what_is_no_picture_gets_a_plain_sentence_and_the_page_goes_on(page, photo, tmp_path, shoot):
    whole = photo.read_bytes()
    Image.new("1", (8000, 8000)).save(tmp_path / "bomb.png")
    files = {
        "cut.jpg": whole[: len(whole) // 2],
        "note.txt": b"hello",
        "note.jpg": b"hello",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "empty.png": b"",
        "bomb.png": (tmp_path / "bomb.png").read_bytes(),
        "${document.title='x'} <img src=x onerror=document.title='y'>.gif": b"GIF89a",
    }
    upload(page, photo)
    see_captions(page)
    for name, content in files.items():
        page.locator("#upload input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})
        alert = page.locator("#photo").get_by_role("alert")
        expect(alert).to_contain_text("document" if name.startswith("$") else name)
        assert re.fullmatch(r"[^\n]{20,300}\.", alert.inner_text()), alert.inner_text()
        expect(page.locator(".word")).to_have_count(0)
    shoot(page, "problem")
    expect(page).to_have_title("Captioner")
    upload(page, photo)
    see_captions(page)


def test_a_file_that_is_too_large_gets_a_plain_sentence(open_page, photo, tmp_path, shoot):
    page = open_page(console_is_quiet=False)  # Gradio's script complains about the upload it refused
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(201 * 1024 * 1024)
    upload(page, large)
    expect(page.get_by_role("status").filter(has_text="exceed the maximum allowed size of 200")).to_be_visible()
    shoot(page, "too-large")
    upload(page, photo)
    see_captions(page)


def test_the_photo_its_captions_and_the_camera_fit_and_are_readable(page, disputed, shoot):
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_visible()
    for look in looks(page):
        assert fits(page)
        shoot(page, f"{look}-camera")
    page.get_by_role("button", name="Close the camera").click()
    upload(page, disputed)
    see_captions(page)
    for look in looks(page):
        page.locator("#beam .word").nth(1).hover()
        assert fits(page)
        shoot(page, f"{look}-captioned")
        if look == "phone":
            greedy, beam = (page.locator(card).bounding_box() for card in ("#greedy", "#beam"))
            assert beam["y"] + beam["height"] <= greedy["y"]
        for texts in ".word", ".card h2", ".card h2 small", ".card .quiet", ".facts", ".legend", ".lead", "[role=tab]":
            assert not unreadable(page.locator(texts)), (look, texts)


def test_the_keyboard_reaches_everything(page, photo):
    open_settings(page)
    upload(page, photo)
    see_captions(page)
    page.get_by_role("heading", level=1).click()  # from where Tab begins at the top
    wanted = {"again", "clear", "beam-width", "word", "examples", "beam", "menu"}
    reached, masks = set(), set()
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.closest('#again, #beam-width, #clear, #examples, #beam, #menu')?.id")
        )
        reached.add(page.evaluate("document.activeElement.className.split(' ')[0]"))
        masks.add(page.evaluate("document.querySelector('.look').hidden"))
        if wanted <= reached:
            break
    assert wanted <= reached
    assert masks == {True, False}


def test_pointing_at_a_word_shows_how_sure_and_where_the_model_looked(page, photo):
    upload(page, photo)
    see_captions(page)
    mask = page.locator(".photo .look")
    expect(mask).to_be_hidden()
    seen = set()
    for word in page.locator("#beam .word").all():
        word.hover()
        expect(mask).to_be_visible()
        seen.add(mask.get_attribute("src"))
        shown = word.evaluate("word => getComputedStyle(word, '::after').content")
        assert re.fullmatch(r'"\d+% sure(, says the classifier)?"', shown)
    assert len(seen) > 1
    page.locator("h1").hover()
    expect(mask).to_be_hidden()


def test_nobody_watches_the_visitors(url):
    for path in "monitoring/summary", "gradio_api/runs":
        with pytest.raises(urllib.error.HTTPError, match=r"40[34]"):
            urllib.request.urlopen(url + path, timeout=60)


def test_the_server_asked_no_other_machine(url, network_log):
    """Last in this file on purpose: by now the page has done all it can do."""
    assert network_log.read_text() == ""
