"""Search settings in one value, and the search that follows them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from captioner.errors import SettingError
from captioner.search.beam import Hypotheses, beam_search
from captioner.search.bigrams import Bigrams
from captioner.search.diverse import diverse_beam_search
from captioner.search.ranking import ranked
from captioner.search.sampling import SameForEach, draw_captions

STRATEGIES = ("beam", "diverse", "nucleus")
BOUNDS = {
    **dict.fromkeys(("beam_width", "max_length", "captions"), (1, math.inf)),
    **dict.fromkeys(("no_repeat_ngram", "seed"), (0, math.inf)),
    "length_penalty": (0, 5),
    "information_weight": (0, 100),
    "diversity": (0, 100),
}


@dataclass(frozen=True)
class Decoding:
    """A model's own search settings, used unless the caller gives others."""

    beam_width: int = 3
    length_penalty: float = 1.0
    max_length: int = 22  # tokens, including the end
    no_repeat_ngram: int = 0  # never repeat a run of this many words; 0 allows it
    information_weight: float = 0.0  # of what a caption tells, in nats, beside its log-probability per word
    temperature: float = 1.0  # divides the logits
    unsure_below: float = -100.0  # captions that score lower are marked doubtful; at -100 none are
    sure_from: float = -100.0  # captions that score this or higher, and are not doubtful, are marked sure


@dataclass(frozen=True)
class Search:
    """How to search for captions; None means the model's own setting.

    Attributes:
        strategy: "beam" for the best captions; "diverse" for captions that differ from each other (diverse beam
            search); "nucleus" for captions drawn at random from the likely words (nucleus sampling).
        beam_width: hypotheses kept at a time ("diverse": for each caption); 1 is greedy search.
        length_penalty: for "beam" and "diverse": 0 favours short captions, 1 ranks by the mean per word.
        max_length: words, up to the model's own limit; captions that reach it are cut off.
        no_repeat_ngram: never repeat a run of this many words in a caption, nor a word within two words of itself; 0
            allows both.
        information_weight: for "beam": how much a caption's information counts beside its log-probability, if the model
            has a look; see `captioner.search.ranking`.
        known_bigrams: use only word pairs seen in the training captions, if the model has a list of them.
        captions: for "diverse" and "nucleus": how many captions to write.
        diversity: for "diverse": the penalty, in log-probability, for a word another caption has in the same place.
        top_p: for "nucleus": draw from the likeliest words that together have this share (0..1) of the probability.
        seed: for "nucleus": the same seed draws the same captions for a picture.
        guided: for "beam" wider than 1: the caption must name what the encoder's classifier is confident of.
        traced: for "beam": return the search tree with the best caption.

    Raises:
        SettingError: a setting makes no sense.
    """

    strategy: str = "beam"
    beam_width: int | None = None
    length_penalty: float | None = None
    max_length: int | None = None
    no_repeat_ngram: int | None = None
    information_weight: float | None = None
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
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                bounds = f"{least} or more" if most == math.inf else f"{least} to {most}"
                raise SettingError(f"The {name.replace('_', ' ')} is {value}; it must be {bounds}.")
        if self.traced and self.strategy != "beam":
            raise SettingError(f"Only a beam search can be traced; the strategy is {self.strategy!r}.")
        if not 0 < self.top_p <= 1:
            raise SettingError(f"The top p is {self.top_p}; it must be above 0 and at most 1.")

    def filled(self, own: Decoding) -> "Search":
        """A copy with every None replaced by the model's own setting.

        Raises:
            SettingError: the captions would be longer than the model can write.
        """
        if self.max_length is not None and self.max_length > own.max_length:
            raise SettingError(f"Max length is {self.max_length}; this model writes at most {own.max_length} words.")
        names = ("beam_width", "length_penalty", "max_length", "no_repeat_ngram", "information_weight")
        return replace(self, **{name: getattr(own, name) for name in names if getattr(self, name) is None})


def search_captions(
    step: Callable,
    memory: Sequence[np.ndarray],
    search: Search,
    special: dict,
    watch: Callable | None = None,
    automaton: np.ndarray | None = None,
    bigrams: Bigrams | None = None,
    information: np.ndarray | None = None,
) -> Hypotheses:
    """Search for captions with settings that leave nothing None.

    Args:
        step, memory, watch, automaton: as in `beam_search`.
        special: `start`, `end` and `forbidden`, as in `beam_search`.
        bigrams: the word pairs in the training captions.
        information: how much each word tells about each picture, in nats, `[images, vocabulary]`.

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
    found = beam_search(step, memory, **how, watch=watch, automaton=automaton)
    if information is None:
        return found
    return ranked(found, information, search.information_weight, search.length_penalty)
