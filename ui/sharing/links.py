"""A link to one result, made on request, opened by whoever has it, deleted by whoever made it; and its picture.

What is kept is what was said, as JSON; the cards are drawn from it as the page draws its own.
"""

import base64
import io
import re
import time
from collections.abc import Callable
from datetime import datetime
from html import escape

import gradio as gr
import numpy as np
from PIL import Image

from captioner import Caption, CaptionerError, Evidence, Noun, Word, open_image
from captioner.answer import DECIMALS, word_answers
from ui.page.actions import ACTIONS_SCRIPT, SAVE_SCRIPT, button_html
from ui.page.cards import LOOK_SCRIPT, beam_html, greedy_html, photo_html, problem_html, third_html
from ui.sharing.result_card import result_card
from ui.sharing.results import Kept, Result, ResultError, Results
from ui.texts.texts import t

FROM_ELSEWHERE = "This shared result comes from another version of the page, which keeps more."

# Who made the link has its token behind the address's #, which no server is ever sent.
SHARED_SCRIPT = """
const offer = () => {
  const token = new URLSearchParams(location.hash.slice(1)).get('delete');
  const button = element.querySelector('.remove');
  if (button) button.hidden = !token;
};
watch('value', offer);
window.addEventListener('hashchange', offer);
element.addEventListener('click', event => {
  if (!event.target.closest('.remove')) return;
  const token = new URLSearchParams(location.hash.slice(1)).get('delete');
  trigger('remove', {id: element.querySelector('[data-result]').dataset.result, token});
});
"""


class Sharing:
    """The page's buttons to share, and what they do.

    Args:
        results: where results are kept; None offers no links.
        captions: what was seen, and the settings -> (caption on show, milliseconds to write it, and to look) by column.
    """

    def __init__(self, results: Results | None, captions: Callable[..., dict[str, tuple[Caption, float, float]]]):
        self.results = results
        self.captions = captions

    def opened(self) -> gr.HTML:
        """Lay out where the result of an opened link stands, before all else."""
        self.shared = gr.HTML("", js_on_load=LOOK_SCRIPT + SHARED_SCRIPT, elem_id="shared")
        return self.shared

    def tools(self) -> None:
        """Lay out where a new link stands, below the captions."""
        offered = [] if self.results is None else ["sharing"]
        self.link = gr.HTML("", js_on_load=ACTIONS_SCRIPT, elem_id="link", elem_classes=offered)
        self.saved = gr.HTML("", js_on_load=SAVE_SCRIPT, elem_id="saved")

    def wire(self, blocks: gr.Blocks, photo: gr.HTML, seen: gr.State, settings: dict, **options) -> None:
        """Connect the buttons.

        Args:
            photo, seen: the picture on show and what was seen in it.
            settings: the components of what else `captions` takes, by name.
            options: those of every event that captions.
        """
        self.names = list(settings)
        shown = [seen, *settings.values()]
        quick = {"queue": False, "show_progress": "hidden", "api_visibility": options["api_visibility"]}
        self.link.keep(self.share, shown, self.link, show_progress="hidden", **options)
        self.link.picture(self.picture, shown, self.saved, show_progress="hidden", **options)
        self.link.remove(self.remove, None, self.link, **quick)
        self.shared.remove(self.remove, None, self.shared, **quick)
        photo.change(None, None, self.link, js="() => ''", **quick)  # the link is not to the new photo
        blocks.load(self.open, None, self.shared, **quick)

    def share(self, seen, *settings) -> str:
        """Keep the result on show -> its link."""
        if seen is None or self.results is None:
            return ""
        content = {
            "model": seen.model,
            "encode_ms": seen.milliseconds,
            "settings": dict(zip(self.names, settings, strict=True)),
            "captions": [
                {"kind": kind, "decode_ms": decode_ms, **_to_json(caption)}
                for kind, (caption, decode_ms, _) in self.captions(seen, *settings).items()
            ],
        }
        try:
            return link_html(self.results.keep(open_image(seen.source), content), self.results.days)
        except CaptionerError as error:
            return problem_html(error)

    def picture(self, event: gr.EventData, seen, *settings) -> str:
        """The picture of one caption on show -> a link with it inside, to be saved."""
        try:
            if event.id:
                result = self._find(str(event.id))
                picture, model = Image.open(io.BytesIO(result.picture)), result.content["model"]
                captions = {each["kind"]: _from_json(each) for each in result.content["captions"]}
            elif seen is None:
                return ""
            else:
                picture, model = open_image(seen.source), seen.model
                captions = {kind: caption for kind, (caption, *_) in self.captions(seen, *settings).items()}
        except CaptionerError as error:
            raise gr.Error(str(error), print_exception=False) from error
        kind = str(event.kind)
        if kind not in captions:
            return ""
        text = captions[kind].text
        return saved_html(result_card(picture, text, f"{model}, {kind}"), text)

    def open(self, request: gr.Request) -> str:
        """The result the page's address asks for."""
        asked = request.query_params.get("result")
        if asked is None:
            return ""
        try:
            return shared_html(self._find(asked))
        except (KeyError, TypeError):
            return problem_html(ResultError(FROM_ELSEWHERE))
        except ResultError as error:
            return f'{problem_html(error)}<p class="quiet">{t("Below is the page to caption a photo of your own.")}</p>'

    def remove(self, event: gr.EventData) -> str:
        """Delete a result by its id and token -> what became of it."""
        try:
            if self.results:
                self.results.delete(str(event.id), str(event.token))
            return f'<p class="quiet" role="status">{t("Deleted. The link no longer opens anything.")}</p>'
        except ResultError as error:
            return problem_html(error)

    def _find(self, id: str) -> Result:
        if self.results is None:
            raise ResultError("This page does not keep shared results.")
        return self.results.find(id)


def link_html(kept: Kept, days: float) -> str:
    """A link that was just made; its addresses are filled in by the browser, which knows where the page is."""
    until = _day(time.time() + days * 86_400)
    delete = f'<a href="">{t("this delete link")}</a>'
    return f"""
<section class="link card" aria-label="{t("New link")}" data-result="{kept.id}" data-token="{kept.token}">
<p role="status">{t("The link is ready. Whoever can open this page can open it, until {day}.", day=until)}</p>
<p class="beside"><input readonly aria-label="{t("Link to this result")}">
{button_html("copy-link", "Copy link")} {button_html("remove-link", "Delete link")}</p>
<p class="quiet">{t("It shows the photo, made smaller and without the place it was taken at, and its captions.")}
{t("To delete it later, keep {link} for yourself.", link=delete)}</p></section>"""


def shared_html(result: Result) -> str:
    """A kept result as the page shows its own, nothing computed anew."""
    content = result.content
    settings = content["settings"]
    results = {
        each["kind"]: (_from_json(each), each["decode_ms"], content["encode_ms"]) for each in content["captions"]
    }
    greedy, beam = results["greedy"], results["beam"]
    cards = greedy_html(beam[0], *greedy) + beam_html(settings["beam_width"], greedy[0], *beam)
    if "third" in results:
        cards += third_html(settings["third"], beam[0], *results["third"])
    return f"""
<section class="shared" aria-label="{t("Shared result")}" data-result="{result.id}">
<p class="beside"><strong>{t("A shared result")}</strong>
<a class="own" href="?">{t("Caption a photo of your own")}</a></p>
{photo_html(Image.open(io.BytesIO(result.picture)), t("The shared photo"))}
<div class="cards">{cards}</div>
<p class="quiet">{t("Written by {model}.", model=escape(content["model"]))} 
{t("Beam width")}: {int(settings["beam_width"])}.
{t("The link works until {day}.", day=_day(result.until))}</p>
<p class="beside"><button type="button" class="remove" hidden>{t("Delete this result")}</button></p></section>"""


def saved_html(png: bytes, text: str) -> str:
    """A picture for the browser to save; it differs each time, so that the same one can be saved twice."""
    name = re.sub(r"\W+", "-", text).strip("-")[:60] or "caption"
    address = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return f'<a hidden href="{address}" download="{escape(name)}.png" data-made="{time.time_ns()}"></a>'


def _to_json(caption: Caption) -> dict:
    words = [
        answer
        | {"attention": None if word.attention is None else word.attention.astype(float).round(DECIMALS).tolist()}
        for answer, word in zip(word_answers(caption), caption.words, strict=True)
    ]
    numbers = {"score": caption.score, "log_probability": caption.log_probability, "sure": caption.sure}
    more = {"others": [_to_json(other) for other in caption.others], "guided_by": caption.guided_by}
    return {"text": caption.text, **numbers, "words": words, **more}


def _from_json(content: dict) -> Caption:
    words = tuple(
        Word(word["text"], word["probability"], None if word["attention"] is None else np.array(word["attention"]))
        for word in content["words"]
    )
    numbers = (content[name] for name in ("score", "log_probability", "sure"))
    guided_by = tuple(Evidence(Noun(*noun), *shares) for noun, *shares in content.get("guided_by", []))
    others = tuple(map(_from_json, content["others"]))
    return Caption(content["text"], *numbers, words, others, guided_by=guided_by)


def _day(seconds: float) -> str:
    day = datetime.fromtimestamp(seconds)
    return t("{day} {month} {year}", day=day.day, month=t(f"{day:%B}"), year=day.year)
