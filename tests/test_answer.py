"""A caption's JSON: plain types, rounded, and no attention where the model does not look."""

import json

import numpy as np
from pydantic import TypeAdapter

from captioner import Caption, Word
from captioner.answer import CaptionAnswer, caption_answer

MODEL = {"id": "made up", "revision": "0"}


def caption(*areas) -> Caption:
    words = tuple(Word("dog", 0.123456, area) for area in areas)
    return Caption("dog", -1.23456, -2.5, True, words, (Caption("cat", -2.00004, -4.0, False, ()),))


def test_an_answer_is_plain_json_of_its_shape():
    answer = caption_answer(caption(np.full((2, 3), 1 / 6, "float32")), [], 3, MODEL, 12.34)
    assert TypeAdapter(CaptionAnswer).validate_python(json.loads(json.dumps(answer)), strict=True) == answer
    assert answer["words"] == [{"text": "dog", "probability": 0.123456}]
    assert answer["attention"] == [[[0.166667] * 3] * 2]
    assert [each["text"] for each in answer["others"]] == ["cat"]
    assert (answer["score"], answer["milliseconds"], answer["sure"]) == (-1.23456, 12.3, True)


def test_a_model_that_does_not_look_has_no_attention():
    assert caption_answer(caption(None, None), [], 1, MODEL, 1.0)["attention"] is None
