"""Gradio's own clients: endpoints by name, the same JSON, sentences for what is refused; nothing read or fetched."""

import httpx2
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from captioner.answer import CaptionAnswer
from ui.programs.options import OPTIONS

ENDPOINTS = ["/caption", "/compare", "/caption_batch", "/models", "/health"]
FILE = {"meta": {"_type": "gradio.FileData"}}


@pytest.fixture(scope="module")
def client(url):
    return Client(url, token=False, verbose=False, analytics_enabled=False)


def test_five_endpoints_are_offered_typed_and_no_other(http):
    offered = http.get("gradio_api/info").json()
    assert list(offered["named_endpoints"]) == ENDPOINTS and not offered["unnamed_endpoints"]
    caption = offered["named_endpoints"]["/caption"]
    assert [each["parameter_name"] for each in caption["parameters"]] == [
        "picture", "beam_width", "model", *list(OPTIONS)[1:]
    ]  # fmt: skip
    assert list(caption["returns"][0]["type"]["properties"]) == list(CaptionAnswer.__annotations__)


def without_time(answer):
    """An answer, whatever it took."""
    if isinstance(answer, dict):
        return {name: without_time(value) for name, value in answer.items() if name != "milliseconds"}
    return [without_time(each) for each in answer] if isinstance(answer, list) else answer


def test_the_answers_are_those_of_plain_http(client, http, photo, examples):
    def sent(*photos):
        return [("picture", (each.name, each.read_bytes())) for each in photos]

    three = {"data": {"beam_width": "3"}}
    pairs = {
        "caption": (client.predict(handle_file(photo), 3, api_name="/caption"), {"files": sent(photo), **three}),
        "compare": (client.predict(picture=handle_file(photo), api_name="/compare"), {"files": sent(photo), **three}),
        "caption_batch": (
            client.predict([handle_file(each) for each in examples[:3]], api_name="/caption_batch"),
            {"files": sent(*examples[:3])},
        ),
    }
    for name, (answer, request) in pairs.items():
        plain = http.post(f"api/{name}", **request).json()
        assert without_time(answer) == without_time(plain)
    for name in "models", "health":
        assert client.predict(api_name=f"/{name}") == http.get(f"api/{name}").json()


@pytest.mark.parametrize(
    "asked, reason",
    [
        ({"beam_width": 11}, "1 to 10"),
        ({"beam_width": None}, "1 to 10"),
        ({"strategy": "greedy"}, "beam, diverse or nucleus"),
        ({"max_length": 1000}, "this model writes at most"),
        ({"neutral": "perhaps"}, "true or false"),
        ({"model": "owner/nothing"}, "owner/nothing"),
        ({"picture": None}, "upload a file"),
        ({"picture": {"path": "/etc/hostname"}}, "upload a file"),
        ({"picture": {"path": "http://127.0.0.1:1/photo.jpg"}}, "upload a file"),
        ({"picture": {"path": "http://127.0.0.1:1/photo.jpg", **FILE}}, "fetches nothing"),
        (
            {"picture": {"path": "http://example.org/photo.jpg", "url": "http://example.org/photo.jpg", **FILE}},
            "fetches",
        ),
    ],
)
def test_what_is_refused_gets_a_sentence(client, photo, asked, reason):
    with pytest.raises(AppError, match=reason):
        client.predict(**{"picture": handle_file(photo), **asked}, api_name="/caption")


def test_a_file_that_is_no_picture_is_named(client, tmp_path):
    (tmp_path / "note.jpg").write_text("hello")
    with pytest.raises(AppError, match=r'"note.jpg" is damaged or of an unknown kind'):
        client.predict(handle_file(tmp_path / "note.jpg"), api_name="/caption")


def test_the_page_itself_fetches_no_picture_from_an_address_either(http, network_log):
    """The events of the page are open to whoever speaks their protocol: no one makes this server a messenger."""
    fetched = {"path": "http://example.org/photo.jpg", **FILE}
    for event in http.get("config").json()["dependencies"]:
        asked = {"data": [fetched] * len(event["inputs"]), "fn_index": event["id"], "session_hash": "stranger"}
        assert http.post("gradio_api/queue/join", json=asked).status_code < 500
    with http.stream("GET", "gradio_api/queue/data", params={"session_hash": "stranger"}) as lines:
        assert any("fetches nothing" in line for line in lines.iter_lines())


def test_malformed_calls_are_no_fault_of_the_server(http):
    for body in "", "[]", "{}", '{"data": 3}', '{"data": []}', '{"data": [1, 2, 3, 4, 5]}':
        answer = http.post("gradio_api/call/caption", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500


def test_the_server_asked_no_other_machine(http, network_log):
    """Last in this file on purpose: by now it was tempted."""
    assert isinstance(http, httpx2.Client)
    assert network_log.read_text() == ""
