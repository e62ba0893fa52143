"""A man stays a man where the model is sure; where it is not, he is a person."""

import numpy as np
import pytest

from captioner import Captioner
from captioner.captioner import Word
from captioner.guide.neutral import FEMALE, MALE, NEUTRAL, NeutralWords
from captioner.vocabulary import Vocabulary, words_of

VOCABULARY = Vocabulary.from_captions(["a man and his dog", "a woman and her dog", "a girl"], 1)


def words(text):
    return tuple(Word(word, 0.5, None) for word in text.split())


def chances(text, **of):
    """Probabilities [words, ids] where each gendered word's place has these, and other places next to nothing."""
    neutral = NeutralWords(VOCABULARY)
    row = [of.get(VOCABULARY.tokens[index], 0.01) for index in neutral.ids]
    return neutral, np.array([row if word in NEUTRAL else [1e-9] * len(row) for word in text.split()])


def test_a_sure_word_stays():
    text = "a man and his dog"
    neutral, probabilities = chances(text, man=0.8, his=0.15)
    assert neutral(words(text), probabilities) == words(text)


def test_a_guess_becomes_neutral_and_is_as_sure_as_all_it_stands_for():
    text = "a man and his dog"
    neutral, probabilities = chances(text, man=0.4, woman=0.3, girl=0.1)
    written = neutral(words(text), probabilities)
    assert [word.text for word in written] == ["a", "person", "and", "their", "dog"]
    assert written[1].probability == pytest.approx(0.82)
    assert written[0].probability == written[4].probability == 0.5


def test_evidence_is_the_side_not_the_word():
    text = "a woman"
    neutral, probabilities = chances(text, woman=0.4, girl=0.4)
    assert neutral(words(text), probabilities) == words(text)
    assert neutral.share("woman", probabilities[1]) == pytest.approx(0.81 / 0.83)


def test_no_word_is_of_both_sexes_and_every_one_has_a_neutral_word():
    assert not set(MALE) & set(FEMALE)
    assert not set(NEUTRAL.values()) & set(NEUTRAL)


def test_on_real_photos_only_gendered_words_change(examples):
    captioner = Captioner.from_pretrained()
    features = captioner.encode(examples)
    for beam_width in (1, 3):
        pairs = zip(
            captioner.decode(features, beam_width), captioner.decode(features, beam_width, neutral=True), strict=True
        )
        for plain, neutral in pairs:
            assert neutral.text == " ".join(word.text for word in neutral.words)
            assert (neutral.score, len(neutral.others)) == (plain.score, len(plain.others))
            for before, after in zip(words_of(plain.text), words_of(neutral.text), strict=True):
                assert after in (before, NEUTRAL.get(before))
