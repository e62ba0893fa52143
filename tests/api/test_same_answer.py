"""One photo, asked for in every way there is: the same names and values everywhere, as the document has them."""

import base64
import csv
import io
import json
import re
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from captioner import answer
from captioner.__main__ import main
from captioner.answer import VERSION, BulkRecord, CaptionAnswer, RecordAnswer, SentenceAnswer
from captioner.bulk.captions import as_csv, as_json_lines
from tests.api.test_mcp import ask
from ui.models import Models
from ui.page.many import caption_all
from ui.programs.options import OPTIONS

DOCUMENT = Path(__file__).parents[2] / "docs/answer.md"
SHAPES = {
    name: shape for name, shape in vars(answer).items() if is_typeddict(shape) and shape.__module__ == answer.__name__
}
WEIGHTS = Path(__file__).parents[2] / "weights"


def typed(record, shape) -> dict:
    """A record that has all fields of its shape and no other, each of its type, less the time it took."""
    TypeAdapter(shape).validate_python(record)
    assert record.keys() == shape.__annotations__.keys() and record["version"] == VERSION
    return {name: value for name, value in record.items() if name not in ("milliseconds", "attention")}


def test_every_way_answers_alike(url, http, photo, capsys):
    content = photo.read_bytes()
    sent = {"files": {"picture": (photo.name, content)}}
    plain = http.post("api/caption", **sent).json()
    compared, batch = http.post("api/compare", **sent).json(), http.post("api/caption_batch", **sent).json()
    client = Client(url, token=False, verbose=False, analytics_enabled=False)
    gradio = client.predict(handle_file(photo), 3, api_name="/caption")
    _, [tool] = ask(f"{url}mcp", ("caption", {"picture": base64.b64encode(content).decode()}))
    capsys.readouterr()
    assert main([str(photo), "--json", "--beam-width", "3"]) == 0
    shell = json.loads(capsys.readouterr().out)
    *_, (many, *_) = caption_all(Models(WEIGHTS), [str(photo)], plain["model"]["id"])
    bulk = json.loads(as_json_lines(many.results))
    [row] = csv.DictReader(io.StringIO(as_csv(many.results).decode("utf-8-sig")))

    expected = typed(plain, CaptionAnswer)
    for caption in compared["beam"], batch["pictures"][0]["caption"], gradio:
        assert typed(caption, CaptionAnswer) == expected
    for caption in tool.structured_content, shell["caption"], bulk["caption"]:
        assert typed(caption, SentenceAnswer) == expected
    typed(shell, RecordAnswer)
    typed(bulk, BulkRecord)
    for answered in compared, batch, http.get("api/models").json(), http.get("api/health").json():
        assert answered["version"] == VERSION
    assert row["file"] == bulk["file"] and row["caption"] == plain["text"] and row["model"] == plain["model"]["id"]
    assert [json.loads(row[name]) for name in ("edited", "sure", "score")] == [False, plain["sure"], plain["score"]]


OPTIONS_ASKED = {
    "a short sentence without help": {"guided": False, "sentence": True, "max_length": 5},
    "neutral words and a long caption": {"beam_width": 5, "neutral": True, "length_penalty": 1.5},
    "captions that differ": {"strategy": "diverse", "captions": 2, "sentence": True},
    "captions at random": {"strategy": "nucleus", "captions": 4, "seed": 7, "top_p": 0.7},
}


@pytest.mark.parametrize("what", OPTIONS_ASKED)
def test_every_way_takes_the_same_options(url, http, captioner, examples, capsys, what):
    asked = {"beam_width": 3, **OPTIONS_ASKED[what]}
    [photo] = [example for example in examples if example.stem == "dog"]
    text = {name: json.dumps(value).strip('"') for name, value in asked.items()}
    sent = {"files": {"picture": (photo.name, photo.read_bytes())}}
    by_form = http.post("api/caption", data=text, **sent).json()
    by_address = http.post("api/caption", params=text, **sent).json()
    batch = http.post("api/caption_batch", data=text, **sent).json()["pictures"][0]["caption"]
    client = Client(url, token=False, verbose=False, analytics_enabled=False)
    gradio = client.predict(picture=handle_file(photo), **asked, api_name="/caption")
    picture = base64.b64encode(photo.read_bytes()).decode()
    _, [tool] = ask(f"{url}mcp", ("caption", {"picture": picture, **asked}))
    assert main([str(photo), "--json", *as_flags(asked)]) == 0
    shell = json.loads(capsys.readouterr().out)["caption"]

    expected = typed(by_form, CaptionAnswer)
    for caption in by_address, batch, gradio:
        assert typed(caption, CaptionAnswer) == expected
    for caption in tool.structured_content, shell:
        assert typed(caption, SentenceAnswer) == expected
    words = [word["text"] for word in expected["words"]]
    assert expected["text"] == (" ".join(words).capitalize() + "." if asked.get("sentence") else " ".join(words))
    assert (
        len(words) <= asked.get("max_length", captioner.model.decoding.max_length)
        and len(expected["others"]) == asked.get("captions", asked["beam_width"]) - 1
    )
    if asked.get("strategy", "beam") == "beam":
        compared = http.post("api/compare", data=text, **sent).json()
        assert typed(compared["beam"], CaptionAnswer) == expected


def as_flags(options: dict) -> list[str]:
    """Options as the shell takes them."""
    flags = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        flags += [f"--{flag}" if value else f"--no-{flag}"] if isinstance(value, bool) else [f"--{flag}", str(value)]
    return flags


def test_the_document_has_every_option_and_no_other():
    [section] = re.findall(r"^\| option \|.*?\n\n", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)
    assert re.findall(r"^\| `(\w+)`", section, re.M) == list(OPTIONS)


@pytest.mark.parametrize("name", SHAPES)
def test_the_document_has_every_field_and_no_other(name):
    [section] = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)
    assert re.findall(r"^\| `(\w+)` \|", section, re.M) == list(SHAPES[name].__annotations__)


def test_the_document_is_of_this_version_and_has_no_other_shapes():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"Version {VERSION}." in text
    assert set(re.findall(r"^## (\w+)$", text, re.M)) == set(SHAPES)
