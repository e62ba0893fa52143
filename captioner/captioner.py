"""Picture -> Caption: brings images, encoder, search and vocabulary together."""

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
from captioner.errors import DiskError, ModelError
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
        probability: 0..1, of this word after the words before it.
        attention: `float32 [rows, columns]` over the picture, summing to 1, or to less if the decoder also attends to
            a look's words; None if the decoder has no attention.
    """

    text: str
    probability: float
    attention: np.ndarray | None = field(repr=False, compare=False)


@dataclass(frozen=True)
class Caption:
    """A caption of a picture.

    Attributes:
        text: the words, joined by spaces.
        score: mean log-probability per token, including the end; 0 is certainty.
        log_probability: of the whole caption, including the end.
        sure: whether most captions with this score or a higher one are right, as `train.py calibrate` measured it.
        words: its `Word`s.
        others: the other hypotheses in the beam, best first, or the other captions that were asked for. Where what a
            caption tells counts as well, a later one may have the higher score.
        tree: the search tree, if the search was traced.
        guided_by: what the encoder's classifier was confident of, so that this caption had to name it.
        doubtful: whether the score is in the lowest fifth, or the photo is unlike the training photos and the
            classifier is not confident of anything in it. The classifier's trust counts for the words it demands.
            Between sure and doubtful, a caption is neither.
    """

    text: str
    score: float
    log_probability: float
    sure: bool
    words: tuple[Word, ...] = field(repr=False)
    others: tuple["Caption", ...] = field(default=(), repr=False)
    tree: tuple[Branch, ...] = field(default=(), repr=False)
    guided_by: tuple[Evidence, ...] = field(default=(), repr=False)
    doubtful: bool = False


ENGINES = ("litert", "keras")
READERS = 2  # threads that read pictures
REPLACED = 3  # times that a folder may be replaced while it is read


class Captioner:
    """A model, ready to caption.

    Threads can share one: they read pictures at the same time and take turns with the networks, which use all cores
    for each picture anyway (`benchmarks/threads.py` compares it with a captioner per thread).

    Args:
        model: from `load`, or from training.
        engine: what runs the networks; Keras by default.
    """

    def __init__(self, model: Model, engine: Engine | None = None):
        self.model = model
        self.engine = engine or keras_engine(model)
        self.neutral_words = NeutralWords(model.vocabulary)
        self._turn = threading.Lock()  # an engine has state, for one picture at a time

    @classmethod
    def from_pretrained(
        cls, source: str | Path | None = None, engine: str | None = None, *, revision: str | None = None
    ) -> "Captioner":
        """Load a model folder, or "owner/name" from the Hugging Face Hub; by default, the built-in model.

        Args:
            engine: "litert" runs the model's export, without Keras; "keras" is the reference. By default LiteRT runs
                if it can; otherwise Keras does, with a warning. If this machine has no export of these weights yet,
                it makes one, once, in a few seconds: an export is a program, and programs from strangers are not run.
            revision: a branch, tag or commit on the Hub.

        Raises:
            ModelError: the model is missing, incomplete or damaged, or the Hub cannot be reached.
        """
        for _ in range(REPLACED):
            folder = find(source, revision)
            try:
                return cls._of(folder, engine)
            except ModelError:
                if not folder.was_replaced():
                    raise
        return cls._of(find(source, revision), engine)

    @classmethod
    def from_hub(cls, hub_id: str, engine: str | None = None, token: bool | None = None) -> "Captioner":
        """Load "owner/name" or "owner/name@revision" from the Hugging Face Hub, even if a local folder has that name.

        Args:
            engine: as in `from_pretrained`.
            token: None uses your Hub login, if you have one; False asks without it.

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
            warnings.warn(f"{error} Keras runs instead, which is slower.", stacklevel=3)
        return cls(model if model.encoder else read_model(folder))

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def attends(self) -> bool:
        """Whether the model looks at part of the picture for each word; words then have an attention map."""
        return self.engine.attends and math.prod(self.engine.grid) > 1

    def caption(
        self,
        picture,
        beam_width: int | None = None,
        length_penalty: float | None = None,
        neutral: bool = False,
        search: Search | None = None,
    ) -> Caption:
        """Caption one picture, anything `open_image` takes. Beam width 1 is greedy search; the rest as in `decode`.

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
        """Caption many pictures in one call."""
        return self.decode(self.encode(pictures), beam_width, length_penalty, neutral, search) if len(pictures) else []

    def encode(self, pictures: Sequence) -> np.ndarray:
        """Compute the pictures' features `float32 [batch, regions, channels]`; `decode` can reuse them."""
        if len(pictures) == 1:
            return self._look(self._read(pictures[0]))
        with ThreadPoolExecutor(READERS) as readers:  # reads the next pictures while the encoder works
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
        """Caption pictures from their features `[batch, regions, channels]`.

        Args:
            beam_width, length_penalty: replace those in `search`; the model's own by default.
            neutral: write "person" and the like where the model can hardly tell a man from a woman.
            search: more settings, and other strategies.

        Raises:
            SettingError: a setting makes no sense, such as a beam width below 1.
        """
        given = {"beam_width": beam_width, "length_penalty": length_penalty}
        given = {name: value for name, value in given.items() if value is not None}
        search = replace(search or Search(), **given).filled(self.model.decoding)
        guides = self._guides(features, search)
        alike = defaultdict(list)  # photos are searched together if their automata have the same number of states
        for image, guide in enumerate(guides):
            alike[guide and len(guide.automaton)].append(image)
        captions = {}
        for images in alike.values():
            seen = features if len(alike) == 1 else features[images]  # one group needs no copy
            with self._turn:
                written = self._decode(seen, search, [guides[image] for image in images], neutral)
            captions |= zip(images, written, strict=True)
        return [captions[image] for image in range(len(features))]

    def evidence(self, features: np.ndarray) -> list[list[Evidence]]:
        """What the encoder's classifier sees in each photo, likeliest first; empty if the model has no classifier."""
        return self.model.guidance.evidence(features) if self.model.guidance else [[] for _ in features]

    def _guides(self, features: np.ndarray, search: Search) -> list[Guide | None]:
        """What each caption must name: beam search only, since greedy search has no alternatives to choose from."""
        if self.model.guidance and search.guided and search.strategy == "beam" and search.beam_width > 1:
            return self.model.guidance.guides(features, self.model.vocabulary)
        return [None] * len(features)

    def _decode(self, features: np.ndarray, search: Search, guides: Sequence[Guide | None], neutral: bool):
        """Caption photos whose guides have the same number of states, or photos without guides."""
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
            tree = recorder.tree(image, one.tokens[0], texts) if recorder else ()
            if guide:
                tree = renamed(tree, guide.said_as)
                best = replace(best, guided_by=guide.evidence)
            captions.append(replace(best, others=tuple(others), tree=tree))
        return captions

    def _in_neutral_words(self, caption: Caption, gendered: np.ndarray) -> Caption:
        words = self.neutral_words(caption.words, gendered)
        return replace(caption, text=" ".join(word.text for word in words), words=words)

    def _caption(self, hypotheses, rank: int, guide: Guide | None, known: bool) -> Caption:
        found = self.model.vocabulary.decode(hypotheses.tokens[rank])
        texts = guide.write(found) if guide else found
        probabilities = np.exp(hypotheses.log_probabilities[rank])
        maps = hypotheses.attention[rank]  # [max_length, regions]
        words = tuple(
            Word(text, float(probability), area.reshape(self.engine.grid) if self.attends else None)
            for text, probability, area in zip(texts, probabilities, maps, strict=False)
            if text
        )
        total = float(hypotheses.total[rank])
        length = float(hypotheses.length[rank])
        score = total / length
        vouched = guide.vouched(found, probabilities) if guide else 0.0
        decoding = self.model.decoding
        doubtful = not known or (total + vouched) / length < decoding.unsure_below
        sure = not doubtful and score >= decoding.sure_from
        return Caption(" ".join(word.text for word in words), score, total, sure, words, doubtful=doubtful)


def keras_engine(model: Model) -> Engine:
    """The reference engine for a model that has its networks."""
    from captioner.engines.keras_engine import KerasEngine

    return KerasEngine(model.encoder, model.decoder, model.decoding.temperature)


def _export_here(model: Model, folder: ModelFolder) -> Export:
    """Export a model that has its networks, and keep the export for next time if it can be written."""
    from captioner.engines.export import make_export

    export = make_export(model)
    with contextlib.suppress(DiskError):
        keep(export, folder, model.preset)
    return export
