"""What programs can request, by plain HTTP, Gradio's clients or assistants.

Pictures are opened by `open_image`: for a stranger's request, pass content, never a path.
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from captioner import ImageError, Search, open_image
from captioner.answer import (
    VERSION,
    BatchAnswer,
    CaptionAnswer,
    Comparison,
    HealthAnswer,
    ModelAnswer,
    ModelsAnswer,
    PictureAnswer,
    SentenceAnswer,
    caption_answer,
)
from captioner.errors import CaptionerError, SettingError
from captioner.pictures.content import called, content_of, quoted
from ui.models import Models, SharedCaptioner
from ui.programs.options import OF_A_COMPARISON, checked, search_of

log = logging.getLogger(__name__)
MOST_PICTURES = 64  # in one batch
AT_ONCE = 16  # pictures at hand; the networks and large pictures take turns, and the small ones wait for none of them


class Service:
    """The six requests; each answer is a dictionary from `captioner.answer`.

    Args:
        models: write the captions.
        largest_picture: bytes.
        most_waiting: programs that may wait at a time.
    """

    def __init__(self, models: Models, largest_picture: int = 40 * 2**20, most_waiting: int = 64):
        self.models_at_hand = models
        self.largest_picture = largest_picture
        self.most_waiting = most_waiting

    def caption(self, picture, model: str | None = None, **options) -> CaptionAnswer:
        """Caption one picture with some of the `OPTIONS`.

        Raises:
            CaptionerError: the picture cannot be read, or the model, an option or its value does not exist.
        """
        values = checked(options)
        return self._captions(picture, [search_of(values)], values, self.load(model))[0]

    def compare(self, picture, model: str | None = None, **options) -> Comparison:
        """Caption one picture both ways, encoding it once."""
        values = checked(options, OF_A_COMPARISON)
        search = search_of(values)
        both = [replace(search, beam_width=1), search]
        greedy, beam = self._captions(picture, both, values, self.load(model))
        return {"version": VERSION, "greedy": greedy, "beam": beam}

    def caption_batch(self, pictures: Sequence[tuple[str, object]], model: str | None = None, **options) -> BatchAnswer:
        """Caption many pictures, given as (name, picture); one that cannot be read does not stop the others.

        Films, and whatever else is no photo, each have their answer, which says why there is no caption.

        Raises:
            CaptionerError: the model, an option or its value does not exist, or the pictures are too many.
        """
        if not 1 <= len(pictures) <= MOST_PICTURES:
            raise SettingError(f"There are {len(pictures)} pictures; a batch has 1 to {MOST_PICTURES}.")
        values = checked(options)
        searches, shared = [search_of(values)], self.load(model)

        def answer(each) -> PictureAnswer:
            name, picture = each
            try:
                named = called(name, content_of(picture, quoted(name)))
                return {"file": name, "caption": self._captions(named, searches, values, shared)[0], "error": None}
            except ImageError as error:
                return {"file": name, "caption": None, "error": str(error)}
            except CaptionerError:
                raise  # it is so for all of them
            except Exception as error:
                log.exception("%r cannot be captioned", name)
                unforeseen.append(error)
                sentence = f"{quoted(name)} cannot be captioned: something went wrong."
                return {"file": name, "caption": None, "error": sentence}

        unforeseen: list[Exception] = []
        start = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:  # requests made together are served together
            answers = list(pool.map(answer, pictures))
        if unforeseen and not any(each["caption"] for each in answers):
            raise unforeseen[0]  # then it is not the pictures
        milliseconds = round((time.perf_counter() - start) * 1000, 1)
        return {"version": VERSION, "pictures": answers, "milliseconds": milliseconds}

    def frame(self, picture, model: str | None = None, **options) -> SentenceAnswer:
        """Caption one of many pictures of a camera: as `caption`, in a small answer."""
        answer = self.caption(picture, model, **options)
        return {name: value for name, value in answer.items() if name != "attention"}

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

    def _captions(
        self, picture, searches: Sequence[Search], values: dict, shared: SharedCaptioner
    ) -> list[CaptionAnswer]:
        own = shared.captioner.model.decoding
        searches = [search.filled(own) for search in searches]  # one that cannot be is refused before it joins others
        features, looking = shared.encode(open_image(picture))
        [evidence] = shared.captioner.evidence(features)
        answers = []
        for search in searches:
            caption, writing = shared.decode(features, search, values["neutral"])
            milliseconds = looking + writing
            answer = caption_answer(
                caption, evidence, search.beam_width, about(shared), milliseconds, values["sentence"]
            )
            answers.append(answer)
        return answers


def about(shared: SharedCaptioner) -> ModelAnswer:
    """The model as it appears in answers."""
    return {"id": shared.name, "revision": shared.revision}
