"""The page: its header, and a file for each of its tabs."""

from functools import partial

import gradio as gr

from ui.models import Models
from ui.page.code import code_tab
from ui.page.describe import Describer
from ui.page.fair import Fair
from ui.page.many import many_photos
from ui.page.photo import PhotoTab
from ui.page.quality import quality_html
from ui.page.render import render, script
from ui.programs import api
from ui.programs.service import Service
from ui.settings import Settings
from ui.sharing.links import Sharing
from ui.sharing.results import Results
from ui.texts.texts import N_, everywhere, label, reword

# Gradio's own Spanish and German address a visitor formally; ours do not.
GRADIO_WORDS = {
    "upload_text.drop_file": N_("Drop photos here"),
    "upload_text.click_to_upload": N_("or click to choose"),
    "common.complete": N_("Done"),  # what Gradio says to screen readers; it has no words for it
    "image.drop_to_upload": N_("Drop photos here"),
    "file.drop_to_upload": N_("Drop photos here"),
    "image.allow_webcam_access": N_("Please allow access to the webcam."),
}


def build(models: Models, service: Service, settings: Settings, results: Results | None = None) -> gr.Blocks:
    """Lay out the page and wire its events; without a place for results it offers no links to them.

    Raises:
        ModelError: there is no model to start with.
    """
    describer, start = Describer(models), models.default()
    sharing = Sharing(results, describer.seen, describer.captions, describer.to_use)
    fair = Fair(settings.deadline) if settings.rate else None
    photo = PhotoTab(describer, sharing, start, settings.upload_megabytes, fair)
    reword(GRADIO_WORDS)

    with gr.Blocks(title="Captioner", analytics_enabled=False) as blocks:
        api.offer(service)  # first: Gradio gives a name to whoever asks first, the page's own events too
        gr.HTML(
            everywhere(partial(render, "header.html", at_home=not settings.is_public)),
            js_on_load=script("language.js") + script("tabs.js"),
        )
        gr.HTML(
            everywhere(partial(render, "connection.html")), js_on_load=script("connection.js"), elem_id="connection"
        )
        sharing.opened()
        views = gr.Tabs(elem_id="views", overflow_behavior="wrap")  # on a phone they take two lines
        with views, gr.Tab(label("Caption a photo")):
            photo.lay_out()
        key, model = gr.Textbox(visible=False), gr.Textbox(start.name, visible=False)
        with views, gr.Tab(label("Many photos")):
            many_model = many_photos(describer, photo.settled, model, settings.upload_megabytes)
        with views, gr.Tab(label("How good is it?")):
            quality = gr.HTML(elem_id="quality")  # with pictures, too large to go out in every language
        with views, gr.Tab(label("Use it from code")):
            code_tab(service.largest_picture)
        photo.wire(blocks, key, model, quality, many_model)
        blocks.load(lambda: quality_html(start.name, start.captioner.model, start.folder), None, quality, queue=False,
                    show_progress="hidden", api_visibility="private")  # fmt: skip
    return blocks.queue(api_open=False, max_size=settings.queue_size)
