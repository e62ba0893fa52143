"""What the tab "Caption a photo" does where a browser cannot bring it about."""

from types import SimpleNamespace

import numpy as np

from captioner import Caption, Decoding, Word
from ui.page.controls import Controls
from ui.page.describe import Describer


class Shared:
    """A model that knows whether it is given features of its own."""

    def __init__(self, revision: str):
        self.name = "mine"
        self.revision = revision
        decoding = SimpleNamespace(decoding=Decoding())
        self.captioner = SimpleNamespace(model=decoding, evidence=lambda features: [()], attends=False)

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
    _, seen, beam, _, greedy, *_ = describer.describe(examples[0], True, "mine", *controls)
    assert "old-1" in greedy and "old-3" in beam
    shared = Shared("new")  # forgotten, and loaded anew from a folder that was replaced
    beam, _, greedy, *_ = describer.write(seen, *controls)
    assert "new-1" in greedy and "new-3" in beam
    captions = describer.captions(seen, *controls)
    assert {column: one.caption.text for column, one in captions.items()} == {"greedy": "new-1", "beam": "new-3"}
