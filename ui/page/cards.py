"""What the page says and shows, as HTML: the photo, the captions, the model. All that comes from outside is escaped."""

import base64
import io
import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

from PIL import Image

from captioner import Captioner
from captioner.pictures.spotlight import spotlight
from ui.page.actions import actions_html
from ui.page.tags import guided_html
from ui.texts.texts import language, number, t
from ui.texts.translations import WHOLE_PHOTO

PREVIEW = (1024, 1024)
ENCODER_NAMES = {
    "mobilenetv2": "MobileNetV2",
    "efficientnetlite1": "EfficientNet-Lite1",
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


THIRD_TITLES = {
    "unguided": ("Unguided", "what the beam would say by itself"),
    "diverse": ("Diverse", "each avoids the words of those before it"),
    "nucleus": ("Random", "drawn from the likely words"),
}

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


def no_photo_html() -> str:
    return f'<p class="quiet">{t("No photo yet. Drop one, take one, or pick an example.")}</p>'


def formats_html(megabytes: int) -> str:
    """What can be uploaded."""
    formats = t("JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC, up to {megabytes} MB.", megabytes=megabytes)
    return f'<p class="quiet">{formats}</p>'


def data_url(picture: Image.Image, kind: str) -> str:
    """Write a picture into an address the page can show without asking the server again."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=85)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def photo_html(picture: Image.Image, alt: str) -> str:
    """Show the picture as the model sees it: upright, RGB, whatever format it came in."""
    preview = picture.copy()
    preview.thumbnail(PREVIEW)
    look = '<img class="look" alt="" hidden>'
    return f'<figure class="photo"><img src="{data_url(preview, "jpeg")}" alt="{escape(alt)}">{look}</figure>'


def word_html(word, differs: bool) -> str:
    """One word, shaded by its probability; its attention map travels along for the page to lay over the photo."""
    percent = f"{word.probability:.0%}"
    sure = t("{percent} sure", percent=percent)
    look = "" if word.attention is None else f' data-look="{data_url(spotlight(word.attention), "png")}"'
    kind, only = ("word differs", f", {t('only here')}") if differs else ("word", "")
    return (
        f'<span class="{kind}" tabindex="0" role="img" aria-label="{escape(word.text)}, {sure}{only}" '
        f'data-sure="{sure}" style="--share: {percent}"{look}>{escape(word.text)}</span>'
    )


def sentence_html(name: str, caption, other=None) -> str:
    """A caption word by word; the words that the other one does not have there are marked."""
    words = [word.text for word in caption.words]
    shared = set(range(len(words))) if other is None else shared_places(words, [word.text for word in other.words])
    spans = " ".join(word_html(word, place not in shared) for place, word in enumerate(caption.words))
    return f'<p class="sentence" lang="en" data-caption="{escape(name)}">{spans}</p>'


def shared_places(words: Sequence[str], others: Sequence[str]) -> set[int]:
    """Places of the words that both sentences have, in the same order."""
    blocks = SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
    return {block.a + offset for block in blocks for offset in range(block.size)}


def others_html(captions) -> str:
    if not captions:
        return ""
    items = "".join(f"<li>{escape(other.text)} ({math.exp(other.score):.0%})</li>" for other in captions)
    summary = t("Runners-up in the beam: {count}", count=len(captions))
    return f'<details><summary>{summary}</summary><ol lang="en">{items}</ol></details>'


def empty_html() -> str:
    """The place of an announcement is there before its text, or that is not announced."""
    return f'{announced_html("")}<p class="quiet">{t("The caption will stand here.")}</p>'


def announced_html(text: str) -> str:
    return f'<p class="unseen" role="status" lang="en">{escape(text)}</p>'


def card_html(title: str, remark: str, body: str = "") -> str:
    body = body or empty_html()
    return f'<article class="card"><h2>{escape(title)} <small>{escape(remark)}</small></h2>{body}</article>'


def caption_html(kind: str, title: str, other, caption, decode_ms: float, encode_ms: float) -> str:
    """A caption: the words, how sure the model is of them, what differs from the other one, and how long it took."""
    same = f'<p class="quiet">{t("Both ways lead to the same sentence.")}</p>' if other.text == caption.text else ""
    doubt = "" if caption.sure else f'<p class="doubt">{t("The model is not sure of this one.")}</p>'
    percent, time = f"{math.exp(caption.score):.0%}", f"{encode_ms + decode_ms:.0f} ms"
    score, total = number(caption.score, ".2f"), number(caption.log_probability, ".2f")
    return f"""{announced_html(caption.text)}
        {sentence_html(title, caption, other)}
        {guided_html(caption)}{same}{doubt}
        <p class="facts">{t("{percent} sure per word, in {time}", percent=_strong(percent), time=_strong(time))}</p>
        <p class="quiet">{t("Log-probability {score} per word, {total} in all.", score=score, total=total)}
          {spent_html(decode_ms, encode_ms)}</p>
        {others_html(caption.others)}{actions_html(kind)}"""


def spent_html(decode_ms: float, encode_ms: float) -> str:
    return t("{look} ms to look, {write} ms to write.", look=f"{encode_ms:.0f}", write=f"{decode_ms:.0f}")


def _strong(text: str) -> str:
    return f"<strong>{text}</strong>"


def greedy_html(*result) -> str:
    """Arguments: the beam's caption, this one, and the milliseconds to write it and to look; or none yet."""
    title = t("Greedy")
    body = [caption_html("greedy", title, *result)] if result else []
    return card_html(title, t("the likeliest next word, every time"), *body)


def beam_html(beam_width: int, *result) -> str:
    """Arguments as in `greedy_html`, with the greedy caption as the other one."""
    title = t("Beam")
    body = [caption_html("beam", title, *result)] if result else []
    return card_html(title, t("the best sentence found, {width} kept at a time", width=beam_width), *body)


def third_html(strategy: str, other=None, caption=None, decode_ms: float = 0, encode_ms: float = 0) -> str:
    """Several captions, each beside the beam's; nothing where no third way is asked for."""
    if strategy not in THIRD_TITLES:
        return ""
    title, remark = map(t, THIRD_TITLES[strategy])
    if caption is None:
        return card_html(title, remark)
    several = (caption,) if strategy == "unguided" else (caption, *caption.others)
    items = "".join(
        f"<li>{sentence_html(f'{title} {place}', each, other)}{_sure_html(each)}</li>"
        for place, each in enumerate(several, 1)
    )
    spoken = "; ".join(each.text for each in several)
    facts = f'<p class="quiet">{spent_html(decode_ms, encode_ms)}</p>'
    body = f'{announced_html(spoken)}<ol class="several">{items}</ol>{facts}'
    return card_html(title, remark, body + actions_html("third"))


def _sure_html(caption) -> str:
    percent = f"{math.exp(caption.score):.0%}"
    if caption.sure:
        return f'<p class="quiet">{t("{percent} sure per word", percent=percent)}</p>'
    return f'<p class="doubt">{t("{percent} sure per word, which is little", percent=percent)}</p>'


def problem_html(error: Exception) -> str:
    """An error's sentence; those that have no translation, such as the library's own, are English."""
    return f'<p class="problem" role="alert">{escape(t(str(error)))}</p>'


def legend_html(attends: bool) -> str:
    """How to read the cards; a model that does not look at places promises none."""
    how = "Point at a word, tap it or Tab to it, to read how sure and to see where the model looked."
    return f"""
<p class="legend quiet">{t("Shaded by how sure the model is of each word:")}
<span class="quiet">{t("unsure")} <i></i> {t("sure")}</span>
<span class="quiet key"><b class="differs">{t("word")}</b> {t("not in the other caption")}</span></p>
<p class="quiet">{t(how if attends else WHOLE_PHOTO)}</p>
"""


def loading_html(name: str) -> str:
    return f'<p class="quiet" role="status">{t("Loading {name}…", name=escape(name))}</p>'


def loaded_html(name: str, captioner: Captioner) -> str:
    """Say which model it is now, and one line of facts about it."""
    model = captioner.model
    seeing, writing = captioner.engine.parameters
    facts = t(
        "{encoder} sees ({seeing} M parameters), the {decoder} decoder writes ({writing} M).",
        encoder=ENCODER_NAMES[model.preset.encoder],
        seeing=number(seeing / 1e6, ".1f"),
        decoder=escape(model.preset.decoder),
        writing=number(writing / 1e6, ".1f"),
    )
    figures = figures_text(model.metrics, model.decoding.beam_width)
    loaded = t("{name} is loaded.", name=_strong(escape(name)))
    return f'<p role="status">{loaded}</p><p class="quiet">{facts} {figures}</p>'


def figures_text(metrics: list, beam_width: int) -> str:
    """CIDEr and BLEU-4 of the test split as the model folder has them; nothing where it has none."""
    records = [record for record in metrics if isinstance(record, dict) and record.get("split") == "test"]
    for record in sorted(records, key=lambda record: record.get("beam_width") != beam_width):
        figures = [(name, record.get(name)) for name in ("CIDEr", "BLEU-4")]
        if all(isinstance(figure, (int, float)) for _, figure in figures):
            beam = escape(str(record.get("beam_width")))
            listed = ", ".join(f"{name} {number(figure, '.1f')}" for name, figure in figures)
            return t("Test split, beam {beam}: {figures}.", beam=beam, figures=listed)
    return ""
