"""ImageNet's thousand classes -> the nouns people use, and where in a sentence such a noun goes."""

import csv
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.guide.wordlists import KINDS, OTHER_SENSES
from captioner.vocabulary import Vocabulary

TABLE = Path(__file__).parent / "nouns.csv"


class Noun(NamedTuple):
    """A noun, and the word in the training captions whose place in a sentence it takes.

    Attributes:
        singular, plural: as people write them; uncountable nouns have no plural, and no article.
        stand_in: the word it replaces, as "cheetah" replaces "dog"; empty if the noun is only used as a tag.
        plural_stand_in: empty if the captions have none.
    """

    singular: str
    plural: str
    stand_in: str
    plural_stand_in: str

    @property
    def kinds(self) -> frozenset[str]:
        """Other words that name it."""
        return KINDS.get(self.singular, frozenset())

    def said_in(self, vocabulary: Vocabulary) -> dict[str, str]:
        """The vocabulary's words that name it -> what is written for each: a stand-in gives way to the noun."""
        own = {self.singular, self.plural} if self.singular not in OTHER_SENSES else set()
        pairs = ((self.stand_in, self.singular), (self.plural_stand_in, self.plural))
        words = {word: word for word in own | self.kinds} | dict(pairs)
        return {word: said for word, said in words.items() if word in vocabulary}


class Row(NamedTuple):
    """A line of the table: a class, its noun, and the broader noun to use if several of its kind are likely; without a
    class, a noun that is only ever a broader one."""

    name: str
    noun: Noun
    broader: str


@cache
def table() -> tuple[Row, ...]:
    """The lines of the table: the classes in ImageNet's order, then the broader nouns."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return tuple(Row(name, Noun(*noun), broader) for name, *noun, broader in rows)


@cache
def table_mark() -> np.ndarray:
    """A hash that identifies this table, `uint8 [8]`."""
    return np.frombuffer(hashlib.sha256(TABLE.read_bytes()).digest()[:8], "uint8")


@cache
def noun_of_each_class() -> tuple[Noun, ...]:
    """The noun of each class, in the classes' order; several classes share one."""
    return tuple(row.noun for row in table() if row.name)


@cache
def narrow_nouns() -> tuple[Noun, ...]:
    """The nouns of the classes, each once, in the order of their first classes."""
    return tuple(dict.fromkeys(noun_of_each_class()))


@cache
def broad_nouns() -> tuple[Noun, ...]:
    """The broader nouns, each once; some are also the noun of a class: people call a goldfinch a bird."""
    known = {row.noun.singular: row.noun for row in table()}
    return tuple(known[name] for name in dict.fromkeys(row.broader for row in table() if row.broader))


@cache
def all_nouns() -> tuple[Noun, ...]:
    """The narrow nouns, followed by the broad ones."""
    return narrow_nouns() + broad_nouns()
