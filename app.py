"""The web page: a photo in, a greedy and a beam caption out, side by side."""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from functools import partial
from pathlib import Path
from typing import NamedTuple

import gradio as gr
import numpy as np

from captioner import CaptionerError, ModelError, open_image
from ui import api
from ui.cards import (
    HEADER,
    LOOK_SCRIPT,
    NO_PHOTO,
    beam_html,
    greedy_html,
    legend_html,
    loaded_html,
    loading_html,
    photo_html,
    problem_html,
)
from ui.code import code_tab
from ui.models import BEAM_WIDTHS, DEFAULT_BEAM_WIDTH, Models
from ui.quality import quality_html
from ui.routes import routes
from ui.service import Service
from ui.settings import Settings, read_settings
from ui.style import CSS, THEME

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.jpg"))


class Seen(NamedTuple):
    """A picture that a model has looked at, and what its captions are written from."""

    source: str | Path
    model: str
    features: np.ndarray
    milliseconds: float


class Page:
    """What the page's events do, with the models that all visitors share."""

    def __init__(self, models: Models):
        self.models = models

    def describe(self, source, beam_width: int, name: str):
        """Caption a picture in both ways -> photo, clear button, what was seen, greedy card, beam card, legend."""
        if source is None:
            return self.clear(beam_width, name)
        try:
            picture = open_image(source)
            model = self.models.get(name)
        except CaptionerError as error:
            _, *blank = self.clear(beam_width, name)
            return problem_html(error), *blank
        seen = Seen(source, name, *model.encode(picture))
        return (
            photo_html(picture),
            gr.Button(visible=True),
            seen,
            greedy_html(*model.decode(seen.features, 1), seen.milliseconds),
            beam_html(beam_width, *model.decode(seen.features, beam_width), seen.milliseconds),
            legend_html(model.captioner.attends),
        )

    def redraw_beam(self, seen: Seen | None, beam_width: int) -> str:
        """Decode once more from the features at hand; the picture itself is not looked at again."""
        if seen is None:
            return beam_html(beam_width)
        return beam_html(beam_width, *self.models.get(seen.model).decode(seen.features, beam_width), seen.milliseconds)

    def clear(self, beam_width: int, name: str):
        blank = NO_PHOTO, gr.Button(visible=False), None, greedy_html(), beam_html(beam_width)
        try:
            return *blank, legend_html(self.models.get(name).captioner.attends)
        except ModelError:
            return *blank, gr.skip()

    def choose(self, wanted: str | None, current: str):
        """Load another model while the page goes on with the current one -> menu, what is loaded, the model's name, how
        good it is."""
        name = (wanted or current).strip()
        yield gr.skip(), loading_html(name), current, gr.skip()
        try:
            model = self.models.get(name)
        except ModelError as error:
            yield current, problem_html(error), current, gr.skip()
        else:
            quality = quality_html(name, model.captioner.model, model.folder)
            yield name, loaded_html(name, model.captioner), name, quality

    def look_again(self, seen: Seen | None, beam_width: int, name: str):
        """Caption the picture at hand with the model now chosen; the outputs of `describe`."""
        if seen is not None and seen.model == name:
            return gr.skip()
        return self.describe(seen and seen.source, beam_width, name)


def example_name(path: Path) -> str:
    return path.stem.replace("-", " ").replace("_", " ").capitalize()


def build(models: Models, service: Service, settings: Settings) -> gr.Blocks:
    """Lay out the page and wire its events.

    Raises:
        ModelError: there is no model to start with.
    """
    page, start = Page(models), models.default()

    with gr.Blocks(title="Captioner", analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        gr.HTML(HEADER)
        views = gr.Tabs(elem_id="views", overflow_behavior="wrap")  # on a phone they take two lines
        with views, gr.Tab("Caption a photo"), gr.Row(elem_id="page"):
            with gr.Column(scale=2, min_width=320):
                with gr.Tabs():
                    with gr.Tab("Upload"):
                        upload = gr.File(label="Your photo", show_label=False, height=180, elem_id="upload")
                        gr.HTML('<p class="quiet">JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC, up to '
                                f"{settings.upload_megabytes} MB.</p>")  # fmt: skip
                    with gr.Tab("Webcam"):
                        webcam = gr.Image(sources=["webcam"], type="filepath", image_mode=None, buttons=[], height=300,
                                          label="Webcam", show_label=False, elem_id="webcam")  # fmt: skip
                    with gr.Tab("Examples"), gr.Row(elem_id="examples"):
                        examples = [(gr.Button(example_name(path), icon=path), path) for path in EXAMPLES]
                beam_width = gr.Slider(BEAM_WIDTHS[0], BEAM_WIDTHS[-1], DEFAULT_BEAM_WIDTH, step=1, precision=0,
                                       label="Beam width", info="How many sentences the beam search keeps at a time.",
                                       buttons=[], elem_id="beam-width")  # fmt: skip
            with gr.Column(scale=5, min_width=320):
                photo = gr.HTML(NO_PHOTO, elem_id="photo")
                clear = gr.Button("Clear", size="sm", visible=False, elem_id="clear")
                with gr.Row(elem_id="captions"):
                    greedy = gr.HTML(greedy_html(), js_on_load=LOOK_SCRIPT, elem_id="greedy")
                    beam = gr.HTML(beam_html(DEFAULT_BEAM_WIDTH), js_on_load=LOOK_SCRIPT, elem_id="beam")
                legend = gr.HTML(legend_html(start.captioner.attends), elem_id="legend")
            with gr.Column(min_width=320):
                info = "" if models.offered else ", or type owner/name of one on the Hugging Face Hub and press Enter"
                menu = gr.Dropdown(models.names(), value=start.name, allow_custom_value=not models.offered,
                                   label="Model", info=f"Pick one{info}.", elem_id="menu")  # fmt: skip
                loaded = gr.HTML(loaded_html(start.name, start.captioner), elem_id="loaded")
        with views, gr.Tab("How good is it?"):
            quality = gr.HTML(quality_html(start.name, start.captioner.model, start.folder), elem_id="quality")
        with views, gr.Tab("Use it from code"):
            code_tab(service.largest_picture)
        seen, model = gr.State(), gr.State(start.name)

        shown = [photo, clear, seen, greedy, beam, legend]
        private = {"api_visibility": "private"}
        captioning = {"concurrency_id": "captioning", "concurrency_limit": 4}  # those of one model take turns
        describing = {"outputs": shown, "show_progress_on": [greedy, beam], **captioning, **private}
        for source, picked in (upload, upload.upload), (webcam, webcam.input):
            described = picked(page.describe, [source, beam_width, model], **describing)
            described.then(lambda: None, None, source, queue=False, **private)  # ready for the next photo
        for button, path in examples:
            button.click(partial(page.describe, path), [beam_width, model], **describing)
        clear.click(page.clear, [beam_width, model], shown, queue=False, **private)
        beam_width.change(page.redraw_beam, [seen, beam_width], beam, trigger_mode="always_last", **captioning,
                          **private)  # fmt: skip
        chosen = menu.input(page.choose, [menu, model], [menu, loaded, model, quality], show_progress="hidden",
                            trigger_mode="always_last", concurrency_id="loading", concurrency_limit=2,
                            **private)  # fmt: skip
        chosen.then(page.look_again, [seen, beam_width, model], **describing)
        blocks.load(lambda: gr.Dropdown(models.names()), None, menu, queue=False, **private)  # trained since the start
        api.offer(service)
    return blocks.queue(api_open=False, max_size=settings.queue_size)


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the page; README.md lists the settings of its environment.")
    model_help = "the model to begin with: a folder, or owner/name on the Hub (default: $CAPTIONER_MODEL, or our own)"
    parser.add_argument("--model", metavar="MODEL", help=model_help)
    parser.add_argument("--mcp", action="store_true", help="serve assistants at /mcp as well (Model Context Protocol)")
    options = parser.parse_args()
    try:
        settings = read_settings(os.environ, options.model)
        models = Models(settings.weights, settings.engine, settings.model, settings.models)
        service = Service(models, settings.upload_megabytes * 2**20, settings.queue_size)
        blocks = build(models, service, settings)
    except CaptionerError as error:
        raise SystemExit(f"The page cannot start: {error}") from error
    blocks.launch(
        server_name=settings.host,
        server_port=settings.port,
        root_path=settings.base_path or None,
        app_kwargs=routes(service, lambda: blocks.app, mcp_host=settings.host if options.mcp else None),
        theme=THEME,
        css=CSS,
        max_file_size=f"{settings.upload_megabytes}mb",
        show_error=True,
        footer_links=["api"],
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
    )


if __name__ == "__main__":
    main()
