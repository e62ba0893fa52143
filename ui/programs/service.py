"""What programs may ask of the models, whichever way they come: plain HTTP, Gradio's clients, assistants.

Pictures are opened by `open_image`: who asks for a stranger hands over content, never a path of the stranger's.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from captioner import ImageError, open_image
from captioner.answer import (
    VERSION,
    BatchAnswer,
    CaptionAnswer,
    Comparison,
    HealthAnswer,
    ModelAnswer,
    ModelsAnswer,
    PictureAnswer,
    caption_answer,
)
from captioner.errors import SettingError
from ui.models import Models, SharedCaptioner
from ui.page.controls import BEAM_WIDTHS, DEFAULT_BEAM_WIDTH

MOST_PICTURES = 64  # in one batch
AT_ONCE = 16  # pictures at hand; the networks and large pictures take turns, and the small ones wait for none of them


class Service:
    """The five things to ask for; each answer is a dictionary of `captioner.answer`.

    Args:
        models: whom to ask.
        largest_picture: bytes.
        most_waiting: programs that may wait at a time.
    """

    def __init__(self, models: Models, largest_picture: int = 40 * 2**20, most_waiting: int = 64):
        self.models_at_hand = models
        self.largest_picture = largest_picture
        self.most_waiting = most_waiting

    def caption(self, picture, beam_width: int = DEFAULT_BEAM_WIDTH, model: str | None = None) -> CaptionAnswer:
        """Caption one picture by beam search, or greedily with beam width 1.

        Raises:
            CaptionerError: the picture cannot be read, there is no such model, or no such beam width.
        """
        return self._captions(picture, (checked(beam_width),), self.load(model))[0]

    def compare(self, picture, beam_width: int = DEFAULT_BEAM_WIDTH, model: str | None = None) -> Comparison:
        """Caption one picture in both ways, having looked at it once."""
        greedy, beam = self._captions(picture, (1, checked(beam_width)), self.load(model))
        return {"version": VERSION, "greedy": greedy, "beam": beam}

    def caption_batch(
        self, pictures: Sequence[tuple[str, object]], beam_width: int = DEFAULT_BEAM_WIDTH, model: str | None = None
    ) -> BatchAnswer:
        """Caption many pictures, given as (name, picture); one that cannot be read does not stop the others."""
        if not 1 <= len(pictures) <= MOST_PICTURES:
            raise SettingError(f"There are {len(pictures)} pictures; a batch has 1 to {MOST_PICTURES}.")
        widths, shared = (checked(beam_width),), self.load(model)

        def answer(named) -> PictureAnswer:
            name, picture = named
            try:
                return {"file": name, "caption": self._captions(picture, widths, shared)[0], "error": None}
            except ImageError as error:
                return {"file": name, "caption": None, "error": str(error)}

        start = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:  # those who come together are served together
            answers = list(pool.map(answer, pictures))
        milliseconds = round((time.perf_counter() - start) * 1000, 1)
        return {"version": VERSION, "pictures": answers, "milliseconds": milliseconds}

    def models(self) -> ModelsAnswer:
        """The models of this server's own; those of the Hugging Face Hub can be named as well."""
        names, loaded = self.models_at_hand.names(), self.models_at_hand.loaded()
        return {
            "version": VERSION,
            "models": [
                {
                    "id": name,
                    "revision": self.load(name).revision if name in loaded else None,
                    "default": name == names[0],
                    "loaded": name in loaded,
                }
                for name in names
            ],
        }

    def health(self) -> HealthAnswer:
        """A health check.

        Raises:
            ModelError: the default model cannot be loaded.
        """
        return {"version": VERSION, "status": "ok", "model": about(self.load(None))}

    def has_loaded(self, name: str | None) -> bool:
        """Whether a model is in memory; the default one counts as if it were."""
        return not name or name in self.models_at_hand.loaded()

    def load(self, name: str | None) -> SharedCaptioner:
        """The model of that name, or the default one.

        Raises:
            ModelError: it cannot be had.
        """
        return self.models_at_hand.get(name) if name else self.models_at_hand.default()

    def _captions(self, picture, beam_widths: Sequence[int], shared: SharedCaptioner) -> list[CaptionAnswer]:
        features, looking = shared.encode(open_image(picture))
        [evidence] = shared.captioner.evidence(features)
        answers = []
        for beam_width in beam_widths:
            caption, writing = shared.decode(features, beam_width)
            answers.append(caption_answer(caption, evidence, beam_width, about(shared), looking + writing))
        return answers


def about(shared: SharedCaptioner) -> ModelAnswer:
    """The model as answers name it."""
    return {"id": shared.name, "revision": shared.revision}


def checked(beam_width) -> int:
    """The beam width as a number, whether it came as one or as text.

    Raises:
        SettingError: it is none of those on offer.
    """
    offered = {str(width): width for width in BEAM_WIDTHS}
    if str(beam_width) not in offered:
        lowest, *_, highest = BEAM_WIDTHS
        raise SettingError(f"The beam width is {beam_width!r:.40}; it must be a whole number, {lowest} to {highest}.")
    return offered[str(beam_width)]
