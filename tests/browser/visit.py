"""What a visitor of the page does and sees; the tests of its parts have it in common."""

import re
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import expect

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))
DOG = EXAMPLES[0].with_name("dog.jpg")
DESKTOP = {"width": 1280, "height": 800}
WINDOWS = {
    "desktop": {},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "dark": {"color_scheme": "dark"},
}
NARROW = WINDOWS | {"phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True}}
SETTINGS = re.compile("^(Settings|Einstellungen|Ajustes)")  # the panel's button, in each language
READABLE = 4.5  # WCAG AA contrast of text


def taken(width: int, height: int) -> Image.Image:
    """A photo of that size, since of a drawing a model may say two words or twenty."""
    with Image.open(DOG) as picture:
        return picture.resize((width, height))


def lettering() -> Image.Image:
    """What a camera sees: letters between a red left and a blue right side, which look different in a mirror."""
    picture = Image.new("RGB", (640, 480), "white")
    picture.paste("red", (0, 0, 160, 480))
    picture.paste("blue", (480, 0, 640, 480))
    ImageDraw.Draw(picture).text((180, 180), "FLAG", "black", font_size=100)
    return picture


def as_film(*pictures: Image.Image, frames: int = 30) -> bytes:
    """A film in YUV4MPEG2, with 4:2:0 chroma, that shows pictures of one size for so many frames each."""
    film = b"YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420jpeg\n" % pictures[0].size
    for picture in pictures:
        light, *colours = picture.convert("YCbCr").split()
        planes = [light, *(each.resize((picture.width // 2, picture.height // 2)) for each in colours)]
        film += (b"FRAME\n" + b"".join(plane.tobytes() for plane in planes)) * frames
    return film


def upload(page, path) -> None:
    page.locator("#upload input[type=file]").set_input_files(path)


SAME = "Greedy and beam search found the same sentence."


# The words of a card once they are those that are read out; both are read at once, since a new caption may just come.
WHOLE = """card => {
  const words = [...document.querySelectorAll(`${card} .word`)].map(word => word.innerText);
  const said = document.querySelector(`${card} .unseen`)?.innerText.trim().split(/\\s+/) ?? [];
  return words.length > 2 && words.join(' ') === said.join(' ') && words;
}"""


def see_captions(page) -> tuple[str, str]:
    """Wait for both captions -> (greedy, beam), read word by word; where they agree, one card says so."""
    captions = []
    expect(page.locator("#beam .sentence")).to_be_visible()
    agree = page.locator("#beam").get_by_text(SAME).count() > 0
    for card in ("#beam", "#beam") if agree else ("#greedy", "#beam"):
        expect(page.locator(f"{card} .sentence")).to_be_visible()
        captions.append(" ".join(page.wait_for_function(WHOLE, arg=card).json_value()))
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


def open_settings(page) -> None:
    if not page.locator("#menu").is_visible():
        page.get_by_role("button", name=SETTINGS).click()
    expect(page.locator("#menu")).to_be_visible()
    # Gradio puts the values into the fields just after it has added them to the page, sooner than anyone can type.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def set_beam_width(page, width: int) -> None:
    open_settings(page)
    number = page.locator("#beam-width input[type=number]")
    number.fill(str(width))
    number.press("Enter")


def choose_model(page, name: str) -> None:
    open_settings(page)
    page.locator("#menu input").fill(name)
    page.locator("#menu input").press("Enter")


# Colours in the middle of a fade are nobody's.
SETTLED = """Promise.all(document.getAnimations().filter(each => isFinite(each.effect.getComputedTiming().endTime))
  .map(each => each.finished.catch(() => null)))"""


def looks(page, windows=WINDOWS):
    """Show an open page in each window, by day or by night, under a mouse or a finger -> the window's name."""
    finger = page.context.new_cdp_session(page)
    for name, window in windows.items():
        dark, touched = window.get("color_scheme") == "dark", window.get("has_touch", False)
        page.set_viewport_size(window.get("viewport", DESKTOP))
        page.emulate_media(color_scheme="dark" if dark else "light")
        finger.send("Emulation.setTouchEmulationEnabled", {"enabled": touched})
        page.wait_for_function(
            "([dark, touched]) => document.body.classList.contains('dark') === dark"
            " && matchMedia('(pointer: coarse)').matches === touched",
            arg=[dark, touched],
        )
        page.evaluate(SETTLED)
        yield name
    finger.detach()


def fits(page) -> bool:
    """Whether nothing sticks out of the window at its side."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


COLORS = """element => {
  const colors = [getComputedStyle(element).color];
  for (let e = element; e; e = e.parentElement) colors.push(getComputedStyle(e).backgroundColor);
  return colors;
}"""


def contrast(text) -> float:
    """How far a text stands out from what is painted behind it (WCAG 2 contrast ratio)."""
    return standing_out(*text.evaluate(COLORS))


def unreadable(texts) -> list[str]:
    """Those of the texts, of which there is one or more, that stand out too little; all are looked at at once."""
    seen = texts.evaluate_all(f"texts => texts.map(text => [text.textContent, ({COLORS})(text)])")
    assert seen
    return [text for text, colors in seen if standing_out(*colors) < READABLE]


def standing_out(color: str, *backgrounds: str) -> float:
    """The contrast of a colour with backgrounds one behind the other, the nearest first."""
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
