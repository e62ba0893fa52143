"""The web page: a photo in, a greedy and a beam caption out, side by side."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import base64
import io
import math
import threading
import time
from functools import partial
from html import escape
from pathlib import Path

import gradio as gr
from PIL import Image

from captioner import Captioner, CaptionerError, ImageError, open_image
from captioner.figures import spotlight

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.jpg"))
PREVIEW = (1024, 1024)
BEAM_WIDTHS = range(1, 11)
DEFAULT_BEAM_WIDTH = 3

THEME = gr.themes.Default(
    primary_hue="teal", neutral_hue="slate", font=["system-ui", "sans-serif"], font_mono=["monospace"]
).set(body_text_color_subdued="*neutral_500", body_text_color_subdued_dark="*neutral_400", color_accent="*primary_700")

CSS = """
.gradio-container {max-width: 1200px !important; margin: 0 auto !important;
  --sure: #5eead4; --problem: #b91c1c; --problem-back: #fef2f2}
.dark .gradio-container {--sure: #0f766e; --problem: #fca5a5; --problem-back: #450a0a66;
  --color-accent: var(--primary-300)}
.gradio-container h1 {font-size: 2rem; margin: .5rem 0 0}
.html-container {padding: 0 !important}
.lead {font-size: 1.1rem; margin: .25rem 0}
.quiet {color: var(--body-text-color-subdued); font-size: .875rem; margin: .25rem 0}
.unseen {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); user-select: none}
.photo {position: relative; margin: 0; width: fit-content; border-radius: var(--radius-lg); overflow: hidden}
.photo img {display: block; max-width: 100%; max-height: 360px; margin: 0}
.photo .look[hidden] {display: none}
.photo .look {position: absolute; inset: 0; width: 100%; height: 100%; max-height: none}
.problem {border-left: 4px solid var(--problem); background: var(--problem-back); color: var(--problem);
  padding: .75rem 1rem; border-radius: var(--radius-md); margin: 0; font-size: 1rem}
.card {border: 1px solid var(--border-color-primary); border-radius: var(--radius-lg); padding: 1rem 1.25rem;
  background: var(--background-fill-primary); min-height: 11rem; height: 100%}
:is(#greedy, #beam) :is(.html-container, .prose) {height: 100%}
.card h2 {margin: 0; font-size: 1rem}
.card h2 small {font-weight: normal; color: var(--body-text-color-subdued); margin-left: .25rem}
.sentence {font-size: 1.4rem; line-height: 1.75; margin: 1.25rem 0 .75rem}
.word {position: relative; padding: .05em .25em; border-radius: .25em; cursor: help;
  background: color-mix(in srgb, var(--sure) var(--share), transparent)}
.word:focus-visible {outline: 2px solid var(--body-text-color); outline-offset: 1px}
.word:hover::after, .word:focus::after {content: attr(data-sure); position: absolute; z-index: 9; left: 50%;
  bottom: 105%; transform: translateX(-50%); padding: .2rem .5rem; border-radius: .25rem; white-space: nowrap;
  font-size: .8rem; line-height: 1.3; background: var(--body-text-color); color: var(--background-fill-primary);
  pointer-events: none}
.facts {margin: .25rem 0}
.facts strong {font-size: 1.1rem}
.card ol {margin: .25rem 0; padding-left: 1.5rem}
.card summary {cursor: pointer; margin-top: .5rem; font-size: .875rem}
.legend {display: flex; flex-wrap: wrap; align-items: center; gap: .5rem}
.legend i {width: 7rem; height: .8rem; border-radius: .25rem; border: 1px solid var(--border-color-primary);
  background: linear-gradient(90deg, transparent, var(--sure))}
#captions {display: grid; align-items: stretch; grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr))}
#examples {display: grid; grid-template-columns: repeat(auto-fill, minmax(100px, 1fr)); gap: .5rem}
#examples button {flex-direction: column; justify-content: flex-start; gap: .3rem; min-width: 0; padding: .4rem;
  font-weight: normal; font-size: .8rem}
#examples img {width: 100%; height: 72px; object-fit: cover; margin: 0; border-radius: var(--radius-sm)}
#upload {min-height: 180px} #clear {width: fit-content; align-self: flex-start} footer .divider {display: none}
"""

# Pointing at a word, or reaching it with the keyboard, lights the part of the photo the model looked at.
LOOK_SCRIPT = """
const look = event => {
  const mask = document.querySelector('.photo .look');
  const word = event.type.endsWith('out') ? null : event.target.closest('.word');
  if (!mask) return;
  mask.hidden = !word?.dataset.look;
  if (!mask.hidden) mask.src = word.dataset.look;
};
['mouseover', 'mouseout', 'focusin', 'focusout'].forEach(name => element.addEventListener(name, look));
"""

HEADER = """
<h1>Captioner</h1>
<p class="lead">Give it a photo, and read what a neural network sees in it.</p>
<p class="quiet">A small model trained on 6,000 photos; it makes mistakes.</p>
"""

LEGEND = """
<p class="legend quiet">Shaded by how sure the model is of each word: unsure <i></i> sure</p>
<p class="quiet">Point at a word, tap it or Tab to it, to read how sure and to see where the model looked.</p>
"""

NO_PHOTO = '<p class="quiet">No photo yet. Drop one, take one, or pick an example.</p>'


def data_url(picture: Image.Image, kind: str) -> str:
    """Write a picture into an address the page can show without asking the server again."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=85)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def photo_html(picture: Image.Image) -> str:
    """Show the picture as the model sees it: upright, RGB, whatever format it came in."""
    preview = picture.copy()
    preview.thumbnail(PREVIEW)
    look = '<img class="look" alt="" hidden>'
    return f'<figure class="photo"><img src="{data_url(preview, "jpeg")}" alt="Your photo">{look}</figure>'


def word_html(word) -> str:
    """One word, shaded by its probability; its attention map travels along for the page to lay over the photo."""
    percent = f"{word.probability:.0%}"
    look = "" if word.attention is None else f' data-look="{data_url(spotlight(word.attention), "png")}"'
    return (
        f'<span class="word" tabindex="0" role="img" aria-label="{escape(word.text)}, {percent} sure" '
        f'data-sure="{percent} sure" style="--share: {percent}"{look}>{escape(word.text)}</span>'
    )


def others_html(captions) -> str:
    if not captions:
        return ""
    items = "".join(f"<li>{escape(other.text)} ({math.exp(other.score):.0%})</li>" for other in captions)
    return f"<details><summary>Runners-up in the beam: {len(captions)}</summary><ol>{items}</ol></details>"


def card_html(title: str, remark: str, caption=None, decode_ms: float = 0, encode_ms: float = 0) -> str:
    """One way of writing a caption: the words, how sure the model is of them, and how long it took."""
    head = f"<h2>{escape(title)} <small>{escape(remark)}</small></h2>"
    if caption is None:
        return f'<article class="card">{head}<p class="quiet">The caption will stand here.</p></article>'
    return f"""<article class="card">{head}
        <p class="unseen" role="status">{escape(caption.text)}</p>
        <p class="sentence">{" ".join(map(word_html, caption.words))}</p>
        <p class="facts"><strong>{math.exp(caption.score):.0%}</strong> sure per word,
          in <strong>{encode_ms + decode_ms:.0f} ms</strong></p>
        <p class="quiet">Log-probability {caption.score:.2f} per word, {caption.log_probability:.2f} in all.
          {encode_ms:.0f} ms to look, {decode_ms:.0f} ms to write.</p>
        {others_html(caption.others)}</article>"""


def greedy_html(*result) -> str:
    return card_html("Greedy", "the likeliest next word, every time", *result)


def beam_html(beam_width: int, *result) -> str:
    return card_html("Beam", f"the best sentence found, {beam_width} kept at a time", *result)


class Page:
    """What the page's events do, with the one model that all visitors share."""

    def __init__(self, captioner: Captioner):
        self.captioner = captioner
        self.lock = threading.Lock()

    def timed(self, work, *args):
        """Let one visitor at a time use the model -> (its answer, milliseconds)."""
        with self.lock:
            start = time.perf_counter()
            answer = work(*args)
            return answer, (time.perf_counter() - start) * 1000

    def encode(self, picture: Image.Image):
        """Return (features, milliseconds): all that captions of this picture need, however often the beam changes."""
        return self.timed(self.captioner.encode, [picture])

    def decode(self, features, beam_width: int):
        [caption], milliseconds = self.timed(self.captioner.decode, features, beam_width)
        return caption, milliseconds

    def warm_up(self) -> None:
        """Compile the model for every beam width, so that no visitor waits for it."""
        features, _ = self.encode(Image.new("RGB", PREVIEW))
        for beam_width in BEAM_WIDTHS:
            self.decode(features, beam_width)

    def describe(self, source, beam_width: int):
        """Caption a picture in both ways -> photo, clear button, encoded picture, greedy card, beam card."""
        if source is None:
            return self.clear(beam_width)
        try:
            picture = open_image(source)
        except ImageError as error:
            _, *blank = self.clear(beam_width)
            return f'<p class="problem" role="alert">{escape(str(error))}</p>', *blank
        features, encode_ms = encoded = self.encode(picture)
        return (
            photo_html(picture),
            gr.Button(visible=True),
            encoded,
            greedy_html(*self.decode(features, 1), encode_ms),
            self.redraw_beam(encoded, beam_width),
        )

    def redraw_beam(self, encoded, beam_width: int) -> str:
        """Decode once more from the features at hand; the picture itself is not looked at again."""
        if encoded is None:
            return beam_html(beam_width)
        features, encode_ms = encoded
        return beam_html(beam_width, *self.decode(features, beam_width), encode_ms)

    def clear(self, beam_width: int):
        return NO_PHOTO, gr.Button(visible=False), None, greedy_html(), beam_html(beam_width)

    def api(self, picture: str, beam_width: int) -> dict:
        """Caption a picture greedily and by beam search."""
        try:
            features, _ = self.encode(open_image(picture or b""))
        except ImageError as error:
            raise gr.Error(str(error), print_exception=False) from error
        answer = {"model": self.captioner.name}
        for name, width in ("greedy", 1), ("beam", beam_width):
            caption, _ = self.decode(features, width)
            words = [{"text": word.text, "probability": word.probability} for word in caption.words]
            answer[name] = {"text": caption.text, "score": caption.score, "beam_width": width, "words": words}
        return answer


def example_name(path: Path) -> str:
    return path.stem.replace("-", " ").replace("_", " ").capitalize()


def build(captioner: Captioner) -> gr.Blocks:
    """Lay out the page and wire its events."""
    page = Page(captioner)
    threading.Thread(target=page.warm_up, daemon=True).start()

    with gr.Blocks(title="Captioner", analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        gr.HTML(HEADER)
        with gr.Row():
            with gr.Column(scale=2, min_width=320):
                with gr.Tabs():
                    with gr.Tab("Upload"):
                        upload = gr.File(label="Your photo", show_label=False, height=180, elem_id="upload")
                        gr.HTML('<p class="quiet">JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC, up to 40 MB.</p>')
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
                gr.HTML(LEGEND)
        encoded = gr.State()
        answer, api = gr.JSON(label="Captions", visible=False), gr.Button(visible=False)

        shown = [photo, clear, encoded, greedy, beam]
        model = {"concurrency_id": "model", "concurrency_limit": 1}
        private = {"api_visibility": "private"}
        describing = {"outputs": shown, "show_progress_on": [greedy, beam], **model, **private}
        for source, picked in (upload, upload.upload), (webcam, webcam.input):
            described = picked(page.describe, [source, beam_width], **describing)
            described.then(lambda: None, None, source, queue=False, **private)  # ready for the next photo
        for button, path in examples:
            button.click(partial(page.describe, path), beam_width, **describing)
        clear.click(page.clear, beam_width, shown, queue=False, **private)
        beam_width.change(page.redraw_beam, [encoded, beam_width], beam, trigger_mode="always_last", **model, **private)
        api.click(page.api, [upload, beam_width], answer, api_name="caption", **model)
    return blocks.queue(api_open=False, max_size=64)


def main() -> None:
    try:
        blocks = build(Captioner.from_pretrained())
    except CaptionerError as error:
        raise SystemExit(f"The model cannot be loaded: {error}") from error
    blocks.launch(
        server_name=os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1"),
        server_port=int(os.environ["PORT"]) if "PORT" in os.environ else None,
        theme=THEME,
        css=CSS,
        max_file_size="40mb",
        show_error=True,
        footer_links=["api"],
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
    )


if __name__ == "__main__":
    main()
