"""One photo, asked for in every way there is: the same names for the same things, with the same values."""

import base64
import json

from gradio_client import Client, handle_file

from captioner.__main__ import main
from captioner.answer import sentence
from captioner.bulk.captions import Result, as_json_lines
from captioner.pictures.archive import Source
from tests.api.test_mcp import ask


def test_every_way_answers_alike(url, http, photo, captioner, capsys):
    content = photo.read_bytes()
    plain = http.post("api/caption", files={"picture": (photo.name, content)}).json()
    [batch] = http.post("api/caption_batch", files={"picture": (photo.name, content)}).json()["pictures"]
    client = Client(url, token=False, verbose=False, analytics_enabled=False)
    gradio = client.predict(handle_file(photo), 3, api_name="/caption")
    _, [tool] = ask(f"{url}mcp", ("caption", {"picture": base64.b64encode(content).decode()}))
    capsys.readouterr()
    assert main([str(photo), "--json", "--beam-width", "3"]) == 0
    shell = json.loads(capsys.readouterr().out)
    own = captioner.caption(photo, 3)
    bulk = json.loads(as_json_lines([Result(Source(photo.name, photo), captioner.name, own)]))

    core = json.loads(json.dumps(sentence(own)))
    for caption in plain, batch["caption"], gradio, tool.structured_content, shell["caption"], bulk["caption"]:
        assert {name: caption[name] for name in core} == core
    for record in batch, shell, bulk:
        assert {"file", "caption", "error"} <= record.keys() and record["error"] is None
