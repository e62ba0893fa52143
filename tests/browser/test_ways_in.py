"""Every way in ends with the first caption in view: on any window, by day and by night, and nothing leaves the page."""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.browser.visit import DOG, WINDOWS, fits, looks, open_settings, see_captions, upload

SIZES = [(1440, 900), (1280, 720), (820, 1180), (390, 844)]
GIVE = """async ([way, place, files]) => {
  const data = new DataTransfer();
  for (const [name, content] of files) {
    const blob = await (await fetch(`data:image/jpeg;base64,${content}`)).blob();
    data.items.add(new File([blob], name, {type: 'image/jpeg'}));
  }
  const options = {bubbles: true, cancelable: true};
  const event = way === 'paste' ? new ClipboardEvent(way, {...options, clipboardData: data})
    : new DragEvent(way, {...options, dataTransfer: data});
  return document.querySelector(place).dispatchEvent(event);
}"""
ADDRESS = """([way, place]) => {
  const data = new DataTransfer();
  data.setData('text/uri-list', 'https://example.org/cat.jpg');
  data.setData('text/plain', 'https://example.org/cat.jpg');
  const options = {bubbles: true, cancelable: true};
  const event = way === 'paste' ? new ClipboardEvent(way, {...options, clipboardData: data})
    : new DragEvent(way, {...options, dataTransfer: data});
  document.querySelector(place).dispatchEvent(event);
}"""

# Notes how far the page's parts jump, from its start on, and which.
WATCH = """() => {
  window.jumps = [];
  new PerformanceObserver(list => list.getEntries().forEach(({value, startTime, sources}) => window.jumps.push(
    [value, startTime, ...sources.map(({node, previousRect: {top, height}, currentRect}) =>
      [node?.outerHTML?.slice(0, 80), top, height, currentRect.top, currentRect.height])]))).observe(
    {type: 'layout-shift', buffered: true});
}"""


def give(page, way: str, place: str, *paths) -> None:
    """Paste or drop files there; the browser is kept from opening them itself."""
    files = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in paths]
    assert page.evaluate(GIVE, [way, place, files]) is False


def see_first_caption(page, before: str = "") -> str:
    """Wait for a caption other than the one before; its whole card lies inside the window."""
    expect(page.locator("#beam .unseen")).not_to_have_text(re.compile(f"^{before}$"))
    see_captions(page)
    see_card_in_window(page)
    return page.locator("#beam .unseen").inner_text()


def see_card_in_window(page) -> None:
    page.wait_for_function(
        "() => { const {top, bottom, left, right} = document.querySelector('#beam .card').getBoundingClientRect();"
        "return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth }"
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_first_caption_is_in_view_however_the_photo_came_and_nothing_jumps(open_page, shoot, size, disputed):
    window = {"viewport": dict(zip(("width", "height"), size, strict=True))}
    windows = {"dark": window | {"color_scheme": "dark"}, "light": window}
    page = open_page(for_the_first_time=True, **window)  # whose parts come one by one
    page.evaluate(WATCH)
    assert page.locator(".card").filter(visible=True).count() == 0
    for look in looks(page, windows):
        shoot(page, f"first-{size[0]}-{look}")
    upload(page, disputed)
    said = see_first_caption(page)
    jumps = page.evaluate("window.jumps")
    assert sum(value for value, *_ in jumps) < 0.05, str(jumps)
    for look in looks(page, windows):
        see_card_in_window(page)
        shoot(page, f"result-{size[0]}-{look}")
    give(page, "drop", ".photo img", DOG)
    said = see_first_caption(page, said)
    give(page, "paste", "body", disputed)
    said = see_first_caption(page, said)
    page.locator("#examples button", has_text="Dog").click()
    see_first_caption(page, said)
    for _ in looks(page, windows):
        see_card_in_window(page)
        assert fits(page)


def test_several_photos_at_once_are_offered_to_many_photos_and_an_address_is_not_fetched(page, disputed):
    why = page.get_by_role("status").filter(has_text="does not fetch pictures from addresses")
    page.evaluate(ADDRESS, ["paste", "body"])
    expect(why).to_be_visible()
    give(page, "drop", "h1", disputed, DOG)
    expect(why).to_have_count(0)
    page.get_by_role("button", name="Caption them all").click()
    expect(page.get_by_role("tab", name="Many photos")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#many-table textarea")).to_have_count(2)
    give(page, "paste", "h1", DOG)  # they are for the tab that is open
    expect(page.locator("#many-table textarea")).to_have_count(3)
    page.evaluate(ADDRESS, ["drop", "body"])
    expect(why).to_be_in_viewport(ratio=0.95)  # but for a part of a pixel
    page.get_by_role("button", name="Only the first").wait_for(state="hidden")
    give(page, "drop", "h1", disputed, DOG)
    page.get_by_role("button", name="Only the first").click()
    see_captions(page)
    page.evaluate(ADDRESS, ["drop", ".photo img"])
    expect(why).to_be_in_viewport(ratio=0.95)  # but for a part of a pixel


def test_another_photo_is_seen_to_be_on_its_way_and_what_is_wrong_with_it_is_in_view(open_page, tmp_path):
    page = open_page(**WINDOWS["phone"])
    upload(page, DOG)
    said = see_first_caption(page)
    page.get_by_role("button", name="Another photo").scroll_into_view_if_needed()
    held = []
    page.route(re.compile("/gradio_api/upload[?]"), lambda route: held.append(route))
    (tmp_path / "note.jpg").write_bytes(b"hello")
    upload(page, tmp_path / "note.jpg")
    expect(page.get_by_text("note.jpg")).to_be_in_viewport(ratio=1)
    expect(page.locator("#beam .unseen")).to_have_text(said)
    for route in held:
        route.continue_()
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)


def test_the_keyboard_goes_on_where_the_photo_came_and_went(page):
    page.locator("#examples button", has_text="Dog").press("Enter")
    expect(page.locator("#beam h2")).to_be_focused()
    page.locator("#beam .word").last.focus()
    page.keyboard.press("Tab")
    assert page.locator(".to-use textarea").evaluate("field => getComputedStyle(field).outlineStyle") == "solid"
    page.get_by_role("button", name="Clear", exact=True).press("Enter")
    expect(page.locator("#upload button")).to_be_focused()


def test_a_camera_that_is_denied_or_missing_is_said_in_words(page):
    for fault, said in {
        "NotAllowedError": "may not be used",
        "NotFoundError": "No camera was found",
        "NotReadableError": "cannot be started",
    }.items():
        refusal = f"Promise.reject(new DOMException('', '{fault}'))"
        page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = () => {refusal} }}")
        page.get_by_role("button", name="Use the camera").click()
        expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    upload(page, DOG)
    see_captions(page)
    expect(page.get_by_role("status").filter(has_text=said)).to_have_count(0)


def test_a_recent_result_opens_again(page, disputed):
    upload(page, disputed)
    first = see_first_caption(page)
    tiles = page.locator("#recent li button")
    expect(tiles).to_have_count(1)
    upload(page, DOG)
    second = see_first_caption(page, first)
    expect(tiles).to_have_count(2)
    tiles.nth(1).click()
    again = see_first_caption(page, second)
    expect(tiles.first).to_contain_text(again)
    expect(tiles).to_have_count(2)


def test_a_number_out_of_range_is_corrected_and_applied(page, disputed):
    upload(page, disputed)
    whole = see_first_caption(page)
    open_settings(page)
    field = page.locator("#max-length input[type=number]")
    field.fill("4")
    expect(page.locator("#beam .unseen")).not_to_have_text(whole)
    field.fill("30")
    expect(field).to_have_value("22")
    expect(page.locator("#beam .unseen")).to_have_text(whole)
    field.fill("1")
    page.keyboard.press("Tab")
    expect(field).to_have_value("3")
    expect(page.locator("#beam .word")).to_have_count(3)
    width = page.locator("#beam-width input[type=number]")
    width.fill("99")
    page.keyboard.press("Tab")
    expect(width).to_have_value("10")
    expect(page.locator("#beam h2")).to_contain_text("10 kept")
    width.fill("2.5")
    expect(width).to_have_value("2")
    expect(page.locator("#beam h2")).to_contain_text("2 kept")
    page.wait_for_url(re.compile("beam_width=2&"))


def test_settings_show_their_focus_and_come_back_from_the_address_with_the_tab(page, disputed):
    open_settings(page)
    for field in "#beam-width input[type=range]", "#guided input":
        page.locator(field).focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert page.locator(field).evaluate("field => getComputedStyle(field).outlineStyle") == "solid"
    menu = page.locator("#third-way input")
    for _ in range(2):  # it opens again after Escape
        menu.click()
        expect(page.get_by_role("option")).to_have_count(4)
        page.keyboard.press("Escape")
        expect(page.get_by_role("option")).to_have_count(0)
    page.locator("#beam-width input[type=number]").fill("7")
    page.wait_for_url(re.compile("beam_width=7"))
    page.get_by_role("tab", name="How good is it?").click()
    page.wait_for_url(re.compile("tab=quality"))
    page.reload()
    expect(page.get_by_role("tab", name="How good is it?")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Caption a photo").click()
    upload(page, disputed)
    expect(page.locator("#beam h2")).to_contain_text("7 kept")


@pytest.mark.parametrize("way", ["drop zone", "example"])
def test_a_photo_given_before_the_page_has_its_settings_is_captioned_with_those_of_the_address(open_page, url, way):
    page = open_page(None)
    held = []
    page.route("**/gradio_api/run/predict?*", lambda route: held.append(route))  # what the page asks as it opens
    page.goto(f"{url}?beam_width=7&third=diverse&max_length=5", wait_until="commit")
    if way == "example":
        page.locator("#examples button", has_text="Dog").click()
    else:
        upload(page, DOG)
    expect(page.locator("#beam h2")).to_contain_text("7 kept")
    expect(page.locator("#beam .word")).to_have_count(5)
    expect(page.locator("#third .sentence")).to_have_count(3)
    assert held
    for route in held:
        route.continue_()
    page.unroute("**/gradio_api/run/predict?*")
    open_settings(page)
    expect(page.locator("#beam-width input[type=number]")).to_have_value("7")
    page.locator("#beam-width input[type=number]").fill("4")  # from here on the page's own settings count
    expect(page.locator("#beam h2")).to_contain_text("4 kept")
    upload(page, DOG.with_name("tiger.jpg"))
    expect(page.locator("#beam .unseen")).to_contain_text("tiger")
    expect(page.locator("#beam h2")).to_contain_text("4 kept")


def test_many_photos_given_before_the_page_has_its_model_are_captioned_by_that_of_the_address(open_page, url):
    page = open_page()
    held = []
    page.route("**/gradio_api/run/predict?*", lambda route: held.append(route))  # what the page asks as it opens
    page.goto(f"{url}?tab=many&model=merge", wait_until="commit")
    page.locator("#many-files input[type=file]").set_input_files([DOG, DOG.with_name("tiger.jpg")])
    expect(page.locator("#many-table")).to_contain_text("Written by merge, ")
    expect(page.locator("#many-table textarea")).to_have_count(2)
    assert held
