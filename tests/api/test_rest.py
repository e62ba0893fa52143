"""Plain HTTP: typed answers that are the library's own, and 4xx with a sentence for all that is refused."""

import asyncio
import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from PIL import Image
from pydantic import TypeAdapter

from captioner.answer import BatchAnswer, CaptionAnswer, Comparison, HealthAnswer, ModelsAnswer, SentenceAnswer
from captioner.folder.manifest import WEIGHTS, describe
from captioner.folder.storage import DEFAULT_MODEL
from ui.models import Models
from ui.programs.rest import Rest
from ui.programs.service import Service

SENTENCE = re.compile(r"[^\n]{12,240}\.")
MIB = 2**20
REVISION = describe((DEFAULT_MODEL / WEIGHTS).read_bytes())["sha256"][:12]


def typed(answer: httpx2.Response, shape):
    """The answer's JSON, which has all fields of its shape, each of its type."""
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == shape.__annotations__.keys()
    return TypeAdapter(shape).validate_python(answer.json())


def form(*photos, **settings):
    return {"files": [("picture", (photo.name, photo.read_bytes())) for photo in photos], "data": settings}


def test_a_caption_is_the_librarys_own_with_all_that_belongs_to_it(http, photo, captioner):
    answer = typed(http.post("api/caption", **form(photo)), CaptionAnswer)
    own = captioner.caption(photo, beam_width=3)
    assert answer["text"] == own.text == " ".join(word["text"] for word in answer["words"])
    assert answer["score"] == pytest.approx(own.score, abs=1e-3)
    assert answer["sure"] == own.sure
    assert [each["text"] for each in answer["others"]] == [other.text for other in own.others]
    assert [len(answer["attention"]), *map(len, answer["attention"][0][:1])] == [len(own.words), 7]
    for word, area, expected in zip(answer["words"], answer["attention"], own.words, strict=True):
        assert word["probability"] == pytest.approx(expected.probability, abs=1e-3)
        assert sum(map(sum, area)) == pytest.approx(expected.attention.sum(), abs=0.01)
    assert answer["model"] == {"id": DEFAULT_MODEL.name, "revision": REVISION}
    assert answer["milliseconds"] > 0


def test_a_picture_may_be_the_body_itself_with_the_settings_behind_the_question_mark(http, photo):
    body = {"content": photo.read_bytes(), "headers": {"Content-Type": "image/jpeg"}}
    as_body = http.post("api/caption", params={"beam_width": 5}, **body).json()
    as_form = http.post("api/caption", **form(photo, beam_width="5")).json()
    assert as_body["beam_width"] == 5
    assert (as_body["text"], as_body["score"]) == (as_form["text"], as_form["score"])


def test_a_frame_of_a_camera_has_the_same_caption_in_a_small_answer_and_a_large_one_is_refused(http, photo):
    frame = {"content": photo.read_bytes(), "headers": {"Content-Type": "image/jpeg"}}
    answer = typed(http.post("api/frame", params={"beam_width": 5}, **frame), SentenceAnswer)
    whole = http.post("api/caption", params={"beam_width": 5}, **frame).json()
    assert [answer[name] for name in ("text", "words", "tags")] == [whole[name] for name in ("text", "words", "tags")]
    refused = http.post("api/frame", **{**frame, "content": bytes(2 * MIB)})
    assert refused.status_code == 413 and "up to 1 MB" in refused.json()["error"]


def test_both_searches_are_compared(http, photo):
    answer = typed(http.post("api/compare", **form(photo, beam_width="4")), Comparison)
    greedy = http.post("api/caption", **form(photo, beam_width="1")).json()
    assert (answer["greedy"]["beam_width"], answer["beam"]["beam_width"]) == (1, 4)
    assert answer["greedy"]["text"] == greedy["text"]
    assert len(answer["greedy"]["others"]) == 0 and len(answer["beam"]["others"]) == 3


def test_a_batch_goes_on_where_a_picture_is_broken(http, examples, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(examples[0].read_bytes()[:3000])
    photos = [*examples[:5], broken, *examples[5:]]
    answer = typed(http.post("api/caption_batch", **form(*photos)), BatchAnswer)
    assert [picture["file"] for picture in answer["pictures"]] == [photo.name for photo in photos]
    for picture, photo in zip(answer["pictures"], photos, strict=True):
        if photo is broken:
            assert picture["caption"] is None and SENTENCE.fullmatch(picture["error"])
        else:
            alone = http.post("api/caption", **form(photo)).json()
            assert (picture["error"], picture["caption"]["text"]) == (None, alone["text"])


def test_another_model_is_asked_for_by_name(http, photo):
    mine = {"id": DEFAULT_MODEL.name, "revision": REVISION, "default": True, "loaded": True}
    tiny = {"id": "tiny", "revision": None, "default": False, "loaded": False}
    assert typed(http.get("api/models"), ModelsAnswer)["models"] == [mine, tiny]
    answer = typed(http.post("api/caption", **form(photo, model="owner/name")), CaptionAnswer)
    assert answer["model"]["id"] == "owner/name"
    assert re.fullmatch(r"[0-9a-f]{40}", answer["model"]["revision"])
    assert set(answer["text"].split()) <= {"a", "dog", "runs", "on", "green", "grass", "two", "boys", "play", "in",
                                           "the", "snow"}  # fmt: skip


def test_health_names_the_model_that_answers(http):
    answer = typed(http.get("api/health"), HealthAnswer)
    assert answer["status"] == "ok"
    assert answer["model"] == {"id": DEFAULT_MODEL.name, "revision": REVISION}


def test_health_says_when_there_is_no_model_to_answer(tmp_path):
    async def ask():
        transport = httpx2.ASGITransport(Rest(Service(Models(tmp_path))).app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://captioner") as client:
            return await client.get("health")

    with start_blocking_portal() as portal:
        answer = portal.call(ask)
    assert answer.status_code == 503 and "no model folder" in answer.json()["error"]


def bomb() -> bytes:
    file = io.BytesIO()
    Image.new("1", (8000, 8000)).save(file, "PNG")
    return file.getvalue()


PHOTO = object()  # in place of a photograph's bytes
REFUSED = {
    "text": ({"files": {"picture": b"hello"}}, 400, "unknown kind"),
    "empty": ({"files": {"picture": b""}}, 400, "empty"),
    "bomb": ({"files": {"picture": bomb()}}, 400, "60 megapixels"),
    "no picture": ({"files": {"beam_width": (None, "3")}}, 400, "0 pictures"),
    "two pictures": ({"files": [("picture", PHOTO), ("picture", PHOTO)]}, 400, "caption_batch"),
    "a path": ({"files": {"picture": (None, "/etc/hostname")}}, 400, "must be a file"),
    "an address": ({"files": {"picture": (None, "http://127.0.0.1/photo.jpg")}}, 400, "must be a file"),
    "another field": ({"files": {"picture": PHOTO}, "data": {"beamwidth": "3"}}, 400, "'beamwidth'"),
    "wide beam": ({"files": {"picture": PHOTO}, "data": {"beam_width": "11"}}, 400, "1 to 10"),
    "no beam": ({"files": {"picture": PHOTO}, "data": {"beam_width": "three"}}, 400, "1 to 10"),
    "strategy": ({"files": {"picture": PHOTO}, "data": {"strategy": "greedy"}}, 400, "beam, diverse or nucleus"),
    "too many captions": ({"files": {"picture": PHOTO}, "data": {"captions": "11"}}, 400, "1 to 10"),
    "long penalty": ({"files": {"picture": PHOTO}, "data": {"length_penalty": "nan"}}, 400, "a number, 0 to 2"),
    "too long": ({"files": {"picture": PHOTO}, "data": {"max_length": "1000"}}, 400, "writes at most"),
    "neutral": ({"files": {"picture": PHOTO}, "data": {"neutral": "perhaps"}}, 400, "true or false"),
    "no model": ({"files": {"picture": PHOTO}, "data": {"model": "../secret"}}, 404, "'../secret'"),
    "no Hub model": ({"files": {"picture": PHOTO}, "data": {"model": "owner/nothing"}}, 404, "owner/nothing"),
    "json": ({"json": {"picture": "photo.jpg"}}, 415, "Send a form"),
    "curl -d": ({"content": b"x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415, "form"),
    "no boundary": ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "boundary"),
    "too large": ({"files": {"picture": bytes(41 * MIB)}}, 413, "40 MB"),
    "too large, unannounced": (
        {"content": iter([bytes(MIB)] * 41), "headers": {"Content-Type": "image/png"}},
        413,
        "40",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_gets_a_4xx_and_a_sentence(http, photo, what):
    request, status, reason = REFUSED[what]
    if isinstance(request.get("files"), dict):
        request = {**request, "files": list(request["files"].items())}
    if "files" in request:
        given = [(name, photo.read_bytes() if content is PHOTO else content) for name, content in request["files"]]
        request = {**request, "files": given}
    answer = http.post("api/caption", **request)
    assert answer.status_code == status
    assert SENTENCE.fullmatch(answer.json()["error"]) and reason in answer.json()["error"]
    assert answer.json().keys() == {"error"}


def test_wrong_addresses_get_a_sentence_too(http):
    for answer, status in (http.get("api/caption"), 405), (http.post("api/health"), 405), (http.get("api/other"), 404):
        assert answer.status_code == status
        assert SENTENCE.fullmatch(answer.json()["error"])


def test_those_who_come_together_get_each_their_own(url, examples, captioner):
    def ask(number):
        photo, width = examples[number % len(examples)], number % 3 + 1
        answer = httpx2.post(f"{url}api/caption", timeout=60, **form(photo, beam_width=str(width))).json()
        return photo, width, answer["text"]

    with ThreadPoolExecutor(16) as pool:
        for photo, width, text in pool.map(ask, range(24)):
            assert text == captioner.caption(photo, width).text


def test_the_queue_ends_somewhere(photo):
    """The answers of a service that does not come to an end."""
    go_on = threading.Event()

    class Busy:
        largest_picture, most_waiting = 2**20, 6

        def caption(self, picture):
            assert go_on.wait(60)
            return {"text": "late"}

        def has_loaded(self, name):
            return True

    async def ask():
        rest = Rest(Busy())
        transport = httpx2.ASGITransport(rest.app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://captioner") as client:
            waiting = [asyncio.create_task(client.post("caption", **form(photo))) for _ in range(Busy.most_waiting)]
            while rest.waiting < Busy.most_waiting:
                await asyncio.sleep(0)
            refused = await client.post("caption", **form(photo))
            go_on.set()
            return refused, await asyncio.gather(*waiting)

    with start_blocking_portal() as portal:  # a thread of its own: a browser's test may hold this one's loop
        refused, served = portal.call(ask)
    assert refused.status_code == 503 and "Too many" in refused.json()["error"] and refused.headers["Retry-After"]
    assert [answer.status_code for answer in served] == [200] * Busy.most_waiting


def test_a_slash_behind_an_address_is_no_other_address(http, photo):
    for address in "api/caption/", "api/caption":
        answer = http.post(address, files={"picture": photo.open("rb")}, follow_redirects=False)
        assert answer.status_code == 200 and answer.json()["text"]
    assert http.get("api/health/", follow_redirects=False).json()["status"] == "ok"
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accepted = {"Accept": "application/json, text/event-stream"}
    answers = [http.post(path, json=hello, headers=accepted, follow_redirects=False) for path in ("mcp", "mcp/")]
    assert answers[0].status_code == answers[1].status_code < 300 and answers[0].json() == answers[1].json()
