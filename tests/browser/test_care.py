"""The page for everybody: by keyboard, by ear, on a phone, in the dark, without a network; its memory stays at home."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import LOCAL
from tests.browser.visit import DOG, NARROW, SETTLED, fits, looks, open_settings, see_captions, upload


def caption_example(page, example) -> list[str]:
    upload(page, example)
    see_captions(page)
    return [sentence.inner_text() for sentence in page.locator("#captions .sentence").all()]


def every_view(page):
    """Open each tab of the page, and each tab within it -> what is open."""
    tabs = page.locator("#views > .tab-wrapper > [role=tablist] > [role=tab]")
    for name in tabs.all_inner_texts():
        tabs.filter(has_text=name).click()
        inner = page.locator("#views [role=tabpanel] [role=tab]").filter(visible=True)
        yield name
        for number in range(inner.count()):
            inner.nth(number).click()
            expect(inner.nth(number)).to_have_attribute("aria-selected", "true")
            yield f"{name}, {inner.nth(number).inner_text().strip()}"


# What axe-core finds that is serious or critical, with where.
BARRIERS = """() => axe.run({resultTypes: ['violations']}).then(({violations}) => violations
  .filter(({impact}) => ['serious', 'critical'].includes(impact))
  .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target} ${failureSummary}`)))"""


def barriers(page) -> list[str]:
    """What keeps somebody from what is on show, once nothing fades in or out any more."""
    expect(page.locator(".progress-text").filter(visible=True)).to_have_count(0)
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(BARRIERS)


def hold_in_every_look(page, shoot, name: str) -> None:
    for look in looks(page, NARROW):
        assert not barriers(page), (look, name)
        assert fits(page), (look, name)
        shoot(page, re.sub(r"[^a-z]+", "-", f"{look}-{name}".lower()))


def test_no_view_has_a_barrier_and_all_fit_the_window(open_page, shoot, disputed):
    page = open_page(reduced_motion="reduce")
    hold_in_every_look(page, shoot, "empty")
    caption_example(page, disputed)
    page.locator("#beam").get_by_role("button", name="Share link").click()
    link = page.get_by_label("Link to this result")
    expect(link).to_have_value(re.compile("result="))
    expect(page.locator("#recent li")).to_have_count(1)
    for view in every_view(page):
        hold_in_every_look(page, shoot, view)
    page.goto(link.input_value())
    expect(page.locator(".shared")).to_be_visible()
    hold_in_every_look(page, shoot, "shared")
    page.goto(re.sub("result=.*", "result=none", page.url))
    expect(page.get_by_role("alert")).to_be_visible()
    hold_in_every_look(page, shoot, "not found")
    upload(page, {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(page.locator("#photo").get_by_role("alert")).to_be_visible()
    hold_in_every_look(page, shoot, "no picture")


STREAM = re.compile("heartbeat|queue/data")  # Gradio keeps these open


def wait_until_answered(page, unanswered: set) -> None:
    """Let the page draw what it has just opened, and wait until all it has asked for is there."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    while unanswered:
        page.wait_for_event("requestfinished")


def test_with_the_network_cut_to_this_machine_no_request_fails_and_none_is_foreign(open_page, disputed):
    page = open_page(for_the_first_time=True)
    faults, unanswered = [], set()
    page.route(lambda address: not LOCAL.match(address), lambda route: route.abort())
    page.on("request", lambda request: LOCAL.match(request.url) or faults.append(request.url))
    page.on("response", lambda answer: answer.status < 400 or faults.append(f"{answer.status} {answer.url}"))
    page.on("request", lambda request: STREAM.search(request.url) or unanswered.add(request))
    for end in "requestfinished", "requestfailed":
        page.on(end, lambda request: unanswered.discard(request))
    page.reload()
    expect(page.locator("#upload button")).to_be_visible()
    hung_up = "net::ERR_ABORTED"  # Gradio ends its stream of answers itself once it has them
    page.on(
        "requestfailed",
        lambda request: (
            (request.failure == hung_up and "queue/data" in request.url)
            or faults.append(f"{request.failure} {request.url}")
        ),
    )
    for _ in every_view(page):
        wait_until_answered(page, unanswered)
    page.locator("#views [role=tab]").filter(visible=True).first.click()
    caption_example(page, disputed)
    page.locator("#beam").get_by_role("button", name="Share link").click()
    expect(page.get_by_label("Link to this result")).to_have_value(re.compile("result="))
    for _ in every_view(page):
        wait_until_answered(page, unanswered)
    assert not faults


def press_until(page, key: str, reached: str, most: int = 60) -> None:
    """Press a key until the focused element matches a selector."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("reached => document.activeElement.matches(reached)", reached):
            return
    pytest.fail(f"{reached} is not reached within {most} times {key}")


def test_the_keyboard_alone_leads_to_a_caption_a_look_a_link_and_what_to_do_with_it(page):
    press_until(page, "Tab", "#examples button")
    page.keyboard.press("Space")
    expect(page.locator("#beam .sentence")).to_be_visible()
    press_until(page, "Tab", "#beam .word")
    expect(page.locator(".photo .look")).to_be_visible()
    first = page.locator(".photo .look").get_attribute("src")
    page.keyboard.press("Tab")
    assert page.locator(".photo .look").get_attribute("src") != first
    press_until(page, "Tab", "#beam [data-do=copy]")
    expect(page.locator(".photo .look")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    caption = page.locator("#beam .unseen").inner_text()
    page.wait_for_function("text => navigator.clipboard.readText().then(copied => copied === text)", arg=caption)
    press_until(page, "Tab", "#beam [data-do=share]")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Link to this result")).to_have_value(re.compile("result="))
    press_until(page, "Tab", "[data-do=remove-link]")
    page.keyboard.press("Enter")
    expect(page.locator("#link")).to_contain_text("Deleted.")
    press_until(page, "Tab", "#recent .forget")
    page.keyboard.press("Enter")
    expect(page.locator("#recent section")).to_be_hidden()


# Notes whatever a live region says from now on, once each time its words change.
LISTEN = """
window.heard = [];
const last = new Map();
new MutationObserver(changes => {
  const LIVE = '[role=status], [role=alert], [aria-live]:not([aria-live=off])', regions = new Set();
  for (const {target, addedNodes} of changes) {
    for (const node of [target, ...addedNodes]) {
      const element = node.nodeType === 1 ? node : node.parentElement;
      if (element?.closest(LIVE)) regions.add(element.closest(LIVE));
      if (node !== target) element?.querySelectorAll?.(LIVE).forEach(region => regions.add(region));
    }
  }
  for (const region of regions) {
    const words = region.textContent.trim();
    if (words && last.get(region) !== words) window.heard.push(words);
    last.set(region, words);
  }
}).observe(document.body, {subtree: true, childList: true, characterData: true});
"""


def test_a_screen_reader_hears_each_caption_once(page, disputed):
    page.evaluate(LISTEN)
    captions = page.locator("#captions .unseen")
    caption_example(page, disputed)
    for file in disputed, DOG:
        upload(page, file)
        said = captions.all_inner_texts()
        if file != disputed:
            expect(captions.first).not_to_have_text(said[0])
            said = captions.all_inner_texts()
        heard = page.evaluate("window.heard")
        for caption in said:
            assert sum(caption in words for words in heard) == said.count(caption), heard


VOICE = """
window.spoken = [];
Object.defineProperty(window, 'speechSynthesis', {value: {
  speak(utterance) { window.spoken.push(utterance.text); window.speaking = utterance; },
  cancel() { window.spoken.push('(silence)'); },
}});
"""


def test_a_caption_is_read_aloud_until_it_ends_or_is_stopped(open_page, disputed):
    page = open_page(script=VOICE)
    beam, greedy = caption_example(page, disputed)
    buttons = [page.locator(card).get_by_role("button", name="Read aloud") for card in ("#greedy", "#beam")]
    buttons[0].click()
    expect(buttons[0]).to_have_attribute("aria-pressed", "true")
    buttons[0].click()
    expect(buttons[0]).not_to_have_attribute("aria-pressed", "true")
    buttons[0].click()
    buttons[1].click()
    expect(buttons[0]).not_to_have_attribute("aria-pressed", "true")
    page.evaluate("window.speaking.onend({})")
    expect(buttons[1]).not_to_have_attribute("aria-pressed", "true")
    spoken = [words for words in page.evaluate("window.spoken") if words != "(silence)"]
    assert spoken == [words.replace("\n", " ") for words in (greedy, greedy, beam)]


POOR = """
Object.defineProperty(window, 'speechSynthesis', {value: undefined});
Object.defineProperty(navigator, 'clipboard', {value: undefined});
"""


def test_a_caption_is_copied_also_without_a_clipboard_and_no_voice_is_offered_where_there_is_none(open_page, disputed):
    page = open_page(script=POOR)
    captions = caption_example(page, disputed)
    expect(page.get_by_role("button", name="Copy").first).to_be_visible()
    expect(page.get_by_role("button", name="Read aloud")).to_have_count(0)
    page.locator("#beam").get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))")
    page.locator("#paste").focus()
    page.keyboard.press("Control+v")
    expect(page.locator("#paste")).to_have_value(captions[0])


# As if five more photos had been captioned, in another window.
FIVE_MORE = """() => {
  const kept = JSON.parse(localStorage.getItem('captioner.recent'));
  const more = [1, 2, 3, 4, 5].map(number => ({
    picture: kept[0].picture + `#${number}`, captions: [{title: 'Beam', text: `photo ${number}`}]}));
  localStorage.setItem('captioner.recent', JSON.stringify([...more, ...kept]));
  window.dispatchEvent(new Event('storage'));
}"""


def test_recent_results_stay_in_the_browser_through_a_reload_and_go_when_told(open_page, shoot, disputed):
    page = open_page()
    expect(page.locator("#recent section")).to_be_hidden()
    captions = caption_example(page, disputed)
    items = page.locator("#recent li")
    expect(items).to_have_count(1)
    page.evaluate(FIVE_MORE)
    expect(items).to_have_count(6)
    expect(items.last).to_contain_text(captions[0])
    upload(page, DOG)
    expect(items.first).to_contain_text("dog")
    expect(items).to_have_count(6)
    expect(items.last).not_to_contain_text(captions[0])
    upload(page, disputed)  # seen before, and by now driven out: it comes first again
    expect(items.first).to_contain_text(captions[0])
    sent = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    page.reload()
    expect(items).to_have_count(6)
    for caption in captions:
        expect(items.first).to_contain_text(caption)
    with Image.open(disputed) as original:
        longest = min(512, max(original.size))
    kept = items.first.locator("img").evaluate("image => Math.max(image.naturalWidth, image.naturalHeight)")
    assert kept == longest
    assert not any(captions[0].encode() in body or b"image/jpeg" in body for body in sent)
    shoot(page, "recent")
    page.get_by_role("button", name="Clear history").click()
    expect(page.locator("#recent section")).to_be_hidden()
    page.reload()
    expect(page.locator("#upload button")).to_be_visible()
    expect(items).to_have_count(0)


def test_what_another_program_wrote_into_the_browsers_store_does_no_harm(page, disputed):
    for kept in (
        "{",
        "7",
        '[null, 7, {"picture": "http://example.org/spy.gif", "captions": []}]',
        '[{"picture": "data:image/jpeg;base64,x"}]',
    ):
        page.evaluate("kept => localStorage.setItem('captioner.recent', kept)", kept)
        page.reload()
        caption_example(page, disputed)
        expect(page.locator("#recent li")).to_have_count(1)


def test_a_page_that_has_lost_its_server_says_so_until_it_is_back(open_page, shoot, disputed):
    page = open_page(console_is_quiet=False, reduced_motion="reduce")  # the browser itself notes what it cannot fetch
    captions = caption_example(page, disputed)
    page.context.set_offline(True)
    alert = page.get_by_role("alert").filter(has_text="Connection lost.")
    expect(alert).to_be_visible()
    assert not barriers(page)
    shoot(page, "lost")
    page.context.set_offline(False)
    expect(alert).to_have_count(0)
    assert caption_example(page, disputed) == captions


def test_while_a_caption_is_written_its_place_is_shown(open_page, shoot, disputed):
    page = open_page(reduced_motion="reduce")
    held = []
    page.route("**/queue/data*", lambda route: held.append(route))
    upload(page, disputed)
    waiting = page.get_by_test_id("status-tracker")
    for card in "#greedy", "#beam":
        expect(page.locator(card).locator(waiting)).to_have_class(re.compile("translucent"))
    for look in looks(page):
        for card in ("#beam",) if look == "phone" else ("#greedy", "#beam"):
            expect(page.locator(card).get_by_role("heading")).to_be_visible()
            head, place = page.locator(f"{card} h2").bounding_box(), page.locator(card).locator(waiting).bounding_box()
            assert head["y"] + head["height"] <= place["y"]
        shoot(page, f"{look}-waiting")
    for route in held:
        route.continue_()
    page.unroute("**/queue/data*")
    see_captions(page)


def test_no_field_is_so_small_that_a_phone_zooms_into_it(page):
    open_settings(page)
    fields = page.locator("input, textarea, select").and_(
        page.locator(":not([type=file], [type=range], [type=checkbox], [type=radio])")
    )
    for look in looks(page):
        sizes = fields.evaluate_all("fields => fields.map(field => parseFloat(getComputedStyle(field).fontSize))")
        assert sizes and (look != "phone" or min(sizes) >= 16)
