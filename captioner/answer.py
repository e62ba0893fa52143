"""A Caption as programs get it: the JSON of every way to call the model, one dictionary type a shape.

The notes on the fields are read: the page's tables are made of them.
"""

from collections.abc import Sequence
from typing import Annotated

from typing_extensions import TypedDict  # typing's own has no schema for Pydantic before Python 3.12

from captioner.captioner import Caption
from captioner.guide.guidance import Evidence

VERSION = 2  # of these answers: raised when a field changes its meaning or goes away, not when one is added
DECIMALS = 6  # fewer would make 0 of the probability of a word that a guide asked for


class ModelAnswer(TypedDict):
    """Which model it was."""

    id: Annotated[str, "the name of a model folder, or owner/name on the Hugging Face Hub"]
    revision: Annotated[str, "the commit on the Hub, or the first digits of the SHA-256 of the folder's weights"]


class WordAnswer(TypedDict):
    """One word of a caption."""

    text: Annotated[str, "the word"]
    probability: Annotated[float, "0 to 1, how sure the model was of it after the words before it"]


class TagAnswer(TypedDict):
    """One thing that the encoder's own classifier sees."""

    noun: Annotated[str, "what people call it"]
    probability: Annotated[float, "0 to 1"]


class OtherAnswer(TypedDict):
    """Another sentence that the search kept to the end."""

    text: Annotated[str, "the sentence"]
    score: Annotated[float, "mean log-probability a word"]
    log_probability: Annotated[float, "of the whole sentence"]


class SentenceAnswer(TypedDict):
    """A caption, and how sure the model is of it."""

    text: Annotated[str, "the caption"]
    score: Annotated[float, "mean log-probability a word, its end counted; 0 is certainty"]
    log_probability: Annotated[float, "of the whole caption, its end counted"]
    sure: Annotated[bool, "false where the score is among the doubtful fifth of captions"]
    beam_width: Annotated[int, "sentences kept at a time; 1 is greedy search"]
    words: Annotated[list[WordAnswer], "its words, each with its probability"]
    others: Annotated[list[OtherAnswer], "the other captions that the search kept, best first"]
    guided_by: Annotated[list[TagAnswer], "what the classifier was sure of, and the caption therefore had to name"]
    tags: Annotated[list[TagAnswer], "what the classifier sees, likeliest first; empty where the model has none"]
    model: Annotated[ModelAnswer, "the model that wrote it"]
    milliseconds: Annotated[float, "to look at the picture and to write the caption"]


class CaptionAnswer(SentenceAnswer):
    """A caption with the places the model looked at."""

    attention: Annotated[
        list[list[list[float]]] | None,
        "[words][rows][columns] over the whole picture, each word's adding up to 1; null where the model does not look",
    ]


class Comparison(TypedDict):
    """The captions of both searches."""

    greedy: Annotated[CaptionAnswer, "the likeliest next word, every time"]
    beam: Annotated[CaptionAnswer, "the best sentence found"]


class PictureAnswer(TypedDict):
    """What became of one picture of many."""

    file: Annotated[str, "the name of its file"]
    caption: Annotated[CaptionAnswer | None, "null where it could not be read"]
    error: Annotated[str | None, "why it could not be read; null where it could"]


class BatchAnswer(TypedDict):
    """Captions of many pictures."""

    pictures: Annotated[list[PictureAnswer], "in the order they came in"]
    milliseconds: Annotated[float, "for all of them"]


class OfferedModel(TypedDict):
    """A model that can be asked for."""

    id: Annotated[str, "the name to ask for it by"]
    revision: Annotated[str | None, "of its weights; null as long as it is not in memory"]
    default: Annotated[bool, "whether it answers when no model is named"]
    loaded: Annotated[bool, "whether it is in memory; another is loaded when it is first asked for"]


class ModelsAnswer(TypedDict):
    """The models at hand."""

    models: Annotated[list[OfferedModel], "the default model first"]


class HealthAnswer(TypedDict):
    """A sign of life: the default model is in memory."""

    status: Annotated[str, '"ok"']
    version: Annotated[int, "of these answers; it is raised when a field changes its meaning or goes away"]
    model: Annotated[ModelAnswer, "the default model"]


def caption_answer(
    caption: Caption, evidence: Sequence[Evidence], beam_width: int, model: ModelAnswer, milliseconds: float
) -> CaptionAnswer:
    """Everything a caption holds, in plain numbers and texts."""
    return {
        **sentence(caption),
        "beam_width": beam_width,
        "tags": _tags(evidence),
        "model": model,
        "milliseconds": round(milliseconds, 1),
        "attention": _maps(caption),
    }


def sentence(caption: Caption) -> dict:
    """What every way to call the model says of a caption: the fields of `SentenceAnswer` that a `Caption` holds."""
    return {
        "text": caption.text,
        "score": round(caption.score, DECIMALS),
        "log_probability": round(caption.log_probability, DECIMALS),
        "sure": caption.sure,
        "words": word_answers(caption),
        "others": [
            {
                "text": each.text,
                "score": round(each.score, DECIMALS),
                "log_probability": round(each.log_probability, DECIMALS),
            }
            for each in caption.others
        ],
        "guided_by": _tags(caption.guided_by),
    }


def word_answers(caption: Caption) -> list[WordAnswer]:
    """A caption's words, each with its probability."""
    return [{"text": word.text, "probability": round(word.probability, DECIMALS)} for word in caption.words]


def _tags(evidence: Sequence[Evidence]) -> list[TagAnswer]:
    return [{"noun": one.noun.singular, "probability": round(one.probability, DECIMALS)} for one in evidence]


def _maps(caption: Caption) -> list | None:
    if any(word.attention is None for word in caption.words):
        return None
    return [word.attention.astype(float).round(DECIMALS).tolist() for word in caption.words]
