"""What the classifier makes a caption say, on real photos where the model folder has its guide."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from captioner import Captioner, ModelError, Search
from captioner.data import load_examples
from captioner.folder.manifest import GUIDE
from captioner.folder.storage import DEFAULT_MODEL
from captioner.guide.guidance import DIRECTIONS, Evidence, Guidance, Guide, log_odds
from captioner.guide.nouns import Noun, all_nouns, broad_nouns, noun_of_each_class
from captioner.guide.wordlists import KINDS, OTHER_SENSES
from captioner.vocabulary import Vocabulary, words_of

CAT = Noun("cat", "cats", "dog", "dogs")
ESPRESSO = Noun("coffee", "", "beer", "")
VOCABULARY = Vocabulary.parse((DEFAULT_MODEL / "vocabulary.txt").read_bytes(), "vocabulary.txt")


SMALL = Vocabulary.from_captions(["a dog two dogs a horse two horses beer player players umbrella umbrellas"], 1)


def guide(*nouns: Noun, said_as=None) -> Guide:
    said = said_as or {word: said for noun in nouns for word, said in noun.said_in(SMALL).items()}
    return Guide(tuple(Evidence(noun, 1, 1) for noun in nouns), np.zeros((2, 7)), said)


def written(guide: Guide, text: str) -> str:
    return " ".join(filter(None, guide.write(text.split())))


def test_every_class_has_a_noun_and_every_stand_in_is_a_word_the_model_knows():
    assert len(noun_of_each_class()) == 1000
    for noun in all_nouns():
        assert noun.singular
        assert not noun.stand_in or noun.stand_in in VOCABULARY
        assert not noun.plural_stand_in or noun.plural_stand_in in VOCABULARY
        assert noun.stand_in or not noun.plural_stand_in


def test_the_table_says_what_people_say():
    said = {noun.singular: noun for noun in all_nouns()}
    assert said["cat"] == CAT
    assert said["coffee"] == ESPRESSO
    assert noun_of_each_class()[281].singular == noun_of_each_class()[285].singular == "cat"
    assert noun_of_each_class()[207].singular == "dog"


def test_a_noun_is_named_by_its_own_word_and_by_its_kinds_but_not_by_a_word_of_another_sense():
    said = {noun.singular: noun for noun in all_nouns()}
    assert said["basketball"].said_in(VOCABULARY)["ball"] == "basketball"
    assert {"bike", "bicycle", "bicycles"} <= said["bike"].said_in(VOCABULARY).keys()
    assert "orange" not in said["orange"].said_in(VOCABULARY)  # of a shirt, in most captions


def test_a_noun_is_said_by_its_own_word_if_the_vocabulary_has_it_and_by_its_stand_in():
    assert CAT.said_in(SMALL) == {"dog": "cat", "dogs": "cats"}
    assert CAT.said_in(Vocabulary.from_captions(["a dog a cat"], 1)) == {"dog": "cat", "cat": "cat"}


def test_the_lists_of_words_hold_words_of_the_table_and_of_the_captions(flickr8k):
    assert KINDS.keys() | OTHER_SENSES <= {noun.singular for noun in all_nouns()}
    written = {word for one in load_examples(flickr8k, "train") for text in one.captions for word in words_of(text)}
    for kinds in KINDS.values():
        assert kinds <= written


@pytest.mark.parametrize(
    ("nouns", "before", "after"),
    [
        ([CAT], "a brown dog is running", "a brown cat is running"),
        ([CAT], "two dogs are playing", "two cats are playing"),
        ([Noun("elephant", "elephants", "horse", "horses")], "a horse is in a field", "an elephant is in a field"),
        ([ESPRESSO], "a man with a beer", "a man with coffee"),
        ([Noun("baseball player", "baseball players", "player", "players")], "a baseball player", "a baseball player"),
        ([Noun("baseball player", "baseball players", "player", "players")], "a football player", "a baseball player"),
        ([Noun("camel", "camels", "horse", "horses")], "two camel on a beach", "two camels on a beach"),
        ([Noun("umbrella", "umbrellas", "umbrella", "umbrellas")], "a umbrella", "an umbrella"),
    ],
)
def test_stand_ins_give_way_with_articles_that_fit(nouns, before, after):
    assert written(guide(*nouns), before) == after


def small_guidance(**changes) -> Guidance:
    """A classifier on four channels that sees a tabby in the first, and a person in the second."""
    kernel = np.zeros((4, 1000), "float32")
    kernel[0, 281] = 20
    settings = {
        "kernel": kernel,
        "bias": np.zeros(1000, "float32"),
        "person_kernel": np.array([0, 9, 0, 0], "float32"),
        "person_bias": np.array([-4], "float32"),
        "slopes": np.array([1, 0, 0], "float32"),
        "offsets": np.zeros(len(all_nouns()), "float32"),
        "trusted_from": np.array([0.6], "float32"),
        "centre": np.ones(4, "float32"),
        "directions": np.eye(DIRECTIONS, 4, dtype="float32")[:, [0, 1, 3, 2]] * [1, 1, 0, 0],  # the first two channels
        "unlike_from": np.array([0.4], "float32"),
    }
    return Guidance(**settings | changes)


def photo(*means: float) -> np.ndarray:
    """Features [1, regions, channels] whose regions have these means."""
    noise = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    return (noise - noise.mean(axis=0) + np.array(means, "float32"))[None]


def test_the_classifier_reads_the_mean_of_the_regions_and_adds_classes_of_one_noun():
    nouns, person = small_guidance().see(photo(1, 1, 0, 0))
    cat = [noun.singular for noun in all_nouns()].index("cat")
    assert nouns.sum() == pytest.approx(1, abs=1e-4)
    assert nouns[0, cat] > 0.99
    assert person[0] == pytest.approx(1 / (1 + np.exp(-5)), abs=1e-4)


def test_a_noun_becomes_a_demand_only_where_it_is_trusted():
    sure, unsure = photo(1, 0, 0, 0), photo(0, 0, 0, 0)
    first, second = small_guidance().guides(np.concatenate([sure, unsure]), VOCABULARY)
    assert [one.noun.singular for one in first.evidence] == ["cat"]
    assert second is None
    assert small_guidance(trusted_from=np.array([1.1])).guides(sure, VOCABULARY) == [None]


def test_log_odds_stay_finite():
    assert np.isfinite(log_odds(np.array([0.0, 0.5, 1.0]))).all()


def test_a_guide_comes_back_from_its_file(tmp_path):
    small_guidance().save(tmp_path / GUIDE)
    loaded = Guidance.parse((tmp_path / GUIDE).read_bytes(), 4, GUIDE)
    np.testing.assert_allclose(loaded.kernel, small_guidance().kernel)
    np.testing.assert_allclose(loaded.trusted_from, [0.6], rtol=1e-6)


def spoiled(tmp_path, spoil) -> bytes:
    small_guidance().save(tmp_path / GUIDE)
    arrays = load_file(tmp_path / GUIDE)
    spoil(arrays)
    save_file(arrays, tmp_path / GUIDE)
    return (tmp_path / GUIDE).read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays: arrays.pop("slopes"),
        lambda arrays: arrays.update(offsets=arrays["offsets"][:5]),
        lambda arrays: arrays.update(table=arrays["table"] + 1),
    ],
)
def test_a_guide_of_another_table_is_left_aside_with_a_warning(tmp_path, spoil):
    with pytest.warns(UserWarning, match="train.py guide"):
        assert Guidance.parse(spoiled(tmp_path, spoil), 4, GUIDE) is None


def test_a_guide_of_another_encoder_is_left_aside_with_a_warning(tmp_path):
    with pytest.warns(UserWarning, match="another encoder"):
        assert Guidance.parse(spoiled(tmp_path, lambda arrays: None), 1280, GUIDE) is None


def test_a_guide_with_values_that_are_no_numbers_is_refused(tmp_path):
    content = spoiled(tmp_path, lambda arrays: arrays["bias"].fill(np.nan))
    with pytest.raises(ModelError, match="not numbers"):
        Guidance.parse(content, 4, GUIDE)


def test_a_file_that_is_no_guide_is_refused(tmp_path):
    (tmp_path / GUIDE).write_bytes(b"not numbers")
    with pytest.raises(ModelError, match="damaged"):
        Guidance.parse((tmp_path / GUIDE).read_bytes(), 4, GUIDE)


EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("seen", "unlike"),
    [((3, 1, 1, 1), False), ((0, 5, 1, 1), False), ((1, 1, 2, 1), True), ((3, 1, 2, 1), False), ((2, 1, 3, 1), True)],
)
def test_a_photo_is_unlike_the_others_where_it_differs_in_what_they_have_in_common(seen, unlike):
    assert small_guidance().unlike(photo(*seen)) == [unlike]


def test_the_mean_photo_is_no_error():
    assert np.isfinite(small_guidance().unlike(photo(1, 1, 1, 1))).all()


def test_a_kind_of_photo_it_has_not_learned_from_is_doubted_unless_the_classifier_knows_it(captioner):
    unguided = Captioner(replace(captioner.model, guidance=None), captioner.engine)
    astronaut, tiger, dog = (captioner.encode([EXAMPLES / f"{name}.jpg"]) for name in ("astronaut", "tiger", "dog"))
    assert "drink" in unguided.decode(astronaut)[0].text and not unguided.decode(astronaut)[0].doubtful  # there is none
    assert captioner.decode(astronaut)[0].doubtful
    assert captioner.model.guidance.unlike(np.concatenate([astronaut, tiger, dog])).tolist() == [True, False, False]
    assert captioner.decode(tiger)[0].guided_by and not captioner.decode(tiger)[0].doubtful
    assert captioner.decode(dog)[0].sure


def test_a_tiger_and_a_parrot_are_called_by_their_names(captioner):
    for name in ("tiger", "parrot"):
        features = captioner.encode([EXAMPLES / f"{name}.jpg"])
        unguided, guided = (captioner.decode(features, search=Search(guided=on))[0] for on in (False, True))
        assert name not in unguided.text and not unguided.guided_by
        assert name in guided.text.split()
        assert [one.noun.singular for one in guided.guided_by] == [name]
        assert guided.guided_by[0].probability > 0.8


def test_a_photo_the_classifier_is_not_sure_of_is_captioned_as_before(captioner):
    features = captioner.encode([EXAMPLES / "musicians.jpg"])
    unguided, guided = (captioner.decode(features, search=Search(guided=on))[0] for on in (False, True))
    assert guided == unguided and not guided.guided_by
    assert captioner.evidence(features)[0][0].probability < 0.5


def test_greedy_search_is_never_guided(captioner):
    caption = captioner.caption(EXAMPLES / "cat.jpg", beam_width=1)
    assert not caption.guided_by


def test_photos_captioned_together_are_guided_each_by_its_own(captioner):
    photos = [EXAMPLES / f"{name}.jpg" for name in ("cat", "musicians", "coffee")]
    together = captioner.caption_batch(photos)
    assert [caption.text for caption in together] == [captioner.caption(photo).text for photo in photos]


def test_a_guided_search_can_be_traced_in_the_words_it_writes(captioner):
    caption = captioner.caption(EXAMPLES / "cat.jpg", search=Search(traced=True))
    chosen = [branch.text for branch in caption.tree if branch.fate == "chosen" and branch.text]
    assert "cat" in chosen and "dog" not in chosen


def test_a_model_without_a_guide_captions_as_ever(captioner):
    plain = Captioner(replace(captioner.model, guidance=None), captioner.engine)
    features = captioner.encode([EXAMPLES / "dog.jpg"])
    assert plain.evidence(features) == [[]]
    assert plain.decode(features) == captioner.decode(features, search=Search(guided=False))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a brown dogs in a field", "a brown cat in a field"),
        ("two small dog in a field", "two small cats in a field"),
        ("a group of dogs", "a group of cats"),
        ("dogs run", "cats run"),
    ],
)
def test_a_noun_agrees_with_its_number(before, after):
    assert written(guide(CAT), before) == after


def test_a_number_counts_the_players_and_not_their_ball():
    ball = Noun("basketball", "basketballs", "ball", "balls")
    own = {"basketball": "basketball", "ball": "basketball", "balls": "basketballs"}
    assert written(guide(ball, said_as=own), "two basketball players") == "two basketball players"
    assert written(guide(ball, said_as=own), "two basketball on a field") == "two basketballs on a field"


def test_the_classifiers_trust_counts_for_the_word_it_demands():
    demanding = Guide((Evidence(CAT, 0.9, 0.8),), np.zeros((2, 7)), {"dog": "cat"})
    assert demanding.vouched(["a", "dog", "runs"], [0.9, 0.1, 0.5]) == pytest.approx(np.log(8))
    assert demanding.vouched(["a", "dog", "runs"], [0.9, 0.9, 0.5]) == 0


def test_a_broader_noun_speaks_where_no_narrow_one_is_trusted():
    parrots, toucan = 88, 96  # both are birds
    kernel = np.zeros((4, 1000), "float32")
    kernel[0, [parrots, toucan]] = 20
    guidance = small_guidance(kernel=kernel, trusted_from=np.array([0.7], "float32"))
    [found] = guidance.guides(photo(1, 0, 0, 0), VOCABULARY)
    assert [one.noun.singular for one in found.evidence] == ["bird"]
    assert found.evidence[0].probability > 0.99
    tags = guidance.evidence(photo(1, 0, 0, 0))[0]
    assert {one.noun.singular for one in tags[:2]} == {"parrot", "toucan"}


def test_every_broader_noun_is_a_noun_of_the_table():
    assert {noun.singular for noun in broad_nouns()} >= {"bird", "fruit", "building", "boat"}
    assert all(noun.stand_in in VOCABULARY for noun in broad_nouns())
