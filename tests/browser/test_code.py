"""The tab "Use it from code": examples with the page's own address, to copy, and what an answer holds."""

from playwright.sync_api import expect

from tests.browser.visit import fits, looks, open_tab, unreadable
from ui.page.code import ADDRESS, ASSISTANTS, EXAMPLES

CODES = {**EXAMPLES, "Assistants": ASSISTANTS}


def test_the_examples_name_this_page_and_everything_fits_and_is_readable(page, url, shoot):
    open_tab(page, "Use it from code")
    for name, code in CODES.items():
        shown = page.get_by_role("region", name=f"Example for {name}").inner_text()
        assert shown.strip() == code.replace(ADDRESS, url.rstrip("/"))
    tab = page.locator("#code")
    for field in "words[].probability", "others[].text", "model.revision", "attention", "milliseconds":
        expect(tab.get_by_role("cell", name=field, exact=True)).to_be_visible()
    expect(tab.get_by_role("cell", name="pictures[].error", exact=True)).to_be_hidden()
    tab.get_by_text("caption_batch", exact=True).last.click()
    expect(tab.get_by_role("cell", name="pictures[].error", exact=True)).to_be_visible()
    for look in looks(page):
        assert fits(page)
        assert not unreadable(tab.locator("h2, h3, p, code, td, th, summary, button").filter(visible=True))
        shoot(page, f"{look}-code")


def test_an_example_is_copied_with_the_keyboard(page, url):
    open_tab(page, "Use it from code")
    button = page.get_by_role("button", name="Copy the example for curl")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".example").first.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == EXAMPLES["curl"].replace(ADDRESS, url.rstrip("/"))


def test_where_the_clipboard_is_closed_the_example_is_selected(page):
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    open_tab(page, "Use it from code")
    page.get_by_role("button", name="Copy the example for Python").click()
    expect(page.get_by_text("Selected: press Ctrl+C.")).to_be_visible()
    assert page.evaluate("getSelection().toString()").startswith("from gradio_client import")
