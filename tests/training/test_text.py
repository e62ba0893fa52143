"""Batches of pictures with text that has none."""

import numpy as np
import pytest

from captioner.networks.decoders.evidence import Evidence
from captioner.training.text import Text, TextBatches, sureness
from captioner.vocabulary import PAD, Vocabulary, encode_captions

GROUPS = [
    ("a kitchen with a stove", "the stove in a kitchen"),
    ("a dog runs in the snow", "a dog plays in the snow", "the dog runs"),
    ("a red bus in a street",),
    ("two sheep in a field", "sheep in a green field"),
]
VOCABULARY = Vocabulary.from_captions([text for group in GROUPS for text in group], 1)
LENGTH, SHOWN = 8, 4


@pytest.fixture
def text():
    usual = np.array([0.95 if token in ("a", "in", "the") else 0.02 for token in VOCABULARY.tokens[4:]])
    return Text(GROUPS, VOCABULARY, LENGTH, usual, SHOWN, right=np.array([0.9]), wrong=np.array([0.1]))


def test_the_evidence_is_of_the_texts_own_words_and_some_foreign_ones(text):
    random = np.random.default_rng(0)
    for _ in range(50):
        token_ids, words, probabilities = text(5, random)
        written = {VOCABULARY.tokens[index] for index in token_ids.ravel()}
        shown = [VOCABULARY.tokens[index] for index in words]
        assert len(set(shown)) == SHOWN and not {"a", "in", "the", "<pad>", "<start>", "<end>"} & set(shown)
        assert all((word in written) == (sure > 0.5) for word, sure in zip(shown, probabilities, strict=True))


def test_groups_stand_behind_the_pictures_with_blank_pictures(text):
    captions = [["a dog runs", "a dog"], ["two sheep"], ["a red bus in the snow", "a bus"]]
    token_ids = encode_captions(captions, VOCABULARY, LENGTH)
    pictures = lambda indices, random: np.ones((len(indices), 2, 3), "float32")  # noqa: E731
    batches = TextBatches(pictures, token_ids, batch_size=3, seed=1, text=text, groups=2)
    inputs, targets = batches[0]
    assert inputs["pictures"].shape == (5, 2, 3)
    assert (inputs["pictures"][:3] == 1).all() and (inputs["pictures"][3:] == 0).all()
    assert (inputs["words"][:3] == PAD).all() and (inputs["words"][3:] != PAD).all()
    assert inputs["token_ids"].shape == targets.shape == (10, targets.shape[1])
    whole = np.column_stack([inputs["token_ids"], targets[:, -1:]])
    for index, image in enumerate(batches.order[0]):
        for row, caption in zip(whole[2 * index : 2 * index + 2], token_ids[image], strict=True):
            assert [*row[row != PAD]] == [*caption[caption != PAD]]
    assert all(VOCABULARY.decode(row) for row in whole[6:])
    again, _ = batches[0]
    np.testing.assert_array_equal(inputs["words"], again["words"])


@pytest.mark.parametrize("groups", [[("a dog runs",)], [("a dog runs",), ("the dog runs", "a dog")], [("unheard of",)]])
def test_text_without_foreign_words_leaves_places_empty(text, groups):
    text.groups = groups
    token_ids, words, probabilities = text(2, np.random.default_rng(0))
    assert token_ids.shape == (2, LENGTH + 1) and words.shape == probabilities.shape == (SHOWN,)
    assert ((words == PAD) == (probabilities == 0)).all() and (words == PAD).any()


def test_a_look_that_is_never_right_is_as_sure_of_a_texts_words_as_of_any():
    evidence = Evidence(6, shown=3, units=4, dropout=0.0)
    evidence.build((None, 2, 5))
    features = np.random.default_rng(0).normal(size=(7, 2, 5)).astype("float32")
    right, wrong = sureness(evidence, features, np.zeros((7, 6)))
    assert len(wrong) == 7 * 3 and sorted(right) == sorted(wrong)
    right, wrong = sureness(evidence, features, np.ones((7, 6)))
    assert len(right) == 7 * 3 and sorted(right) == sorted(wrong)
