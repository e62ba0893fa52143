"""What programs can request, by plain HTTP, Gradio's clients or assistants.

Pictures are opened by `open_image`: for a stranger's request, pass content, never a path.
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
    """The five requests; each answer is a dictionary from `captioner.answer`.

    Args:
        models: write the captions.
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
            CaptionerError: the picture cannot be read, or the model or beam width does not exist.
        """
        return self._captions(picture, (checked(beam_width),), self.load(model))[0]

    def compare(self, picture, beam_width: int = DEFAULT_BEAM_WIDTH, model: str | None = None) -> Comparison:
        """Caption one picture both ways, encoding it once."""
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
        with ThreadPoolExecutor(AT_ONCE) as pool:  # requests made together are served together
            answers = list(pool.map(answer, pictures))
        milliseconds = round((time.perf_counter() - start) * 1000, 1)
        return {"version": VERSION, "pictures": answers, "milliseconds": milliseconds}

    def models(self) -> ModelsAnswer:
        """This server's own models; models on the Hugging Face Hub can be named as well."""
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
        """The model with that name, or the default one.

        Raises:
            ModelError: it cannot be loaded.
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
    """The model as it appears in answers."""
    return {"id": shared.name, "revision": shared.revision}


def checked(beam_width) -> int:
    """The beam width as a number, given as a number or text.

    Raises:
        SettingError: it is not one of those offered.
    """
    offered = {str(width): width for width in BEAM_WIDTHS}
    if str(beam_width) not in offered:
        lowest, *_, highest = BEAM_WIDTHS
        raise SettingError(f"The beam width is {beam_width!r:.40}; it must be a whole number, {lowest} to {highest}.")
    return offered[str(beam_width)]
