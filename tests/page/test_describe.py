"""What the tab "Caption a photo" does where a browser cannot bring it about."""

from types import SimpleNamespace

import numpy as np

from captioner import Caption, Decoding, Word
from captioner.networks.presets import Preset
from ui.page import describe
from ui.page.controls import Controls
from ui.page.describe import Describer
from ui.page.kept import Kept


class Shared:
    """A model that knows whether it is given features of its own."""

    def __init__(self, revision: str):
        self.name = "mine"
        self.revision = revision
        model = SimpleNamespace(decoding=Decoding(), preset=Preset())
        self.captioner = SimpleNamespace(model=model, evidence=lambda features: [()], attends=False)

    def encode(self, picture):
        return np.array([self.revision]), 1.0

    def decode(self, features, search):
        assert features[0] == self.revision
        text = f"{self.revision}-{search.beam_width}"
        return Caption(text, -0.5, -1.0, True, (Word(text, 0.5, None),)), 1.0


def test_a_photo_is_looked_at_again_once_the_model_it_was_shown_has_been_replaced(examples):
    models = SimpleNamespace(get=lambda name: shared)
    describer, controls = Describer(models), Controls()
    shared = Shared("old")
    _, key, beam, _, greedy, *_ = describer.describe(examples[0], True, "mine", *controls)
    assert "old-1" in greedy and "old-3" in beam
    shared = Shared("new")  # forgotten, and loaded anew from a folder that was replaced
    beam, _, greedy, *_ = describer.write(key, *controls)
    assert "new-1" in greedy and "new-3" in beam
    captions = describer.captions(describer.seen(key), *controls)
    assert {column: one.caption.text for column, one in captions.items()} == {"greedy": "new-1", "beam": "new-3"}


def test_a_photo_that_is_no_longer_at_hand_is_looked_at_again_and_nobody_notices(examples, monkeypatch):
    monkeypatch.setattr(describe, "SEEN", 2)
    looks = []
    shared = Shared("model")
    shared.encode = lambda picture: looks.append(picture.size) or (np.array(["model"]), 1.0)
    describer, controls = Describer(SimpleNamespace(get=lambda name: shared)), Controls()
    visits = [describer.describe(example, True, "mine", *controls) for example in examples[:4]]
    for _, key, *cards, _ in visits:
        assert describer.write(key, *controls)[:3] == tuple(cards[:3])
    assert len(looks) == len(visits) + len(visits)  # each was forgotten by its turn
    _, key, *_ = visits[-1]
    assert str(describer.seen(key).source) == str(examples[3]) and len(looks) == 2 * len(visits)


def test_every_visit_has_a_key_of_its_own_and_no_other_opens_anything(examples):
    describer, controls = Describer(SimpleNamespace(get=lambda name: Shared("model"))), Controls()
    keys = {describer.describe(examples[0], True, "mine", *controls)[1] for _ in range(3)}
    assert len(keys) == 3 and all(len(key) >= 20 for key in keys)
    blank = describer.write(None, *controls)
    for strange in "", "0", str(examples[0]), next(iter(keys))[:-1]:
        assert describer.seen(strange) is None
        assert describer.write(strange, *controls)[:3] == blank[:3]


def test_what_has_not_been_asked_for_longest_is_forgotten_by_its_size():
    kept = Kept(10, len)
    for key, thing in ("a", "aaaa"), ("b", "bbbb"):
        kept.keep(key, thing)
    assert kept.get("a") == "aaaa"
    kept.keep("c", "cc")
    kept.keep("d", "d")
    assert [kept.get(key) for key in "abcd"] == ["aaaa", None, "cc", "d"]
    kept.keep("e", "e" * 20)  # what is larger than all is kept as long as it is the last
    assert [kept.get(key) for key in "acde"] == [None, None, None, "e" * 20]
