"""Strangers at the page's door, over real sockets: what they cannot see, how often they may ask, what is logged."""

import hashlib
import json
import os
import socket
from pathlib import Path

import httpx2
import pytest

from tests.browser.conftest import ROOT, served

SECRET = "a-secret-of-this-machine"
VISITORS = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(8)]
RATE = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The place of the uploads of the page under test."""
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def url(tmp_path_factory, folder):
    """The address of a page for strangers: limited, logged and measured."""
    log = tmp_path_factory.mktemp("public") / "network.txt"
    log.touch()
    settings = {
        "GRADIO_TEMP_DIR": str(folder),
        "CAPTIONER_RATE": str(RATE),
        "CAPTIONER_LOG": "on",
        "CAPTIONER_METRICS": "on",
        "CAPTIONER_SECRET": SECRET,
        "CAPTIONER_RESULTS": str(log.with_name("results.sqlite")),
        "CAPTIONER_EMBEDDING": "",
    }
    with served(log, settings) as address:
        yield address


@pytest.fixture
def http(url):
    with httpx2.Client(base_url=url, timeout=60) as client:
        yield client


def send(http, photo, name="mine.jpg", **headers) -> str:
    """Upload a photo as the page does -> its path on the server."""
    answer = http.post("gradio_api/upload", files={"files": (name, photo.read_bytes())}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()[0]


# --- what may be read


def test_ones_own_upload_can_be_seen_and_is_kept_by_no_proxy(http, photo, folder):
    path = send(http, photo)
    assert Path(path).is_relative_to(folder)
    answer = http.get(f"gradio_api/file={path}")
    assert answer.content == photo.read_bytes() and answer.headers["Cache-Control"] == "private"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/hostname",
        "/proc/self/environ",
        "/proc/self/cwd/app.py",
        "app.py",
        "../../../../etc/hostname",
        "{folder}",
        "{folder}/",
        "{run}",
        "{run}/../../../../../etc/hostname",
        "{run}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/hostname",
        "{run}/link.jpg",
        "{run}/linked/hostname",
        "{upload}/../../../outside.jpg",
        "//etc/hostname",
        "file:///etc/hostname",
        "C:\\Windows\\win.ini",
        "http://127.0.0.1:1/photo.jpg",
        "https://example.org/photo.jpg",
        "{run}/%00",
        "weights/manifest.json",
        "{results}",
    ],
)
def test_no_file_beside_the_uploads_is_read(http, url, photo, folder, name):
    upload = Path(send(http, photo))
    run = upload.parents[1]
    (folder / "outside.jpg").write_bytes(photo.read_bytes())
    for link, target in ("link.jpg", folder / "outside.jpg"), ("linked", Path("/etc")):
        if not (run / link).is_symlink():
            (run / link).symlink_to(target)
    results = next(iter(Path(folder.parent).glob("public*/results.sqlite")), folder)
    name = name.format(folder=folder, run=run, upload=upload, results=results)
    for start in "gradio_api/file=", "gradio_api/file/", "file=", "gradio_api//file=", "gradio_api/file%3D":
        answer = raw(url, f"/{start}{name}")
        assert answer.partition(b" ")[2][:3] in (b"404", b"403", b"400", b"405"), (start, answer[:300])
        assert photo.read_bytes()[:64] not in answer and SECRET.encode() not in answer
        assert b"Traceback" not in answer


def raw(url: str, path: str, method: str = "GET") -> bytes:
    """The answer to a request whose path no client has tidied up."""
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        request = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
        request += f"X-Forwarded-For: 198.51.100.{abs(hash(path)) % 250}\r\n\r\n"
        connection.sendall(request.encode())
        parts = []
        while part := connection.recv(2**16):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("start", ["static/", "assets/", "svelte/", "gradio_api/custom_component/x/client/x/"])
def test_the_pages_own_files_are_no_way_out_either(url, start):
    for way in "../../../../../../../etc/hostname", "..%2f..%2f..%2f..%2f..%2fetc/hostname", "/etc/hostname", "", "..":
        answer = raw(url, f"/{start}{way}")
        assert answer.partition(b" ")[2][:1] == b"4", answer[:300]
        assert os.uname().nodename.encode() + b"\n" not in answer and b"Traceback" not in answer


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/proxy=http://127.0.0.1/",
        "gradio_api/deep_link?session_hash=x",
        "?deep_link=../../etc",
        "gradio_api/process_recording",
        "gradio_api/vibe-code",
        "gradio_api/vibe-edit",
        "gradio_api/component_server",
        "gradio_api/stream/x/0/0/playlist.m3u8",
        "gradio_api/runs",
        "gradio_api/run-history/buckets",
        "gradio_api/token",
        "gradio_api/dev/reload",
        "gradio_api/profiling/traces",
        "monitoring",
        "monitoring/summary",
        "dev/reload",
    ],
)
def test_what_the_page_does_not_need_is_not_there(http, path):
    visitor = {"X-Forwarded-For": f"192.0.2.{abs(hash(path)) % 250}"}
    for method in "GET", "POST":
        answer = http.request(method, path, headers=visitor)
        assert answer.status_code == 404 and answer.json() == {"error": "There is nothing at this address."}


def event(http, name: str, data: list, **headers) -> str:
    """What Gradio answers to a call of one of its endpoints."""
    joined = http.post(f"gradio_api/call/{name}", json={"data": data}, headers=headers)
    assert joined.status_code == 200, joined.text
    with http.stream("GET", f"gradio_api/call/{name}/{joined.json()['event_id']}") as answer:
        return "".join(answer.iter_text())


@pytest.mark.parametrize("path", ["/etc/hostname", "/proc/self/environ", "{link}", "../app.py", "http://127.0.0.1/"])
def test_gradios_clients_name_no_file_of_this_machine(http, photo, folder, path):
    run = Path(send(http, photo, **VISITORS[1])).parents[1]
    link = run / "elsewhere.jpg"
    if not link.is_symlink():
        (folder / "outside.jpg").write_bytes(photo.read_bytes())
        link.symlink_to(folder / "outside.jpg")
    picture = {"path": path.format(link=link), "meta": {"_type": "gradio.FileData"}}
    said = event(http, "caption", [picture, 3, None], **VISITORS[1])
    assert said.startswith("event: error") and '"text"' not in said
    assert os.uname().nodename not in said and SECRET not in said and "Traceback" not in said


def test_a_picture_of_somebody_else_is_found_by_nobody(http, photo, tmp_path):
    """Its place is named by a hash with a secret of this machine's, and there is no list of places."""
    mine = tmp_path / "private.jpg"
    mine.write_bytes(photo.read_bytes() + b"mine")
    path = Path(send(http, mine, name=mine.name, **VISITORS[2]))
    plain = hashlib.sha256(mine.read_bytes()).hexdigest()
    assert path.parent.name != plain
    for guess in path.parents[1] / plain / path.name, path.parents[1], path.parent, path.with_suffix(""):
        assert http.get(f"gradio_api/file={guess}").status_code == 404
    for address in "config", "gradio_api/info", "gradio_api/queue/status", "":
        assert path.parent.name not in http.get(address).text


def test_a_result_is_heard_by_nobody_else(http, url, photo):
    path = send(http, photo, **VISITORS[3])
    picture = {"path": path, "meta": {"_type": "gradio.FileData"}}
    joined = http.post("gradio_api/call/caption", json={"data": [picture, 3, None]}, headers=VISITORS[3])
    assert len(joined.json()["event_id"]) >= 32  # not to be guessed
    for guess in "0" * 32, "", "x":
        assert b'"text"' not in raw(url, f"/gradio_api/call/caption/{guess}")


# --- headers and cookies


def directives(answer) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("path", ["", "api/health", "api/nothing", "gradio_api/nothing", "theme.css", "metrics"])
def test_every_answer_tells_the_browser_what_to_refuse(http, path):
    answer = http.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = directives(answer)
    assert policy["default-src"] == policy["frame-ancestors"] == "'self'" and policy["object-src"] == "'none'"
    assert not [sources for sources in policy.values() if "http" in sources or "*" in sources]
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_another_site_cannot_ask_in_a_visitors_name(http):
    answer = http.get("config", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_what_is_broken_here_stays_here(http):
    for body in b"{", b"[]", b'{"data": 1}', b"\xff":
        answer = http.post(
            "gradio_api/call/caption", content=body, headers={**VISITORS[4], "Content-Type": "application/json"}
        )
        assert "Traceback" not in answer.text and str(ROOT) not in answer.text


# --- how often, and in which order


def test_who_asks_too_fast_is_told_when_to_come_back_and_others_do_not_notice(http, photo):
    asked = [http.get("api/models", headers=VISITORS[5]) for _ in range(RATE + 5)]
    assert [answer.status_code for answer in asked[:RATE]] == [200] * RATE
    refused = asked[-1]
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1
    assert "try again in" in refused.json()["error"] and refused.headers["X-Content-Type-Options"] == "nosniff"
    assert http.post("gradio_api/queue/join", json={}, headers=VISITORS[5]).status_code == 429
    assert http.get("", headers=VISITORS[5]).status_code == 200  # the page itself can be looked at
    assert http.get("api/health", headers=VISITORS[5]).status_code == 200
    assert http.get("api/models", headers=VISITORS[6]).status_code == 200


def test_alive_and_ready(http):
    assert http.get("api/health").json()["status"] == "ok"
    assert http.get("api/ready").json() == {"status": "ready"}


def test_the_log_and_the_metrics_say_nothing_of_visitors(http, photo):
    path = send(http, photo, name="grandmother.jpg", **VISITORS[7])
    http.get(f"gradio_api/file={path}")
    answer = http.post("api/caption?beam_width=3", files={"picture": photo.open("rb")}, headers=VISITORS[7])
    text = answer.json()["text"]
    figures = http.get("metrics").text
    assert 'captioner_requests_total{address="/api/caption",method="POST",status="200"}' in figures
    assert "captioner_request_seconds_bucket" in figures and "process_resident_memory_bytes" in figures
    log = next(Path(path).parents[2].parent.glob("public*/output.txt")).read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"method", "address", "status", "seconds", "time"} == set(lines[0])
    assert {"/api/caption", "/gradio_api/file", "/gradio_api/upload"} <= {line["address"] for line in lines}
    for secret in "grandmother", text, "203.0.113", "198.51.100", path, "beam_width":
        assert secret not in figures and secret not in "\n".join(map(json.dumps, lines))
