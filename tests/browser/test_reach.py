"""The page in a narrow window and enlarged, without motion, and by keyboard alone: all is reached, and seen to be."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_care import barriers, every_view
from tests.browser.visit import EXAMPLES, open_settings, see_captions, upload

WINDOWS = {
    "320 px": {"viewport": {"width": 320, "height": 640}},
    "200%": {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2},
}
# What the keyboard should reach: every control in sight, of a group of radio buttons one.
CONTROLS = """() => {
window.controls = () => [...document.querySelectorAll(
  'a[href], button, input, select, textarea, summary, [tabindex]')].filter(each => each.tabIndex >= 0
    && !each.disabled && each.checkVisibility({visibilityProperty: true}) && !each.closest('[inert]')
    && !(each.type === 'radio' && !each.checked && document.querySelector(`[name="${each.name}"]:checked`)));
window.look = element => {
  const looks = [];
  for (let each = element, up = 0; each && up < 4; each = each.parentElement, up++) {
    const style = getComputedStyle(each);
    looks.push([style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.borderColor,
      style.backgroundColor].join());
  }
  return looks.join(';');
};
window.named = each => `${each.tagName} ${each.id || each.className} ${
  each.getAttribute('aria-label') ?? each.innerText?.slice(0, 30) ?? ''} in ${each.closest('[id]')?.id}`;
}"""
STEP = """async () => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  document.getAnimations().filter(each => isFinite(each.effect.getComputedTiming().endTime)).forEach(
    each => each.finish());
  const {top, bottom, left, right} = element.getBoundingClientRect();
  const inView = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  const first = !window.reached.has(element);
  window.reached.add(element);
  return {name: named(element), first, inView, seen: look(element) !== window.before.get(element)};
}"""


def walk(page) -> None:
    """Press Tab from the top of the page to its end: everything is reached, in view, and marked while it is."""
    page.evaluate(CONTROLS)
    page.get_by_role("heading", level=1).click()  # from where Tab begins at the top
    page.evaluate("""() => { window.reached = new Set();
      window.before = new Map(controls().map(each => [each, look(each)])); }""")
    faults = []
    for _ in range(250):
        page.keyboard.press("Tab")
        step = page.evaluate(STEP)
        if step is None or not step["first"]:
            break
        if not step["inView"] or not step["seen"]:
            faults.append(step)
    missed = page.evaluate("controls().filter(each => !window.reached.has(each)).map(named)")
    assert not faults and not missed, (faults, missed)


def holds(page) -> None:
    assert not barriers(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    walk(page)


@pytest.mark.parametrize("window", WINDOWS)
def test_every_view_fits_and_the_keyboard_reaches_all_of_it(open_page, shoot, window, disputed):
    page = open_page(reduced_motion="reduce", **WINDOWS[window])
    holds(page)
    upload(page, disputed)
    see_captions(page)
    open_settings(page)
    page.locator("#third-way input").click()
    page.get_by_role("option", name="Nucleus").click()
    expect(page.locator("#third .sentence")).to_have_count(3)
    expect(page.locator("#recent li")).to_contain_text("Random")  # the tile is drawn again with what it says
    page.locator("#beam").get_by_role("button", name="Share link").click()
    expect(page.get_by_label("Link to this result")).to_be_visible()
    for view in every_view(page):
        if view == "Many photos":
            page.locator("#many-files input[type=file]").set_input_files(EXAMPLES[:2])
            expect(page.locator("#many-table textarea")).to_have_count(2)
        holds(page)
        shoot(page, f"reach-{window[:3]}-{view.replace(' ', '-').lower()}")


@pytest.mark.parametrize("window", WINDOWS)
def test_two_models_and_the_camera_fit_too(open_page, url, shoot, window, disputed):
    page = open_page(reduced_motion="reduce", **WINDOWS[window])
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_visible()
    holds(page)
    shoot(page, f"reach-{window[:3]}-camera")
    page.goto(f"{url}?compared=merge")
    upload(page, disputed)
    expect(page.locator("#compared .sentence")).to_be_visible()
    holds(page)
    shoot(page, f"reach-{window[:3]}-compared")


def test_nothing_moves_for_whoever_wants_no_motion(open_page, disputed):
    page = open_page(reduced_motion="reduce")
    held = []
    page.route("**/queue/data*", lambda route: held.append(route))
    upload(page, disputed)
    expect(page.locator("#beam").get_by_test_id("status-tracker")).to_be_visible()
    still = "!document.getAnimations().some(each => !isFinite(each.effect.getComputedTiming().endTime))"
    page.wait_for_function(still)  # the answer is held, so whatever moved for it would go on moving
    for route in held:
        route.continue_()
    see_captions(page)
    page.wait_for_function(still)
