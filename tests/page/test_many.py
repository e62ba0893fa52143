"""What the tab "Many photos" does where a browser cannot bring it about."""

import json
from dataclasses import replace

import gradio as gr
import pytest

from captioner.bulk.captions import Result
from captioner.pictures.archive import Source, sources_in
from ui.page.many import LONGEST_CAPTION, Batch, caption_all, download, edited


class Broken:
    """Models of which the one that captions fails."""

    def get(self, name):
        return self

    def encode(self, picture):
        raise ZeroDivisionError

    decode = None


def test_a_failure_of_ours_gives_the_page_back(examples):
    steps = caption_all(Broken(), examples[:3], "model")
    shown = []
    with pytest.raises(ZeroDivisionError):
        shown.extend(steps)
    assert [shown[0][4]["visible"], shown[-1][4]["visible"]] == [False, True]  # where photos are chosen
    assert 'role="alert"' in shown[-1][2]


@pytest.fixture
def batch(examples):
    [source] = sources_in(examples[:1])
    return Batch(1, [Result(source, "model", {"text": "a dog", "score": -0.5, "sure": True})], [""])


def test_only_what_was_shown_can_be_edited_and_not_without_end(batch):
    [result] = edited(batch, json.dumps([[0, "x" * 5000], [1, "y"], [-1, "z"]]))
    assert result.caption == "x" * LONGEST_CAPTION
    for strange in "", "{", "null", "3", "[1]", "[[0]]", '[["0", "x"]]', "[[0, 1]]", '[[0.5, "x"]]', '{"0": "x"}':
        with pytest.raises(gr.Error):
            edited(batch, strange)


def test_a_forgotten_batch_and_a_photo_that_is_gone_are_sentences(batch, tmp_path):
    with pytest.raises(gr.Error, match="choose the photos again"):
        download("csv", tmp_path, None, "[]")
    [result] = batch.results
    batch.results = [replace(result, source=Source("a.jpg", tmp_path / "a.jpg"))]
    with pytest.raises(gr.Error, match="no longer here"):
        download("zip", tmp_path, batch, "[]")
    assert not list(tmp_path.rglob("*.zip"))
