"""Picture -> Caption: the one place where images, encoder, search and vocabulary meet."""

import contextlib
import math
import threading
import warnings
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np

from captioner.engines import Engine
from captioner.engines.exports import Export, find_export, keep
from captioner.errors import ModelError
from captioner.folder.hub import download
from captioner.folder.manifest import ModelFolder
from captioner.folder.model import Model
from captioner.folder.storage import find, read_model
from captioner.guide.guidance import Evidence, Guide
from captioner.guide.neutral import NeutralWords
from captioner.pictures.images import open_image, to_pixels
from captioner.search.beam import IMPOSSIBLE
from captioner.search.strategy import Search
from captioner.search.tree import Branch, TreeRecorder, renamed
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
        sure: whether the score is above that of the doubtful fifth of captions, as `train.py calibrate` found it, and
            the photo is of a kind the decoder knows, or the classifier knows what is in it.
        words: its `Word`s.
        others: the other hypotheses of the beam, best first, or the other captions that were asked for.
        tree: what a traced search has weighed on its way.
        guided_by: what the encoder's classifier was sure of, and this caption therefore had to name.
    """

    text: str
    score: float
    log_probability: float
    sure: bool
    words: tuple[Word, ...] = field(repr=False)
    others: tuple["Caption", ...] = field(default=(), repr=False)
    tree: tuple[Branch, ...] = field(default=(), repr=False)
    guided_by: tuple[Evidence, ...] = field(default=(), repr=False)


ENGINES = ("litert", "keras")
READERS = 2  # threads that read pictures


class Captioner:
    """A model, ready to caption.

    Threads may share one: they read pictures at the same time, and take turns at the networks, which use all cores
    for each picture anyway (`benchmarks/threads.py` compares it with a captioner for each thread).

    Args:
        model: its parts, as `load` or training gives them.
        engine: who computes; Keras unless given.
    """

    def __init__(self, model: Model, engine: Engine | None = None):
        self.model = model
        self.engine = engine or keras_engine(model)
        self.neutral_words = NeutralWords(model.vocabulary)
        self._turn = threading.Lock()  # an engine keeps what it computes with, for one picture at a time

    @classmethod
    def from_pretrained(
        cls, source: str | Path | None = None, engine: str | None = None, *, revision: str | None = None
    ) -> "Captioner":
        """Load a model folder, or the Hub's model "owner/name"; without one, the model that comes with the library.

        Args:
            engine: "litert" serves the model's export, without Keras; "keras" is the reference. Without a word LiteRT
                serves where it can, and else Keras does, with a warning. Where this machine has no export of these
                weights yet, it makes one, which takes some seconds once: an export is a program, and a stranger's is
                not run.
            revision: a branch, a tag or a commit of the Hub's.

        Raises:
            ModelError: the model is missing, incomplete or damaged, or the Hub cannot be reached.
        """
        return cls._of(find(source, revision), engine)

    @classmethod
    def from_hub(cls, hub_id: str, engine: str | None = None, token: bool | None = None) -> "Captioner":
        """Load the Hub's model "owner/name" or "owner/name@revision", whatever folders there are on this disk.

        Args:
            engine: as in `from_pretrained`.
            token: None takes the login of whoever runs this, if there is one; False asks as a stranger.

        Raises:
            ModelError: the Hub cannot be reached or has no such model, or the model is damaged.
        """
        return cls._of(download(hub_id, token=token), engine)

    @classmethod
    def _of(cls, folder: ModelFolder, engine: str | None) -> "Captioner":
        if engine not in (None, *ENGINES):
            raise ModelError(f"Unknown engine {engine!r}; known: {', '.join(ENGINES)}.")
        if engine == "keras":
            return cls(read_model(folder))
        served = read_model(folder, networks=False)
        export = find_export(folder, served.preset)
        model = read_model(folder) if export is None else served
        try:
            export = export or _export_here(model, folder)
            return cls(served, export.engine(served.decoding.temperature))
        except ModelError as error:
            if engine == "litert":
                raise
            warnings.warn(f"{error} Keras computes instead, which is slower.", stacklevel=3)
        return cls(model if model.encoder else read_model(folder))

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
        if len(pictures) == 1:
            return self._look(self._read(pictures[0]))
        with ThreadPoolExecutor(READERS) as readers:  # the next ones are read while some are looked at
            pixels = readers.map(self._read, pictures)
            batches = iter(lambda: list(islice(pixels, self.engine.together)), [])
            return np.concatenate([self._look(np.concatenate(batch)) for batch in batches])

    def _look(self, pixels: np.ndarray) -> np.ndarray:
        with self._turn:
            return self.engine.encode(pixels)

    def _read(self, picture) -> np.ndarray:
        """Pixels `float32 [1, height, width, 3]` of one picture."""
        return to_pixels([open_image(picture)], (self.engine.size, self.engine.size))

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
        guides = self._guides(features, search)
        alike = defaultdict(list)  # photos whose searches have as many states go together
        for image, guide in enumerate(guides):
            alike[guide and len(guide.automaton)].append(image)
        captions = {}
        for images in alike.values():
            seen = features if len(alike) == 1 else features[images]  # alone, a photo's need not be copied
            with self._turn:
                written = self._decode(seen, search, [guides[image] for image in images], neutral)
            captions |= zip(images, written, strict=True)
        return [captions[image] for image in range(len(features))]

    def evidence(self, features: np.ndarray) -> list[list[Evidence]]:
        """What the encoder's classifier sees in each photo, likeliest first; nothing where the model has kept none."""
        return self.model.guidance.evidence(features) if self.model.guidance else [[] for _ in features]

    def _guides(self, features: np.ndarray, search: Search) -> list[Guide | None]:
        """What each caption has to say. Greedy search has no second thoughts, and the others are not after the best."""
        if self.model.guidance and search.guided and search.strategy == "beam" and search.beam_width > 1:
            return self.model.guidance.guides(features, self.model.vocabulary)
        return [None] * len(features)

    def _decode(self, features: np.ndarray, search: Search, guides: Sequence[Guide | None], neutral: bool):
        """Captions of photos with guides of as many states, or with none."""
        automaton = np.stack([guide.automaton for guide in guides]) if guides[0] else None
        states = 1 if automaton is None else automaton.shape[1]
        recorder = None
        if search.traced:
            recorder = TreeRecorder(search.beam_width, self.model.vocabulary.tokens, END, states)
        found = self.engine.find(features, search, recorder, automaton, self.model.bigrams)
        if neutral:
            gendered = self.engine.probabilities(features, found.tokens, self.neutral_words.ids)
        ranks = range(found.total.shape[1])
        unlike = self.model.guidance.unlike(features) if self.model.guidance else np.zeros(len(features), bool)
        captions = []
        for image, guide in enumerate(guides):
            known = guide is not None or not unlike[image]
            one = type(found)(*(values[image] for values in found))  # [beam_width, ...]
            written = [self._caption(one, rank, guide, known) for rank in ranks if one.total[rank] > IMPOSSIBLE / 2]
            if neutral:
                written = [self._in_neutral_words(*each) for each in zip(written, gendered[image], strict=False)]
            best, *others = written
            texts = guide.write(self.model.vocabulary.decode(one.tokens[0])) if guide else ()
            tree = recorder.tree(image, texts) if recorder else ()
            if guide:
                tree = renamed(tree, guide.said_as)
                best = replace(best, guided_by=guide.evidence)
            captions.append(replace(best, others=tuple(others), tree=tree))
        return captions

    def _in_neutral_words(self, caption: Caption, gendered: np.ndarray) -> Caption:
        words = self.neutral_words(caption.words, gendered)
        return replace(caption, text=" ".join(word.text for word in words), words=words)

    def _caption(self, hypotheses, rank: int, guide: Guide | None, known: bool) -> Caption:
        texts = self.model.vocabulary.decode(hypotheses.tokens[rank])
        texts = guide.write(texts) if guide else texts
        probabilities = np.exp(hypotheses.log_probabilities[rank])
        maps = hypotheses.attention[rank]  # [max_length, regions]
        words = tuple(
            Word(text, float(probability), area.reshape(self.engine.grid) if self.attends else None)
            for text, probability, area in zip(texts, probabilities, maps, strict=False)
            if text
        )
        total = float(hypotheses.total[rank])
        score = total / float(hypotheses.length[rank])
        sure = known and score >= self.model.decoding.unsure_below
        return Caption(" ".join(word.text for word in words), score, total, sure, words)


def keras_engine(model: Model) -> Engine:
    """The reference engine of a model with its networks."""
    from captioner.engines.keras_engine import KerasEngine

    return KerasEngine(model.encoder, model.decoder, model.decoding.temperature)


def _export_here(model: Model, folder: ModelFolder) -> Export:
    """The export of a model with its networks, kept for the next time where there is room."""
    from captioner.engines.export import make_export

    export = make_export(model)
    with contextlib.suppress(OSError):
        keep(export, folder, model.preset)
    return export
