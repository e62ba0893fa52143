"""Search against brute force over a tiny alphabet, against a plain beam search, and against a real decoder."""

from itertools import product

import numpy as np
import pytest
from keras import ops

from captioner.engines.keras_engine import KerasEngine
from captioner.search.beam import IMPOSSIBLE, Hypotheses, beam_search
from captioner.search.sampling import draw_captions
from captioner.vocabulary import END, PAD, START, UNKNOWN
from tests.networks.test_decoders import small_decoder

WORDS = (4, 5)
FORBIDDEN = (PAD, START, UNKNOWN)
TOKENS = 6
MAX_LENGTH = 4
IMAGES = 6
ALL = range(IMAGES)
EVERY = 31  # hypotheses a picture has: 1 + 2 + 4 + 8 that end, and 16 that are cut


def code(tokens):
    """A prefix as one number, its start token and its length included."""
    number = START
    for token in tokens:
        number = number * TOKENS + token
    return number


# Logits of every picture after every prefix: the first picture likes short captions, the second endless ones.
LOGITS = np.random.default_rng(0).normal(scale=1.5, size=(IMAGES, 2 * TOKENS ** (MAX_LENGTH - 1), TOKENS))
LOGITS[:2, :, END] += [[3], [-6]]


def fake_start(images):
    """The memory of each picture before its first word: which picture it is, and the prefix so far."""
    return [np.array(images, "int32"), np.zeros(len(images), "int32")]


def fake_step(token_ids, memory):
    """What follows from the whole prefix in the memory; as attention, which picture and prefix gave it."""
    image, prefix = memory
    prefix = prefix * TOKENS + token_ids
    logits = LOGITS[image, prefix]
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    attention = np.stack([image, prefix], axis=-1).astype("float32")
    return log_probabilities.astype("float32"), attention, [image, prefix]


def search(images, beam_width=1, length_penalty=1.0, max_length=MAX_LENGTH, step=fake_step):
    how = {"max_length": max_length, "beam_width": beam_width, "length_penalty": length_penalty}
    return beam_search(step, fake_start(images), start=START, end=END, forbidden=FORBIDDEN, **how)


def log_probabilities(image, tokens):
    logits = LOGITS[image, code(tokens)]
    return logits - np.log(np.exp(logits).sum())


def gains(image, tokens):
    """The log-probability of each token given those before it."""
    return [log_probabilities(image, tokens[:i])[token] for i, token in enumerate(tokens)]


def rank(image, hypotheses, length_penalty):
    return sorted(hypotheses, key=lambda tokens: -sum(gains(image, tokens)) / len(tokens) ** length_penalty)


def every_hypothesis():
    for length in range(MAX_LENGTH):
        yield from ((*words, END) for words in product(WORDS, repeat=length))
    yield from product(WORDS, repeat=MAX_LENGTH)


def plain_beam_search(image, beam_width, length_penalty):
    beam = [()]
    for _ in range(MAX_LENGTH):
        finished = [tokens for tokens in beam if END in tokens]
        longer = [(*tokens, token) for tokens in beam if END not in tokens for token in (END, *WORDS)]
        beam = rank(image, finished + longer, length_penalty)[:beam_width]
    return beam


def assert_found(found, images, expected):
    """Everything a search tells about the best hypotheses of each picture, `expected` being their tokens."""
    for row, image in enumerate(images):
        for place, tokens in enumerate(expected[row]):
            length, gained = len(tokens), gains(image, tokens)
            filling = found.tokens.shape[-1] - length
            assert found.tokens[row, place].tolist() == [*tokens, *[END] * filling]
            np.testing.assert_allclose(found.log_probabilities[row, place], [*gained, *[0] * filling], atol=1e-5)
            np.testing.assert_allclose(found.total[row, place], sum(gained), atol=1e-5)
            assert found.length[row, place] == length
            assert found.finished[row, place] == (END in tokens)
            seen = [[image, code(tokens[:i])] for i in range(length)]
            assert found.attention[row, place, :length].tolist() == seen


@pytest.mark.parametrize("length_penalty", [0, 0.7, 1])
def test_a_beam_wide_enough_finds_all_there_is_in_order(length_penalty):
    assert len(list(every_hypothesis())) == EVERY
    found = search(ALL, EVERY, length_penalty)
    assert_found(found, ALL, [rank(image, every_hypothesis(), length_penalty) for image in ALL])


@pytest.mark.parametrize("length_penalty", [0, 0.7, 1])
@pytest.mark.parametrize("beam_width", [1, 2, 3, 5])
def test_a_narrow_beam_keeps_what_a_plain_beam_search_keeps(beam_width, length_penalty):
    found = search(ALL, beam_width, length_penalty)
    assert found.tokens.shape == (IMAGES, beam_width, MAX_LENGTH)
    assert_found(found, ALL, [plain_beam_search(image, beam_width, length_penalty) for image in ALL])


def test_length_penalty_lengthens_captions():
    shortest, longest = (search(ALL, EVERY, penalty).length[:, 0] for penalty in (0, 1))
    assert (shortest <= longest).all() and (shortest < longest).any()


def test_beam_one_is_greedy():
    greedy = [()] * IMAGES
    for _ in range(MAX_LENGTH):
        greedy = [
            tokens if END in tokens else (*tokens, max((END, *WORDS), key=log_probabilities(image, tokens).__getitem__))
            for image, tokens in zip(ALL, greedy, strict=True)
        ]
    for length_penalty in (0, 1):
        assert_found(search(ALL, 1, length_penalty), ALL, [[tokens] for tokens in greedy])


@pytest.mark.parametrize("beam_width", [1, 3])
def test_pictures_together_are_as_each_alone(beam_width):
    together = search(ALL, beam_width)
    alone = [search([image], beam_width) for image in ALL]
    # Behind its end a hypothesis waits for the others, and what it attends to there means nothing.
    spoken = np.arange(MAX_LENGTH) < together.length[..., None]  # [images, beam_width, max_length]
    for field, parts in zip(Hypotheses._fields, zip(*alone, strict=True), strict=True):
        ours, theirs = getattr(together, field), np.concatenate(parts)
        if field == "attention":
            ours, theirs = ours[spoken], theirs[spoken]
        np.testing.assert_allclose(ours, theirs, atol=1e-6, err_msg=field)


@pytest.mark.parametrize("beam_width", [1, 3, EVERY])
def test_forbidden_tokens_are_never_written(beam_width):
    liked = LOGITS[:, code(()), list(FORBIDDEN)].max(axis=-1) > LOGITS[:, code(()), [END, *WORDS]].max(axis=-1)
    assert liked.any()  # else this test shows nothing
    assert not np.isin(search(ALL, beam_width).tokens, FORBIDDEN).any()


def test_a_finished_hypothesis_keeps_its_place():
    found = search([0], 2, length_penalty=0)
    assert found.tokens[0, 0].tolist() == [END] * MAX_LENGTH  # found in the first step, best to the last
    assert found.length[0, 0] == 1 and found.finished[0, 0]


@pytest.mark.parametrize("max_length", [1, 2, 3])
def test_endless_captions_are_cut(max_length):
    found = search([1], 2, max_length=max_length)
    assert found.tokens.shape == found.log_probabilities.shape == found.attention.shape[:-1] == (1, 2, max_length)
    assert np.isin(found.tokens, WORDS).all()
    assert not found.finished.any() and (found.length == max_length).all()


@pytest.mark.parametrize("length_penalty", [0, 1])
def test_hypotheses_that_do_not_exist_are_impossible(length_penalty):
    existing, asked = EVERY, EVERY + 9
    total = search(ALL, asked, length_penalty).total
    assert (total[:, :existing] > -100).all()
    assert (total[:, existing:] < IMPOSSIBLE / 2).all()


@pytest.mark.parametrize(("beam_width", "images"), [(1, ALL), (3, ALL), (1, [0])])
def test_no_step_is_taken_twice_or_in_vain(beam_width, images):
    calls = []

    def counted(token_ids, memory):
        calls.append(len(token_ids))
        return fake_step(token_ids, memory)

    found = search(images, beam_width, step=counted)
    assert len(calls) == found.length.max() <= MAX_LENGTH
    assert set(calls) == {len(images) * beam_width}


# A decoder with random weights, through the engine, compiled.
VOCABULARY, REGIONS, CAPTION_LENGTH = 12, 6, 6


@pytest.fixture(scope="module")
def decoder():
    return small_decoder(VOCABULARY)


@pytest.fixture(scope="module")
def engine(decoder):
    def encoder(pixels, training):
        raise AssertionError("a search has no business with the encoder")

    return KerasEngine(encoder, decoder)


@pytest.fixture
def features():
    return np.random.default_rng(4).normal(size=(3, REGIONS, 5)).astype("float32")


def test_what_the_beam_reports_is_what_teacher_forcing_says(decoder, engine, features):
    found = engine.search(features, beam_width=4, max_length=CAPTION_LENGTH, length_penalty=0.7)
    assert all(isinstance(part, np.ndarray) for part in found)
    assert not np.isin(found.tokens, FORBIDDEN).any()

    tokens = found.tokens.reshape(-1, CAPTION_LENGTH)
    shifted = np.concatenate([np.full((len(tokens), 1), START), tokens[:, :-1]], axis=1)
    expected = ops.take_along_axis(ops.log_softmax(decoder(features, shifted)), tokens[..., None], axis=-1)
    expected = ops.convert_to_numpy(expected).reshape(found.tokens.shape)
    spoken = np.arange(CAPTION_LENGTH) < found.length[..., None]
    np.testing.assert_allclose(found.log_probabilities, np.where(spoken, expected, 0), atol=1e-4)
    np.testing.assert_allclose(found.total, found.log_probabilities.sum(-1), atol=1e-4)
    np.testing.assert_allclose(found.attention.sum(-1)[spoken], 1, atol=1e-5)
    assert (np.diff(found.total / found.length**0.7) <= 0).all()


def test_a_search_takes_any_number_of_pictures(engine, features):
    how = {"beam_width": 4, "max_length": CAPTION_LENGTH, "length_penalty": 0.7}
    together, alone = engine.search(features, **how), engine.search(features[1:2], **how)
    np.testing.assert_array_equal(together.tokens[1:2], alone.tokens)
    np.testing.assert_allclose(together.total[1:2], alone.total, atol=1e-4)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_captions_are_drawn_as_often_as_they_are_likely(temperature):
    draws = 4000
    images = [0, 2]
    common = {"start": START, "end": END, "forbidden": FORBIDDEN, "max_length": MAX_LENGTH}
    how = {"samples": draws, "random": np.random.default_rng(0), "temperature": temperature}
    found = draw_captions(fake_step, fake_start(images), **common, **how)
    tokens = found.tokens
    assert not np.isin(tokens, FORBIDDEN).any()
    for image, drawn in zip(images, tokens, strict=True):
        for hypothesis in every_hypothesis():
            row = [*hypothesis, *[END] * (MAX_LENGTH - len(hypothesis))]
            expected = np.exp(sum(allowed_gains(image, hypothesis, temperature)))
            assert (drawn == row).all(axis=1).mean() == pytest.approx(
                expected, abs=4 * (expected / draws) ** 0.5 + 3 / draws
            )


def test_a_forbidden_token_is_not_drawn_even_if_its_delay_is_rounded_to_nothing():
    class Rounded:
        def standard_exponential(self, shape, dtype):
            delays = np.ones(shape, dtype)
            delays[:, FORBIDDEN] = 0
            return delays

    common = {"start": START, "end": END, "forbidden": FORBIDDEN, "max_length": MAX_LENGTH}
    found = draw_captions(fake_step, fake_start(ALL), **common, samples=2, random=Rounded())
    assert not np.isin(found.tokens, FORBIDDEN).any()


def allowed_gains(image, tokens, temperature):
    """The log-probability of each token where the forbidden ones are left out."""
    for i, token in enumerate(tokens):
        logits = LOGITS[image, code(tokens[:i])] / temperature
        yield logits[token] - np.log(np.exp(logits[[END, *WORDS]]).sum())


def test_the_engine_draws_each_pictures_own_captions(decoder, engine, features):
    def draw(features):
        return engine.draw(features, 50, CAPTION_LENGTH, np.random.default_rng(1))

    drawn = draw(features)
    assert drawn.shape == (3, 50, CAPTION_LENGTH) and len(np.unique(drawn.reshape(150, -1), axis=0)) > 50
    np.testing.assert_array_equal(drawn, draw(features))
    assert (drawn[0] == draw(features[[0, 0, 0]])[0]).all()
    assert (drawn[2] != draw(features[[0, 0, 0]])[2]).any()
