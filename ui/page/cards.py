"""What the tab "Caption a photo" shows: the photo, the captions word by word, what guided them, or what went wrong."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from PIL import Image

from captioner import Caption, Evidence
from captioner.pictures.spotlight import spotlight
from ui.page.render import data_url, render
from ui.texts.texts import N_, gettext

PREVIEW = (1024, 1024)
LONGEST_CAPTION = 1000  # characters a person may write
LEAST = 0.1  # what the classifier finds less likely is no tag
THIRD_TITLES = {
    "unguided": (N_("Unguided"), N_("beam search without help from the classifier")),
    "diverse": (N_("Diverse"), N_("each one avoids the words of those before it")),
    "nucleus": (N_("Random"), N_("sampled from the likely words")),
}


class ShownWord(NamedTuple):
    """A word, whether the other caption lacks it, and the address of its attention map, "" where it has none.

    Where guidance put the word there, the probability is the classifier's, and `seen` is true.
    """

    text: str
    probability: float
    seen: bool
    differs: bool
    look: str


class ShownCaption(NamedTuple):
    """A caption and its words as they are shown."""

    caption: Caption
    words: list[ShownWord]
    sureness: str


class ToUse(NamedTuple):
    """The caption to use: the model's own, written as the settings say, and what a person made of it.

    The file is the photo's own name, for the markup that names it; the photo's number tells it from the next.
    """

    own: str
    text: str
    file: str = "photo.jpg"
    photo: int = 0

    @property
    def edited(self) -> bool:
        return self.text != self.own

    def edit(self, text: str) -> "ToUse":
        """A copy with a person's text on one line; an empty one undoes the edit."""
        return self._replace(text=" ".join(text.split())[:LONGEST_CAPTION] or self.own)


def photo_html(picture: Image.Image, alt: str) -> str:
    """The picture as the model sees it: upright, RGB, whatever format it came in."""
    preview = picture.copy()
    preview.thumbnail(PREVIEW)
    return render("photo.html", source=data_url(preview, "jpeg"), alt=alt)


def problem_html(error: Exception) -> str:
    """An error's sentence; the library's own are in English."""
    return render("problem.html", sentence=str(error))


def greedy_html(other: Caption | None = None, caption: Caption | None = None, *milliseconds: float) -> str:
    """The greedy caption's card.

    Args:
        other: the beam's caption; without one the card is empty, and if it is the same there is no card.
        caption: this one.
        milliseconds: to write it, and to look.
    """
    if caption and caption.text == other.text:
        return ""
    remark = gettext("the likeliest next word, every time")
    return _caption_html("greedy", gettext("Greedy"), remark, other, caption, *milliseconds)


def beam_html(
    beam_width: int,
    other: Caption | None = None,
    caption: Caption | None = None,
    *milliseconds: float,
    to_use: ToUse | None = None,
) -> str:
    """The beam caption's card, as `greedy_html`, with the greedy caption as the other one, and the caption to use."""
    remark = gettext("the best sentence found, {width} kept at a time", width=beam_width)
    return _caption_html("beam", gettext("Beam"), remark, other, caption, *milliseconds, to_use=to_use)


def _caption_html(
    kind, title, remark, other, caption, decode_ms: float = 0, encode_ms: float = 0, to_use: ToUse | None = None
) -> str:
    return render(
        "caption_card.html",
        kind=kind,
        title=title,
        remark=remark,
        other=other,
        caption=caption,
        words=shown_words(caption, other) if caption else [],
        sureness=sureness(caption) if caption else "",
        decode_ms=decode_ms,
        encode_ms=encode_ms,
        to_use=to_use,
        longest=LONGEST_CAPTION,
    )


def third_html(
    strategy: str,
    other: Caption | None = None,
    caption: Caption | None = None,
    decode_ms: float = 0,
    encode_ms: float = 0,
) -> str:
    """Several captions, each beside the beam's; nothing where no third way is asked for."""
    if strategy not in THIRD_TITLES:
        return ""
    title, remark = map(gettext, THIRD_TITLES[strategy])
    captions = [] if caption is None else [caption] if strategy == "unguided" else [caption, *caption.others]
    return render(
        "third_card.html",
        title=title,
        remark=remark,
        several=[ShownCaption(each, shown_words(each, other), sureness(each)) for each in captions],
        decode_ms=decode_ms,
        encode_ms=encode_ms,
    )


def shown_words(caption: Caption, other: Caption | None = None) -> list[ShownWord]:
    """A caption's words; those that the other one does not have at that place differ."""
    words = [word.text for word in caption.words]
    shared = set(range(len(words))) if other is None else shared_places(words, [word.text for word in other.words])
    maps = ["" if word.attention is None else data_url(spotlight(word.attention), "png") for word in caption.words]
    seen = {name: one.probability for one in caption.guided_by for name in one.noun[:2] if name}
    return [
        ShownWord(
            word.text,
            max(word.probability, seen.get(word.text, 0)),
            seen.get(word.text, 0) > word.probability,
            place not in shared,
            maps[place],
        )
        for place, word in enumerate(caption.words)
    ]


def sureness(caption: Caption) -> str:
    """How sure the model is of a caption, in three steps: "sure", "nearly" or "unsure"."""
    return "sure" if caption.sure else "unsure" if caption.doubtful else "nearly"


def shared_places(words: Sequence[str], others: Sequence[str]) -> set[int]:
    """Places of the words that both sentences have, in the same order."""
    blocks = SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
    return {block.a + offset for block in blocks for offset in range(block.size)}


def tags_html(evidence: Sequence[Evidence], caption: Caption) -> str:
    """The classifier's likeliest nouns with their probabilities; nothing where the model has kept no classifier.

    Args:
        evidence: likeliest first.
        caption: the beam's.
    """
    likely = [one for one in evidence if one.probability >= LEAST]
    if not likely:
        return ""
    unsure = caption.doubtful and not caption.guided_by
    return render("tags.html", likely=likely, unsure=unsure, guiding={one.noun for one in caption.guided_by})


def legend_html(attends: bool) -> str:
    """How to read the cards of a model that attends to places, or does not."""
    return render("legend.html", attends=attends)
