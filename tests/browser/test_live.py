"""Live captions from a real Chromium whose camera shows a film of two scenes: they follow it, and know when to stop."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.test_care import barriers
from tests.browser.visit import EXAMPLES, as_film, fits, looks, see_captions, unreadable

SCENES = {"dog": re.compile("dog|shepherd|pupp"), "tiger": re.compile("tiger")}
HIDE = """hidden => {
  window.looks = 0;
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => (window.looks++, hidden)});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
MEASURE = """
const fetched = window.fetch;
window.sizes = [];
window.fetch = (address, options) => {
  if (options?.body instanceof Blob) window.sizes.push(options.body.size);
  return fetched(address, options);
};
"""
REFUSAL = {"status": 429, "json": {"error": "You are asking too fast."}, "headers": {"Retry-After": "1"}}


@pytest.fixture(scope="module")
def browser(before_a_camera):
    """A browser before a camera that shows one scene for a second, then the other, over and over."""
    with before_a_camera(as_film(*map(scene, SCENES))) as chromium:
        yield chromium


def scene(name: str) -> Image.Image:
    with Image.open(EXAMPLES[0].with_name(f"{name}.jpg")) as picture:
        return picture.resize((320, 240))


def open_camera(page):
    """Open the camera -> the button for live captions, the caption."""
    page.get_by_role("button", name="Use the camera").click()
    page.wait_for_function("document.querySelector('.camera video').currentTime > 0")
    return page.get_by_role("button", name="Live captions"), page.locator(".camera .subtitle")


def asked_for(page) -> list[str]:
    """The addresses of the frames sent from now on."""
    addresses = []
    page.on("request", lambda request: "/api/frame" in request.url and addresses.append(request.url))
    return addresses


def test_captions_follow_what_the_camera_shows(open_page, shoot):
    page = open_page(script=MEASURE)
    under_way, most = set(), []

    def begin(request):
        if "/api/frame" in request.url:
            under_way.add(request)
            most.append(len(under_way))

    page.on("request", begin)
    page.on("requestfinished", lambda request: under_way.discard(request))
    live, caption = open_camera(page)
    expect(caption).to_be_hidden()
    assert not most  # nothing is sent before it is asked for
    live.click()
    expect(live).to_have_attribute("aria-pressed", "true")
    for name in "dog", "tiger", "dog":
        expect(caption).to_contain_text(SCENES[name])
    assert set(most) == {1}  # each is sent once the last is answered, and is small
    assert 2_000 < max(page.evaluate("window.sizes")) < 40_000  # bytes
    for look in looks(page):
        expect(page.locator(".glimpsed .tag").first).to_have_text(re.compile(r"^[\w ]+ \d+%$"))
        expect(caption).to_be_in_viewport()
        expect(page.locator(".camera").get_by_role("status").first).to_have_text(re.compile(r"\w+ \w+"))
        assert not unreadable(page.locator(".glimpsed"))
        assert fits(page)
        shoot(page, f"{look}-live")
        assert not barriers(page)
    live.click()
    expect(caption).to_be_hidden()
    expect(page.locator(".glimpsed")).to_contain_text("No picture is kept")


def test_nothing_is_sent_while_the_page_is_hidden_or_once_the_photo_is_taken(page):
    live, caption = open_camera(page)
    live.click()
    expect(caption).not_to_be_empty()
    page.evaluate(HIDE, True)
    page.wait_for_function("window.looks > 2")  # the answer to the last frame is there
    frames = asked_for(page)
    page.wait_for_function("window.looks > 6")
    assert not frames
    page.evaluate(HIDE, False)
    page.wait_for_function("window.looks > 2")
    assert frames
    page.get_by_role("button", name="Take the photo").click()
    frames.clear()
    see_captions(page)
    assert not frames
    expect(page.locator("[data-way=live]")).to_have_attribute("aria-pressed", "false")


def test_a_server_that_is_away_or_refuses_is_said_and_asked_again_until_it_cannot_answer(open_page):
    page = open_page(console_is_quiet=False)
    page.route("**/api/frame*", lambda route: route.abort())
    live, caption = open_camera(page)
    said = page.locator(".camera .trouble")
    live.click()
    expect(said).to_have_text("The server does not answer. Trying again.")
    page.unroute("**/api/frame*")
    expect(caption).not_to_be_empty()
    expect(said).to_be_empty()

    page.route("**/api/frame*", lambda route: route.fulfill(**REFUSAL))
    expect(said).to_have_text("The server is busy: captions come more slowly.")
    gaps = page.evaluate("""async () => {
      performance.clearResourceTimings();
      const sent = () => performance.getEntriesByType('resource').filter(each => each.name.includes('/api/frame'));
      while (sent().length < 3) await new Promise(requestAnimationFrame);
      return sent().slice(1).map((each, at) => each.startTime - sent()[at].startTime);
    }""")
    assert min(gaps) > 990  # as it was told, with what a timer may be early
    page.unroute("**/api/frame*")
    expect(said).to_be_empty()

    page.route("**/api/frame*", lambda route: route.fulfill(status=404, json={"error": "There is no such model."}))
    expect(said).to_have_text("There is no such model.")
    expect(live).to_have_attribute("aria-pressed", "false")


def test_it_asks_with_the_settings_on_show_until_the_camera_is_unplugged(page):
    page.evaluate("history.replaceState(null, '', '?beam_width=7&guided=false&third=diverse&tab=photo')")
    frames = asked_for(page)
    live, caption = open_camera(page)
    live.click()
    expect(caption).not_to_be_empty()
    assert frames[0].endswith("/api/frame?beam_width=7&guided=false")
    page.evaluate("""() => {
      const {srcObject} = document.querySelector('.camera video');
      const [track] = srcObject.getTracks();
      track.stop();
      track.dispatchEvent(new Event('ended'));  // which no script brings about
    }""")
    expect(page.get_by_role("status").filter(has_text="The camera has stopped.")).to_be_visible()
    expect(live).to_be_hidden()
