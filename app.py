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
from ui.launch import launch
from ui.models import Models
from ui.page.cards import (
    LOOK_SCRIPT,
    beam_html,
    formats_html,
    greedy_html,
    header_html,
    legend_html,
    loaded_html,
    loading_html,
    no_photo_html,
    photo_html,
    problem_html,
    third_html,
)
from ui.page.code import code_tab
from ui.page.connection import CONNECTION_SCRIPT, connection_html
from ui.page.controls import Controls, own_settings, search_controls
from ui.page.many import many_photos
from ui.page.quality import quality_html
from ui.page.recent import RECENT_SCRIPT, recent_html
from ui.page.seeing import SEEING_SCRIPT, seeing_html
from ui.page.style import CSS, THEME
from ui.page.tags import tags_html
from ui.page.tree import ROAD_SCRIPT, road_html
from ui.programs import api
from ui.programs.routes import routes
from ui.programs.service import Service
from ui.settings import Settings, read_settings
from ui.sharing.links import Sharing
from ui.sharing.results import Results
from ui.texts.texts import I18N, LANGUAGE_SCRIPT, everywhere, t, translate

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.jpg"))


class Seen(NamedTuple):
    """A picture that a model has looked at, what its captions are written from, and those that were."""

    source: str | Path
    model: str
    features: np.ndarray
    milliseconds: float
    written: dict  # column -> the search, and what it gave: caption, milliseconds to write, milliseconds to look


class Page:
    """What the page's events do, with the models that all visitors share."""

    def __init__(self, models: Models):
        self.models = models

    def describe(self, source, name: str, *controls):
        """Caption a picture -> photo, clear button, what was seen, the cards as in `write`, legend."""
        if source is None:
            return self.clear(name, *controls)
        try:
            picture = open_image(source)
            model = self.models.get(name)
        except CaptionerError as error:
            _, *blank = self.clear(name, *controls)
            return problem_html(error), *blank
        seen = Seen(source, name, *model.encode(picture), {})
        cards = self.write(seen, *controls)
        shown = photo_html(picture, t("Your photo")), gr.Button(visible=True), seen
        return *shown, *cards, legend_html(model.captioner.attends)

    def write(self, seen: Seen | None, *controls):
        """Write the captions whose search has changed, from the features at hand; the picture itself is not looked at
        again -> greedy card, beam card, third card, tree, tags."""
        chosen = Controls(*controls)
        if seen is None:
            third = third_card(third_html(chosen.third))
            return greedy_html(), beam_html(chosen.beam_width), third, road_html(), ""
        model = self.models.get(seen.model)
        results = {}
        for column, search in chosen.searches(model.captioner.model.decoding).items():
            if seen.written.get(column, [None])[0] != search:
                seen.written[column] = search, (*model.decode(seen.features, search), seen.milliseconds)
            results[column] = seen.written[column][1]
        greedy, beam = results["greedy"][0], results["beam"][0]
        return (
            greedy_html(beam, *results["greedy"]),
            beam_html(chosen.beam_width, greedy, *results["beam"]),
            third_card(third_html(chosen.third, beam, *results.get("third", ()))),
            road_html(beam.tree, chosen.beam_width, [one.noun.singular for one in beam.guided_by]),
            tags_html(model.captioner.evidence(seen.features)[0], beam),
        )

    def captions(self, seen: Seen, *controls) -> dict:
        """What the cards show -> (caption, milliseconds to write it, and to look) by column."""
        self.write(seen, *controls)
        own = self.models.get(seen.model).captioner.model.decoding
        return {column: seen.written[column][1] for column in Controls(*controls).searches(own)}

    def clear(self, name: str, *controls):
        blank = no_photo_html(), gr.Button(visible=False), None, *self.write(None, *controls)
        try:
            return *blank, legend_html(self.models.get(name).captioner.attends)
        except ModelError:
            return *blank, gr.skip()

    def choose(self, wanted: str | None, current: str):
        """Load another model while the page goes on with the current one -> menu, what is loaded, the model's name, how
        good it is, its own settings."""
        name = (wanted or current).strip()
        same = [gr.skip()] * 4
        yield gr.skip(), loading_html(name), current, *same
        try:
            model = self.models.get(name)
        except ModelError as error:
            yield current, problem_html(error), current, *same
        else:
            quality = quality_html(name, model.captioner.model, model.folder)
            own = same[1:] if name == current else own_settings(model.captioner.model.decoding)
            yield name, loaded_html(name, model.captioner), name, quality, *own

    def look_again(self, seen: Seen | None, name: str, *controls):
        """Caption the picture at hand with the model now chosen; the outputs of `describe`."""
        if seen is not None and seen.model == name:
            return gr.skip()
        return self.describe(seen and seen.source, name, *controls)


def third_card(html: str) -> gr.HTML:
    """The third column; without a card there is none."""
    return gr.HTML(html, visible=bool(html))


def example_name(path: Path) -> str:
    return path.stem.replace("-", " ").replace("_", " ").capitalize()


def build(models: Models, service: Service, settings: Settings, results: Results | None = None) -> gr.Blocks:
    """Lay out the page and wire its events; without a place for results it offers no links to them.

    Raises:
        ModelError: there is no model to start with.
    """
    page, start = Page(models), models.default()
    sharing = Sharing(results, page.captions)

    with gr.Blocks(title="Captioner", analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        gr.HTML(everywhere(header_html), js_on_load=LANGUAGE_SCRIPT)
        gr.HTML(everywhere(connection_html), js_on_load=CONNECTION_SCRIPT, elem_id="connection")
        sharing.opened()
        views = gr.Tabs(elem_id="views", overflow_behavior="wrap")  # on a phone they take two lines
        with views, gr.Tab("Caption a photo"), gr.Row(elem_id="page"):
            with gr.Column(scale=2, min_width=320), gr.Tabs():
                with gr.Tab("Upload"):
                    upload = gr.File(label="Your photo", show_label=False, height=180, elem_id="upload")
                    gr.HTML(everywhere(partial(formats_html, settings.upload_megabytes)))
                with gr.Tab("Webcam"):
                    webcam = gr.Image(sources=["webcam"], type="filepath", image_mode=None, buttons=[], height=300,
                                      label="Webcam", show_label=False, elem_id="webcam")  # fmt: skip
                with gr.Tab("Examples"), gr.Row(elem_id="examples"):
                    examples = [(gr.Button(example_name(path), icon=path), path) for path in EXAMPLES]
            with gr.Column(scale=5, min_width=320):
                photo = gr.HTML(everywhere(no_photo_html), elem_id="photo")
                clear = gr.Button("Clear", size="sm", visible=False, elem_id="clear")
                with gr.Row(elem_id="captions"):
                    greedy = gr.HTML(everywhere(greedy_html), js_on_load=LOOK_SCRIPT, elem_id="greedy")
                    beam = gr.HTML(everywhere(partial(beam_html, Controls().beam_width)), js_on_load=LOOK_SCRIPT,
                                   elem_id="beam")  # fmt: skip
                    third = gr.HTML(visible=False, js_on_load=LOOK_SCRIPT, elem_id="third")
                tags = gr.HTML(elem_id="tags")
                legend = gr.HTML(everywhere(partial(legend_html, start.captioner.attends)), elem_id="legend")
                sharing.tools()
            with gr.Column(min_width=320):
                info = "" if models.offered else ", or type owner/name of one on the Hugging Face Hub and press Enter"
                menu = gr.Dropdown(models.names(), value=start.name, allow_custom_value=not models.offered,
                                   label="Model", info=f"Pick one{info}.", elem_id="menu")  # fmt: skip
                loaded = gr.HTML(everywhere(partial(loaded_html, start.name, start.captioner)), elem_id="loaded")
                controls, again = search_controls(start.captioner.model.decoding)
            with gr.Column(min_width=320):
                gr.HTML(everywhere(seeing_html), js_on_load=SEEING_SCRIPT, elem_id="seeing")
                road = gr.HTML(js_on_load=ROAD_SCRIPT, elem_id="road")
                gr.HTML(everywhere(recent_html), js_on_load=RECENT_SCRIPT, elem_id="recent")
        seen, model = gr.State(), gr.State(start.name)
        with views, gr.Tab("Many photos"):
            many_photos(models, model, settings.upload_megabytes)
        with views, gr.Tab("How good is it?"):
            quality = gr.HTML(elem_id="quality")  # with pictures, too large to go out in every language
        with views, gr.Tab("Use it from code"):
            code_tab(service.largest_picture)

        cards = [greedy, beam, third, road, tags]
        shown = [photo, clear, seen, *cards, legend]
        private = {"api_visibility": "private"}
        captioning = {"concurrency_id": "captioning", "concurrency_limit": 4}  # those of one model take turns
        describing = {"outputs": shown, "show_progress_on": [greedy, beam], **captioning, **private}
        writing = {"outputs": cards, "show_progress": "hidden", **captioning, **private}
        for source, picked in (upload, upload.upload), (webcam, webcam.input):
            described = picked(page.describe, [source, model, *controls], **describing)
            described.then(
                lambda: None, None, source, queue=False, show_progress="hidden", **private
            )  # ready for the next photo
        for button, path in examples:
            button.click(partial(page.describe, path), [model, *controls], **describing)
        clear.click(page.clear, [model, *controls], shown, queue=False, **private)
        gr.on([each.input for each in controls], page.write, [seen, *controls], trigger_mode="always_last",
              **writing)  # fmt: skip
        drawn = again.click(lambda seed: (seed or 0) + 1, controls.seed, controls.seed, queue=False, **private)
        drawn.then(page.write, [seen, *controls], **writing)
        chosen = menu.input(page.choose, [menu, model],
                            [menu, loaded, model, quality, *controls.own()],
                            show_progress="hidden", trigger_mode="always_last", concurrency_id="loading",
                            concurrency_limit=2, **private)  # fmt: skip
        chosen.then(page.look_again, [seen, model, *controls], **describing)
        sharing.wire(blocks, photo, seen, controls._asdict(), **captioning, **private)
        blocks.load(lambda: gr.Dropdown(models.names()), None, menu, queue=False, show_progress="hidden",
                    **private)  # those trained since the start  # fmt: skip
        blocks.load(lambda: quality_html(start.name, start.captioner.model, start.folder), None, quality, queue=False,
                    show_progress="hidden", **private)  # fmt: skip
        api.offer(service)
    return translate(blocks).queue(api_open=False, max_size=settings.queue_size)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Serve the page; README.md lists the settings of its environment.",
        epilog="examples:\n  python app.py\n  python app.py --share --auth me:secret\n  PORT=8080 python app.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    model_help = "the model to begin with: a folder, or owner/name on the Hub (default: $CAPTIONER_MODEL, or our own)"
    parser.add_argument("--model", metavar="MODEL", help=model_help)
    parser.add_argument("--mcp", action="store_true", help="serve assistants at /mcp as well (Model Context Protocol)")
    parser.add_argument("--share", action="store_true", help="ask Gradio for a public address too, for a week at most")
    parser.add_argument("--auth", metavar="USER:PASSWORD", default=os.environ.get("CAPTIONER_AUTH"),
                        help="let in only who knows both; CAPTIONER_AUTH in the environment does the same")  # fmt: skip
    chosen = parser.parse_args()
    chosen.auth = tuple(chosen.auth.split(":", 1)) if chosen.auth else None
    if chosen.auth and (len(chosen.auth) < 2 or not all(chosen.auth)):
        parser.error("--auth takes a user and a password with a colon between them")
    return chosen


def main() -> None:
    chosen = options()
    try:
        settings = read_settings(os.environ, chosen.model, chosen.share)
        models = Models(settings.weights, settings.engine, settings.model, settings.models)
        service = Service(models, settings.upload_megabytes * 2**20, settings.queue_size)
        blocks = build(models, service, settings, Results(settings.results) if settings.sharing else None)
    except CaptionerError as error:
        raise SystemExit(f"The page cannot start: {error}") from error
    launch(
        blocks,
        chosen.share,
        server_name=settings.host,
        server_port=settings.port,
        root_path=settings.base_path or None,
        app_kwargs=routes(service, lambda: blocks.app, mcp_host=settings.host if chosen.mcp else None),
        auth=chosen.auth,
        theme=THEME,
        css=CSS,
        i18n=I18N,
        max_file_size=f"{settings.upload_megabytes}mb",
        show_error=True,
        footer_links=["api"],
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
    )


if __name__ == "__main__":
    main()
