"""What happens in the tab "Caption a photo": a picture is looked at once, and captions are written from it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import gradio as gr
import numpy as np
from gradio.context import LocalContext

from captioner import Caption, Captioner, CaptionerError, Decoding, ModelError, Search, as_sentence, open_image
from ui.models import Models, SharedCaptioner
from ui.page.cards import ToUse, Written, cards_html, legend_html, photo_html, problem_html, tags_html
from ui.page.controls import Controls, compare_with, own_settings
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


class Look(NamedTuple):
    """What a model saw in a picture: its features, and how many milliseconds it looked."""

    revision: str | None
    features: np.ndarray
    milliseconds: float


class Seen(NamedTuple):
    """A picture that was looked at: what each model saw, and the captions written from it so far."""

    source: str | Path
    model: str  # the one on show; the others are compared with it
    looks: dict[str, Look]
    written: dict  # column -> model, revision and search, and what they gave


class Describer:
    """The tab's events, with the models that all visitors share; a visitor's page holds the key of its photo."""

    def __init__(self, models: Models):
        self.models = models
        self._photos: Kept[Photo] = Kept(KNOWN)
        self._seen: Kept[Seen] = Kept(SEEN)

    def describe(self, source, settled: bool, name: str, *controls):
        """Caption a picture -> photo, its key, the cards as in `write`, legend.

        Args:
            settled: whether the settings are on the page that its address names; until then the address is asked.
        """
        if not settled:
            name, controls = self._addressed(name)
        if source is None:
            return self.clear(name, *controls)
        try:
            picture = open_image(source)
            model = self.models.get(name)
        except CaptionerError as error:
            _, *blank = self.clear(name, *controls)
            return problem_html(error), *blank
        seen = Seen(source, name, {name: Look(model.revision, *model.encode(picture))}, {})
        cards = self._cards(seen, *controls)
        key = new_key()
        self._photos.keep(key, Photo(source, name))
        self._seen.keep(key, seen)
        shown = photo_html(picture, self.to_use(seen, *controls).text), key
        return *shown, *cards, legend_html(model.captioner.attends)

    def seen(self, key: str | None) -> Seen | None:
        """What was seen in the photo with that key: nothing yet, if it is no longer at hand, until a model looks."""
        photo = self._photos.get(key)
        if photo is None:
            return None
        seen = self._seen.get(key)
        if seen is None:
            seen = Seen(*photo, {}, {})
            self._seen.keep(key, seen)
        return seen

    def write(self, key: str | None, *controls):
        """Write the captions whose search has changed, from what was seen -> the card of each column, tree, tags."""
        try:
            return self._cards(self.seen(key), *controls)
        except CaptionerError as error:  # the model or the photo is gone
            raise gr.Error(str(error), print_exception=False) from error

    def _cards(self, seen: Seen | None, *controls) -> tuple:
        chosen = Controls(*controls)
        if seen is None:
            *cards, third = cards_html({}, chosen.beam_width, chosen.third, chosen.compared).values()
            return *cards, third_card(third), tree_html(), ""
        written, to_use = self.captions(seen, *controls), self.to_use(seen, *controls)
        compared = chosen.compared if chosen.compared != seen.model else ""
        *cards, third = cards_html(written, chosen.beam_width, chosen.third, compared, to_use).values()
        beam, model = written["beam"].caption, self.models.get(seen.model)
        named = [one.noun.singular for one in beam.guided_by]
        own = model.captioner.model
        informed = own.preset.look_words > 0 and own.decoding.information_weight > 0
        return (
            *cards,
            third_card(third),
            tree_html(beam.tree, chosen.beam_width, named, informed),
            tags_html(model.captioner.evidence(self._look(seen, model).features)[0], beam),
        )

    def captions(self, seen: Seen, *controls) -> dict[str, Written]:
        """What the cards show, by column; only what has changed since is written anew."""
        columns = self._columns(seen.model, Controls(*controls))
        return {column: self._written(seen, column, self._write, *asked) for column, asked in columns.items()}

    def _written(self, seen: Seen, column: str, write: Callable, model: SharedCaptioner, search: Search):
        """What stands in a column; written anew where another model or search is asked than the last time."""
        asked = model.name, model.revision, search
        if seen.written.get(column, (None,))[0] != asked:
            seen.written[column] = asked, write(seen, model, search)
        return seen.written[column][1]

    def _columns(self, name: str, chosen: Controls) -> dict[str, tuple[SharedCaptioner, Search]]:
        """The model and the search of each column; with a model to compare with, its caption replaces greedy's."""
        model = self.models.get(name)
        own = model.captioner.model.decoding
        columns = {column: (model, search) for column, search in chosen.searches(own).items()}
        if chosen.compared not in ("", name):
            with suppress(ModelError):
                other = self.models.get(chosen.compared)
                search = chosen.of_another(own).searches(other.captioner.model.decoding)["beam"]
                columns["compared"] = other, replace(search, traced=False)
                del columns["greedy"]
        return columns

    def _write(self, seen: Seen, model: SharedCaptioner, search: Search) -> Written:
        look = self._look(seen, model)
        caption, writing = model.decode(look.features, search)
        if caption.guided_by:
            unguided, _ = model.decode(look.features, replace(search, guided=False, traced=False))
            if unguided.text == caption.text:
                caption = replace(caption, guided_by=())  # it changed nothing
        return Written(caption, model.name, writing, look.milliseconds)

    def _write_neutral(self, seen: Seen, model: SharedCaptioner, search: Search) -> Caption:
        caption, _ = model.decode(self._look(seen, model).features, replace(search, traced=False), neutral=True)
        return caption

    def _look(self, seen: Seen, model: SharedCaptioner) -> Look:
        """What a model saw; it looks again where its folder has been replaced by another since."""
        look = seen.looks.get(model.name)
        if look is None or look.revision != model.revision:
            look = seen.looks[model.name] = Look(model.revision, *model.encode(open_image(seen.source)))
        return look

    def to_use(self, seen: Seen, *controls) -> ToUse:
        """The beam's caption, in the words that the settings ask for."""
        chosen = Controls(*controls)
        asked = self._columns(seen.model, chosen)["beam"]
        if chosen.neutral:
            caption = self._written(seen, "neutral", self._write_neutral, *asked)
        else:
            caption = self._written(seen, "beam", self._write, *asked).caption
        text = as_sentence(caption.text) if chosen.sentence else caption.text
        return ToUse(text, text, Path(seen.source).name, hash(str(seen.source)))

    def clear(self, name: str, *controls):
        """Forget the picture -> the outputs of `describe`."""
        blank = "", "", *self.write(None, *controls)
        try:
            return *blank, legend_html(self.models.get(name).captioner.attends)
        except ModelError:
            return *blank, gr.skip()

    def choose(self, wanted: str | None, current: str, compared: str = ""):
        """Load another model while the page goes on with the current one -> menu, what is loaded, the model's name, how
        good it is, the menu of models to compare it with, its own settings."""
        name = (wanted or current).strip()
        same = [gr.skip()] * 5
        yield gr.skip(), render("loading.html", name=name), current, *same
        try:
            model = self.models.get(name)
        except ModelError as error:
            yield current, problem_html(error), current, *same
        else:
            quality = quality_html(name, model.captioner.model, model.folder)
            rivals = compare_with(self.models.names(), name, compared)
            own = same[2:] if name == current else own_settings(model.captioner.model.decoding)
            yield name, loaded_html(name, model.captioner), name, quality, rivals, *own

    def open_compared(self, name: str):
        """Load a model to compare with -> what is said meanwhile, and if it cannot be loaded."""
        try:
            if name and name not in self.models.loaded():
                yield render("loading.html", name=name)
                self.models.get(name)
            yield ""
        except ModelError as error:
            yield problem_html(error)

    def open_model(self, current: str, request: gr.Request):
        """Load the model that the page's address names -> the last outputs of `choose`."""
        wanted = request.query_params.get("model", current)
        if wanted == current:
            return (gr.skip(),) * 8
        *_, outputs = self.choose(wanted, current)
        return outputs

    def open_settings(self, name: str, request: gr.Request) -> list:
        """The settings that the page's address names, whether those of sampling are shown, and that all are there."""
        said = self._said(name, request.query_params)
        rivals = compare_with(self.models.names(), name, said.compared or "")
        shown = gr.Group(visible=True) if said.third == "nucleus" else gr.skip()
        return [*(gr.skip() if value is None else value for value in said._replace(compared=rivals)), shown, True]

    def _said(self, name: str, given: Mapping[str, str]) -> Controls:
        """The settings that an address names for a model; None for the others."""
        try:
            own = self.models.get(name).captioner.model.decoding
        except ModelError:
            own = Decoding()
        return Controls.of_address(given, own, self.models.names())

    def addressed_model(self, name: str) -> str:
        """The model that the page's address names; the one given, where there is none of that name."""
        with suppress(ModelError):
            return self.models.get(_address().get("model", name)).name
        return name

    def _addressed(self, name: str) -> tuple[str, Controls]:
        """The model and the settings that the page's address names, the others as they are at first."""
        name = self.addressed_model(name)
        said = self._said(name, _address())
        return name, Controls(*(each if value is None else value for value, each in zip(said, Controls(), strict=True)))

    def look_again(self, key: str | None, name: str, *controls):
        """Caption the picture at hand with the model now chosen; the outputs of `describe`."""
        photo = self._photos.get(key)
        if photo is not None and photo.model == name:
            return gr.skip()
        return self.describe(photo and photo.source, True, name, *controls)


def _address() -> Mapping[str, str]:
    """What stands behind the question mark in the address of the page that asks."""
    request = LocalContext.request.get(None)
    return request.query_params if request else {}


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
