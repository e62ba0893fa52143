"""Links to results: made on request, open to anyone who has them, and deleted by whoever made them. Also as pictures.

Captions are kept as JSON, and their cards are drawn like the page's own.
"""

import io
import re
import time
from collections.abc import Callable
from datetime import datetime

import gradio as gr
import numpy as np
from markupsafe import Markup
from PIL import Image

from captioner import Caption, CaptionerError, Evidence, Noun, Word, open_image
from captioner.answer import DECIMALS, word_answers
from ui.page.cards import ToUse, Written, cards_html, photo_html, problem_html
from ui.page.render import bytes_url, render, script
from ui.sharing.result_card import result_card
from ui.sharing.results import Kept, Result, ResultError, Results
from ui.texts.texts import day, gettext


class Sharing:
    """The page's share buttons and what they do.

    Args:
        results: where results are kept; None offers no links.
        look: the key of a photo -> what was seen in it; None if there is no such photo.
        captions: what was seen, and the settings -> the captions shown, by column.
        to_use: the same -> the caption to use.
    """

    def __init__(
        self,
        results: Results | None,
        look: Callable,
        captions: Callable[..., dict[str, Written]],
        to_use: Callable[..., ToUse],
    ):
        self.results = results
        self.look = look
        self.captions = captions
        self.to_use = to_use

    def opened(self) -> gr.HTML:
        """Lay out the place for the result of an opened link, above everything else."""
        self.shared = gr.HTML(
            "", js_on_load=script("look.js") + script("to_use.js") + script("shared.js", "sharing"), elem_id="shared"
        )
        return self.shared

    def tools(self) -> None:
        """Lay out the place for a new link, below the captions."""
        offered = [] if self.results is None else ["sharing"]
        self.link = gr.HTML("", js_on_load=script("actions.js"), elem_id="link", elem_classes=offered)
        self.saved = gr.HTML("", js_on_load=script("save.js", "sharing"), elem_id="saved")

    def wire(self, blocks: gr.Blocks, photo: gr.HTML, key: gr.Textbox, settings: dict, **options) -> None:
        """Connect the buttons.

        Args:
            photo, key: the picture shown, and its key.
            settings: the components of the other values that `captions` takes, by name.
            options: the options of every captioning event.
        """
        self.names = list(settings)
        shown = [key, *settings.values()]
        quick = {"queue": False, "show_progress": "hidden", "api_visibility": options["api_visibility"]}
        self.link.keep(self.share, shown, self.link, show_progress="hidden", **options)
        self.link.picture(self.picture, shown, self.saved, show_progress="hidden", **options)
        self.link.remove(self.remove, None, self.link, **quick)
        self.shared.remove(self.remove, None, self.shared, **quick)
        photo.change(None, None, self.link, js=script("no_link.js", "sharing"), **quick)
        blocks.load(self.open, None, self.shared, **quick)

    def share(self, event: gr.EventData, key: str | None, *settings) -> str:
        """Keep the result on show, with the caption to use as it was edited -> its link."""
        try:
            return self._share(str(event.text), self.look(key), *settings)
        except CaptionerError as error:
            return problem_html(error)

    def _share(self, text: str, seen, *settings) -> str:
        if seen is None or self.results is None:
            return ""
        captions = self.captions(seen, *settings)
        to_use = self.to_use(seen, *settings).edit(text)
        content = {
            "model": seen.model,
            "settings": dict(zip(self.names, settings, strict=True)),
            "captions": [
                {"kind": kind, "model": one.model, "decode_ms": one.decode_ms, "encode_ms": one.encode_ms}
                | _to_json(one.caption)
                for kind, one in captions.items()
            ],
            "to_use": {"own": to_use.own, "text": to_use.text},
        }
        return link_html(self.results.keep(open_image(seen.source), content), self.results.days)

    def picture(self, event: gr.EventData, key: str | None, *settings) -> str:
        """Draw one of the captions shown as a picture -> a link that holds it, to be saved."""
        try:
            if event.id:
                result = self._find(str(event.id))
                picture, captions, to_use = Image.open(io.BytesIO(result.picture)), kept(result), kept_to_use(result)
            elif (seen := self.look(key)) is None:
                return ""
            else:
                picture, captions = open_image(seen.source), self.captions(seen, *settings)
                to_use = self.to_use(seen, *settings)
        except CaptionerError as error:
            raise gr.Error(str(error), print_exception=False) from error
        kind = str(event.kind)
        if kind not in captions:
            return ""
        text = captions[kind].caption.text
        signature = f"{captions[kind].model}, {'beam' if kind == 'compared' else kind}"
        if kind == "beam":
            to_use = to_use.edit(str(event.text))
            text, signature = to_use.text, signature + ", edited" * to_use.edited
        return saved_html(result_card(picture, text, signature), text)

    def open(self, request: gr.Request) -> str:
        """The shared result named in the page's address."""
        asked = request.query_params.get("result")
        if asked is None:
            return ""
        try:
            return shared_html(self._find(asked))
        except (KeyError, TypeError):
            sentence = gettext("This shared result was made by another version of the page and cannot be shown here.")
            return render("problem.html", sentence=sentence)
        except ResultError as error:
            return render("not_found.html", sentence=str(error))

    def remove(self, event: gr.EventData) -> str:
        """Delete a result by its id and token -> a confirmation."""
        try:
            if self.results:
                self.results.delete(str(event.id), str(event.token))
            return render("removed.html")
        except ResultError as error:
            return problem_html(error)

    def _find(self, id: str) -> Result:
        if self.results is None:
            raise ResultError(gettext("This page does not keep shared results."))
        return self.results.find(id)


def link_html(kept: Kept, days: float) -> str:
    """A link that was just made."""
    return render("link.html", kept=kept, until=_day(time.time() + days * 86_400))


def shared_html(result: Result) -> str:
    """A kept result, drawn like the page's own; nothing is computed again."""
    content = result.content
    settings = content["settings"]
    captions, to_use = kept(result), kept_to_use(result)
    third = settings["third"] if "third" in captions else "none"
    compared = captions["compared"].model if "compared" in captions else ""
    cards = cards_html(captions, settings["beam_width"], third, compared, to_use).values()
    return render(
        "shared.html",
        id=result.id,
        photo=Markup(photo_html(Image.open(io.BytesIO(result.picture)), to_use.text)),  # nosec B704
        cards=map(Markup, cards),
        model=content["model"],
        beam_width=int(settings["beam_width"]),
        until=_day(result.until),
    )


def kept(result: Result) -> dict[str, Written]:
    """The captions of a shared result by column; in one from before models were compared, all are of one model.

    Raises:
        KeyError, TypeError: the result is of another kind.
    """
    content = result.content
    return {
        each["kind"]: Written(
            _from_json(each),
            each.get("model", content["model"]),
            each["decode_ms"],
            each["encode_ms"] if "encode_ms" in each else content["encode_ms"],
        )
        for each in content["captions"]
    }


def kept_to_use(result: Result) -> ToUse:
    """The caption to use in a shared result; in one from before there was any, it is the beam's.

    Raises:
        KeyError, TypeError: the result is of another kind.
    """
    own = {each["kind"]: each["text"] for each in result.content["captions"]}["beam"]
    return ToUse(**result.content.get("to_use", {"own": own, "text": own}))


def saved_html(png: bytes, text: str) -> str:
    """A picture for the browser to save, named after its caption."""
    name = re.sub(r"\W+", "-", text).strip("-")[:60] or "caption"
    return render("saved.html", address=bytes_url(png, "png"), name=name, made=time.time_ns())


def _to_json(caption: Caption) -> dict:
    words = [
        answer
        | {"attention": None if word.attention is None else word.attention.astype(float).round(DECIMALS).tolist()}
        for answer, word in zip(word_answers(caption), caption.words, strict=True)
    ]
    numbers = {
        "score": caption.score,
        "log_probability": caption.log_probability,
        "sure": caption.sure,
        "doubtful": caption.doubtful,
    }
    more = {"others": [_to_json(other) for other in caption.others], "guided_by": caption.guided_by}
    return {"text": caption.text, **numbers, "words": words, **more}


def _from_json(content: dict) -> Caption:
    words = tuple(
        Word(word["text"], word["probability"], None if word["attention"] is None else np.array(word["attention"]))
        for word in content["words"]
    )
    numbers = [content[name] for name in ("score", "log_probability", "sure")]
    doubtful = content.get("doubtful", not content["sure"])  # results of earlier versions are sure or doubtful
    guided_by = tuple(Evidence(Noun(*noun), *shares) for noun, *shares in content.get("guided_by", []))
    others = tuple(map(_from_json, content["others"]))
    return Caption(content["text"], *numbers, words, others, guided_by=guided_by, doubtful=doubtful)


def _day(seconds: float) -> str:
    return day(datetime.fromtimestamp(seconds))
