"""What an image classifier sees in a photo, and when a caption has to name it.

A captioner that learned from 6,000 photos knows few things; its encoder was trained to tell a thousand apart. Where
that knowledge is to be trusted, the caption is looked for among those that name it (Anderson et al. 2017, "Guided Open
Vocabulary Image Captioning with Constrained Beam Search", arXiv 1612.00576).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import load, save_file

from captioner.automaton import MOST_WANTED, barring, led_by, saying
from captioner.errors import ModelError
from captioner.nouns import Noun, all_nouns, noun_of_each_class
from captioner.vocabulary import Vocabulary
from captioner.wordlists import DOGS, LEADING, LIVING, OF_PEOPLE, PEOPLE, acts

NO_DOG = 0.05  # below this probability of all its breeds together, there is none
# Below this probability of a person nobody is there. What learned it saw few photos without one, and leans to seeing
# one everywhere: up to here the dev split loses nothing.
NOBODY = 0.75
TAGS = 5
VOWELS = tuple("aeiouAEIOU")


class Evidence(NamedTuple):
    """One thing the classifier sees.

    Attributes:
        noun: what people call it.
        probability: 0..1, the classifier's, of all classes with this noun.
        trust: 0..1, how often somebody who describes such a photo names it.
    """

    noun: Noun
    probability: float
    trust: float


@dataclass(frozen=True)
class Guide:
    """What a caption of one photo has to say, and how.

    Attributes:
        evidence: the nouns it has to name.
        automaton: of the search, see `captioner.automaton`.
        said_as: word of the vocabulary -> what is written in its place.
        uncounted: of what is written those that no article stands before.
    """

    evidence: tuple[Evidence, ...]
    automaton: np.ndarray
    said_as: dict[str, str]
    uncounted: frozenset[str]

    def write(self, words: Sequence[str]) -> list[str]:
        """The words of a caption with stand-ins replaced, and articles that fit; an empty text is to be left out."""
        written = [self.said_as.get(word, word) for word in words]
        for place, (word, following) in enumerate(pairwise(written)):
            if word in ("a", "an"):
                written[place] = "" if following in self.uncounted else "an" if following[:1] in VOWELS else "a"
            elif following != words[place + 1] and following.split()[0] == word:
                written[place] = ""  # "baseball" before "baseball player"
        return written


@dataclass(frozen=True)
class Guidance:
    """The classifier on an encoder's features, and how far to trust it: numbers, as `train.py guide` found them.

    Attributes:
        kernel, bias: of the classes, `float32 [channels, 1000]` and `[1000]`, on the mean of a photo's regions.
        person_kernel, person_bias: of whether there is a person, `[channels]` and `[1]`.
        slopes: what trust makes of a noun's log-odds, of those of a person, and of the product of both, `[3]`.
        offsets: what it adds for each noun, `[nouns]`.
        trusted_from: trust from which a noun is right in 9 of 10 photos of the dev split, `[1]`.
    """

    kernel: np.ndarray
    bias: np.ndarray
    person_kernel: np.ndarray
    person_bias: np.ndarray
    slopes: np.ndarray
    offsets: np.ndarray
    trusted_from: np.ndarray

    def save(self, path: Path) -> None:
        """Write the numbers, the large ones at half precision."""
        large = {"kernel", "person_kernel"}
        arrays = {
            f.name: getattr(self, f.name).astype("float16" if f.name in large else "float32") for f in fields(self)
        }
        save_file(arrays, path)
        path.chmod(0o644)

    @classmethod
    def parse(cls, content: bytes, where: str) -> "Guidance":
        """The numbers in a file's content.

        Args:
            where: the file, for messages.

        Raises:
            ModelError: they are damaged, or of another encoder or table of nouns.
        """
        try:
            arrays = {name: array.astype("float32") for name, array in load(content).items()}
        except Exception as error:  # for a kind of number that NumPy has not, it is no error of safetensors
            raise ModelError(f"The guide {where} is damaged: {error}.") from error
        channels = len(arrays.get("kernel", ()))
        expected = {
            "kernel": (channels, len(noun_of_each_class())),
            "bias": (len(noun_of_each_class()),),
            "person_kernel": (channels,),
            "person_bias": (1,),
            "slopes": (3,),
            "offsets": (len(all_nouns()),),
            "trusted_from": (1,),
        }
        if {name: array.shape for name, array in arrays.items()} != expected:
            raise ModelError(f"The guide {where} is of another model or another table of nouns; `train.py guide`.")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ModelError(f"The guide {where} is damaged: it holds values that are not numbers.")
        return cls(**arrays)

    def see(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features `[images, regions, channels]` -> probabilities `[images, nouns]`, and of a person `[images]`."""
        means = features.mean(axis=1)  # [images, channels]
        logits = means @ self.kernel + self.bias  # [images, classes]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        nouns = odds @ self._nouns / odds.sum(axis=1, keepdims=True)
        return nouns, 1 / (1 + np.exp(-(means @ self.person_kernel + self.person_bias)))

    def trust(self, nouns: np.ndarray, person: np.ndarray) -> np.ndarray:
        """Probabilities as `see` gives them -> trust `[images, nouns]`."""
        return 1 / (1 + np.exp(-(reasons(nouns, person) @ self.slopes + self.offsets)))

    def evidence(self, features: np.ndarray) -> list[list[Evidence]]:
        """The likeliest nouns of each photo of features `[images, regions, channels]`, likeliest first."""
        nouns, person = self.see(features)
        trust = self.trust(nouns, person)
        likely = np.argsort(-nouns, axis=1)[:, :TAGS]
        known = all_nouns()
        return [
            [Evidence(known[noun], float(nouns[image, noun]), float(trust[image, noun])) for noun in likely[image]]
            for image in range(len(features))
        ]

    def guides(self, features: np.ndarray, vocabulary: Vocabulary) -> list[Guide | None]:
        """What the caption of each photo has to say; None where the classifier is not to be trusted."""
        seen = zip(self.evidence(features), *self._absent(features), strict=True)
        return [self._guide(evidence, *absent, vocabulary) for evidence, *absent in seen]

    def _absent(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nouns, person = self.see(features)
        dog = [noun.singular for noun in all_nouns()].index("dog")
        return person < NOBODY, nouns[:, dog] < NO_DOG

    def _guide(self, evidence: list[Evidence], nobody: bool, no_dog: bool, vocabulary: Vocabulary) -> Guide | None:
        wanted = self._trusted(evidence, vocabulary)
        if not wanted:
            return None
        nouns = [one.noun for one in wanted]
        said_as = {word: said for noun in nouns for word, said in noun.said_as.items() if word in vocabulary}
        automaton = saying(len(vocabulary), *(vocabulary.ids_of(noun.said_as) for noun in nouns))
        absent = DOGS if no_dog else set()
        if nobody and not any(noun.is_familiar for noun in nouns):  # then this is what the photo is about
            automaton = led_by(automaton, vocabulary.ids_of(LEADING))
            absent = absent | PEOPLE | (set() if nouns[0].stand_in in LIVING else OF_PEOPLE | acts(vocabulary.tokens))
        uncounted = frozenset(noun.singular for noun in nouns if not noun.plural)
        automaton = barring(automaton, vocabulary.ids_of(absent - said_as.keys()))
        return Guide(tuple(wanted), automaton, said_as, uncounted)

    def _trusted(self, evidence: list[Evidence], vocabulary: Vocabulary) -> list[Evidence]:
        """Of the likeliest nouns those to be named, no two of them in the same place of a sentence."""
        wanted = {}
        for one in evidence[:MOST_WANTED]:
            if one.trust >= self.trusted_from and one.noun.stand_in in vocabulary:
                wanted.setdefault(one.noun.stand_in, one)
        return list(wanted.values())

    @cached_property
    def _nouns(self) -> np.ndarray:
        return classes_to_nouns()


def classes_to_nouns() -> np.ndarray:
    """`float32 [classes, nouns]`: 1 where the class has the noun."""
    places = {noun: place for place, noun in enumerate(all_nouns())}
    classes = noun_of_each_class()
    table = np.zeros((len(classes), len(places)), "float32")
    table[np.arange(len(classes)), [places[noun] for noun in classes]] = 1
    return table


def reasons(nouns: np.ndarray, person: np.ndarray) -> np.ndarray:
    """What trust is judged by, `[images, nouns, 3]`: the log-odds of each noun, of a person, and their product."""
    noun, somebody = log_odds(nouns), np.broadcast_to(log_odds(person)[:, None], nouns.shape)
    return np.stack([noun, somebody, noun * somebody], axis=-1)


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Log-odds, finite for 0 and 1 as well."""
    return np.log((probabilities + 1e-6) / (1 - probabilities + 1e-6))
