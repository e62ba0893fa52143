"""On a public page a visitor's photos wait behind the visitor's own, and for none of them for ever."""

import threading
import time
from contextlib import contextmanager

import gradio as gr
import httpx2

from ui.page.fair import Fair
from ui.serving.turns import PHOTOS_EACH, WAITING_EACH

PATIENCE = 60


@contextmanager
def page(work, seconds: float = PATIENCE):
    """A page with one event -> two functions: one sends a photo, the other waits for what comes of it."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        box = gr.Textbox()
        box.submit(Fair(seconds)(work), box, box, api_name="work", concurrency_limit=None)
    _, address, _ = blocks.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    with httpx2.Client(base_url=address, timeout=PATIENCE) as client:

        def send(photo: str, visitor: str) -> str:
            asked = client.post("gradio_api/call/work", json={"data": [photo]}, headers={"X-Forwarded-For": visitor})
            return asked.json()["event_id"]

        try:
            yield send, lambda event: client.get(f"gradio_api/call/work/{event}").text
        finally:
            blocks.close()


def until(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to this"
        time.sleep(0.01)


def test_one_visitors_photos_do_not_keep_another_out_and_too_many_are_refused():
    begun, let_go = [], threading.Event()

    def work(photo: str) -> str:
        begun.append(photo)
        assert let_go.wait(PATIENCE)
        return f"seen {photo}"

    with page(work) as (send, answer):
        many = [send("greedy", "203.0.113.1") for _ in range(WAITING_EACH)]
        until(lambda: len(begun) == PHOTOS_EACH)
        refused = send("one more", "203.0.113.1")
        assert "event: error" in answer(refused)
        other = send("other", "203.0.113.2")
        until(lambda: "other" in begun)
        assert begun == ["greedy"] * PHOTOS_EACH + ["other"]
        let_go.set()
        assert '["seen other"]' in answer(other)
        assert all('["seen greedy"]' in answer(event) for event in many)


def test_a_photo_that_takes_too_long_is_given_up():
    let_go = threading.Event()

    with page(lambda photo: let_go.wait(PATIENCE) and photo, seconds=0.1) as (send, answer):
        assert "event: error" in answer(send("slow", "203.0.113.1"))
        let_go.set()
