"""Captions and references -> BLEU, METEOR, ROUGE-L and CIDEr, by the scorers behind published figures."""

import re
import shutil
import subprocess
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer import ptbtokenizer

from captioner.errors import CaptionerError, DataError
from captioner.folder.model import METRICS

JAVA_MISSING = (
    "The standard scorers need Java, which is not installed. Scores marked (NLTK) are NLTK's corpus BLEU with simpler "
    "tokenization: use them to compare your own runs, but not with published scores. For the standard scores, install "
    "a Java runtime (Debian and Ubuntu: apt install default-jre-headless) and run this again."
)


def score(
    candidates: Sequence[str], references: Sequence[Sequence[str]], metrics: Sequence[str] = METRICS
) -> dict[str, float]:
    """Score one candidate caption per image against the captions people wrote for it.

    candidates: [images] captions; an empty one scores 0. references: [images][captions], at least one each.
    Returns metric -> value x100 over the whole corpus, in the given order. Without Java it always returns
    "BLEU-1 (NLTK)" to "BLEU-4 (NLTK)" instead; callers then show JAVA_MISSING.
    Raises DataError if candidates and references do not match or a metric is unknown, CaptionerError if a scorer's
    Java process fails.

    BLEU: Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation".
    METEOR 1.5: Denkowski and Lavie 2014, "Meteor Universal: Language Specific Translation Evaluation".
    ROUGE-L: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries".
    CIDEr, in its CIDEr-D form: Vedantam et al. 2015, "CIDEr: Consensus-based Image Description Evaluation"; it weights
    words by how rare they are in these references, so it is 0 for a single image.
    Scorers and tokenizer: Chen et al. 2015, "Microsoft COCO Captions: Data Collection and Evaluation Server".
    """
    _check(candidates, references, metrics)
    if not java_available():
        return _nltk_bleu(candidates, references)
    truths, results = tokenized(candidates, references)
    values: dict[str, float] = {}
    if any(metric.startswith("BLEU") for metric in metrics):
        bleu, _ = Bleu(4).compute_score(truths, results, verbose=0)
        values |= {f"BLEU-{order}": value for order, value in enumerate(bleu, 1)}
    if "METEOR" in metrics:
        values["METEOR"] = _meteor(truths, results)
    if "ROUGE-L" in metrics:
        values["ROUGE-L"], _ = Rouge().compute_score(truths, results)
    if "CIDEr" in metrics:
        values["CIDEr"], _ = Cider().compute_score(truths, results)
    return {metric: 100 * float(values[metric]) for metric in metrics}


def cider_of_each(truths: dict[int, list[str]], results: dict[int, list[str]]) -> np.ndarray:
    """CIDEr `[images]` of each candidate, not x100, for the output of `tokenized`."""
    return Cider().compute_score(truths, results)[1]


def tokenized(
    candidates: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """References and candidates in the form the toolkit's scorers take: image -> texts, through its PTB tokenizer.

    Raises CaptionerError without Java.
    """
    if not java_available():
        raise CaptionerError(JAVA_MISSING)
    counts = [len(captions) for captions in references]
    lines = iter(_tokenize((*candidates, *(caption for captions in references for caption in captions))))
    results = {image: [next(lines)] for image in range(len(candidates))}
    truths = {image: [next(lines) for _ in range(count)] for image, count in enumerate(counts)}
    return truths, results


def java_available() -> bool:
    """Whether there is a working Java runtime on the PATH."""
    java = shutil.which("java")
    return java is not None and _starts(java)


def _check(candidates: Sequence[str], references: Sequence[Sequence[str]], metrics: Sequence[str]) -> None:
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown:
        raise DataError(f"There is no metric {unknown[0]!r}: choose from {', '.join(METRICS)}.")
    if not candidates:
        raise DataError("There are no candidate captions to score.")
    if len(candidates) != len(references):
        raise DataError(f"{len(candidates)} candidate captions but references for {len(references)} images.")
    for image, captions in enumerate(references):
        if not captions or isinstance(captions, str):
            raise DataError(f"Image {image} needs a list of one or more reference captions, found {captions!r}.")


@lru_cache(maxsize=1)  # the scores of a caption set, their intervals and its best and worst follow each other
def _tokenize(captions: tuple[str, ...]) -> list[str]:
    """Run the toolkit's PTB tokenizer on standard input; its own wrapper writes to site-packages, and to stderr."""
    # Java ends lines at more characters than "\n", and METEOR separates fields by "|||": both would shift the rest.
    lines = [" ".join(caption.replace("|||", " ").split()) + "\n" for caption in captions]
    jar = Path(ptbtokenizer.__file__).with_name(ptbtokenizer.STANFORD_CORENLP_3_4_1_JAR)
    command = ["java", "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase"]
    run = subprocess.run(command, input="".join(lines).encode(), capture_output=True)
    tokenized = run.stdout.decode(errors="replace").split("\n")[:-1]
    if run.returncode or len(tokenized) != len(lines):
        raise CaptionerError(f"The PTB tokenizer failed: {run.stderr.decode(errors='replace').strip()[-300:]}")
    return [" ".join(word for word in line.split() if word not in ptbtokenizer.PUNCTUATIONS) for line in tokenized]


def _meteor(truths: dict[int, list[str]], results: dict[int, list[str]]) -> float:
    meteor = Meteor()
    try:
        # Leaving this block closes the pipes and waits for the process, which ends when its input does.
        with meteor.meteor_p:
            return meteor.compute_score(truths, results)[0]
    except (OSError, ValueError) as error:
        raise CaptionerError("METEOR's Java process stopped early; it needs up to 2 GB of memory.") from error
    finally:
        # After an error or an interrupt the scorer still holds its lock, and its __del__ would wait for it for ever.
        if meteor.lock.locked():
            meteor.lock.release()


def _nltk_bleu(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    # Imported here because it takes a second and is needed only without Java.
    from nltk.translate.bleu_score import corpus_bleu

    weights = [[1 / order] * order for order in range(1, 5)]
    truths = [[_words(caption) for caption in captions] for captions in references]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It warns if no n-gram matches, but a score near 0 says so too.
        bleu = corpus_bleu(truths, [_words(caption) for caption in candidates], weights)
    return {f"BLEU-{order} (NLTK)": 100 * float(value) for order, value in enumerate(bleu, 1)}


def _words(caption: str) -> list[str]:
    return re.sub(r"[^\w\s]", "", caption.lower()).split()


@lru_cache
def _starts(java: str) -> bool:
    # A Mac without Java has a `java` that only says where to get one.
    return subprocess.run([java, "-version"], capture_output=True).returncode == 0
