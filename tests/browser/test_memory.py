"""The page does not grow with the people who have been there: the real app.py, whose places are made few."""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading

import httpx2
import pytest
from playwright.sync_api import expect

from benchmarks.page_client import Page
from tests.browser.visit import see_captions, set_beam_width, upload
from tests.conftest import ROOT

PLACES = 3
PATIENCE = 300
SERVE = f"""
import gc, json, sys, threading
from collections import Counter
import app
from ui.page import describe
from ui.serving import leftovers

app.SESSIONS = describe.SEEN = {PLACES}
leftovers.SECONDS = 3
sys.argv = ["app.py"]

def count():
    for _ in sys.stdin:
        gc.collect()
        left = Counter(type(one).__name__ for one in gc.get_objects())
        [queue] = [one for one in gc.get_objects() if type(one).__name__ == "Queue" and hasattr(one, "event_analytics")
                   and one.events_recorded]
        left = dict(left) | {{"waiting": len(queue.pending_event_ids_session), "events": len(queue.event_analytics)}}
        print("left", json.dumps(left), flush=True)

threading.Thread(target=count, daemon=True).start()
app.main()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of the page, and a function that counts what it still holds, by kind."""
    environment = {
        "GRADIO_TEMP_DIR": str(tmp_path_factory.mktemp("gradio")),
        "CAPTIONER_SHARING": "off",
        "GRADIO_SERVER_NAME": "127.0.0.1",
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE], cwd=ROOT, env={**os.environ, **environment}, **pipes
    )
    stop = threading.Timer(PATIENCE, process.kill)
    stop.start()

    def said(pattern: str) -> str:
        for line in process.stdout:
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("the page has ended")

    def left() -> dict:
        process.stdin.write("\n")
        process.stdin.flush()
        return json.loads(said("^left (.*)"))

    try:
        yield said(r"(http://127\S+)"), left
    finally:
        stop.cancel()
        process.kill()
        process.communicate()


async def visits(url: str, photos: list) -> None:
    """Each photo is in a session of its own, as in a tab just opened."""
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        page = await Page.open(client)
        for photo in photos:
            await page.describe("photo.jpg", photo.read_bytes())


def come_by(url: str, photos) -> None:
    """Have visitors caption photos, in a thread of their own: Playwright's event loop has this one."""
    others = threading.Thread(target=lambda: asyncio.run(visits(url, photos)))
    others.start()
    others.join()


def test_of_those_who_have_been_there_only_the_last_are_remembered(server, examples):
    url, left = server
    come_by(url, examples[: 2 * PLACES])
    held = left()
    assert held["Seen"] <= PLACES and held["SessionState"] <= PLACES + 1, held
    assert held["events"] <= 1
    while left()["waiting"] > PLACES:  # the others are let go while somebody asks for something
        httpx2.get(f"{url}/api/ready")


def test_who_has_been_forgotten_does_not_notice_it(server, browser, photo, examples):
    url, _ = server
    window = browser.new_page()
    window.goto(url)
    upload(window, photo)
    see_captions(window)
    set_beam_width(window, 2)
    expect(window.locator("#beam h2")).to_contain_text("2 kept")
    before = see_captions(window)
    come_by(url, examples[: PLACES + 1])
    for width in 7, 2:
        set_beam_width(window, width)
        expect(window.locator("#beam h2")).to_contain_text(f"{width} kept")
    assert see_captions(window) == before
    window.close()
