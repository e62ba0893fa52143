"""Bootstrap intervals are of the very scores that are told, and as wide as the pictures are few."""

import numpy as np
import pytest

from captioner.data import load_examples
from captioner.errors import CaptionerError
from captioner.evaluation.intervals import bleu_4, bleu_counts, intervals
from captioner.evaluation.metrics import java_available, score, tokenized

needs_java = pytest.mark.skipif(not java_available(), reason="needs a Java runtime, which is not here")


@pytest.fixture(scope="module")
def people(flickr8k):
    """A person's caption of each dev picture against those of four others."""
    captions = [example.captions for example in load_examples(flickr8k, "dev")]
    return [texts[0] for texts in captions], [texts[1:] for texts in captions]


@needs_java
def test_the_summed_counts_give_bleu_itself(people):
    matched, written = bleu_counts(*tokenized(*people))
    assert 100 * bleu_4(matched.sum(0), written.sum(0)) == pytest.approx(score(*people, ["BLEU-4"])["BLEU-4"])
    short = [" ".join(candidate.split()[:5]) for candidate in people[0]]  # so that brevity counts
    matched, written = bleu_counts(*tokenized(short, people[1]))
    assert 100 * bleu_4(matched.sum(0), written.sum(0)) == pytest.approx(score(short, people[1], ["BLEU-4"])["BLEU-4"])


@needs_java
def test_the_score_lies_inside_and_fewer_pictures_are_less_sure(people):
    scores = score(*people, ["BLEU-4", "CIDEr"])
    all_of_them = intervals(*people)
    few = intervals(*(part[:100] for part in people))
    for name, value in scores.items():
        low, high = all_of_them[name]
        assert low < value < high < value * 1.2
        assert few[name][1] - few[name][0] > 2 * (high - low)
    assert intervals(*people) == all_of_them


def test_without_java_there_are_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CaptionerError, match="Java"):
        intervals(["a dog"], [["a dog", "a cat"]])


def test_equal_pictures_leave_no_doubt():
    counts = np.full((3, 5), 4.0)
    assert bleu_4(counts, counts) == pytest.approx(1)
