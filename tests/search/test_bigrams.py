"""Pairs of words: counted from captions, kept in a file, and held to by every search."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from safetensors.numpy import save

from captioner import Captioner, ModelError, Search
from captioner.data import load_examples
from captioner.folder.storage import load
from captioner.folder.storage import save as save_model
from captioner.search.bigrams import Bigrams
from captioner.vocabulary import END, SPECIALS, START, Vocabulary, words_of

CAPTIONS = ["a dog runs", "A dog runs.", "a cat", "a cat", "the dog", "a dog sleeps"]
VOCABULARY = Vocabulary([*SPECIALS, "a", "dog", "runs", "cat", "the", "sleeps"])
A, DOG, RUNS, CAT, THE, SLEEPS = range(len(SPECIALS), len(VOCABULARY))


@pytest.fixture
def bigrams() -> Bigrams:
    return Bigrams.from_captions(CAPTIONS, VOCABULARY)


def familiar(bigrams: Bigrams, *tokens: int) -> list[list[int]]:
    return [np.flatnonzero(~row).tolist() for row in bigrams.strange(np.array(tokens))]


def test_what_people_wrote_twice_is_familiar_and_all_else_is_strange(bigrams):
    assert familiar(bigrams, START, A, DOG, RUNS, CAT) == [[A], [DOG, CAT], [RUNS], [END], [END]]
    assert familiar(bigrams, THE, DOG, THE, SLEEPS) == [[], [RUNS], [], []]  # written once, which may be a slip


def test_a_caption_counts_to_its_end_however_long_it_is():
    endless = " ".join(["a dog"] * 200 + ["sleeps"])
    assert familiar(Bigrams.from_captions([endless] * 2, VOCABULARY), SLEEPS) == [[END]]


def test_no_captions_make_everything_strange():
    assert Bigrams.from_captions([], VOCABULARY).strange(np.array([A])).all()


def test_they_come_back_from_their_file(bigrams, tmp_path):
    bigrams.save(tmp_path / "bigrams")
    again = Bigrams.parse((tmp_path / "bigrams").read_bytes(), len(VOCABULARY), "")
    tokens = np.arange(len(VOCABULARY))
    assert (again.strange(tokens) == bigrams.strange(tokens)).all()


def spoiled(bigrams: Bigrams, **changes) -> bytes:
    return save({"following": bigrams.following, "first": bigrams.first, **changes})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: {"following": one.following + 100},  # tokens there are none of
        lambda one: {"following": one.following - 100},
        lambda one: {"following": one.following[:-1]},
        lambda one: {"following": one.following.astype("float32")},
        lambda one: {"following": one.following[None]},
        lambda one: {"first": one.first[:-1]},
        lambda one: {"first": one.first[::-1].copy()},
        lambda one: {"first": np.where(np.arange(len(one.first)) == 3, -5, one.first).astype("int32")},
        lambda one: {"first": one.first + np.int32(2**30)},
    ],
)
def test_pairs_that_do_not_fit_are_refused(bigrams, spoil):
    with pytest.raises(ModelError, match="mine/bigrams do not fit a vocabulary of 10 words"):
        Bigrams.parse(spoiled(bigrams, **spoil(bigrams)), len(VOCABULARY), "mine/bigrams")


@pytest.mark.parametrize("content", [b"", b"no numbers", save({"following": np.zeros(1, "int32")})])
def test_a_file_of_something_else_is_refused(content):
    with pytest.raises(ModelError, match="mine/bigrams are damaged"):
        Bigrams.parse(content, len(VOCABULARY), "mine/bigrams")


def test_a_model_keeps_them_and_a_new_one_in_its_place_loses_them(tiny_model, tmp_path):
    bigrams = Bigrams.from_captions(CAPTIONS, tiny_model.vocabulary)
    save_model(replace(tiny_model, bigrams=bigrams), tmp_path / "tiny")
    kept = load(tmp_path / "tiny").bigrams
    assert (kept.following == bigrams.following).all() and (kept.first == bigrams.first).all()
    save_model(tiny_model, tmp_path / "tiny")
    assert load(tmp_path / "tiny").bigrams is None


SEARCHES = [
    Search(beam_width=1),
    Search(beam_width=3),
    Search(beam_width=10),
    Search("diverse"),
    Search("nucleus", top_p=0.9),
]


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: f"{search.strategy}-{search.beam_width}")
def test_every_search_writes_only_pairs_that_people_wrote(captioner, training_photos, examples, search):
    """The default model's pairs are those of the training captions, counted here once more."""
    texts = (caption for example in load_examples(training_photos, "train") for caption in example.captions)
    seen = {pair for text in texts for pair in pairwise([None, *words_of(text), None])}
    features = captioner.encode(examples)

    def unseen(search: Search) -> list[tuple]:
        captions = captioner.decode(features, search=replace(search, guided=False))
        written = (each.text.split() for one in captions for each in (one, *one.others))
        cut = captioner.model.decoding.max_length
        return [pair for words in written if len(words) < cut for pair in pairwise([None, *words, None])
                if pair not in seen]  # fmt: skip

    assert not unseen(search)
    if search.strategy == "nucleus":  # drawn at random, there always are some
        assert unseen(replace(search, known_bigrams=False))


def test_of_a_picture_of_noise_something_familiar_can_be_said(captioner):
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), "uint8")
    for width in (1, 3):
        caption = captioner.caption(noise, search=Search(beam_width=width, guided=False))
        assert caption.text and caption.log_probability > -100


def test_where_all_words_are_strange_the_likeliest_is_written(tiny_model, examples):
    nothing = Bigrams.from_captions([], tiny_model.vocabulary)
    for width in (1, 3):
        search = Search(beam_width=width)
        held, free = (
            Captioner(replace(tiny_model, bigrams=bigrams)).caption(examples[0], search=search)
            for bigrams in (nothing, None)
        )
        assert held.text == free.text
