"""Constrained beam search, held against trying every caption there is over a tiny alphabet."""

from itertools import product

import numpy as np
import pytest

from captioner.search.automaton import saying
from captioner.search.beam import IMPOSSIBLE, beam_search

PAD, START, END, A, B, C, D = range(7)
SPECIAL = {"start": START, "end": END, "forbidden": (PAD, START)}
LONGEST = 4


def chain(seed: int):
    """A step whose next word depends on the last one only, and is drawn once for all."""
    table = np.random.default_rng(seed).normal(size=(7, 7)).astype("float32") * 2
    table -= np.log(np.exp(table).sum(axis=1, keepdims=True))

    def step(token_ids, memory):
        return table[token_ids], np.zeros((len(token_ids), 1), "float32"), memory

    return step, table


def every_caption():
    for length in range(LONGEST):
        for words in product((A, B, C, D), repeat=length):
            yield (*words, END)
    yield from product((A, B, C, D), repeat=LONGEST)  # cut off


def score(table, caption):
    total = sum(table[before, token] for before, token in zip((START, *caption), caption, strict=False))
    return total / len(caption)


def found(step, automaton, beam_width=200, images=1):
    memory = [np.zeros((images, 1), "float32")]
    return beam_search(step, memory, **SPECIAL, max_length=LONGEST, beam_width=beam_width, automaton=automaton)


def words(hypotheses, image=0, rank=0):
    tokens = list(hypotheses.tokens[image, rank])
    return tuple(tokens[: tokens.index(END) + 1] if END in tokens else tokens)


def wanted_in(caption, *sets):
    return all(set(caption) & each for each in sets)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sets", [[{B}], [{A, C}], [{A}, {B}], [{A, B}, {D}]])
def test_the_best_caption_with_the_wanted_words_is_found(seed, sets):
    step, table = chain(seed)
    allowed = [caption for caption in every_caption() if wanted_in(caption, *sets)]
    best = max(allowed, key=lambda caption: score(table, caption))

    hypotheses = found(step, saying(7, *sets))

    assert words(hypotheses) == best
    assert hypotheses.total[0, 0] / hypotheses.length[0, 0] == pytest.approx(score(table, best), abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_a_word_in_two_sets_sees_to_both(seed):
    step, table = chain(seed)
    allowed = [caption for caption in every_caption() if wanted_in(caption, {A, B}, {B, C})]
    assert words(found(step, saying(7, {A, B}, {B, C}))) == max(allowed, key=lambda caption: score(table, caption))


@pytest.mark.parametrize("beam_width", [1, 2, 5])
@pytest.mark.parametrize("seed", range(4))
def test_without_wanted_words_it_is_plain_beam_search(seed, beam_width):
    step, _ = chain(seed)
    plain, constrained = (found(step, automaton, beam_width, images=3) for automaton in (None, saying(7)))
    np.testing.assert_array_equal(plain.tokens, constrained.tokens)
    np.testing.assert_allclose(plain.total, constrained.total, rtol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_a_narrow_beam_says_the_wanted_word_too(seed):
    step, _ = chain(seed)
    hypotheses = found(step, saying(7, {D}), beam_width=2, images=3)
    assert hypotheses.tokens.shape[:2] == (3, 2)
    for image in range(3):
        assert D in words(hypotheses, image)


def test_a_short_caption_with_the_wanted_word_does_not_end_the_search_for_a_better_one():
    table = np.full((7, 7), 0.02, "float32")
    for word, following, probability in ((START, A, 0.7), (START, D, 0.2), (A, B, 0.9), (B, D, 0.9), (D, END, 0.9)):
        table[word, following] = probability

    def step(token_ids, memory):
        return np.log(table[token_ids]), np.zeros((len(token_ids), 1), "float32"), memory

    assert words(found(step, saying(7, {D}), beam_width=1)) == (A, B, D, END)


@pytest.mark.parametrize("seed", range(8))
def test_each_picture_may_have_an_automaton_of_its_own(seed):
    step, _ = chain(seed)
    wanted = [{A}, {B}, {C, D}]
    together = found(step, np.stack([saying(7, each) for each in wanted]), beam_width=3, images=3)
    for image, each in enumerate(wanted):
        assert words(together, image) == words(found(step, saying(7, each), beam_width=3))


def test_where_the_wanted_word_cannot_be_said_the_best_other_caption_is_found():
    step, table = chain(0)
    table[:, D] = IMPOSSIBLE
    allowed = [caption for caption in every_caption() if D not in caption]
    best = max(allowed, key=lambda caption: score(table, caption))
    hypotheses = found(step, saying(7, {D}))
    assert words(hypotheses) == best
    assert hypotheses.total[0, 0] > IMPOSSIBLE / 2


def test_more_words_than_a_search_can_see_to_are_refused():
    with pytest.raises(ValueError, match="3 words are wanted"):
        saying(7, {A}, {B}, {C})


def test_a_state_is_what_is_still_to_come():
    automaton = saying(7, {A}, {B})
    assert automaton.shape == (4, 7)
    assert automaton[3, A] == 0b10 and automaton[3, B] == 0b01 and automaton[0b10, B] == 0 and automaton[3, C] == 3
