"""What happens in the tab "Caption a photo": a picture is looked at once, and captions are written from it."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import gradio as gr
import numpy as np

from captioner import Captioner, CaptionerError, Decoding, ModelError, Search, as_sentence, open_image
from ui.models import Models, SharedCaptioner
from ui.page.cards import ToUse, beam_html, greedy_html, legend_html, photo_html, problem_html, tags_html, third_html
from ui.page.controls import Controls, own_settings
from ui.page.kept import Kept, new_key
from ui.page.quality import quality_html, summary
from ui.page.render import render
from ui.page.tree import tree_html

ENCODER_NAMES = {
    "mobilenetv2": "MobileNetV2",
    "efficientnetlite1": "EfficientNet-Lite1",
    "resnet50": "ResNet50",
    "vgg16": "VGG16",
    "inceptionv3": "InceptionV3",
}
KNOWN = 10_000  # photos, each a few hundred bytes
SEEN = 64  # photos that need not be looked at again, each about 300 kB


class Photo(NamedTuple):
    """A visitor's photo, and the name of the model that captions it."""

    source: str | Path
    model: str


class Seen(NamedTuple):
    """A picture that a model has looked at: its features, and the captions written from them so far."""

    source: str | Path
    model: str
    revision: str | None
    features: np.ndarray
    milliseconds: float
    written: dict  # column -> the search, and what it gave: caption, milliseconds to write, milliseconds to look


class Describer:
    """The tab's events, with the models that all visitors share; a visitor's page holds the key of its photo."""

    def __init__(self, models: Models):
        self.models = models
        self._photos: Kept[Photo] = Kept(KNOWN)
        self._seen: Kept[Seen] = Kept(SEEN)

    def describe(self, source, name: str, *controls):
        """Caption a picture -> photo, its key, the cards as in `write`, legend."""
        if source is None:
            return self.clear(name, *controls)
        try:
            picture = open_image(source)
            model = self.models.get(name)
        except CaptionerError as error:
            _, *blank = self.clear(name, *controls)
            return problem_html(error), *blank
        seen = Seen(source, name, model.revision, *model.encode(picture), {})
        cards = self._written(seen, *controls)
        key = new_key()
        self._photos.keep(key, Photo(source, name))
        self._seen.keep(key, seen)
        shown = photo_html(picture, self.to_use(seen, *controls).text), key
        return *shown, *cards, legend_html(model.captioner.attends)

    def seen(self, key: str | None) -> Seen | None:
        """What was seen in the photo with that key; one that is no longer at hand, or whose model has been replaced, is
        looked at again.

        Raises:
            CaptionerError: the model or the photo is gone.
        """
        photo = self._photos.get(key)
        if photo is None:
            return None
        seen, model = self._seen.get(key), self.models.get(photo.model)
        if seen is None or seen.revision != model.revision:
            seen = Seen(*photo, model.revision, *model.encode(open_image(photo.source)), {})
            self._seen.keep(key, seen)
        return seen

    def write(self, key: str | None, *controls):
        """Write the captions whose search has changed, from the features at hand -> greedy card, beam card, third card,
        tree, tags."""
        try:
            return self._written(self.seen(key), *controls)
        except CaptionerError as error:  # the model or the photo is gone
            raise gr.Error(str(error), print_exception=False) from error

    def _written(self, seen: Seen | None, *controls) -> tuple:
        chosen = Controls(*controls)
        if seen is None:
            third = third_card(third_html(chosen.third))
            return greedy_html(), beam_html(chosen.beam_width), third, tree_html(), ""
        model = self.models.get(seen.model)
        results = {}
        for column, search in chosen.searches(model.captioner.model.decoding).items():
            if seen.written.get(column, [None])[0] != search:
                caption, writing = model.decode(seen.features, search)
                if caption.guided_by and self._unguided(model, seen, search) == caption.text:
                    caption = replace(caption, guided_by=())  # it changed nothing
                seen.written[column] = search, (caption, writing, seen.milliseconds)
            results[column] = seen.written[column][1]
        greedy, beam = results["greedy"][0], results["beam"][0]
        return (
            greedy_html(beam, *results["greedy"]),
            beam_html(chosen.beam_width, greedy, *results["beam"], to_use=self.to_use(seen, *controls)),
            third_card(third_html(chosen.third, beam, *results.get("third", ()))),
            tree_html(beam.tree, chosen.beam_width, [one.noun.singular for one in beam.guided_by]),
            tags_html(model.captioner.evidence(seen.features)[0], beam),
        )

    def _unguided(self, model: SharedCaptioner, seen: Seen, search: Search) -> str:
        """What the same search writes where nothing guides it."""
        caption, _ = model.decode(seen.features, replace(search, guided=False, traced=False))
        return caption.text

    def to_use(self, seen: Seen, *controls) -> ToUse:
        """The beam's caption, once it is written, in the words that the settings ask for."""
        chosen = Controls(*controls)
        search, (caption, *_) = seen.written["beam"]
        if chosen.neutral:
            if seen.written.get("neutral", [None])[0] != search:
                model = self.models.get(seen.model)
                found = model.decode(seen.features, replace(search, traced=False), neutral=True)
                seen.written["neutral"] = search, found
            caption, _ = seen.written["neutral"][1]
        text = as_sentence(caption.text) if chosen.sentence else caption.text
        return ToUse(text, text, Path(seen.source).name, hash(str(seen.source)))

    def captions(self, seen: Seen, *controls) -> dict:
        """What the cards show -> (caption, milliseconds to write it, and to look) by column."""
        self._written(seen, *controls)
        own = self.models.get(seen.model).captioner.model.decoding
        return {column: seen.written[column][1] for column in Controls(*controls).searches(own)}

    def clear(self, name: str, *controls):
        """Forget the picture -> the outputs of `describe`."""
        blank = "", "", *self.write(None, *controls)
        try:
            return *blank, legend_html(self.models.get(name).captioner.attends)
        except ModelError:
            return *blank, gr.skip()

    def choose(self, wanted: str | None, current: str):
        """Load another model while the page goes on with the current one -> menu, what is loaded, the model's name, how
        good it is, its own settings."""
        name = (wanted or current).strip()
        same = [gr.skip()] * 4
        yield gr.skip(), render("loading.html", name=name), current, *same
        try:
            model = self.models.get(name)
        except ModelError as error:
            yield current, problem_html(error), current, *same
        else:
            quality = quality_html(name, model.captioner.model, model.folder)
            own = same[1:] if name == current else own_settings(model.captioner.model.decoding)
            yield name, loaded_html(name, model.captioner), name, quality, *own

    def open_model(self, current: str, request: gr.Request):
        """Load the model that the page's address names -> the last outputs of `choose`."""
        wanted = request.query_params.get("model", current)
        if wanted == current:
            return (gr.skip(),) * 7
        *_, outputs = self.choose(wanted, current)
        return outputs

    def open_settings(self, name: str, request: gr.Request) -> list:
        """The settings that the page's address names, and whether those of sampling are shown."""
        try:
            own = self.models.get(name).captioner.model.decoding
        except ModelError:
            own = Decoding()
        said = Controls.of_address(request.query_params, own)
        shown = gr.Group(visible=True) if Controls(*said).third == "nucleus" else gr.skip()
        return [*(gr.skip() if value is None else value for value in said), shown]

    def look_again(self, key: str | None, name: str, *controls):
        """Caption the picture at hand with the model now chosen; the outputs of `describe`."""
        photo = self._photos.get(key)
        if photo is not None and photo.model == name:
            return gr.skip()
        return self.describe(photo and photo.source, name, *controls)


def third_card(html: str) -> gr.HTML:
    """The third column; without a card there is none."""
    return gr.HTML(html, visible=bool(html))


def loaded_html(name: str, captioner: Captioner) -> str:
    """Say which model it is now, and one line of facts about it."""
    model = captioner.model
    seeing, writing = captioner.engine.parameters
    beam, figures = summary(model.metrics, model.decoding.beam_width) or (None, "")
    return render(
        "loaded.html",
        name=name,
        encoder=ENCODER_NAMES[model.preset.encoder],
        decoder=model.preset.decoder,
        seeing=seeing / 1e6,
        writing=writing / 1e6,
        beam=beam,
        figures=figures,
    )
