"""What the page says and shows, as HTML: the photo, the captions, the model. All that comes from outside is escaped."""

import base64
import io
import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

from PIL import Image

from captioner import Captioner
from captioner.figures import spotlight
from ui.actions import actions_html
from ui.guide import guided_html
from ui.texts import language, t

PREVIEW = (1024, 1024)
ENCODER_NAMES = {
    "mobilenetv2": "MobileNetV2",
    "resnet50": "ResNet50",
    "vgg16": "VGG16",
    "inceptionv3": "InceptionV3",
}


def header_html() -> str:
    return f"""<div lang="{language()}">
<h1>Captioner</h1>
<p class="lead">{t("Give it a photo, and read what a neural network sees in it.")}</p>
<p class="quiet">{t("The model that comes along is small, trained on 6,000 photos; it makes mistakes.")}</p></div>
"""


DOUBT = '<p class="doubt">The model is not sure of this one.</p>'

THIRD_TITLES = {
    "unguided": ("Unguided", "what the beam would say by itself"),
    "diverse": ("Diverse", "each avoids the words of those before it"),
    "nucleus": ("Random", "drawn from the likely words"),
}

NO_PHOTO = '<p class="quiet">No photo yet. Drop one, take one, or pick an example.</p>'

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


def data_url(picture: Image.Image, kind: str) -> str:
    """Write a picture into an address the page can show without asking the server again."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=85)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def photo_html(picture: Image.Image, alt: str = "Your photo") -> str:
    """Show the picture as the model sees it: upright, RGB, whatever format it came in."""
    preview = picture.copy()
    preview.thumbnail(PREVIEW)
    look = '<img class="look" alt="" hidden>'
    return f'<figure class="photo"><img src="{data_url(preview, "jpeg")}" alt="{escape(alt)}">{look}</figure>'


def word_html(word, differs: bool) -> str:
    """One word, shaded by its probability; its attention map travels along for the page to lay over the photo."""
    percent = f"{word.probability:.0%}"
    look = "" if word.attention is None else f' data-look="{data_url(spotlight(word.attention), "png")}"'
    kind, only = ("word differs", ", only here") if differs else ("word", "")
    return (
        f'<span class="{kind}" tabindex="0" role="img" aria-label="{escape(word.text)}, {percent} sure{only}" '
        f'data-sure="{percent} sure" style="--share: {percent}"{look}>{escape(word.text)}</span>'
    )


def sentence_html(name: str, caption, other=None) -> str:
    """A caption word by word; the words that the other one does not have there are marked."""
    words = [word.text for word in caption.words]
    shared = set(range(len(words))) if other is None else shared_places(words, [word.text for word in other.words])
    spans = " ".join(word_html(word, place not in shared) for place, word in enumerate(caption.words))
    return f'<p class="sentence" data-caption="{escape(name)}">{spans}</p>'


def shared_places(words: Sequence[str], others: Sequence[str]) -> set[int]:
    """Places of the words that both sentences have, in the same order."""
    blocks = SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
    return {block.a + offset for block in blocks for offset in range(block.size)}


def others_html(captions) -> str:
    if not captions:
        return ""
    items = "".join(f"<li>{escape(other.text)} ({math.exp(other.score):.0%})</li>" for other in captions)
    return f"<details><summary>Runners-up in the beam: {len(captions)}</summary><ol>{items}</ol></details>"


# The place of an announcement is there before its text, or that is not announced.
EMPTY = '<p class="unseen" role="status"></p><p class="quiet">The caption will stand here.</p>'


def card_html(title: str, remark: str, body: str = EMPTY) -> str:
    return f'<article class="card"><h2>{escape(title)} <small>{escape(remark)}</small></h2>{body}</article>'


def caption_html(name: str, other, caption, decode_ms: float, encode_ms: float) -> str:
    """A caption: the words, how sure the model is of them, what differs from the other one, and how long it took."""
    same = '<p class="quiet">Both ways lead to the same sentence.</p>' if other.text == caption.text else ""
    return f"""<p class="unseen" role="status">{escape(caption.text)}</p>
        {sentence_html(name, caption, other)}
        {guided_html(caption)}{same}{"" if caption.sure else DOUBT}
        <p class="facts"><strong>{math.exp(caption.score):.0%}</strong> sure per word,
          in <strong>{encode_ms + decode_ms:.0f} ms</strong></p>
        <p class="quiet">Log-probability {caption.score:.2f} per word, {caption.log_probability:.2f} in all.
          {encode_ms:.0f} ms to look, {decode_ms:.0f} ms to write.</p>
        {others_html(caption.others)}{actions_html(name.lower())}"""


def greedy_html(*result) -> str:
    """Arguments: the beam's caption, this one, and the milliseconds to write it and to look; or none yet."""
    body = [caption_html("Greedy", *result)] if result else []
    return card_html("Greedy", "the likeliest next word, every time", *body)


def beam_html(beam_width: int, *result) -> str:
    """Arguments as in `greedy_html`, with the greedy caption as the other one."""
    body = [caption_html("Beam", *result)] if result else []
    return card_html("Beam", f"the best sentence found, {beam_width} kept at a time", *body)


def third_html(strategy: str, other=None, caption=None, decode_ms: float = 0, encode_ms: float = 0) -> str:
    """Several captions, each beside the beam's; nothing where no third way is asked for."""
    if strategy not in THIRD_TITLES:
        return ""
    title, remark = THIRD_TITLES[strategy]
    if caption is None:
        return card_html(title, remark)
    several = (caption,) if strategy == "unguided" else (caption, *caption.others)
    items = "".join(
        f"<li>{sentence_html(f'{title} {number}', each, other)}"
        f'<p class="{"quiet" if each.sure else "doubt"}">{math.exp(each.score):.0%} sure per word'
        f"{'' if each.sure else ', which is little'}</p></li>"
        for number, each in enumerate(several, 1)
    )
    spoken = "; ".join(each.text for each in several)
    facts = f'<p class="quiet">{encode_ms:.0f} ms to look, {decode_ms:.0f} ms to write.</p>'
    body = f'<p class="unseen" role="status">{escape(spoken)}</p><ol class="several">{items}</ol>{facts}'
    return card_html(title, remark, body + actions_html("third"))


def problem_html(error: Exception) -> str:
    return f'<p class="problem" role="alert">{escape(str(error))}</p>'


def legend_html(attends: bool) -> str:
    """How to read the cards; a model that does not look at places promises none."""
    how = (
        "to read how sure and to see where the model looked."
        if attends
        else "to read how sure. This model takes the photo as a whole: it has no place to show for a word."
    )
    return f"""
<p class="legend quiet">Shaded by how sure the model is of each word: <span class="quiet">unsure <i></i> sure</span>
<span class="quiet key"><b class="differs">word</b> not in the other caption</span></p>
<p class="quiet">Point at a word, tap it or Tab to it, {how}</p>
"""


def loading_html(name: str) -> str:
    return f'<p class="quiet" role="status">Loading {escape(name)}…</p>'


def loaded_html(name: str, captioner: Captioner) -> str:
    """Say which model it is now, and one line of facts about it."""
    model = captioner.model
    seeing, writing = captioner.engine.parameters
    facts = (
        f"{ENCODER_NAMES[model.preset.encoder]} sees ({seeing / 1e6:.1f} M parameters), the "
        f"{escape(model.preset.decoder)} decoder writes ({writing / 1e6:.1f} M). "
        f"{figures_text(model.metrics, model.decoding.beam_width)}"
    )
    return f'<p role="status"><strong>{escape(name)}</strong> is loaded.</p><p class="quiet">{facts}</p>'


def figures_text(metrics: list, beam_width: int) -> str:
    """CIDEr and BLEU-4 of the test split as the model folder has them; nothing where it has none."""
    records = [record for record in metrics if isinstance(record, dict) and record.get("split") == "test"]
    for record in sorted(records, key=lambda record: record.get("beam_width") != beam_width):
        figures = [(name, record.get(name)) for name in ("CIDEr", "BLEU-4")]
        if all(isinstance(figure, (int, float)) for _, figure in figures):
            beam = escape(str(record.get("beam_width")))
            return f"Test split, beam {beam}: " + ", ".join(f"{name} {figure:.1f}" for name, figure in figures) + "."
    return ""
