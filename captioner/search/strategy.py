"""How captions are looked for, as one value, and the search that does so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from captioner.errors import SettingError
from captioner.search.beam import Hypotheses, beam_search
from captioner.search.bigrams import Bigrams
from captioner.search.diverse import diverse_beam_search
from captioner.search.sampling import SameForEach, draw_captions

STRATEGIES = ("beam", "diverse", "nucleus")


@dataclass(frozen=True)
class Decoding:
    """How a model is searched unless the caller says otherwise."""

    beam_width: int = 3
    length_penalty: float = 1.0
    max_length: int = 22  # tokens, the end counted
    no_repeat_ngram: int = 0  # words of the shortest run that stands in no caption twice; 0: any may
    temperature: float = 1.0  # of the words' probabilities
    unsure_below: float = -100.0  # a caption with a lower score is doubted; at -100, none is


@dataclass(frozen=True)
class Search:
    """How captions are looked for; what is None is the model's own.

    Attributes:
        strategy: "beam" for the best captions found; "diverse" for captions that differ from each other (diverse beam
            search); "nucleus" for captions drawn at random from the likely words (nucleus sampling).
        beam_width: hypotheses kept at a time, by "diverse" for each caption; 1 is greedy search.
        length_penalty: of "beam" and "diverse": 0 favours short captions, 1 compares means a word.
        max_length: words, at most the model's own number: where it is reached, the caption is cut.
        no_repeat_ngram: no run of so many words stands in a caption twice, and no word within two words of itself; 0:
            as often as it likes.
        known_bigrams: whether each word stands behind another as in the training captions, where the model knows which
            do.
        captions: how many "diverse" and "nucleus" write.
        diversity: of "diverse": what a word costs, in log-probability, that another caption has in the same place.
        top_p: of "nucleus": the share (0..1) of the probability that the words drawn from have together.
        seed: of "nucleus": the same one draws the same captions of a picture.
        guided: of "beam" wider than 1: whether what the encoder's classifier is sure of has to be named.
        traced: of "beam": whether the best caption comes with the tree of what was weighed for it.

    Raises:
        SettingError: one of them makes no sense.
    """

    strategy: str = "beam"
    beam_width: int | None = None
    length_penalty: float | None = None
    max_length: int | None = None
    no_repeat_ngram: int | None = None
    known_bigrams: bool = True
    captions: int = 3
    diversity: float = 0.5
    top_p: float = 0.5
    seed: int = 0
    guided: bool = True
    traced: bool = False

    def __post_init__(self):
        if self.strategy not in STRATEGIES:
            raise SettingError(f"Unknown strategy {self.strategy!r}; known: {', '.join(STRATEGIES)}.")
        least = {"beam_width": 1, "max_length": 1, "captions": 1, "no_repeat_ngram": 0, "seed": 0, "diversity": 0}
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and value < bound:
                raise SettingError(f"The {name.replace('_', ' ')} is {value}; it must be {bound} or more.")
        if self.traced and self.strategy != "beam":
            raise SettingError(f"Only a beam search can be traced; the strategy is {self.strategy!r}.")
        if not 0 < self.top_p <= 1:
            raise SettingError(f"The top p is {self.top_p}; it must be above 0 and at most 1.")

    def filled(self, own: Decoding) -> "Search":
        """The same with what is None taken from a model's own.

        Raises:
            SettingError: the captions would be longer than the model can write.
        """
        if self.max_length is not None and self.max_length > own.max_length:
            raise SettingError(f"The max length is {self.max_length}; this model writes {own.max_length} at most.")
        names = ("beam_width", "length_penalty", "max_length", "no_repeat_ngram")
        return replace(self, **{name: getattr(own, name) for name in names if getattr(self, name) is None})


def search_captions(
    step: Callable,
    memory: Sequence[np.ndarray],
    search: Search,
    special: dict,
    watch: Callable | None = None,
    automaton: np.ndarray | None = None,
    bigrams: Bigrams | None = None,
) -> Hypotheses:
    """Look for captions as `search`, with nothing left None, says.

    Args:
        step, memory, watch, automaton: as in `beam_search`.
        special: its `start`, `end` and `forbidden`.
        bigrams: of the training captions.

    Returns:
        Hypotheses `[images, captions, ...]`.
    """
    how = {**special, "max_length": search.max_length, "no_repeat_ngram": search.no_repeat_ngram}
    if bigrams and search.known_bigrams:
        how["strange"] = bigrams.strange
    if search.strategy == "nucleus":
        random = SameForEach(search.seed, len(memory[0]))
        return draw_captions(step, memory, **how, samples=search.captions, random=random, top_p=search.top_p)
    how |= {"beam_width": search.beam_width, "length_penalty": search.length_penalty}
    if search.strategy == "diverse":
        return diverse_beam_search(step, memory, **how, groups=search.captions, diversity=search.diversity)
    return beam_search(step, memory, **how, watch=watch, automaton=automaton)
