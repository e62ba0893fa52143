"""What the encoder's own classifier sees in the photo, as HTML, and what the caption was guided by."""

from collections.abc import Sequence
from html import escape

from captioner import Caption, Evidence
from ui.texts.texts import t

LEAST = 0.02  # what is less likely is no tag


def tags_html(evidence: Sequence[Evidence], caption: Caption) -> str:
    """The likeliest nouns with their probabilities; nothing where the model has kept no classifier.

    Args:
        evidence: likeliest first.
        caption: the beam's.
    """
    likely = [one for one in evidence if one.probability >= LEAST]
    if not likely:
        return ""
    unsure = not caption.sure and not caption.guided_by
    remark = (
        t("Neither the caption nor the classifier is sure of this photo. It may be:")
        if unsure
        else t("What the encoder's classifier sees:")
    )
    guiding = {one.noun for one in caption.guided_by}
    items = " ".join(_tag(one, one.noun in guiding) for one in likely)
    return f'<p class="tags {"doubt" if unsure else "quiet"}">{remark} {items}</p>'


def guided_html(caption: Caption) -> str:
    """What the caption had to name."""
    if not caption.guided_by:
        return ""
    nouns = ", ".join(f"{escape(one.noun.singular)} {one.probability:.0%}" for one in caption.guided_by)
    return f'<p class="guided"><strong>{t("Guided by:")}</strong> <span lang="en">{nouns}</span></p>'


def _tag(one: Evidence, guides: bool) -> str:
    kind = "tag guides" if guides else "tag"
    return f'<span class="{kind}" lang="en">{escape(one.noun.singular)} {one.probability:.0%}</span>'
