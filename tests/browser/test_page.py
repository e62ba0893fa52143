"""A visitor at the real page: photos in every form, words, beam, mistakes, phone, dark, keyboard."""

import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import expect

from captioner.folder.storage import DEFAULT_MODEL

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))
WINDOWS = {
    "desktop": {},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "dark": {"color_scheme": "dark"},
}
READABLE = 4.5  # WCAG AA contrast of text

pillow_heif.register_heif_opener()


def taken(width: int, height: int) -> Image.Image:
    """A photo of that size, since of a drawing a model may say two words or twenty."""
    with Image.open(EXAMPLES[0].with_name("dog.jpg")) as picture:
        return picture.resize((width, height))


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    taken(320, 240).save(path)
    return path


def upload(page, path) -> None:
    page.locator("#upload input[type=file]").set_input_files(path)


def see_captions(page) -> tuple[str, str]:
    """Wait for both captions -> (greedy, beam), read word by word."""
    captions = []
    for card in "#greedy", "#beam":
        expect(page.locator(f"{card} .sentence")).to_be_visible()
        words = page.locator(f"{card} .word").all_inner_texts()
        assert words == page.locator(f"{card} .unseen").inner_text().split()
        assert len(words) > 2
        captions.append(" ".join(words))
    return tuple(captions)


def see_photo(page, width: int, height: int) -> None:
    page.wait_for_function(
        "([width, height]) => { const img = document.querySelector('.photo img');"
        "return img?.naturalWidth === width && img.naturalHeight === height }",
        arg=[width, height],
    )


def open_tab(page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def set_beam_width(page, width: int) -> None:
    number = page.locator("#beam-width input[type=number]")
    number.fill(str(width))
    number.press("Enter")


def test_an_upload_is_captioned_greedily_and_by_beam(page, photo):
    upload(page, photo)
    see_captions(page)
    for card in "#greedy", "#beam":
        expect(page.locator(card)).to_contain_text(re.compile(r"\d+% average confidence,\s+in \d+ ms"))
        for word in page.locator(f"{card} .word").all():
            assert re.fullmatch(r"\S+, \d+% sure(, only here)?", word.get_attribute("aria-label"))
    greedy, beam = (page.locator(card).bounding_box() for card in ("#greedy", "#beam"))
    assert greedy["y"] == beam["y"] and greedy["x"] + greedy["width"] <= beam["x"]


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


def test_an_example_is_captioned(page, shoot):
    open_tab(page, "Examples")
    buttons = page.locator("#examples button")
    assert buttons.count() == len(EXAMPLES) >= 8
    names = [name.strip() for name in buttons.all_inner_texts()]
    assert all(names) and len(set(names)) == len(names)
    buttons.last.click()
    with Image.open(EXAMPLES[-1]) as picture:
        picture.thumbnail((1024, 1024))
        see_photo(page, *picture.size)
    see_captions(page)


def test_a_webcam_snapshot_is_captioned(page):
    open_tab(page, "Webcam")
    for _ in range(2):
        page.get_by_text("Click to Access Webcam").click()
        page.wait_for_function("document.querySelector('#webcam video').currentTime > 0")
        page.get_by_label("capture photo").click()
        see_captions(page)
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".sentence")).to_have_count(0)


def test_moving_the_slider_searches_again_but_does_not_look_again(page, photo):
    upload(page, photo)
    greedy, _ = see_captions(page)
    looking = re.search(r"\d+ ms to look", page.locator("#beam").inner_text()).group()
    writing = re.search(r"\d+ ms to write", page.locator("#greedy").inner_text()).group()
    for width in 7, 1:
        set_beam_width(page, width)
        expect(page.locator("#beam h2")).to_contain_text(f"{width} kept")
        expect(page.locator("#beam")).to_contain_text(looking)
        expect(page.locator("#greedy")).to_contain_text(writing)
    assert see_captions(page) == (greedy, greedy)
    slider = page.locator("#beam-width input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator("#beam h2")).to_contain_text("2 kept")


def test_clearing_the_photo_clears_the_captions(page, photo):
    upload(page, photo)
    see_captions(page)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#photo")).to_contain_text("No photo yet")
    expect(page.locator(".word")).to_have_count(0)
    set_beam_width(page, 5)
    expect(page.locator("#beam h2")).to_contain_text("5 kept")
    expect(page.locator(".word")).to_have_count(0)


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


@pytest.mark.parametrize("window", WINDOWS)
def test_every_tab_fits_and_is_readable(open_page, photo, shoot, window):
    page = open_page(**WINDOWS[window])
    shoot(page, f"{window}-empty")
    for tab in "Upload", "Webcam", "Examples":
        open_tab(page, tab)
        if tab == "Upload":
            upload(page, EXAMPLES[0] if EXAMPLES else photo)
        elif tab == "Webcam":
            page.get_by_text("Click to Access Webcam").click()
            expect(page.get_by_label("capture photo")).to_be_visible()
        see_captions(page)
        page.locator("#beam .word").nth(1).hover()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(page, f"{window}-{tab.lower()}")
    if window == "phone":
        greedy, beam = (page.locator(card).bounding_box() for card in ("#greedy", "#beam"))
        assert greedy["y"] + greedy["height"] <= beam["y"]
    texts = [".word", ".card h2", ".card h2 small", ".card .quiet", ".facts", ".legend", ".lead", "[role=tab]"]
    for selector in texts:
        for text in page.locator(selector).all():
            assert contrast(text) >= READABLE, f"{selector}: {text.inner_text()}"


@pytest.mark.parametrize("window", WINDOWS)
def test_how_good_the_model_is_can_be_read_and_follows_the_choice_of_model(open_page, shoot, window):
    page = open_page(**WINDOWS[window])
    open_tab(page, "How good is it?")
    quality = page.locator("#quality")
    expect(quality.get_by_role("heading", level=2)).to_have_text("How good is attention-efficientnetlite1?")
    config = json.loads((DEFAULT_MODEL / "config.json").read_text())
    (beam,) = (record for record in config["metrics"] if (record["split"], record["beam_width"]) == ("test", 3))
    row = quality.get_by_role("row", name="beam 3")
    for figure in "BLEU-4", "CIDEr":
        expect(row).to_contain_text(f"{beam[figure]:.1f}")
    for number in range(quality.locator("img").count()):
        assert quality.locator("img").nth(number).evaluate("image => image.naturalWidth") > 100
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for text in quality.locator("p, th, td, small, figcaption, h2").all():
        assert contrast(text) >= READABLE, text.inner_text()
    shoot(page, f"{window}-quality")

    open_tab(page, "Caption a photo")
    page.locator("#menu input").click()
    page.get_by_role("option", name="merge").click()
    expect(page.locator("#loaded")).to_contain_text("merge is loaded.")
    open_tab(page, "How good is it?")
    expect(quality.get_by_role("heading", level=2)).to_have_text("How good is merge?")
    expect(quality.get_by_role("row", name="beam 3")).to_contain_text("5.7")
    assert quality.locator("img").count() == 0


def contrast(text) -> float:
    """How far a text stands out from what is painted behind it (WCAG 2 contrast ratio)."""
    color, *backgrounds = text.evaluate(
        "element => { const colors = [getComputedStyle(element).color];"
        "for (let e = element; e; e = e.parentElement) colors.push(getComputedStyle(e).backgroundColor);"
        "return colors }"
    )
    behind = [1.0, 1.0, 1.0]
    for background in reversed(backgrounds):
        *rgb, alpha = parsed(background)
        behind = [alpha * above + (1 - alpha) * below for above, below in zip(rgb, behind, strict=True)]
    light, dark = sorted((luminance(parsed(color)[:3]), luminance(behind)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def parsed(color: str) -> list[float]:
    """`rgb(r, g, b)`, `rgba(...)` in 0..255 or `color(srgb r g b / a)` in 0..1 -> [r, g, b, a] in 0..1."""
    numbers = [float(number) for number in re.findall(r"[\d.]+(?:e-?\d+)?", color)]
    scale = 1 if color.startswith("color(") else 255
    return [channel / scale for channel in numbers[:3]] + (numbers[3:] or [1.0])


def luminance(rgb) -> float:
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_page_says_what_it_is(page, photo):
    expect(page).to_have_title("Captioner")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text(["Captioner"])
    expect(page.locator("body")).to_contain_text("it makes mistakes")
    upload(page, photo)
    see_captions(page)
    expect(page.get_by_role("img", name="Your photo")).to_be_visible()
    expect(page.locator("main img:not([alt])").filter(visible=True)).to_have_count(0)


def test_the_keyboard_reaches_everything(page, photo):
    upload(page, photo)
    see_captions(page)
    page.evaluate("document.activeElement.blur()")
    reached, masks = set(), set()
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.closest('#upload, #beam-width, #clear, #greedy, #beam, #menu')?.id")
        )
        reached.add(page.evaluate("document.activeElement.className.split(' ')[0]"))
        masks.add(page.evaluate("document.querySelector('.look').hidden"))
        if "show-api" in reached:
            break
    assert {"upload", "clear", "beam-width", "word", "greedy", "beam", "menu", "show-api"} <= reached
    assert masks == {True, False}
    page.get_by_role("tab", name="Upload").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Webcam")).to_have_attribute("aria-selected", "true")


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
        assert re.fullmatch(r'"\d+% sure"', shown)
    assert len(seen) > 1
    page.locator("h1").hover()
    expect(mask).to_be_hidden()


def choose_model(page, name: str) -> None:
    page.locator("#menu input").fill(name)
    page.locator("#menu input").press("Enter")


def words_of_new_model(page) -> set[str]:
    """Wait until the captions are those of the untrained model."""
    expect(page.locator("#legend")).to_contain_text("cannot show a place")
    return set(" ".join(see_captions(page)).split())


UNTRAINED = {"a", "zebra", "crosses", "the", "purple", "street", "two", "kings", "play", "chess"}


@pytest.mark.parametrize("window", WINDOWS)
def test_another_model_is_loaded_says_so_and_captions_the_photo_at_hand(open_page, shoot, window):
    page = open_page(**WINDOWS[window])
    expect(page.locator("#loaded")).to_contain_text("attention-efficientnetlite1 is loaded.")
    expect(page.locator("#legend")).to_contain_text("where the model looked")
    [dog] = [example for example in EXAMPLES if example.stem == "dog"]  # which the default model is sure of
    upload(page, dog)
    before = see_captions(page)
    doubts = page.locator(".doubt").count()
    page.locator("#menu input").click()
    expect(page.get_by_role("option")).to_contain_text(["attention-efficientnetlite1", "merge"])
    shoot(page, f"{window}-menu")
    page.get_by_role("option", name="merge").click()
    expect(page.locator("#loaded").get_by_role("status")).to_have_text("merge is loaded.")
    expect(page.locator("#loaded")).to_contain_text("Encoder: MobileNetV2 (2.3 M parameters). Decoder: merge (")
    expect(page.locator("#loaded")).to_contain_text("Test photos, beam width 3: CIDEr 12.3, BLEU-4 5.7.")
    assert words_of_new_model(page) <= UNTRAINED
    expect(page.locator("#greedy .doubt")).to_have_text("The model is not sure about this one.")
    assert contrast(page.locator("#beam .doubt")) >= READABLE
    assert doubts == 0
    expect(page.get_by_role("option")).to_have_count(0)  # the list fades away, and a vanishing text has no colours
    for text in page.locator("#loaded p, #menu input, #menu span").filter(visible=True).all():
        assert contrast(text) >= READABLE, text.inner_text()
    page.locator("#beam .word").first.hover()
    expect(page.locator(".photo .look")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(page, f"{window}-other-model")
    set_beam_width(page, 4)
    expect(page.locator("#beam h2")).to_contain_text("4 kept")
    assert set(see_captions(page)[1].split()) <= UNTRAINED
    choose_model(page, "attention-efficientnetlite1")
    expect(page.locator("#legend")).to_contain_text("where the model looked")
    set_beam_width(page, 3)
    expect(page.locator("#beam h2")).to_contain_text("3 kept")
    assert see_captions(page) == before


def test_a_model_of_the_hub_is_typed_with_the_keyboard_and_is_the_choice_of_one_visitor(open_page, photo):
    first, second = open_page(), open_page()
    first.locator("#menu input").focus()
    first.keyboard.press("Control+a")
    first.keyboard.type("owner/name@main")
    first.keyboard.press("Enter")
    expect(first.locator("#loaded").get_by_role("status")).to_have_text("owner/name@main is loaded.")
    upload(first, photo)
    assert words_of_new_model(first) <= UNTRAINED
    upload(second, photo)
    assert not set(" ".join(see_captions(second)).split()) <= UNTRAINED
    expect(second.locator("#menu input")).to_have_value("attention-efficientnetlite1")


@pytest.mark.parametrize("name", ["owner/nothing", "../secret", "weights/attention-efficientnetlite1", "<b>${1}</b>"])
def test_a_wrong_model_gets_a_sentence_and_the_old_one_goes_on(page, photo, shoot, name):
    upload(page, photo)
    before = see_captions(page)
    choose_model(page, name)
    alert = page.locator("#loaded").get_by_role("alert")
    expect(alert).to_contain_text(name)
    assert re.fullmatch(r"There is no model [^\n]{20,200}\.", alert.inner_text())
    assert contrast(alert) >= READABLE
    expect(page.locator("#menu input")).to_have_value("attention-efficientnetlite1")
    assert see_captions(page) == before
    shoot(page, "wrong-model")
    page.get_by_role("button", name="Clear").click()
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


def test_nobody_watches_the_visitors(url):
    for path in "monitoring/summary", "gradio_api/runs":
        with pytest.raises(urllib.error.HTTPError, match=r"40[34]"):
            urllib.request.urlopen(url + path, timeout=60)


def test_the_server_asked_no_other_machine(url, network_log):
    """Last in this file on purpose: by now the page has done all it can do."""
    assert network_log.read_text() == ""
