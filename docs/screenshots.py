"""Make the pictures of the page in the docs: a real page in a real Chromium, photographed as it is.

example: python docs/screenshots.py
"""

import argparse
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.served import served_page  # noqa: E402

EXAMPLES = ROOT / "examples"
PHOTO = "tiger.jpg"
SEVERAL = ["astronaut.jpg", "coffee.jpg", "dog.jpg", "giraffes.jpg"]  # with the mistakes that the model makes
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
WORD_MILLISECONDS, LAST_MILLISECONDS = 850, 1700
MARGIN, GAP = 16, 36  # around what is shown, and white between two screens
SETTLED = 600  # milliseconds after which nothing scrolls or fades any more

expect.set_options(timeout=60_000)


def open_page(browser: Browser, url: str, width: int, height: int = 900, **options) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height}, **options)
    page.goto(url)
    expect(page.locator("#upload button")).to_be_visible()
    return page


def caption(page: Page) -> None:
    page.locator("#upload input[type=file]").set_input_files(EXAMPLES / PHOTO)
    expect(page.locator("#beam .sentence")).to_be_visible()
    expect(page.locator(".seeing .stage")).to_be_visible()


def photographed(page: Page, first: str, last: str) -> Image.Image:
    """The page from one element's top to another's bottom, in all its width."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLED)
    top, bottom = page.locator(first).bounding_box(), page.locator(last).bounding_box()
    height = bottom["y"] + bottom["height"] - top["y"] + 2 * MARGIN
    clip = {"x": 0, "y": top["y"] - MARGIN, "width": page.viewport_size["width"], "height": height}
    return Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")


def keep(picture: Image.Image, path: Path) -> None:
    """Write it in 256 colours, which a page with a photo or two can spare."""
    picture.quantize(256, kmeans=1).save(path, optimize=True)


def desktop(browser: Browser, url: str) -> Image.Image:
    page = open_page(browser, url, 1200, device_scale_factor=1.25)
    caption(page)
    return photographed(page, "h1", "#legend")


def many(browser: Browser, url: str) -> Image.Image:
    page = open_page(browser, url, 1000, device_scale_factor=1.25)
    page.get_by_role("tab", name="Many photos").click()
    page.locator("#many-files input[type=file]").set_input_files([EXAMPLES / name for name in SEVERAL])
    expect(page.locator("#many-table textarea")).to_have_count(len(SEVERAL))
    return photographed(page, "#views", "#many-table")


def phone(browser: Browser, url: str) -> Image.Image:
    """Two screens of one page: the photo with its captions, and the player further down."""
    page = open_page(browser, url, 390, 800, device_scale_factor=1.5, has_touch=True, color_scheme="dark")
    caption(page)
    photo = screen(page, "#photo")
    page.locator(".seeing .strip button", has_text="tiger").click()
    player = screen(page, ".seeing")
    both = Image.new("RGB", (2 * photo.width + GAP, photo.height), "white")
    both.paste(photo, (0, 0))
    both.paste(player, (photo.width + GAP, 0))
    return both


def screen(page: Page, first: str) -> Image.Image:
    """What a visitor sees who has scrolled there."""
    page.locator(first).evaluate("place => scrollTo(0, place.getBoundingClientRect().top + scrollY - 16)")
    page.wait_for_timeout(SETTLED)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def looking(browser: Browser, url: str) -> list[Image.Image]:
    """The player at each word of the beam caption."""
    page = open_page(browser, url, 1150)
    caption(page)
    frames, following = [], page.locator(".seeing .next")
    while True:
        page.mouse.move(0, 0)
        page.wait_for_timeout(SETTLED)
        frames.append(Image.open(io.BytesIO(page.locator(".seeing").screenshot())).convert("RGB"))
        if following.is_disabled():
            return frames
        following.click()


def animate(frames: list[Image.Image], path: Path) -> None:
    durations = [WORD_MILLISECONDS] * (len(frames) - 1) + [LAST_MILLISECONDS]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=80, method=6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "docs", metavar="FOLDER", help="default: docs")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    system = next(filter(None, map(shutil.which, BROWSERS)), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ |= {"CAPTIONER_RESULTS": f"{folder}/results.sqlite", "GRADIO_TEMP_DIR": folder}
        browser = playwright.chromium.launch(executable_path=system, args=["--no-sandbox"])
        with served_page() as (url, _):
            keep(desktop(browser, url), output / "page.png")
            keep(many(browser, url), output / "many.png")
            keep(phone(browser, url), output / "phone-dark.png")
            animate(looking(browser, url), output / "looking.webp")
        browser.close()


if __name__ == "__main__":
    main()
