"""Picture -> Caption: the one place where images, encoder, search and vocabulary meet."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from captioner.beam_tree import Branch, TreeRecorder
from captioner.engines import Engine
from captioner.errors import ModelError
from captioner.export import open_export
from captioner.images import open_image, to_pixels
from captioner.model import Model
from captioner.neutral import NeutralWords
from captioner.search import IMPOSSIBLE
from captioner.storage import DEFAULT_MODEL, load
from captioner.strategy import Search
from captioner.vocabulary import END


@dataclass(frozen=True)
class Word:
    """One word of a caption.

    Attributes:
        text: the word.
        probability: 0..1, the model's own for this word after the words before it.
        attention: `float32 [rows, columns]` over the picture, summing to 1; None where the decoder does not look.
    """

    text: str
    probability: float
    attention: np.ndarray | None = field(repr=False, compare=False)


@dataclass(frozen=True)
class Caption:
    """What the model says of a picture.

    Attributes:
        text: the words, joined by spaces.
        score: mean log-probability a token, the end counted; 0 is certainty.
        log_probability: of the whole caption, the end counted.
        sure: whether the score is above that of the doubtful fifth of captions, as `train.py calibrate` found it.
        words: its `Word`s.
        others: the other hypotheses of the beam, best first, or the other captions that were asked for.
        tree: what a traced search has weighed on its way.
    """

    text: str
    score: float
    log_probability: float
    sure: bool
    words: tuple[Word, ...] = field(repr=False)
    others: tuple["Caption", ...] = field(default=(), repr=False)
    tree: tuple[Branch, ...] = field(default=(), repr=False)


ENGINES = ("litert", "keras")


class Captioner:
    """A model, ready to caption.

    Args:
        model: its parts, as `load` or training gives them.
        engine: who computes; Keras unless given.
    """

    def __init__(self, model: Model, engine: Engine | None = None):
        self.model = model
        self.engine = engine or keras_engine(model)
        self.neutral_words = NeutralWords(model.vocabulary)

    @classmethod
    def from_pretrained(cls, source: str | Path | None = None, engine: str | None = None) -> "Captioner":
        """Load a model folder, or the Hub's model "owner/name"; without one, the model that comes with the library.

        Args:
            engine: "litert" serves the export in the folder, without Keras; "keras" is the reference. Without a word
                LiteRT serves where it can, and else Keras does, with a warning. What comes from the Hub is
                computed by Keras: an export is a program, and a stranger's is not run.

        Raises:
            ModelError: the model is missing, incomplete or damaged, or the Hub cannot be reached.
        """
        if engine not in (None, *ENGINES):
            raise ModelError(f"Unknown engine {engine!r}; known: {', '.join(ENGINES)}.")
        folder = Path(source) if source is not None else DEFAULT_MODEL
        if engine == "keras" or not folder.is_dir():
            return cls(load(source))
        model = load(folder, networks=False)
        try:
            return cls(model, open_export(folder, model.decoding.temperature))
        except ModelError as error:
            if engine == "litert":
                raise
            warnings.warn(f"{error} Keras computes instead, which is slower.", stacklevel=2)
        return cls(load(folder))

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.model.name

    @property
    def attends(self) -> bool:
        """Whether the model looks at a place of the picture for each word: words then have an attention map."""
        return self.engine.attends and math.prod(self.engine.grid) > 1

    def caption(
        self,
        picture,
        beam_width: int | None = None,
        length_penalty: float | None = None,
        neutral: bool = False,
        search: Search | None = None,
    ) -> Caption:
        """Caption one picture: anything `open_image` takes. Beam width 1 is greedy search; the rest as in `decode`.

        Raises:
            ImageError: the picture cannot be read.
            SettingError: as in `decode`.
        """
        return self.caption_batch([picture], beam_width, length_penalty, neutral, search)[0]

    def caption_batch(
        self,
        pictures: Sequence,
        beam_width: int | None = None,
        length_penalty: float | None = None,
        neutral: bool = False,
        search: Search | None = None,
    ) -> list[Caption]:
        """Caption many pictures in one go."""
        return self.decode(self.encode(pictures), beam_width, length_penalty, neutral, search) if len(pictures) else []

    def encode(self, pictures: Sequence) -> np.ndarray:
        """Features `float32 [batch, regions, channels]` of pictures; `decode` takes them as often as one likes."""
        size = (self.engine.size, self.engine.size)
        return self.engine.encode(to_pixels([open_image(picture) for picture in pictures], size))

    def decode(
        self,
        features: np.ndarray,
        beam_width: int | None = None,
        length_penalty: float | None = None,
        neutral: bool = False,
        search: Search | None = None,
    ) -> list[Caption]:
        """Captions of features `[batch, regions, channels]`.

        Args:
            beam_width, length_penalty: those of the search, or else the model's own.
            neutral: write "person" and the like where the model can hardly tell a man from a woman.
            search: further settings, and other strategies.

        Raises:
            SettingError: a beam width below 1, or another setting that makes no sense.
        """
        given = {"beam_width": beam_width, "length_penalty": length_penalty}
        given = {name: value for name, value in given.items() if value is not None}
        search = replace(search or Search(), **given).filled(self.model.decoding)
        recorder = TreeRecorder(search.beam_width, self.model.vocabulary.tokens, END) if search.traced else None
        found = self.engine.find(features, search, recorder)
        if neutral:
            gendered = self.engine.probabilities(features, found.tokens, self.neutral_words.ids)
        ranks = range(found.total.shape[1])
        captions = []
        for image in range(len(features)):
            one = type(found)(*(values[image] for values in found))  # [beam_width, ...]
            written = [self._caption(one, rank) for rank in ranks if one.total[rank] > IMPOSSIBLE / 2]
            if neutral:
                written = [self._in_neutral_words(*each) for each in zip(written, gendered[image], strict=False)]
            best, *others = written
            tree = recorder.tree(image) if recorder else ()
            captions.append(replace(best, others=tuple(others), tree=tree))
        return captions

    def _in_neutral_words(self, caption: Caption, gendered: np.ndarray) -> Caption:
        words = self.neutral_words(caption.words, gendered)
        return replace(caption, text=" ".join(word.text for word in words), words=words)

    def _caption(self, hypotheses, rank: int) -> Caption:
        texts = self.model.vocabulary.decode(hypotheses.tokens[rank])
        probabilities = np.exp(hypotheses.log_probabilities[rank])
        maps = hypotheses.attention[rank]  # [max_length, regions]
        words = tuple(
            Word(text, float(probability), area.reshape(self.engine.grid) if self.attends else None)
            for text, probability, area in zip(texts, probabilities, maps, strict=False)
        )
        total = float(hypotheses.total[rank])
        score = total / float(hypotheses.length[rank])
        return Caption(" ".join(texts), score, total, score >= self.model.decoding.unsure_below, words)


def keras_engine(model: Model) -> Engine:
    """The reference engine of a model with its networks."""
    from captioner.engines.keras_engine import KerasEngine

    return KerasEngine(model.encoder, model.decoder, model.decoding.temperature)
