"""What the look learns from, and how its answers are judged."""

import numpy as np
import pytest

from captioner.data import Label
from captioner.training.look import UNKNOWN, look_loss, mean_average_precision, object_targets, word_targets
from captioner.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_captions(["a dog and a dog", "a dog runs", "a cat", "a cat sits"], 1)


def test_a_words_target_is_the_share_of_captions_that_use_it():
    targets = word_targets([["a dog, a dog!", "a cat"], []], VOCABULARY, len(VOCABULARY) - 4)
    share = dict(zip(VOCABULARY.tokens[4:], targets[0], strict=True))
    assert (share["a"], share["dog"], share["cat"], share["runs"]) == (1, 0.5, 0.5, 0)
    assert (targets[1] == UNKNOWN).all()


def test_words_behind_those_a_look_knows_are_left_aside():
    assert word_targets([["a cat sits"]], VOCABULARY, 1).tolist() == [[1]]


def test_objects_are_told_with_their_best_score_and_that_of_a_second_one():
    box = (0.0, 0.0, 1.0, 1.0)
    found = [Label("dog", 0.4, box), Label("dog", 0.9, box), Label("dog", 0.6, box), Label("cat", 0.3, box)]
    targets = object_targets([found, [], None])
    assert targets[0].tolist() == pytest.approx([0.3, 0.9, 0, 0.6])
    assert targets[1].tolist() == [0, 0, 0, 0]
    assert (targets[2] == UNKNOWN).all()


def test_what_nobody_told_teaches_nothing():
    loss = look_loss(words=2, objects=2)
    known = np.array([[1, 0, 0.5, 0, 1, 0], [UNKNOWN, UNKNOWN, 1, 0, 0, 1]], "float32")
    logits = np.zeros((2, 6), "float32")
    changed = logits.copy()
    changed[1, :2] = 5, -5
    np.testing.assert_allclose(loss(known, logits), loss(known, changed))
    changed[0, :2] = 5, -5
    assert loss(known, changed)[0] < loss(known, logits)[0]


def test_photos_with_labels_stand_in_for_those_without():
    rows = look_loss(words=1, objects=1)(
        np.array([[UNKNOWN, 1, 1], [UNKNOWN, UNKNOWN, 1]], "float32"), np.zeros((2, 3), "float32")
    )
    assert [float(row) for row in rows] == pytest.approx([2 * np.log(2), 0], abs=1e-5)


def test_average_precision_of_each_column_that_has_any():
    scores = np.array([[0.9, 0.1, 0.3], [0.8, 0.2, 0.3], [0.1, 0.3, 0.3]])
    named = np.array([[True, True, False], [False, False, False], [True, False, False]])
    first, second = (1 + 2 / 3) / 2, 1 / 3
    assert mean_average_precision(scores, named) == pytest.approx((first + second) / 2)
