"""The page in a narrow window and enlarged, without motion, and by keyboard alone: all is reached, and seen to be."""

from playwright.sync_api import expect

from tests.browser.test_care import barriers, every_view
from tests.browser.visit import EXAMPLES, fits, looks, open_settings, see_captions, upload

NARROW = {"viewport": {"width": 320, "height": 640}}
ENLARGED = {"viewport": {"width": 640, "height": 360}}  # what 1280 x 720 pixels hold at 200%
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


def hold_in_each_window(page, shoot, view: str) -> None:
    for window in looks(page, {"narrow": NARROW, "enlarged": ENLARGED}):
        assert not barriers(page), (window, view)
        assert fits(page), (window, view)
        walk(page)
        shoot(page, f"reach-{window}-{view.replace(' ', '-').lower()}")


def test_every_view_fits_and_the_keyboard_reaches_all_of_it(open_page, shoot, disputed):
    page = open_page(reduced_motion="reduce", **NARROW)
    hold_in_each_window(page, shoot, "empty")
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
        hold_in_each_window(page, shoot, view)


def test_two_models_and_the_camera_fit_too(open_page, shoot, disputed):
    page = open_page("?compared=merge", reduced_motion="reduce", **NARROW)
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_visible()
    hold_in_each_window(page, shoot, "camera")
    upload(page, disputed)
    expect(page.locator("#compared .sentence")).to_be_visible()
    hold_in_each_window(page, shoot, "compared")


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
    page.unroute("**/queue/data*")
    see_captions(page)
    page.wait_for_function(still)
