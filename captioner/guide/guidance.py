"""What an image classifier sees in a photo, and when a caption must name it.

A captioner knows the things in its training captions, but its encoder was trained to tell a thousand apart. If the
classifier can be trusted, only captions that name what it sees are considered (Anderson et al. 2017, "Guided Open
Vocabulary Image Captioning with Constrained Beam Search", arXiv 1612.00576).
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.arrays import parse_arrays, save_arrays
from captioner.errors import ModelError
from captioner.guide.nouns import Noun, all_nouns, broad_nouns, narrow_nouns, noun_of_each_class, table, table_mark
from captioner.guide.wordlists import PEOPLE, SPORTS
from captioner.search.automaton import MOST_WANTED, saying
from captioner.vocabulary import Vocabulary

TAGS = 5
DIRECTIONS = 50
VOWELS = tuple("aeiouAEIOU")
NEAR = 3  # words before a noun that may hold its number
ONE, MANY = ("a", "an", "one"), ("two", "three", "four", "several", "many", "some", "group", "bunch", "row", "pair")


class Evidence(NamedTuple):
    """One thing the classifier sees.

    Attributes:
        noun: what people call it.
        probability: 0..1, the classifier's, summed over all classes with this noun.
        trust: 0..1, how often people name it when they describe such a photo.
    """

    noun: Noun
    probability: float
    trust: float


@dataclass(frozen=True)
class Guide:
    """What the caption of one photo must say, and how.

    Attributes:
        evidence: the nouns it must name.
        automaton: for the search; see `captioner.search.automaton`.
        said_as: word in the vocabulary -> what is written in its place.
    """

    evidence: tuple[Evidence, ...]
    automaton: np.ndarray
    said_as: dict[str, str]

    def write(self, words: Sequence[str]) -> list[str]:
        """A caption's words with stand-ins replaced and articles adjusted; leave out empty words."""
        written = [self._in_number(words, place) for place in range(len(words))]
        uncounted = {one.noun.singular for one in self.evidence if not one.noun.plural}
        for place, (word, following) in enumerate(pairwise(written)):
            if word in ("a", "an"):
                written[place] = "" if following in uncounted else "an" if following[:1] in VOWELS else "a"
            elif following != words[place + 1] and _same_kind(word, following.split()[0]):
                written[place] = ""  # "baseball" or "football" before "baseball player"
        return written

    def vouched(self, words: Sequence[str], probabilities: Sequence[float]) -> float:
        """How much likelier a caption is, in nats, if the classifier's trust counts for the words it demands."""
        trust = min(one.trust for one in self.evidence)
        pairs = zip(words, probabilities, strict=False)
        return sum(math.log(max(trust, own) / own) for word, own in pairs if word in self.said_as)

    def _in_number(self, words: Sequence[str], place: int) -> str:
        """The text written for a word; a noun takes the form that goes with the "a" or "two" before it."""
        word = words[place]
        said = self.said_as.get(word, word)
        if PEOPLE.intersection(words[place + 1 : place + 2]):  # "two basketball players"
            return said
        nouns = [one.noun for one in self.evidence if said in (one.noun.singular, one.noun.plural)]
        before = [word for word in words[max(place - NEAR, 0) : place] if word in ONE or word in MANY]
        if not nouns or not before:
            return said
        return nouns[0].singular if before[-1] in ONE else nouns[0].plural or said


@dataclass(frozen=True)
class Guidance:
    """The classifier on an encoder's features, and how far to trust it: numbers fitted by `train.py guide`.

    Attributes:
        kernel, bias: classifier weights, `float32 [channels, 1000]` and `[1000]`, for the mean of a photo's regions.
        person_kernel, person_bias: weights that tell whether there is a person, `[channels]` and `[1]`.
        slopes: weights of trust for a noun's log-odds, a person's log-odds, and their product, `[3]`.
        offsets: what each noun adds to its trust, `[nouns]`.
        trusted_from: the trust from which enough nouns are right on the dev split, `[1]`.
        centre, directions: the mean of the training photos and their principal components, `[channels]` and
            `[directions, channels]`, orthonormal.
        unlike_from: the share (0..1) of a photo's difference from the mean that lies outside these directions, from
            which the photo is unlike all training photos, `[1]`.
    """

    kernel: np.ndarray
    bias: np.ndarray
    person_kernel: np.ndarray
    person_bias: np.ndarray
    slopes: np.ndarray
    offsets: np.ndarray
    trusted_from: np.ndarray
    centre: np.ndarray
    directions: np.ndarray
    unlike_from: np.ndarray

    def save(self, path: Path) -> None:
        """Write the numbers, with the kernel in eight bits and a scale for each class."""
        arrays = {f.name: getattr(self, f.name).astype("float32") for f in fields(self)}
        scale = np.maximum(np.abs(self.kernel).max(axis=0), 1e-9).astype("float32") / 127  # [classes]
        arrays |= {"kernel": np.round(self.kernel / scale).astype("int8"), "kernel_scale": scale}
        save_arrays(arrays | {"table": table_mark()}, path)

    @classmethod
    def parse(cls, content: bytes, channels: int, where: str) -> "Guidance | None":
        """Read the numbers from a file's content; None, with a warning, if encoder, noun table or version differ.

        Args:
            channels: number of channels in the encoder's features.
            where: the file's name, for error messages.

        Raises:
            ModelError: the content is damaged.
        """
        arrays = parse_arrays(content, f"The guide {where} is")
        arrays = {name: array.astype("float32") for name, array in arrays.items()}
        mark = arrays.pop("table", np.empty(0))
        expected = {
            "kernel": (channels, len(noun_of_each_class())),
            "kernel_scale": (len(noun_of_each_class()),),
            "bias": (len(noun_of_each_class()),),
            "person_kernel": (channels,),
            "person_bias": (1,),
            "slopes": (3,),
            "offsets": (len(all_nouns()),),
            "trusted_from": (1,),
            "centre": (channels,),
            "directions": (DIRECTIONS, channels),
            "unlike_from": (1,),
        }
        fits = {name: array.shape for name, array in arrays.items()} == expected
        if not fits or not np.array_equal(mark, table_mark()):
            why = "is for another encoder, noun table or version"
            remedy = "captions are not guided until `train.py guide` makes a new one"
            warnings.warn(f"The guide {where} {why}; {remedy}.", stacklevel=2)
            return None
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ModelError(f"The guide {where} is damaged: it holds values that are not numbers.")
        arrays["kernel"] *= arrays.pop("kernel_scale")
        return cls(**arrays)

    def see(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features `[images, regions, channels]` -> probabilities `[images, nouns]`, and of a person, `[images]`."""
        means = features.mean(axis=1)  # [images, channels]
        logits = means @ self.kernel + self.bias  # [images, classes]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        nouns = odds @ self._nouns / odds.sum(axis=1, keepdims=True)
        return nouns, 1 / (1 + np.exp(-(means @ self.person_kernel + self.person_bias)))

    def trust(self, nouns: np.ndarray, person: np.ndarray) -> np.ndarray:
        """Probabilities from `see` -> trust `[images, nouns]`."""
        return 1 / (1 + np.exp(-(reasons(nouns, person) @ self.slopes + self.offsets)))

    def unlike(self, features: np.ndarray) -> np.ndarray:
        """Features `[images, regions, channels]` -> bool `[images]`: whether the photos are unlike those the decoder
        learned from (by reconstruction error: Ndiour et al. 2020, arXiv 2012.04250)."""
        return unlikeness(features.mean(axis=1), self.centre, self.directions) >= self.unlike_from

    def evidence(self, features: np.ndarray) -> list[list[Evidence]]:
        """The likeliest nouns of each photo of features `[images, regions, channels]`, likeliest first."""
        nouns, person = self.see(features)
        trust = self.trust(nouns, person)
        return [self._likely(*one, 0, len(narrow_nouns())) for one in zip(nouns, trust, strict=True)]

    @staticmethod
    def _likely(nouns: np.ndarray, trust: np.ndarray, first: int, last: int) -> list[Evidence]:
        """One photo's likeliest nouns among those from first to last, likeliest first."""
        known = all_nouns()
        places = first + np.argsort(-nouns[first:last])[:TAGS]
        return [Evidence(known[place], float(nouns[place]), float(trust[place])) for place in places]

    def guides(self, features: np.ndarray, vocabulary: Vocabulary) -> list[Guide | None]:
        """What each photo's caption must say; None where the classifier cannot be trusted."""
        nouns, person = self.see(features)
        trust = self.trust(nouns, person)
        return [self._guide(*one, vocabulary) for one in zip(nouns, trust, strict=True)]

    def _guide(self, nouns: np.ndarray, trust: np.ndarray, vocabulary: Vocabulary) -> Guide | None:
        narrow, everything = len(narrow_nouns()), len(all_nouns())
        wanted = self._trusted(self._likely(nouns, trust, 0, narrow)[:MOST_WANTED], vocabulary)
        wanted = wanted or self._trusted(self._likely(nouns, trust, narrow, everything)[:1], vocabulary)
        if not wanted:
            return None
        said_in = [one.noun.said_in(vocabulary) for one in wanted]
        automaton = saying(len(vocabulary), *map(vocabulary.ids_of, said_in))
        return Guide(tuple(wanted), automaton, {word: said for words in said_in for word, said in words.items()})

    def _trusted(self, evidence: list[Evidence], vocabulary: Vocabulary) -> list[Evidence]:
        """The evidence a caption must name, never two nouns for the same word."""
        wanted, taken = [], set()
        for one in evidence:
            words = one.noun.said_in(vocabulary).keys()
            if one.trust >= self.trusted_from and words and not taken & words:
                wanted.append(one)
                taken |= words
        return wanted

    @cached_property
    def _nouns(self) -> np.ndarray:
        return classes_to_nouns()


def unlikeness(means: np.ndarray, centre: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The share `[images]` (0..1) of the photos' difference from the centre that lies outside these directions.

    Args:
        means: of the photos' features, `[images, channels]`.
        centre, directions: as in `Guidance`.
    """
    apart = means - centre
    known = np.linalg.norm(apart @ directions.T, axis=1)
    return 1 - known / np.maximum(np.linalg.norm(apart, axis=1), 1e-9)


def classes_to_nouns() -> np.ndarray:
    """`float32 [classes, nouns]`: 1 where the noun is the class's own or its broader one."""
    narrow = {noun: place for place, noun in enumerate(narrow_nouns())}
    broad = {noun.singular: len(narrow) + place for place, noun in enumerate(broad_nouns())}
    belongs = np.zeros((len(noun_of_each_class()), len(all_nouns())), "float32")
    for place, row in enumerate(table()[: len(belongs)]):
        belongs[place, narrow[row.noun]] = 1
        if row.broader:
            belongs[place, broad[row.broader]] = 1
    return belongs


def reasons(nouns: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The inputs of trust, `[images, nouns, 3]`: the log-odds of each noun, of a person, and their product."""
    noun, somebody = log_odds(nouns), np.broadcast_to(log_odds(person)[:, None], nouns.shape)
    return np.stack([noun, somebody, noun * somebody], axis=-1)


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Log-odds, finite even for 0 and 1."""
    return np.log((probabilities + 1e-6) / (1 - probabilities + 1e-6))


def _same_kind(word: str, other: str) -> bool:
    """Whether one of two words before a noun is enough: no player plays two sports."""
    return word == other or {word, other} <= SPORTS
