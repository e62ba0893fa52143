"""The tab "Caption a photo": every way in, the captions beside the photo, where the model looked, the settings."""

from functools import partial
from pathlib import Path

import gradio as gr

from ui.models import SharedCaptioner
from ui.page.cards import cards_html, legend_html
from ui.page.controls import Controls, compare_with, search_controls
from ui.page.describe import Describer, loaded_html
from ui.page.fair import Fair
from ui.page.many import model_html
from ui.page.render import render, script
from ui.sharing.links import Sharing
from ui.texts.texts import N_, everywhere, label

EXAMPLES = Path(__file__).parents[2] / "examples"
OFFERED = {
    "dog": N_("Dog"),
    "tiger": N_("Tiger"),
    "coffee": N_("Coffee"),
    "giraffes": N_("Giraffes"),
    "photographer": N_("Photographer"),
    "pancakes": N_("Pancakes"),
}


class PhotoTab:
    """The tab's four blocks, and their events.

    Args:
        describer: what the events do.
        sharing: what a visitor can do with a caption.
        start: the model a visitor starts with.
        upload_megabytes: the largest file accepted.
        fair: has visitors take turns; None at home, where all visitors are one.
    """

    def __init__(
        self,
        describer: Describer,
        sharing: Sharing,
        start: SharedCaptioner,
        upload_megabytes: int,
        fair: Fair | None = None,
    ):
        self.describer = describer
        self.models = describer.models
        self.sharing = sharing
        self.start = start
        self.upload_megabytes = upload_megabytes
        self.fair = fair

    def lay_out(self) -> None:
        """Lay out the blocks; photo.css says where each is, before a photo and with one."""
        with gr.Column(elem_id="page"):
            with gr.Column(elem_id="shown"):
                self.photo = gr.HTML(elem_id="photo")
                with gr.Row(elem_id="again"):
                    gr.HTML(everywhere(partial(render, "shown.html")))
                    self.clear = gr.Button(label("Clear"), size="sm", elem_id="clear")
            with gr.Column(elem_id="result"):
                self._captions()
            with gr.Column(elem_id="sources"):
                self._sources()
            with gr.Column(elem_id="more"):
                self._more()
            with gr.Accordion(label("Settings"), open=False, elem_id="settings"):
                self._settings()
            gr.HTML(everywhere(partial(render, "recent.html")), js_on_load=script("recent.js"), elem_id="recent")

    def _sources(self) -> None:
        self.upload = gr.File(label=label("Your photo"), show_label=False, height=240, elem_id="upload")
        ways = partial(render, "ways.html", megabytes=self.upload_megabytes)
        gr.HTML(
            everywhere(ways), js_on_load=script("ways.js") + script("camera.js") + script("live.js"), elem_id="ways"
        )
        gr.HTML(everywhere(partial(render, "try_one.html")), elem_id="try-one")
        with gr.Row(elem_id="examples"):
            files = [(name, EXAMPLES / f"{stem}.jpg") for stem, name in OFFERED.items()]
            self.examples = [(gr.Button(label(name), icon=path), path) for name, path in files]

    def _captions(self) -> None:
        look = script("look.js")
        with gr.Row(elem_id="captions"):
            self.beam = gr.HTML(empty("beam"), js_on_load=look + script("to_use.js"), elem_id="beam")
            self.compared = gr.HTML(js_on_load=look, elem_id="compared")
            self.greedy = gr.HTML(empty("greedy"), js_on_load=look, elem_id="greedy")
            self.third = gr.HTML(visible=False, js_on_load=look, elem_id="third")
        self.tags = gr.HTML(elem_id="tags")
        self.legend = gr.HTML(everywhere(partial(legend_html, self.start.captioner.attends)), elem_id="legend")
        self.sharing.tools()

    def _settings(self) -> None:
        start, only = self.start, bool(self.models.offered)
        anywhere = N_("Pick one, or type the owner/name of a model on the Hugging Face Hub and press Enter.")
        with gr.Column(elem_id="model"):
            self.menu = gr.Dropdown(self.models.names(), value=start.name, allow_custom_value=not only, elem_id="menu",
                                    label=label("Model"),
                                    info=label(N_("Pick one.") if only else anywhere))  # fmt: skip
            self.loaded = gr.HTML(everywhere(partial(loaded_html, start.name, start.captioner)), elem_id="loaded")
            compared = compare_with(self.models.names(), start.name, say=label, filterable=False,
                                    elem_id="compare-with", label=label("Compare with"),
                                    info=label("Show what another model writes about the same photo."))  # fmt: skip
            self.comparing = gr.HTML(elem_id="comparing")
        controls, self.again, self.nucleus = search_controls(start.captioner.model.decoding)
        self.controls = controls._replace(compared=compared)
        self.settled = gr.Checkbox(False, visible=False)  # whether the settings that the address names are there
        gr.HTML(js_on_load=script("obey.js"))

    def _more(self) -> None:
        gr.HTML(everywhere(partial(render, "seeing.html")), js_on_load=script("seeing.js"), elem_id="seeing")
        self.tree = gr.HTML(js_on_load=script("tree.js"), elem_id="tree")

    def wire(
        self, blocks: gr.Blocks, key: gr.Textbox, model: gr.Textbox, quality: gr.HTML, many_model: gr.HTML
    ) -> None:
        """Connect the events.

        Args:
            key: of the photo on show.
            model: the name of the model that the visitor has chosen.
            quality: how good that model is, on a tab of its own.
            many_model: the model's name, on the tab for many photos.
        """
        do, controls, settled = self.describer, self.controls, self.settled
        cards = [self.beam, self.compared, self.greedy, self.third, self.tree, self.tags]
        shown = [self.photo, key, *cards, self.legend]
        private = {"api_visibility": "private"}
        quiet = {"queue": False, "show_progress": "hidden", **private}
        captioning = {"concurrency_id": "captioning", "concurrency_limit": 16}  # the networks take turns
        loading = {"show_progress": "hidden", "concurrency_id": "loading", "concurrency_limit": 2, **private}
        turn, limit = (self.fair, {"concurrency_limit": None}) if self.fair else (lambda work: work, captioning)
        waiting = [self.beam, self.compared, self.greedy]
        describing = {"outputs": shown, "show_progress_on": waiting, **limit, **private}
        writing = {"outputs": cards, "show_progress": "hidden", **limit, **private}
        described = self.upload.upload(turn(do.describe), [self.upload, settled, model, *controls], **describing)
        described.then(lambda: None, None, self.upload, **quiet)  # ready for the next photo
        for button, path in self.examples:
            button.click(turn(partial(do.describe, path)), [settled, model, *controls], **describing)
        self.clear.click(do.clear, [model, *controls], shown, queue=False, **private)
        *searching, compared = controls
        gr.on([each.input for each in searching], turn(do.write), [key, *controls], trigger_mode="always_last",
              **writing)  # fmt: skip
        drawn = self.again.click(lambda seed: (seed or 0) + 1, controls.seed, controls.seed, queue=False, **private)
        drawn.then(turn(do.write), [key, *controls], **writing)
        model_shown = [self.menu, self.loaded, model, quality, compared, *controls.own()]
        chosen = self.menu.input(do.choose, [self.menu, model, compared], model_shown, trigger_mode="always_last",
                                 **loading)  # fmt: skip
        chosen.then(turn(do.look_again), [key, model, *controls], **describing)
        rival = compared.input(do.open_compared, compared, self.comparing, trigger_mode="always_last", **loading)
        rival.then(turn(do.write), [key, *controls], **writing)
        remembered = {"js": script("remember.js"), **quiet}
        gr.on([each.input for each in controls], None, [self.menu, *controls], None, **remembered)
        chosen.then(None, [self.menu, *controls], None, **remembered)
        opened = blocks.load(do.open_model, model, model_shown, **quiet)
        for event in chosen, opened:
            event.then(model_html, model, many_model, **quiet)
        opened.then(do.open_settings, model, [*controls, self.nucleus, settled], **quiet)
        self.sharing.wire(blocks, self.photo, key, controls._asdict(), **captioning, **private)
        blocks.load(lambda: gr.Dropdown(self.models.names()), None, self.menu, **quiet)  # those trained since the start


def empty(column: str):
    """The column's card before there is a caption, in every language."""
    return everywhere(lambda: cards_html({}, Controls().beam_width)[column])
