"""What the scores do not show: broken endings, copied captions, few words."""

from itertools import chain

import pytest

from captioner.data import load_examples
from captioner.evaluation.wording import broken_share, mean_words, verbatim_share, vocabulary_share


def test_vocabulary_share():
    assert vocabulary_share(["A dog .", "a DOG, a cat"], 10) == 0.3
    assert vocabulary_share([], 10) == 0


def test_words_a_caption():
    assert mean_words(["A dog .", "a DOG, a cat"]) == 3


def test_captions_that_break_off():
    assert broken_share(["a dog with a", "a man in a", "Two cats sleep .", "", "a dog runs with the."]) == 0.8


def test_people_hardly_ever_break_off(flickr8k):
    captions = list(chain.from_iterable(example.captions for example in load_examples(flickr8k, "train")))
    assert 0 < broken_share(captions) < 0.002


def test_captions_as_in_training():
    assert verbatim_share(["a dog runs", "a cat runs"], ["A dog runs .", "Two dogs"]) == pytest.approx(0.5)
