"""What a caption tells counts beside its probability: against brute force over the alphabet of test_beam."""

from functools import partial

import numpy as np
import pytest

from captioner.search.ranking import ranked as ranked_by_search
from captioner.search.strategy import Search
from captioner.search.tree import TreeRecorder
from captioner.vocabulary import END
from tests.conftest import ROOT
from tests.search.test_beam import ALL, EVERY, TOKENS, WORDS, assert_found, every_hypothesis, gains
from tests.search.test_strategy import TEXTS, paths
from tests.search.test_strategy import search as search_alone

INFORMATION = np.zeros((len(ALL), TOKENS), "float32")
INFORMATION[:, WORDS] = np.random.default_rng(1).normal(size=(len(ALL), len(WORDS)))

search = partial(search_alone, information=INFORMATION)


def ranked(image, hypotheses, weight, length_penalty):
    def worth(tokens):
        told = sum(INFORMATION[image, token] for token in set(tokens))  # a word tells no more the second time
        return sum(gains(image, tokens)) / len(tokens) ** length_penalty + weight * told

    return sorted(hypotheses, key=worth, reverse=True)


@pytest.mark.parametrize("length_penalty", [0, 0.7])
@pytest.mark.parametrize("weight", [0, 0.2, 5])
def test_of_all_there_is_what_is_likely_and_tells_much_comes_first(weight, length_penalty):
    found = search(beam_width=EVERY, information_weight=weight, length_penalty=length_penalty)
    assert_found(found, ALL, [ranked(image, every_hypothesis(), weight, length_penalty) for image in ALL])


def test_a_narrow_beam_is_the_same_in_another_order_and_one_caption_stays():
    likely, telling = (search(beam_width=3, information_weight=weight) for weight in (0, 5))
    assert (likely.tokens[:, 0] != telling.tokens[:, 0]).any()
    for before, after in zip(likely.tokens, telling.tokens, strict=True):
        assert set(map(tuple, before)) == set(map(tuple, after))
    alone = [search(beam_width=1, information_weight=weight).tokens for weight in (0, 5)]
    np.testing.assert_array_equal(*alone)


@pytest.mark.parametrize("strategy", ["diverse", "nucleus"])
def test_other_strategies_keep_their_order(strategy):
    plain, weighed = (search(strategy=strategy, information_weight=weight) for weight in (0, 5))
    np.testing.assert_array_equal(plain.tokens, weighed.tokens)


def test_what_was_never_found_comes_last_however_much_it_would_tell():
    found = search(beam_width=EVERY + 3, information_weight=0)
    last = np.argsort(found.total, axis=1)[:, :3]
    again = ranked_by_search(found, 1e9 * np.ones_like(INFORMATION), 100, 0.7)
    assert (np.take_along_axis(found.total, last, 1) < -1e8).all() and (again.total[:, -3:] < -1e8).all()


def test_the_tree_leads_to_the_caption_that_comes_first():
    recorder = TreeRecorder(3, TEXTS, END)
    found = search(beam_width=3, information_weight=5, watch=recorder)
    for image in ALL:
        caption = tuple(found.tokens[image, 0, : found.length[image, 0]].tolist())
        tree = recorder.tree(image, found.tokens[image, 0])
        chosen = {path for path, branch in zip(paths(tree), tree, strict=True) if branch.fate == "chosen"}
        assert chosen == {caption[: place + 1] for place in range(len(caption))}


def test_a_model_ranks_by_what_its_look_sees_unless_told_otherwise(captioner):
    assert captioner.model.decoding.information_weight > 0
    features = captioner.encode(sorted((ROOT / "tests/photos_of_things").glob("*.jpg"))[20:40])
    ours, likely = (
        captioner.decode(features, search=Search(information_weight=weight, guided=False)) for weight in (None, 0)
    )
    changed = [(one, other) for one, other in zip(ours, likely, strict=True) if one.text != other.text]
    assert changed
    for one, other in changed:
        assert one.text in {each.text for each in other.others} and other.text in {each.text for each in one.others}
