"""The scores are the toolkit's own, line up with their captions, and nothing is left behind."""

import math
import random
import shutil
import subprocess
from pathlib import Path

import pycocoevalcap
import pytest

from captioner.data import load_examples
from captioner.errors import CaptionerError, DataError
from captioner.evaluation import metrics
from captioner.evaluation.metrics import JAVA_MISSING, java_available, score
from captioner.folder.model import METRICS

# METEOR takes seconds to start, so most tests ask for what is quick.
QUICK = tuple(metric for metric in METRICS if metric != "METEOR")
BLEU = METRICS[:4]

CANDIDATES = [
    "A dog runs through the grass.",
    "Two children play on the beach",
    "A man in a red shirt is climbing a rock",
]
REFERENCES = [
    ["A brown dog is running through the grass .", "The dog runs through tall green grass ."],
    ["Two children are playing on a sandy beach .", "Kids play on the beach ."],
    ["A man in a red shirt climbs a steep rock .", "A climber scales a rock , wearing a red shirt ."],
]
# pycocoevalcap 1.2 called directly: PTBTokenizer, then Bleu(4), Meteor, Rouge and Cider.
KNOWN = {
    "BLEU-1": 90.90909,
    "BLEU-2": 81.84476,
    "BLEU-3": 69.44654,
    "BLEU-4": 56.65876,
    "METEOR": 41.00787,
    "ROUGE-L": 74.52470,
    "CIDEr": 363.46053,
}

needs_java = pytest.mark.skipif(not java_available(), reason="needs a Java runtime, which is not here")


def close(expected):
    return pytest.approx(expected, abs=1e-3)


@pytest.fixture
def no_java(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def fake_java(tmp_path, monkeypatch):
    """Puts a shell script in front of the real Java."""

    def write(script):
        java = tmp_path / "java"
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return write


@needs_java
def test_the_toolkits_values_without_a_trace(monkeypatch, capfd):
    started = []
    real = subprocess.Popen

    class Recorded(real):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    toolkit = Path(next(iter(pycocoevalcap.__path__)))
    files = set(toolkit.rglob("*"))

    values = score(CANDIDATES, REFERENCES)

    assert list(values) == list(METRICS)
    assert values == close(KNOWN)
    assert all(type(value) is float for value in values.values())
    assert len(started) == 2 and all(process.returncode is not None for process in started)
    assert all(pipe is None or pipe.closed for p in started for pipe in (p.stdin, p.stdout, p.stderr))
    assert {path for path in toolkit.rglob("*") if path.suffix != ".pyc"} <= files
    assert capfd.readouterr() == ("", "")


@needs_java
def test_only_what_is_asked_for_in_the_order_asked(monkeypatch):
    monkeypatch.setattr(metrics, "Meteor", None)
    values = score(CANDIDATES, REFERENCES, ("CIDEr", "BLEU-4"))
    assert list(values) == ["CIDEr", "BLEU-4"]
    assert values == close({name: KNOWN[name] for name in values})


@needs_java
def test_perfect_captions():
    references = [["A dog runs on grass ."], ["Two kids eat red apples ."], ["One man climbs steep rocks ."]]
    values = score(["a dog runs on grass", "two kids eat red apples", "one man climbs steep rocks"], references, QUICK)
    # CIDEr is ten times a cosine, so its best is 1000 in hundredths.
    assert values == close(dict.fromkeys((*BLEU, "ROUGE-L"), 100) | {"CIDEr": 1000})


@needs_java
def test_by_hand():
    values = score(["the cat sat"], [["The cat sat down ."]], QUICK)
    brevity = math.exp(1 - 4 / 3)
    assert [values["BLEU-1"], values["BLEU-3"]] == close([100 * brevity] * 2)
    precision, recall, beta2 = 1, 3 / 4, 1.2**2
    assert values["ROUGE-L"] == close(100 * (1 + beta2) * precision * recall / (recall + beta2 * precision))
    assert values["CIDEr"] == 0

    # Two of four words match, one of three pairs, and "the" counts once although it is said twice.
    values = score(["the the cat sleeps"], [["the cat sat down"]], ("BLEU-1", "BLEU-2"))
    assert values == close({"BLEU-1": 50, "BLEU-2": 100 * (2 / 4 * 1 / 3) ** 0.5})


@needs_java
def test_order_of_images_is_irrelevant():
    order = [2, 0, 1]
    shuffled = score([CANDIDATES[i] for i in order], [REFERENCES[i] for i in order], QUICK)
    assert shuffled == close({name: KNOWN[name] for name in QUICK})


@needs_java
@pytest.mark.parametrize("broken", ["", "   ", ".", "\n\n"])
def test_empty_candidate_shifts_nothing(broken):
    candidates = [broken, CANDIDATES[0], broken, *CANDIDATES[1:], broken]
    bird = ["A bird ."]
    references = [bird, REFERENCES[0], bird, *REFERENCES[1:], bird]
    values = score(candidates, references, ("BLEU-1", "ROUGE-L"))
    assert values["ROUGE-L"] == close(KNOWN["ROUGE-L"] * 3 / 6)
    # 20 of 22 words still match; six reference words more make the whole count as short.
    assert values["BLEU-1"] == close(KNOWN["BLEU-1"] * math.exp(1 - 28 / 22))


@needs_java
def test_line_breaks_inside_captions_shift_nothing():
    spaces = ("\n", "\r\n", "\r", "\t", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", " ||| ")
    candidates = [caption.replace(" ", space, 2) for space in spaces for caption in CANDIDATES]
    references = [
        [f"{caption.replace(' ', space, 1)}{space}" for caption in captions]
        for space in spaces
        for captions in REFERENCES
    ]
    clean = score(CANDIDATES * len(spaces), REFERENCES * len(spaces), QUICK)
    assert score(candidates, references, QUICK) == close(clean)


@needs_java
def test_different_numbers_of_references():
    references = [REFERENCES[0][:1], REFERENCES[1], [*REFERENCES[2], CANDIDATES[2]]]
    assert score(CANDIDATES, references, ["ROUGE-L"])["ROUGE-L"] > KNOWN["ROUGE-L"]
    assert score(CANDIDATES[2:], references[2:], BLEU) == close(dict.fromkeys(BLEU, 100))


@needs_java
def test_people_against_people(flickr8k):
    examples = load_examples(flickr8k, "dev")
    chosen = random.Random(0).sample(examples, 50)
    values = score([e.captions[0] for e in chosen], [e.captions[1:] for e in chosen], QUICK)
    assert 55 < values["BLEU-1"] < 75
    assert 15 < values["BLEU-4"] < 30
    assert 40 < values["ROUGE-L"] < 60
    assert 50 < values["CIDEr"] < 120


def test_without_java_nltks_bleu_says_so(no_java, capfd):
    assert not java_available()
    values = score(CANDIDATES, REFERENCES, ("BLEU-4", "CIDEr"))
    assert list(values) == [f"{name} (NLTK)" for name in BLEU]
    assert list(values.values()) == close([KNOWN[name] for name in BLEU])
    assert capfd.readouterr() == ("", "")
    assert "Java" in JAVA_MISSING and "(NLTK)" in JAVA_MISSING


@pytest.mark.parametrize("candidates", [["", ""], ["zebra", ""]])
def test_without_java_nothing_matches(no_java, recwarn, candidates):
    values = score(candidates, [["A dog ."], ["Two cats ."]])
    assert list(values.values()) == close([0, 0, 0, 0])
    assert not recwarn.list


def test_a_java_that_only_advertises_itself_is_none(fake_java):
    fake_java("echo 'No Java runtime present, requesting install.' >&2; exit 1")
    assert not java_available()


@needs_java
def test_a_scorer_that_dies_is_an_error_and_no_hang(fake_java):
    real = shutil.which("java")
    fake_java(f'case "$1" in -jar) exit 1;; *) exec "{real}" "$@";; esac')
    with pytest.raises(CaptionerError, match="METEOR"):
        score(CANDIDATES, REFERENCES, ["METEOR"])


def test_a_tokenizer_that_dies_is_an_error(fake_java):
    fake_java('case "$1" in -version) exit 0;; *) echo out of memory >&2; exit 1;; esac')
    with pytest.raises(CaptionerError, match=r"tokenizer.*out of memory"):
        score([*CANDIDATES[1:], "captions that no test before this had"], REFERENCES, ["CIDEr"])


@pytest.mark.parametrize(
    ("candidates", "references", "names", "complaint"),
    [
        ([], [], METRICS, "no candidate"),
        (["a dog"], [["a dog"], ["a cat"]], METRICS, "1 candidate captions but references for 2"),
        (["a dog", "a cat"], [["a dog"], []], METRICS, "Image 1 "),
        (["a dog"], ["a dog"], METRICS, "Image 0 .*'a dog'"),
        (["a dog"], [["a dog"]], ["SPICE"], "'SPICE'"),
    ],
)
def test_what_does_not_fit_is_refused(candidates, references, names, complaint):
    with pytest.raises(DataError, match=complaint):
        score(candidates, references, names)
