"""The layers around the page, each before a small application, over real sockets; and the folder of uploads."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.conftest import ROOT
from ui.serving.around import around
from ui.serving.deadline import Deadline
from ui.serving.headers import Headers
from ui.serving.rate import MINUTE, Rate
from ui.serving.turns import WAITING_EACH, Turns
from ui.serving.uploads import KEPT_SECONDS, Uploads
from ui.settings import PUBLIC_RATE, Settings

PATIENCE = 60


@contextmanager
def served(answer, *middleware: Middleware):
    """An application behind some layers -> its address."""
    routes = [Route(path, answer, methods=["GET", "POST"]) for path in ("/api/caption", "/api/caption_batch")]
    app = Starlette(routes=routes, middleware=list(middleware))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def until(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to this"
        time.sleep(0.01)


class Work:
    """Requests that take until they are let go."""

    def __init__(self):
        self.let_go = threading.Event()
        self.begun: list[str] = []

    def answer(self, request: Request) -> JSONResponse:
        self.begun.append(f"{request.client.host} {request.url.path}")
        assert self.let_go.wait(PATIENCE)
        return JSONResponse({})


@contextmanager
def crowd(work: Work, most: int):
    """Many clients at once before an application with turns -> a function that asks for one of them, in a thread."""
    http = httpx2.Client(limits=httpx2.Limits(max_connections=None), timeout=PATIENCE)
    with ThreadPoolExecutor(most) as pool, http, served(work.answer, Middleware(Turns)) as address:

        def ask(client: str, path: str = "/api/caption"):
            return pool.submit(http.post, f"{address}{path}", headers={"X-Forwarded-For": client})

        yield ask


def test_an_answer_that_takes_too_long_is_given_up():
    work = Work()
    with served(work.answer, Middleware(Deadline, seconds=0.2)) as address:
        answer = httpx2.post(f"{address}/api/caption", timeout=PATIENCE)
        work.let_go.set()
    assert answer.status_code == 504 and "longer than 0.2 seconds" in answer.json()["error"]


def test_one_visitors_batches_never_hold_up_anothers_photo():
    work = Work()
    with crowd(work, WAITING_EACH + 2) as ask:
        greedy = [ask("203.0.113.1", "/api/caption_batch") for _ in range(WAITING_EACH)]
        until(lambda: work.begun)
        other = ask("203.0.113.2")
        until(lambda: "203.0.113.2 /api/caption" in work.begun)  # while the first batch is still at work
        assert work.begun.count("203.0.113.1 /api/caption_batch") == 1
        work.let_go.set()
        assert other.result().status_code == 200
        assert {answer.result().status_code for answer in greedy} == {200}  # nobody is forgotten
    assert len(work.begun) == WAITING_EACH + 1


def test_one_visitor_cannot_fill_the_waiting_room():
    work = Work()
    with crowd(work, WAITING_EACH + 8) as ask:
        asked = [ask("203.0.113.1") for _ in range(WAITING_EACH + 8)]
        until(lambda: sum(answer.done() for answer in asked) == 8)
        work.let_go.set()
        answers = [answer.result() for answer in asked]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 8 and all("waiting here already" in answer.json()["error"] for answer in refused)


def test_the_rate_allows_a_burst_and_then_an_even_flow():
    now = [0.0]
    rate = Rate(None, 30, lambda: now[0])
    assert [rate.wait("a") for _ in range(30)] == [0] * 30
    assert 0 < rate.wait("a") <= MINUTE / 30 and rate.wait("b") == 0
    now[0] += MINUTE / 30
    assert rate.wait("a") == 0 < rate.wait("a")
    now[0] += MINUTE
    assert [rate.wait("a") for _ in range(30)] == [0] * 30


def test_frames_of_a_camera_are_counted_apart_and_four_a_second_pass_for_ever():
    now = [0.0]
    rate = Rate(None, PUBLIC_RATE, lambda: now[0])
    for _ in range(4 * 10 * MINUTE):
        now[0] += 1 / 4
        assert rate.wait("a", is_frame=True) == 0
    assert [rate.wait("a") for _ in range(PUBLIC_RATE)] == [0] * PUBLIC_RATE  # all photos are left to who watches
    assert [rate.wait("a", is_frame=True) > 0 for _ in range(2 * PUBLIC_RATE + 1)][-1]


def test_the_page_is_framed_only_where_it_was_allowed():
    def answer(request):
        return JSONResponse({})

    for allowed, expected in ((), "'self'"), (("https://example.org",), "'self' https://example.org"):
        with served(answer, Middleware(Headers, embedding=allowed)) as address:
            headers = httpx2.get(f"{address}/api/caption").headers
        assert f"frame-ancestors {expected}" in headers["Content-Security-Policy"]
        assert ("X-Frame-Options" in headers) == (not allowed)


def test_a_fault_of_ours_says_nothing_of_itself():
    def broken(request):
        raise RuntimeError(f"{ROOT} is broken")

    with served(broken, Middleware(Headers)) as address:
        answer = httpx2.get(f"{address}/api/caption")
    assert answer.status_code == 500
    assert str(ROOT) not in answer.text and "RuntimeError" not in answer.text and "Traceback" not in answer.text


def test_a_fault_behind_the_page_says_nothing_of_itself_and_logins_are_no_scripts_business(tmp_path, capfd, caplog):
    def fail(text: str) -> str:
        raise RuntimeError(f"{ROOT} is broken by {text}")

    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.api(fail, api_name="fail")
    layers = {"middleware": around(Settings(), tmp_path)}
    _, address, _ = blocks.launch(
        auth=[("annabella", "secret")], app_kwargs=layers, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1"
    )
    try:
        with httpx2.Client(base_url=address, timeout=PATIENCE) as client:
            assert client.post("gradio_api/call/fail", json={"data": ["x"]}).status_code == 401
            assert client.post("login", data={"username": "annabella", "password": "wrong"}).status_code == 400
            login = client.post("login", data={"username": "annabella", "password": "secret"})
            cookies = login.headers.get_list("set-cookie")
            assert len(cookies) == 2 and all("HttpOnly" in cookie for cookie in cookies)
            assert all("Secure" in cookie for cookie in cookies if "unsecure" not in cookie)
            assert "secret" not in "".join(cookies) and "annabella" not in "".join(cookies).lower().split("=")[1]
            for sent in ["my words"], ["my words", "and more"], []:
                event = client.post("gradio_api/call/fail", json={"data": sent}).json()["event_id"]
                said = client.get(f"gradio_api/call/fail/{event}").text
                assert said.startswith("event: error") and str(ROOT) not in said and "Traceback" not in said
            for path in "queue/join", "run/predict", "call/nothing":
                asked = {"fn_index": 99999, "data": ["my words"], "session_hash": "z"}
                answer = client.post(f"gradio_api/{path}", json=asked)
                assert 400 <= answer.status_code < 500, (path, answer.text)
    finally:
        blocks.close()
    said = "".join(capfd.readouterr()) + caplog.text
    assert "RuntimeError in" in said and "my words" not in said and "Traceback" not in said


# --- the folder of uploads

RUN = """
import sys, time
from pathlib import Path
from ui.serving.uploads import Uploads
uploads = Uploads(Path(sys.argv[1]))
uploads.use()
(uploads.folder / "photo.jpg").write_bytes(b"a photo")
print(uploads.folder, flush=True)
time.sleep(600)
"""


@contextmanager
def run(home: Path):
    """Another page that is running -> its process and its folder."""
    command = [sys.executable, "-c", RUN, str(home)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process, Path(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_a_crash_leaves_behind_goes_at_the_next_start_and_what_runs_keeps_its_own(tmp_path):
    with run(tmp_path) as (crashed, left), run(tmp_path) as (_, running):
        assert (left / "photo.jpg").exists()
        crashed.kill()
        crashed.wait()
        assert (left / "photo.jpg").exists()
        uploads = Uploads(tmp_path)
        assert not left.exists()
        assert (running / "photo.jpg").exists() and uploads.folder.exists()
        uploads.remove()
        assert not uploads.folder.exists()


def test_a_page_that_is_told_to_stop_takes_its_uploads_along(tmp_path):
    with run(tmp_path) as (process, folder):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM
        assert not folder.exists()


def test_what_is_old_goes_and_what_is_the_pages_own_stays(tmp_path):
    seconds = [0.0]
    uploads = Uploads(tmp_path, lambda: seconds[0])
    own, sent = uploads.folder / "icon.jpg", uploads.folder / "abc/photo.jpg"
    own.write_bytes(b"an example")
    uploads.sweep_forever()
    sent.parent.mkdir()
    sent.write_bytes(b"a photo")
    (uploads.folder / "link").symlink_to(tmp_path)
    for seconds[0] in 0, KEPT_SECONDS - 1:
        uploads.sweep()
        assert sent.exists()
    sent.write_bytes(b"the photo again")
    for seconds[0] in KEPT_SECONDS, 2 * KEPT_SECONDS - 1:
        uploads.sweep()
        assert sent.exists() and not os.path.lexists(uploads.folder / "link")
    for seconds[0] in 2 * KEPT_SECONDS, 3 * KEPT_SECONDS:  # a folder changes when a file in it goes
        uploads.sweep()
    assert own.exists() and not sent.exists() and not sent.parent.exists()
    assert tmp_path.exists() and not os.path.lexists(uploads.folder / "link")
    uploads.remove()


@pytest.mark.parametrize("jump", [-400 * 86_400, 400 * 86_400])
def test_a_clock_that_is_set_neither_takes_a_photo_away_nor_keeps_one_for_ever(tmp_path, monkeypatch, jump):
    seconds = [0.0]
    uploads = Uploads(tmp_path, lambda: seconds[0])
    sent = uploads.folder / "photo.jpg"
    sent.write_bytes(b"a photo")
    uploads.sweep()
    monkeypatch.setattr("time.time", lambda now=time.time: now() + jump)
    seconds[0] = KEPT_SECONDS - 1
    uploads.sweep()
    assert sent.exists()
    seconds[0] = KEPT_SECONDS
    uploads.sweep()
    assert not sent.exists()
    uploads.remove()


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder to another")
def test_a_folder_of_another_user_is_refused(tmp_path):
    from captioner import CaptionerError

    home = tmp_path / "theirs"
    home.mkdir()
    os.chown(home, 12345, 12345)
    with pytest.raises(CaptionerError, match="belongs to another user"):
        Uploads(home)
