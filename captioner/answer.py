"""A Caption as programs get it: the JSON of every way to call the model, one dictionary type a shape.

The notes on the fields are read: the page's tables are made of them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from typing_extensions import TypedDict  # typing's own has no schema for Pydantic before Python 3.12

from captioner.captioner import Caption, Captioner
from captioner.folder.default import DEFAULT_MODEL
from captioner.guide.guidance import Evidence
from captioner.guide.sentence import as_sentence

VERSION = 2  # of these answers: raised when a field changes its meaning or goes away, not when one is added
DECIMALS = 6  # fewer would make 0 of the probability of a word that a guide asked for


class Versioned(TypedDict):
    """An answer that says by which version of this file to read it."""

    version: Annotated[int, "version of the answer format; it goes up when a field is removed or changes its meaning"]


class ModelAnswer(TypedDict):
    """The model behind a caption."""

    id: Annotated[str, "the name of a model folder, or owner/name on the Hugging Face Hub"]
    revision: Annotated[str, "the Hub commit, or the first digits of the weights' SHA-256"]


class WordAnswer(TypedDict):
    """One word of a caption."""

    text: Annotated[str, "the word"]
    probability: Annotated[float, "0 to 1, the model's confidence in this word given the words before it"]


class TagAnswer(TypedDict):
    """One thing the image classifier sees."""

    noun: Annotated[str, "its name"]
    probability: Annotated[float, "0 to 1"]


class OtherAnswer(TypedDict):
    """Another sentence from the search."""

    text: Annotated[str, "the sentence"]
    score: Annotated[float, "mean log-probability per word"]
    log_probability: Annotated[float, "log-probability of the whole sentence"]


class SentenceAnswer(Versioned):
    """A caption, and how sure the model is of it."""

    text: Annotated[str, "the caption: the words joined by spaces, or a written sentence if that was asked for"]
    score: Annotated[float, "mean log-probability per word, including the end; 0 is certain"]
    log_probability: Annotated[float, "log-probability of the whole caption, including the end"]
    sure: Annotated[bool, "whether most captions with this score or a higher one are right"]
    doubtful: Annotated[bool, "whether the score is among the lowest fifth, or the photo unlike all training photos"]
    beam_width: Annotated[int, "sentences the search keeps at a time; 1 is greedy search"]
    words: Annotated[list[WordAnswer], "its words with their probabilities"]
    others: Annotated[list[OtherAnswer], "other captions from the search, best first"]
    guided_by: Annotated[list[TagAnswer], "what the caption had to mention because the classifier was confident"]
    tags: Annotated[
        list[TagAnswer], "what the classifier sees, most likely first; empty if the model has no classifier"
    ]
    model: Annotated[ModelAnswer, "the model that wrote it"]
    milliseconds: Annotated[float, "time to read the picture and write the caption"]


class CaptionAnswer(SentenceAnswer):
    """A caption with the model's attention."""

    attention: Annotated[
        list[list[list[float]]] | None,
        "[words][rows][columns] over the picture, null without attention; a word adds up to 1, or to less with a look",
    ]


class Comparison(Versioned):
    """The captions of both searches."""

    greedy: Annotated[CaptionAnswer, "always the most likely next word"]
    beam: Annotated[CaptionAnswer, "the best sentence found"]


class PictureAnswer(TypedDict):
    """The result for one picture of a batch."""

    file: Annotated[str, "the file name"]
    caption: Annotated[CaptionAnswer | None, "null if the picture could not be read"]
    error: Annotated[str | None, "why the picture could not be read; null if it could"]


class RecordAnswer(Versioned):
    """A line of the shell's `--json`."""

    file: Annotated[str, "the file name"]
    caption: Annotated[SentenceAnswer | None, "null if the picture could not be read"]
    error: Annotated[str | None, "why the picture could not be read; null if it could"]


class BulkRecord(RecordAnswer):
    """A line of the JSON Lines from Many photos."""

    edited: Annotated[bool, "whether a person wrote the text; all else is about the model's own caption"]


class BatchAnswer(Versioned):
    """Captions of many pictures."""

    pictures: Annotated[list[PictureAnswer], "in the order they were sent"]
    milliseconds: Annotated[float, "time for all pictures"]


class OfferedModel(TypedDict):
    """An available model."""

    id: Annotated[str, "the name to use in requests"]
    revision: Annotated[str | None, "revision of its weights; null until it is loaded"]
    default: Annotated[bool, "whether it is used when no model is named"]
    loaded: Annotated[bool, "whether it is in memory; others load on first use"]


class ModelsAnswer(Versioned):
    """The available models."""

    models: Annotated[list[OfferedModel], "the default model first"]


class HealthAnswer(Versioned):
    """A health check, with the default model in memory."""

    status: Annotated[str, '"ok"']
    model: Annotated[ModelAnswer, "the default model"]


def model_answer(captioner: Captioner, source: str | None) -> ModelAnswer:
    """The model as answers name it.

    Args:
        source: as given to `Captioner.from_pretrained`.
    """
    if captioner.model.revision:  # the Hub's
        return {"id": source, "revision": captioner.model.revision}
    return {"id": Path(source or DEFAULT_MODEL).resolve().name, "revision": captioner.model.fingerprint}


def caption_answer(
    caption: Caption,
    evidence: Sequence[Evidence],
    beam_width: int,
    model: ModelAnswer,
    milliseconds: float,
    sentence: bool = False,
) -> CaptionAnswer:
    """Everything a caption holds, in plain numbers and texts."""
    answer = sentence_answer(caption, evidence, beam_width, model, milliseconds, sentence)
    return {**answer, "attention": _maps(caption)}


def sentence_answer(
    caption: Caption,
    evidence: Sequence[Evidence],
    beam_width: int,
    model: ModelAnswer,
    milliseconds: float,
    sentence: bool = False,
) -> SentenceAnswer:
    """The same without attention, which is most of an answer's size.

    Args:
        sentence: give the texts a capital letter and a full stop; the words stay as the model wrote them.
    """
    written = as_sentence if sentence else str
    return {
        "version": VERSION,
        "text": written(caption.text),
        "score": round(caption.score, DECIMALS),
        "log_probability": round(caption.log_probability, DECIMALS),
        "sure": caption.sure,
        "doubtful": caption.doubtful,
        "beam_width": beam_width,
        "words": word_answers(caption),
        "others": [
            {
                "text": written(each.text),
                "score": round(each.score, DECIMALS),
                "log_probability": round(each.log_probability, DECIMALS),
            }
            for each in caption.others
        ],
        "guided_by": _tags(caption.guided_by),
        "tags": _tags(evidence),
        "model": model,
        "milliseconds": round(milliseconds, 1),
    }


def record(file: str, caption: SentenceAnswer | None, error: str | None = None) -> RecordAnswer:
    """One picture of many, as a line of JSON."""
    return {"version": VERSION, "file": file, "caption": caption, "error": error}


def word_answers(caption: Caption) -> list[WordAnswer]:
    """A caption's words, each with its probability."""
    return [{"text": word.text, "probability": round(word.probability, DECIMALS)} for word in caption.words]


def _tags(evidence: Sequence[Evidence]) -> list[TagAnswer]:
    return [{"noun": one.noun.singular, "probability": round(one.probability, DECIMALS)} for one in evidence]


def _maps(caption: Caption) -> list | None:
    if any(word.attention is None for word in caption.words):
        return None
    return [word.attention.astype(float).round(DECIMALS).tolist() for word in caption.words]
