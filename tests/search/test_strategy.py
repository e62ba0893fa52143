"""Further ways to look for captions, each against brute force or a plain version over the alphabet of test_beam."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from captioner import CaptionerError, Search, SettingError
from captioner.__main__ import main
from captioner.search.automaton import saying
from captioner.search.beam import beam_search
from captioner.search.sampling import draw_captions
from captioner.search.strategy import Decoding, search_captions
from captioner.search.tree import ALTERNATIVES, TreeRecorder
from captioner.vocabulary import END, PAD, START, UNKNOWN
from tests.conftest import printed
from tests.search.test_beam import (
    ALL,
    EVERY,
    FORBIDDEN,
    MAX_LENGTH,
    TOKENS,
    WORDS,
    assert_found,
    every_hypothesis,
    fake_start,
    fake_step,
    gains,
    log_probabilities,
    rank,
)

SPECIAL = {"start": START, "end": END, "forbidden": FORBIDDEN}
OWN = Decoding(beam_width=3, length_penalty=0.7, max_length=MAX_LENGTH)
TEXTS = ["<pad>", "<start>", "<end>", "<unk>", "yes", "no"]


def search(images=ALL, watch=None, information=None, **settings):
    filled = Search(**settings).filled(OWN)
    return search_captions(fake_step, fake_start(images), filled, SPECIAL, watch, information=information)


def repeats(tokens, size) -> bool:
    runs = Counter(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))
    near = (tokens[i] in tokens[max(i - 2, 0) : i] for i in range(len(tokens)))
    return max(runs.values(), default=0) > 1 or any(near)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_run_of_words_stands_twice_and_all_else_is_found(size):
    expected = [[hypothesis for hypothesis in every_hypothesis() if not repeats(hypothesis, size)]] * len(ALL)
    assert len(expected[0]) < EVERY
    found = search(beam_width=EVERY, no_repeat_ngram=size)
    assert_found(found, ALL, [rank(image, those, 0.7) for image, those in zip(ALL, expected, strict=True)])
    assert (found.total[:, len(expected[0]) :] < -100).all()


@pytest.mark.parametrize("strategy", ["diverse", "nucleus"])
def test_no_run_of_words_stands_twice_in_what_other_strategies_write(strategy):
    settings = {"strategy": strategy, "captions": 20, "top_p": 1.0}
    for size, some in (0, True), (1, False), (2, False):
        found = search(no_repeat_ngram=size, **settings)
        spoken = [tokens[:length] for tokens, length in zip(found.tokens[1], found.length[1], strict=True)]
        assert any(repeats(list(tokens), max(size, 1)) for tokens in spoken) == some


def allowed(image, tokens, top_p):
    """The words that may follow, with their probabilities: the likeliest that together have `top_p`."""
    logits = log_probabilities(image, tokens)[[END, *WORDS]]
    falling = sorted(zip(np.exp(logits) / np.exp(logits).sum(), (END, *WORDS), strict=True), reverse=True)
    nucleus, mass = {}, 0
    for probability, token in falling:
        if mass < top_p:
            nucleus[token] = probability
        mass += probability
    return {token: probability / sum(nucleus.values()) for token, probability in nucleus.items()}


@pytest.mark.parametrize("top_p", [0.3, 0.6, 0.9])
def test_the_nucleus_is_drawn_from_as_often_as_it_is_likely(top_p):
    draws, images = 4000, [0, 2]
    how = {"max_length": MAX_LENGTH, "samples": draws, "random": np.random.default_rng(0), "top_p": top_p}
    found = draw_captions(fake_step, fake_start(images), **SPECIAL, **how)
    left_out = 0
    for image, drawn in zip(images, found.tokens, strict=True):
        for hypothesis in every_hypothesis():
            expected = 1.0
            for place, token in enumerate(hypothesis):
                expected *= allowed(image, hypothesis[:place], top_p).get(token, 0)
            row = [*hypothesis, *[END] * (MAX_LENGTH - len(hypothesis))]
            share = (drawn == row).all(axis=1).mean()
            assert share == pytest.approx(expected, abs=4 * (expected / draws) ** 0.5)
            left_out += expected == share == 0
    assert left_out > 20


def test_a_drawn_word_has_the_probability_the_decoder_gives_it():
    found = search([2], strategy="nucleus", captions=9, top_p=0.5)
    for tokens, length, gained in zip(found.tokens[0], found.length[0], found.log_probabilities[0], strict=True):
        np.testing.assert_allclose(gained[:length], gains(2, list(tokens[:length])), atol=1e-5)


def test_a_seed_draws_the_same_captions_whoever_else_is_drawn_for():
    settings = {"strategy": "nucleus", "captions": 5, "top_p": 0.95}
    together = search(seed=7, **settings)
    for image in ALL:
        np.testing.assert_array_equal(search([image], seed=7, **settings).tokens[0], together.tokens[image])
    assert (search(seed=8, **settings).tokens != together.tokens).any()


def plain_diverse_beam_search(image, groups, beam_width, diversity, length_penalty):
    """Diverse beam search word by word: `(tokens, what was paid)` for each group, best first."""
    beams = [[((), 0.0)] for _ in range(groups)]
    for _ in range(MAX_LENGTH):
        written = Counter()
        for group in range(groups):
            longer = [(tokens, paid) for tokens, paid in beams[group] if END in tokens]
            for tokens, paid in beams[group]:
                if END not in tokens:
                    longer += [((*tokens, word), paid + diversity * written[word]) for word in (END, *WORDS)]
            longer.sort(key=lambda one: -(sum(gains(image, one[0])) - one[1]) / len(one[0]) ** length_penalty)
            beams[group] = longer[:beam_width]
            written.update(tokens[-1] for tokens, _ in beams[group] if tokens[-1] != END)
    return [beam[0][0] for beam in beams]


@pytest.mark.parametrize("diversity", [0.0, 0.4, 3.0])
@pytest.mark.parametrize(("groups", "beam_width"), [(1, 3), (3, 1), (3, 2), (4, 3)])
def test_diverse_beams_are_those_of_a_plain_search(groups, beam_width, diversity):
    found = search(strategy="diverse", captions=groups, beam_width=beam_width, diversity=diversity)
    expected = [plain_diverse_beam_search(image, groups, beam_width, diversity, 0.7) for image in ALL]
    assert_found(found, ALL, expected)
    best = beam_search(fake_step, fake_start(ALL), **SPECIAL, max_length=MAX_LENGTH, beam_width=beam_width,
                       length_penalty=0.7).tokens[:, 0]  # fmt: skip
    np.testing.assert_array_equal(found.tokens[:, 0], best)  # the first beam is a plain one
    assert ((found.tokens == best[:, None]).all()) == (diversity == 0 or groups == 1)


def test_diverse_beams_are_the_same_for_a_picture_alone():
    settings = {"strategy": "diverse", "captions": 3, "beam_width": 2, "diversity": 1.0}
    together = search(**settings)
    for image in ALL:
        np.testing.assert_array_equal(search([image], **settings).tokens[0], together.tokens[image])


def paths(tree):
    """The tokens from the first word to each branch."""
    so_far = []
    for branch in tree:
        before = () if branch.parent is None else so_far[branch.parent]
        so_far.append((*before, TEXTS.index(branch.text) if branch.text else END))
    return so_far


@pytest.mark.parametrize("beam_width", [1, 2, 3])
def test_the_tree_has_all_that_was_kept_and_the_likeliest_of_what_was_not(beam_width):
    recorder = TreeRecorder(beam_width, TEXTS, END)
    found = search(beam_width=beam_width, length_penalty=1.0, watch=recorder)
    for image in ALL:
        tree = recorder.tree(image, found.tokens[image, 0])
        written = dict(zip(paths(tree), tree, strict=True))
        assert len(written) == len(tree)

        kept, beam = set(), [()]
        for _ in range(MAX_LENGTH):  # a plain beam search that notes what it keeps
            finished = [tokens for tokens in beam if END in tokens]
            longer = [(*tokens, token) for tokens in beam if END not in tokens for token in (END, *WORDS)]
            beam = rank(image, finished + longer, 1.0)[:beam_width]
            kept |= set(beam)
        caption = beam[0]
        way = {caption[: place + 1] for place in range(len(caption))}
        assert {path for path, branch in written.items() if branch.fate == "chosen"} == way
        assert {path for path, branch in written.items() if branch.fate != "dropped"} == kept | way
        assert list(caption) == found.tokens[image, 0, : len(caption)].tolist()

        dropped = {path for path, branch in written.items() if branch.fate == "dropped"}
        for before in (step[:-1] for step in way):
            others = [token for token in (END, *WORDS) if (*before, token) not in kept | way]
            others.sort(key=log_probabilities(image, before).__getitem__, reverse=True)
            assert {path for path in dropped if path[:-1] == before} == {
                (*before, token) for token in others[:ALTERNATIVES]
            }
        for path, branch in written.items():
            assert branch.position == len(path) - 1
            assert branch.probability == pytest.approx(np.exp(gains(image, path)[-1]), rel=1e-4)


def test_a_beam_wider_than_what_there_is_has_no_impossible_branches():
    recorder = TreeRecorder(EVERY + 9, TEXTS, END)
    found = search(beam_width=EVERY + 9, watch=recorder)
    prefixes = {hypothesis[: place + 1] for hypothesis in every_hypothesis() for place in range(len(hypothesis))}
    assert set(paths(recorder.tree(3, found.tokens[3, 0]))) == prefixes
    assert not {PAD, START, UNKNOWN} & {token for path in prefixes for token in path} and len(TEXTS) == TOKENS


@pytest.mark.parametrize("beam_width", [1, 2, 3])
def test_the_tree_of_a_constrained_search_leads_to_its_caption(beam_width):
    automaton = saying(TOKENS, [WORDS[0]], [WORDS[1]])
    recorder = TreeRecorder(beam_width, TEXTS, END, len(automaton))
    filled = Search(beam_width=beam_width).filled(OWN)
    found = search_captions(fake_step, fake_start(ALL), filled, SPECIAL, recorder, automaton)
    for image in ALL:
        tree = recorder.tree(image, found.tokens[image, 0])
        written = dict(zip(paths(tree), tree, strict=True))
        caption = tuple(found.tokens[image, 0, : found.length[image, 0]].tolist())
        assert {*WORDS} <= {*caption} and len(written) == len(tree)
        assert {path for path, branch in written.items() if branch.fate == "chosen"} == {
            caption[: place + 1] for place in range(len(caption))
        }
        for path, branch in written.items():
            assert branch.probability == pytest.approx(np.exp(gains(image, path)[-1]), rel=1e-4)
        renamed = recorder.tree(image, found.tokens[image, 0], ["YES", ""])
        assert [renamed[0].text, len(renamed)] == ["YES" if renamed[0].fate == "chosen" else tree[0].text, len(tree)]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"beam_width": 0}, "beam width is 0"),
        ({"strategy": "guess"}, "'guess'"),
        ({"top_p": 0.0}, "top p"),
        ({"top_p": 1.5}, "top p"),
        ({"captions": 0}, "captions"),
        ({"no_repeat_ngram": -1}, "no repeat"),
        ({"length_penalty": -0.5}, "length penalty is -0.5"),
        ({"length_penalty": float("nan")}, "length penalty is nan"),
        ({"length_penalty": float("inf")}, "length penalty is inf; it must be 0 to 5"),
        ({"information_weight": -1.0}, "information weight"),
        ({"information_weight": float("inf")}, "information weight"),
        ({"strategy": "nucleus", "traced": True}, "traced"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(SettingError, match=said) as refused:
        Search(**settings)
    assert isinstance(refused.value, CaptionerError)


def test_a_search_takes_the_models_own_and_never_longer_captions():
    own = replace(OWN, no_repeat_ngram=2, information_weight=0.5)
    names = ("beam_width", "length_penalty", "max_length", "no_repeat_ngram", "information_weight")
    assert Search().filled(own) == Search(**{name: getattr(own, name) for name in names})
    assert Search(beam_width=9, length_penalty=0.0).filled(own).beam_width == 9
    assert Search(no_repeat_ngram=0).filled(own).no_repeat_ngram == 0
    with pytest.raises(SettingError, match=str(MAX_LENGTH)):
        Search(max_length=MAX_LENGTH + 1).filled(OWN)


def test_the_model_that_comes_along_writes_in_every_way(captioner, examples):
    features = captioner.encode(examples[:3])
    diverse = captioner.decode(features, search=Search(strategy="diverse", captions=4))
    plain = captioner.decode(features, 3, search=Search(guided=False))
    for caption, best in zip(diverse, plain, strict=True):
        everything = [caption, *caption.others]
        assert caption.text == best.text and len(everything) == 4
        assert len({one.text for one in everything}) > 1
        assert all(word.attention.shape == (7, 7) for one in everything for word in one.words)
    drawn = [captioner.caption(examples[0], search=Search(strategy="nucleus", seed=seed)).text for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    short = captioner.caption(examples[0], search=Search(max_length=4))
    assert len(short.words) <= 4
    traced = captioner.caption(examples[0], beam_width=5, search=Search(traced=True))
    assert " ".join(branch.text for branch in traced.tree if branch.fate == "chosen").strip() == traced.text
    assert captioner.caption(examples[0], beam_width=5) == captioner.caption(examples[0], search=Search(beam_width=5))
    assert captioner.caption(examples[0]).tree == ()


def test_the_shell_writes_in_every_way(captioner, examples, capsys):
    assert main([str(examples[0]), "--strategy", "diverse", "--captions", "2"]) == 0
    expected = captioner.caption(examples[0], search=Search(strategy="diverse", captions=2))
    assert capsys.readouterr().out.splitlines() == [printed(expected), printed(expected.others[0])]
    assert main([str(examples[0]), "--strategy", "nucleus", "--captions", "1", "--seed", "5", "--top-p", "0.9"]) == 0
    expected = captioner.caption(examples[0], search=Search(strategy="nucleus", captions=1, seed=5, top_p=0.9))
    assert capsys.readouterr().out == printed(expected) + "\n"
    assert main([str(examples[0]), "--max-length", "5", "--no-repeat-ngram", "2", "--length-penalty", "0"]) == 0
    assert 0 < len(re.sub(r" \(not (quite )?sure\)\n", "", capsys.readouterr().out).split()) <= 5
    with pytest.raises(SystemExit):
        main([str(examples[0]), "--top-p", "2"])
    assert "top p" in capsys.readouterr().err
    assert main([str(examples[0]), "--max-length", "99"]) == 2
    assert "at most 22 words" in capsys.readouterr().err
