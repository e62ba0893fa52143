"""A result goes from one visitor to another: by link, as a picture, through a restart, and away again when wanted."""

import io
import re
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from captioner.folder.storage import DEFAULT_MODEL
from tests.browser.conftest import served
from tests.browser.test_compare import choose_third, third_captions
from tests.browser.visit import NARROW, fits, looks, see_captions, upload
from ui.settings import read_settings
from ui.sharing.results import Results


def caption_example(page, example) -> list[str]:
    """Give the page a photo -> its captions."""
    upload(page, example)
    see_captions(page)
    return page.locator("#captions .sentence").all_inner_texts()


def share(page) -> tuple[str, str]:
    """Ask for a link -> (its address, the address to delete it)."""
    page.locator("#beam").get_by_role("button", name="Share link").click()
    field = page.get_by_label("Link to this result")
    expect(field).to_have_value(re.compile(r"/\?result=[\w-]{16}$"))
    return field.input_value(), page.get_by_role("link", name="this delete link").get_attribute("href")


@pytest.fixture(scope="module")
def link(browser, url, disputed):
    """A link that one visitor made, and what the captions said."""
    page = browser.new_page()
    page.goto(url)
    captions = caption_example(page, disputed)
    address, _ = share(page)
    page.close()
    return address, captions


def test_a_link_shows_photo_and_captions_in_another_browser_and_computes_nothing(open_page, link, shoot):
    address, captions = link
    page = open_page(None)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    shared = page.get_by_role("region", name="Shared result")
    expect(shared.get_by_role("img", name=captions[0], exact=True)).to_be_visible()
    expect(shared.locator(".sentence")).to_have_text(captions)
    expect(shared).to_contain_text(f"Written by {DEFAULT_MODEL.name}. Beam width: 3.")
    expect(shared.get_by_role("button", name="Delete this result")).to_be_hidden()
    expect(page.locator("#views")).to_be_hidden()
    pointed_at = set()
    for word in shared.locator(".card").last.locator(".word").all():
        word.hover()
        expect(shared.locator(".look")).to_be_visible()
        pointed_at.add(shared.locator(".look").get_attribute("src"))
    assert len(pointed_at) > 1
    for look in looks(page, NARROW):
        assert fits(page)
        shoot(page, f"{look}-shared")
    assert not [request for request in asked if "queue/join" in request]
    shared.get_by_role("link", name="Caption your own photo").click()
    expect(page.locator("#views")).to_be_visible()
    expect(page.locator(".shared")).to_have_count(0)


def test_a_link_is_made_goes_with_its_photo_is_copied_and_deleted_where_it_was_made(page, shoot, disputed):
    caption_example(page, disputed)
    share(page)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_label("Link to this result")).to_have_count(0)
    caption_example(page, disputed)
    address, _ = share(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == address
    for look in looks(page, NARROW):
        assert fits(page)
        shoot(page, f"{look}-link")
    page.get_by_role("button", name="Delete link").click()
    expect(page.locator("#link")).to_have_text(re.compile("Deleted. The link no longer works."))
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text("This shared result was not found.")


def test_a_delete_link_opens_the_result_with_a_button_that_deletes_it_unless_it_is_wrong(open_page, disputed):
    page, other = open_page(), open_page(None)
    captions = caption_example(page, disputed)
    address, delete = share(page)
    assert delete.startswith(f"{address}#delete=")  # what follows # is sent to no server
    other.goto(f"{address}#delete=x")
    other.get_by_role("button", name="Delete this result").click()
    expect(other.get_by_role("alert")).to_contain_text("was not deleted")
    other.reload()
    expect(other.locator("#shared .sentence")).to_have_text(captions)
    other.goto("about:blank")
    asked = []
    other.on("request", lambda request: asked.append(request.url))
    other.goto(delete)
    other.get_by_role("button", name="Delete this result").click()
    expect(other.locator("#shared")).to_contain_text("Deleted.")
    expect(other.locator("#views")).to_be_visible()
    assert not [request for request in asked if delete.split("=")[-1] in request]
    other.goto(address)
    expect(other.get_by_role("alert")).to_contain_text("not found")


def test_a_link_to_nothing_says_so_and_the_page_is_there(open_page, url, shoot, disputed):
    page = open_page(None)
    for nothing in "", "AAAAAAAAAAAAAAAA", "<img src=x onerror=document.title='y'>", "${document.title='x'}":
        page.goto(f"{url}?result={nothing}")
        expect(page.get_by_role("alert")).to_have_text(re.compile(r"This shared result was not found\. [^<$]+"))
        expect(page.locator("#upload button")).to_be_visible()
        expect(page).to_have_title("Captioner")
    shoot(page, "no-result")
    caption_example(page, disputed)


def test_a_result_is_saved_as_a_picture_as_often_as_one_likes(page, link, disputed):
    address, captions = link
    caption_example(page, disputed)
    own = [saved(page, page.locator("#beam")) for _ in range(2)]
    page.goto(address)
    shared = saved(page, page.locator("#shared .card").first)
    for name, card in (*own, shared):
        assert name == f"{captions[0].replace(' ', '-')}.png"
        assert card.format == "PNG" and card.width == 1080 and not card.getexif()
        assert len(np.unique(np.asarray(card.convert("RGB")).reshape(-1, 3), axis=0)) > 1000  # a photo, not a blank


def saved(page, card) -> tuple[str, Image.Image]:
    with page.expect_download() as download:
        card.get_by_role("button", name="Save picture").click()
    return download.value.suggested_filename, Image.open(io.BytesIO(download.value.path().read_bytes()))


def test_a_link_from_another_version_of_the_page_shows_what_there_is_to_show(open_page, url, results):
    word = {"text": "<u>zebra</u>", "probability": 0.5, "attention": None}
    said = {"text": "zebra", "score": -1.0, "log_probability": -2.0, "sure": True, "words": [word], "others": []}
    kept = {"model": "<b>m</b>", "encode_ms": 1, "settings": {"beam_width": 4, "third": "<i>wild</i>", "style": "new"}}
    kept["captions"] = [{"kind": kind, "decode_ms": 1, **said} for kind in ("greedy", "beam", "third", "fourth")]
    kept["captions"][0] |= {"text": "horse", "words": [word | {"text": "<u>horse</u>"}]}
    store, picture = Results(results), Image.new("RGB", (64, 48), "red")
    page = open_page(None)
    page.goto(f"{url}?result={store.keep(picture, kept).id}")
    expect(page.locator(".shared .word")).to_have_text(["<u>zebra</u>", "<u>horse</u>"])
    expect(page.locator(".shared")).to_contain_text("Written by <b>m</b>. Beam width: 4.")
    page.goto(f"{url}?result={store.keep(picture, {'captions': 7}).id}")
    expect(page.get_by_role("alert")).to_contain_text("another version of the page")


def test_a_link_holds_what_was_on_show_the_third_column_as_well(page, disputed):
    caption_example(page, disputed)
    choose_third(page, "Diverse")
    captions = third_captions(page)
    address, _ = share(page)
    page.goto(address)
    third = page.locator("#shared .card").last
    expect(third.get_by_role("heading")).to_contain_text("Diverse")
    assert [" ".join(one.locator(".word").all_inner_texts()) for one in third.locator(".sentence").all()] == captions
    name, card = saved(page, third)
    assert name == f"{captions[0].replace(' ', '-')}.png" and card.width == 1080


def test_a_link_says_what_a_caption_had_to_name(page, guided):
    photo, names = guided
    upload(page, photo)
    for name in names:  # the card's text is there at once, and hidden for a moment more
        expect(page.locator("#beam .guided")).to_contain_text(name, use_inner_text=True)
    said = page.locator("#beam .guided").inner_text()
    address, _ = share(page)
    page.goto(address)
    expect(page.locator("#shared .guided")).to_have_text(said)


def test_links_are_offered_at_home_and_to_strangers_only_when_told():
    for environment, share, offered in [
        ({}, False, True),
        ({}, True, False),
        ({"GRADIO_SERVER_NAME": "0.0.0.0"}, False, False),
        ({"SPACE_ID": "owner/name"}, False, False),
        ({"CAPTIONER_SHARING": "on"}, True, True),
        ({"CAPTIONER_SHARING": "off"}, False, False),
    ]:
        assert read_settings(environment, share=share).sharing == offered, environment
    assert read_settings({"CAPTIONER_RESULTS": "kept.sqlite"}).results.name == "kept.sqlite"


@pytest.fixture(scope="module")
def locked(results, weights, tmp_path_factory):
    """Another start of the page with the same results: with a password, and asks in vain for a public address."""
    folder = tmp_path_factory.mktemp("locked")
    nowhere = "http://127.0.0.1:9"
    environment = {
        "CAPTIONER_WEIGHTS": str(weights),
        "CAPTIONER_RESULTS": str(results),
        "CAPTIONER_SHARING": "on",
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "HF_HOME": str(folder / "hf"),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), nowhere),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
    }
    (folder / "network.txt").touch()
    with served(folder / "network.txt", environment, "--share", "--auth", "me:OpenSesame") as address:
        for _ in range(240):  # until Gradio has given up, its page fetches its script from where the address would be
            if "could be obtained" in (folder / "output.txt").read_text():
                break
            time.sleep(0.25)
        yield address, folder


def test_a_link_survives_a_restart_and_a_page_with_a_password_opens_to_who_knows_it(browser, link, locked):
    (made, captions), (address, folder) = link, locked
    page = browser.new_page()
    page.goto(f"{address}?{made.split('?')[1]}")
    page.get_by_label("username").fill("me")
    page.get_by_label("password").fill("wrong")
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_text("Incorrect")).to_be_visible()
    expect(page.locator(".card")).to_have_count(0)
    page.reload()
    page.get_by_label("username").fill("me")
    page.get_by_label("password").fill("OpenSesame")
    page.get_by_role("button", name="Login").click()
    expect(page.locator("#shared .sentence")).to_have_text(captions)
    page.close()
    assert "OpenSesame" not in (folder / "output.txt").read_text()


def test_no_public_address_is_said_plainly_and_the_page_goes_on_here(browser, locked):
    address, folder = locked
    said = (folder / "output.txt").read_text()
    assert "No public address could be obtained" in said and address.rstrip("/") in said
    assert "antivirus" not in said and "Traceback" not in said
    page = browser.new_page()
    foreign = []
    page.on("request", lambda request: address in request.url or foreign.append(request.url))
    page.goto(address)
    expect(page.get_by_role("button", name="Login")).to_be_visible()
    assert not foreign
    page.close()


@pytest.mark.parametrize("given", ["OpenSesame", "me:", ":OpenSesame"])
def test_half_a_password_is_refused_and_not_repeated(monkeypatch, capsys, given):
    import app

    monkeypatch.setattr("sys.argv", ["app.py", "--auth", given])
    with pytest.raises(SystemExit):
        app.options()
    said = capsys.readouterr().err
    assert "a user and a password" in said and "OpenSesame" not in said
    monkeypatch.setattr("sys.argv", ["app.py", "--auth", "me:Open:Sesame"])
    assert app.options().auth == ("me", "Open:Sesame")
