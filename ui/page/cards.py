"""What the tab "Caption a photo" shows: the photo, the captions word by word, what guided them, or what went wrong."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from PIL import Image

from captioner import Caption, Evidence
from captioner.pictures.spotlight import spotlight
from ui.page.render import data_url, render
from ui.texts.texts import N_, gettext

PREVIEW = (1024, 1024)
LONGEST_CAPTION = 1000  # characters a person may write
COLUMNS = ("beam", "compared", "greedy", "third")  # in the order they stand in
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


class Written(NamedTuple):
    """A caption, the model that wrote it, and the milliseconds to write it, and to look."""

    caption: Caption
    model: str
    decode_ms: float
    encode_ms: float


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
    return render("photo.html", source=data_url(preview, "jpeg"), ratio=preview.width / preview.height, alt=alt)


def problem_html(error: Exception) -> str:
    """An error's sentence; the library's own are in English."""
    return render("problem.html", sentence=str(error))


def cards_html(
    written: Mapping[str, Written],
    beam_width: int,
    third: str = "none",
    compared: str = "",
    to_use: ToUse | None = None,
) -> dict[str, str]:
    """The card of each column; without captions it waits for them, and "" is no card.

    The beam's caption stands beside one other, and what differs between the two is marked: another model's where there
    is one to compare with, otherwise the greedy one, unless that is the same.

    Args:
        written: the captions, by column.
        beam_width, third, compared: the settings of these names.
        to_use: the caption to use, in the beam's card.
    """
    beam, greedy, other = map(written.get, ("beam", "greedy", "compared"))
    remark = gettext("the best sentence found, {width} kept at a time", width=beam_width)
    cards = dict.fromkeys(COLUMNS, "")
    if other or (compared and not beam):
        same = gettext("Both models wrote the same sentence.")
        title = beam.model if beam else gettext("Beam")
        cards["beam"] = _caption_html("beam", title, remark, beam, other, same, to_use)
        cards["compared"] = _caption_html("compared", compared, remark, other, beam)
    else:
        same = gettext("Greedy and beam search found the same sentence.")
        cards["beam"] = _caption_html("beam", gettext("Beam"), remark, beam, greedy, same, to_use)
        if not beam or beam.caption.text != greedy.caption.text:
            remark = gettext("the likeliest next word, every time")
            cards["greedy"] = _caption_html("greedy", gettext("Greedy"), remark, greedy, beam)
        if compared:
            missing = gettext("{name} cannot be loaded, so there is nothing to compare with.", name=compared)
            cards["compared"] = render("problem.html", sentence=missing)
    cards["third"] = third_html(third, beam, written.get("third"))
    return cards


def _caption_html(
    kind: str,
    title: str,
    remark: str,
    written: Written | None,
    other: Written | None,
    same: str = "",
    to_use: ToUse | None = None,
) -> str:
    """One caption's card, beside the other one's; `same` says that both are the same sentence."""
    against = other and other.caption
    return render(
        "caption_card.html",
        kind=kind,
        title=title,
        remark=remark,
        same=same if written and written.caption.text == against.text else "",
        written=written,
        words=shown_words(written.caption, against) if written else [],
        sureness=sureness(written.caption.sure, written.caption.doubtful) if written else "",
        to_use=to_use,
        longest=LONGEST_CAPTION,
    )


def third_html(strategy: str, beam: Written | None = None, written: Written | None = None) -> str:
    """Several captions, each beside the beam's; nothing where no third way is asked for."""
    if strategy not in THIRD_TITLES:
        return ""
    title, remark = map(gettext, THIRD_TITLES[strategy])
    first = written and written.caption
    captions = [] if first is None else [first] if strategy == "unguided" else [first, *first.others]
    return render(
        "third_card.html",
        title=title,
        remark=remark,
        several=[
            ShownCaption(each, shown_words(each, beam.caption), sureness(each.sure, each.doubtful)) for each in captions
        ],
        written=written,
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


def sureness(sure: bool, doubtful: bool) -> str:
    """How sure the model is of a caption, in three steps: "sure", "nearly" or "unsure"."""
    return "sure" if sure else "unsure" if doubtful else "nearly"


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
