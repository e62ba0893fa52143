"""Caption text <-> token ids: what a word is, which words are kept, and in what order."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.data import load_examples
from captioner.errors import DataError, ModelError
from captioner.vocabulary import END, PAD, SPECIALS, START, UNKNOWN, Vocabulary, words_of

CAPTIONS = ["A dog runs .", "a DOG, a cat!", "The cat sleeps", "Zebra and the dog"]


@pytest.fixture
def vocabulary():
    return Vocabulary.from_captions(CAPTIONS, minimum_count=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('A "happy" Dog , running .', ["a", "happy", "dog", "running"]),
        ("black-and-white t-shirt", ["black", "and", "white", "t", "shirt"]),
        ("snake_case  and\ttabs\n", ["snake", "case", "and", "tabs"]),
        ("Ein Café, 2 Stühle", ["ein", "café", "2", "stühle"]),
        (" ... ", []),
    ],
)
def test_words_are_lower_case_without_punctuation(text, words):
    assert words_of(text) == words


def test_frequent_words_come_first_and_ties_go_by_spelling(vocabulary):
    assert vocabulary.tokens == (*SPECIALS, "a", "dog", "cat", "the", "and", "runs", "sleeps", "zebra")
    assert Vocabulary.from_captions(reversed(CAPTIONS), minimum_count=1).tokens == vocabulary.tokens


def test_rare_words_are_left_out():
    vocabulary = Vocabulary.from_captions(CAPTIONS, minimum_count=2)
    assert vocabulary.tokens == (*SPECIALS, "a", "dog", "cat", "the")
    assert "cat" in vocabulary and "zebra" not in vocabulary


def test_the_training_split_has_2535_words_and_the_specials(flickr8k):
    captions = [caption for example in load_examples(flickr8k, "train") for caption in example.captions]
    vocabulary = Vocabulary.from_captions(captions, minimum_count=5)
    assert len(vocabulary) == 2535 + len(SPECIALS)
    assert vocabulary.tokens[len(SPECIALS)] == "a"


def test_a_saved_vocabulary_is_loaded_the_same(tmp_path):
    vocabulary = Vocabulary.from_captions([*CAPTIONS, "Café"], minimum_count=1)
    vocabulary.save(tmp_path / "vocabulary.txt")
    lines = (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    assert lines == [*vocabulary.tokens, ""]  # one token a line, the line number is its id
    assert Vocabulary.parse((tmp_path / "vocabulary.txt").read_bytes(), "").tokens == vocabulary.tokens


def test_a_caption_and_back(vocabulary):
    ids = vocabulary.encode("The dog sleeps.", max_length=10)
    assert ids[0] == START and ids[-1] == END and len(ids) == 5
    assert vocabulary.decode(ids) == ["the", "dog", "sleeps"]


def test_a_long_caption_is_cut_but_keeps_its_end(vocabulary):
    whole = vocabulary.encode("the cat and the dog", max_length=6)
    cut = vocabulary.encode("the cat and the dog", max_length=4)
    assert len(whole) == 1 + 6 and len(cut) == 1 + 4
    assert cut == [*whole[:4], END]


def test_unknown_words_stay_visible(vocabulary):
    ids = vocabulary.encode("a purple dog", max_length=10)
    assert ids[2] == UNKNOWN
    assert vocabulary.decode(ids) == ["a", "<unk>", "dog"]


def test_nothing_is_read_behind_the_end(vocabulary):
    dog = vocabulary.encode("dog", max_length=2)[1]
    assert vocabulary.decode([START, dog, PAD, dog, END, dog]) == ["dog", "dog"]


def test_a_batch_is_padded_to_its_longest(vocabulary):
    batch = vocabulary.encode_batch(["the cat sleeps", "dog"], max_length=10)
    assert batch.dtype == np.int32
    assert batch.tolist() == [vocabulary.encode("the cat sleeps", 10), [*vocabulary.encode("dog", 10), PAD, PAD]]


@pytest.mark.parametrize(
    ("tokens", "complaint"),
    [
        (["dog", "cat"], "<pad> <start> <end> <unk>"),
        ([SPECIALS[1], SPECIALS[0], *SPECIALS[2:]], "<pad> <start> <end> <unk>"),
        ([*SPECIALS, "dog", "cat", "dog"], "'dog' more than once"),
    ],
)
def test_a_broken_vocabulary_is_refused(tokens, complaint):
    with pytest.raises(ModelError, match=complaint):
        Vocabulary(tokens)


def test_an_unreadable_file_is_named():
    with pytest.raises(ModelError, match=r"mine/vocabulary\.txt"):
        Vocabulary.parse(b"\xff\xfe\x00", "mine/vocabulary.txt")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया"]),
        ("কুকুর ঘাসে", ["কুকুর", "ঘাসে"]),
        ("مُحَمَّدٌ كَلْب", ["مُحَمَّدٌ", "كَلْب"]),
        ("สุนัข วิ่ง", ["สุนัข", "วิ่ง"]),
        ("Ma\u0308dchen, U\u0308ber!", ["mädchen", "über"]),
    ],
)
def test_words_keep_the_marks_that_belong_to_their_letters(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize("foreign", ["出入口注意", "東京都新宿区歌舞伎町一丁目", "ระวังรถไฟทางข้าม"])
@pytest.mark.parametrize(
    "text",
    [
        "two people stand in front of a large sign that says {}",
        "एक आदमी और एक औरत बड़े लाल बोर्ड के सामने खड़े हैं जिस पर {} लिखा है",
    ],
)
def test_a_sign_in_another_script_is_a_word_like_any_other(foreign, text):
    assert words_of(text.format(foreign)) == [
        *words_of(text.partition("{}")[0]),
        foreign,
        *words_of(text.partition("{}")[2]),
    ]


UNSPACED = {
    "Chinese": "一只狗在草地上奔跑",
    "Chinese with a comma": "一只狗\uff0c在草地",
    "Japanese": "犬が草の上を走る。",
    "narrow Japanese": "ｲﾇがはしっている",
    "Thai": "หมาวิ่งบนหญ้า",
    "Lao": "ໝາແລ່ນຢູ່ຫຍ້າ",
    "Khmer": "ឆ្កែរត់លើស្មៅ",
    "Burmese": "ခွေးပြေးနေသည်",
}


@pytest.mark.parametrize("text", UNSPACED.values(), ids=UNSPACED.keys())
@pytest.mark.parametrize("around", ["{}", "dog {}", "2024 {} 2 3", "{}!", "कुत्ता {}"])
def test_captions_without_spaces_are_refused_with_a_sentence(text, around):
    with pytest.raises(
        DataError, match=r'^The caption ".*" is written without spaces, .*: put a space between them\.$'
    ):
        Vocabulary.from_captions([around.format(text)], 1)


@pytest.mark.parametrize("text", ["一 只 狗 在 草地 上 奔跑", "犬 が 走っ て いる", "หมา วิ่ง บน หญ้า", "a photo of 东京"])
def test_captions_with_spaces_added_are_words_like_any_other(text):
    assert words_of(text) == text.split()


MARKED = "नमस्ते হাসি كَلْبٌ مُحَمَّد größe ångström việt שָׁלוֹם தமிழ் తెలుగు 개가 ελλάδα ёлка"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(MARKED.split()), min_size=1, max_size=8), st.sampled_from(["NFC", "NFD", "NFKD"]))
def test_words_stay_whole_however_their_marks_are_stored(words, form):
    expected = [unicodedata.normalize("NFC", word) for word in words]
    assert words_of(unicodedata.normalize(form, " ".join(words))) == expected
