"""The tab "Caption a photo": where a photo comes from, its captions, the model and settings, and where it looked."""

from functools import partial
from pathlib import Path

import gradio as gr

from captioner.pictures.formats import KNOWN_FORMATS
from ui.models import SharedCaptioner
from ui.page.cards import beam_html, greedy_html, legend_html
from ui.page.controls import Controls, search_controls
from ui.page.describe import Describer, loaded_html
from ui.page.render import render, script
from ui.sharing.links import Sharing
from ui.texts.texts import N_, everywhere, label

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))
EXAMPLE_NAMES = {
    "astronaut": N_("Astronaut"),
    "bridge": N_("Bridge"),
    "cat": N_("Cat"),
    "coffee": N_("Coffee"),
    "dog": N_("Dog"),
    "dogs": N_("Dogs"),
    "fruit": N_("Fruit"),
    "horses": N_("Horses"),
    "kitten": N_("Kitten"),
    "mountain": N_("Mountain"),
    "musicians": N_("Musicians"),
    "pagoda": N_("Pagoda"),
    "parrot": N_("Parrot"),
    "photographer": N_("Photographer"),
    "rocket": N_("Rocket"),
    "tiger": N_("Tiger"),
}


def example_name(path: Path) -> str:
    """What an example is called, in English; a new one, which the catalogs do not know yet, as its file is."""
    return EXAMPLE_NAMES.get(path.stem, path.stem.capitalize())


class PhotoTab:
    """The tab's four blocks, and their events.

    Args:
        describer: what the events do.
        sharing: what a visitor can do with a caption.
        start: the model a visitor starts with.
        upload_megabytes: the largest file accepted.
    """

    def __init__(self, describer: Describer, sharing: Sharing, start: SharedCaptioner, upload_megabytes: int):
        self.describer = describer
        self.models = describer.models
        self.sharing = sharing
        self.start = start
        self.upload_megabytes = upload_megabytes

    def lay_out(self) -> None:
        """Lay out the blocks; style.css says where each is."""
        with gr.Row(elem_id="page"):
            with gr.Column(scale=2, min_width=320), gr.Tabs():
                self._sources()
            with gr.Column(scale=5, min_width=320):
                self._captions()
            with gr.Column(min_width=320):
                self._settings()
            with gr.Column(min_width=320):
                self._more()

    def _sources(self) -> None:
        with gr.Tab(label("Upload")):
            self.upload = gr.File(label=label("Your photo"), show_label=False, height=180, elem_id="upload")
            gr.HTML(everywhere(partial(render, "formats.html", formats=KNOWN_FORMATS, megabytes=self.upload_megabytes)))
        with gr.Tab(label("Webcam")):
            self.webcam = gr.Image(sources=["webcam"], type="filepath", image_mode=None, buttons=[], height=300,
                                   webcam_options=gr.WebcamOptions(mirror=False),  # lettering has to stay readable
                                   label=label("Webcam"), show_label=False, elem_id="webcam")  # fmt: skip
        with gr.Tab(label("Examples")), gr.Row(elem_id="examples"):
            self.examples = [(gr.Button(label(example_name(path)), icon=path), path) for path in EXAMPLES]

    def _captions(self) -> None:
        look = script("look.js")
        blank_beam = everywhere(partial(beam_html, Controls().beam_width))
        self.photo = gr.HTML(everywhere(partial(render, "no_photo.html")), elem_id="photo")
        self.clear = gr.Button(label("Clear"), size="sm", visible=False, elem_id="clear")
        with gr.Row(elem_id="captions"):
            self.greedy = gr.HTML(everywhere(greedy_html), js_on_load=look, elem_id="greedy")
            self.beam = gr.HTML(blank_beam, js_on_load=look, elem_id="beam")
            self.third = gr.HTML(visible=False, js_on_load=look, elem_id="third")
        self.tags = gr.HTML(elem_id="tags")
        self.legend = gr.HTML(everywhere(partial(legend_html, self.start.captioner.attends)), elem_id="legend")
        self.sharing.tools()

    def _settings(self) -> None:
        start, only = self.start, bool(self.models.offered)
        anywhere = N_("Pick one, or type the owner/name of a model on the Hugging Face Hub and press Enter.")
        self.menu = gr.Dropdown(self.models.names(), value=start.name, allow_custom_value=not only, elem_id="menu",
                                label=label("Model"), info=label(N_("Pick one.") if only else anywhere))  # fmt: skip
        self.loaded = gr.HTML(everywhere(partial(loaded_html, start.name, start.captioner)), elem_id="loaded")
        self.controls, self.again = search_controls(start.captioner.model.decoding)

    def _more(self) -> None:
        gr.HTML(everywhere(partial(render, "seeing.html")), js_on_load=script("seeing.js"), elem_id="seeing")
        self.tree = gr.HTML(js_on_load=script("tree.js"), elem_id="tree")
        gr.HTML(everywhere(partial(render, "recent.html")), js_on_load=script("recent.js"), elem_id="recent")

    def wire(self, blocks: gr.Blocks, seen: gr.State, model: gr.State, quality: gr.HTML) -> None:
        """Connect the events.

        Args:
            seen: what was seen in the photo on show.
            model: the name of the model that the visitor has chosen.
            quality: how good that model is, on a tab of its own.
        """
        do, controls = self.describer, self.controls
        cards = [self.greedy, self.beam, self.third, self.tree, self.tags]
        shown = [self.photo, self.clear, seen, *cards, self.legend]
        private = {"api_visibility": "private"}
        quiet = {"queue": False, "show_progress": "hidden", **private}
        captioning = {"concurrency_id": "captioning", "concurrency_limit": 16}  # the networks take turns
        describing = {"outputs": shown, "show_progress_on": [self.greedy, self.beam], **captioning, **private}
        writing = {"outputs": cards, "show_progress": "hidden", **captioning, **private}
        for source, picked in (self.upload, self.upload.upload), (self.webcam, self.webcam.input):
            described = picked(do.describe, [source, model, *controls], **describing)
            described.then(lambda: None, None, source, **quiet)  # ready for the next photo
        for button, path in self.examples:
            button.click(partial(do.describe, path), [model, *controls], **describing)
        self.clear.click(do.clear, [model, *controls], shown, queue=False, **private)
        gr.on([each.input for each in controls], do.write, [seen, *controls], trigger_mode="always_last",
              **writing)  # fmt: skip
        drawn = self.again.click(lambda seed: (seed or 0) + 1, controls.seed, controls.seed, queue=False, **private)
        drawn.then(do.write, [seen, *controls], **writing)
        model_shown = [self.menu, self.loaded, model, quality, *controls.own()]
        chosen = self.menu.input(do.choose, [self.menu, model], model_shown, show_progress="hidden",
                                 trigger_mode="always_last", concurrency_id="loading", concurrency_limit=2,
                                 **private)  # fmt: skip
        chosen.then(do.look_again, [seen, model, *controls], **describing)
        self.sharing.wire(blocks, self.photo, seen, controls._asdict(), **captioning, **private)
        blocks.load(lambda: gr.Dropdown(self.models.names()), None, self.menu, **quiet)  # those trained since the start
