"""What guided captions are worth: the same model with and without its guide, on familiar and unfamiliar photos.

python benchmarks/guided.py --data flickr8k --split test
python benchmarks/guided.py --data coco-dev --split all

Shows both side by side: scores, the share of captions with a noun that at least two people used, and the milliseconds
per caption. `--things DIR` takes a folder of photos with a `nouns.csv` (file, nouns), and counts how many captions have
the right noun.
"""

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from captioner import Captioner, Search
from captioner.data import SPLITS, load_examples
from captioner.evaluation.evaluate import caption_features, encode_examples
from captioner.evaluation.metrics import score
from captioner.guide.nouns import all_nouns
from captioner.guide.wordlists import PEOPLE
from captioner.machine import measured_on
from captioner.training.guide_fitting import RIGHT
from captioner.vocabulary import words_of

WAYS = {"unguided": Search(guided=False), "guided": Search()}
TIMED = 50


def heads() -> set[str]:
    """The words that count as nouns: those in the noun table, their stand-ins, and people."""
    forms = (form for noun in all_nouns() for form in noun if form)
    return {words_of(form)[-1] for form in forms} | PEOPLE


def named_by_two(captions: Sequence[str], nouns: set[str]) -> set[str]:
    """The nouns that are in at least two of the captions."""
    counts = Counter(word for caption in captions for word in set(words_of(caption)) & nouns)
    return {word for word, count in counts.items() if count > 1}


def milliseconds(captioner: Captioner, features: np.ndarray, search: Search) -> float:
    """Median milliseconds per caption, one photo at a time."""
    taken = []
    for one in features:
        started = perf_counter()
        captioner.decode(one[None], search=search)
        taken.append((perf_counter() - started) * 1000)
    return median(taken)


def scored(captioner: Captioner, data: Path, split: str) -> None:
    """Print the figures with and without the guide on a data set."""
    examples = load_examples(data, split)
    features = encode_examples(captioner, examples)
    references = [list(example.captions) for example in examples]
    nouns = heads()
    guides = captioner.model.guidance.guides(features, captioner.model.vocabulary)
    timed = features[[place for place, guide in enumerate(guides) if guide]][:TIMED]
    print(f"{data.name}, {split}: {len(examples)} photos, {sum(map(bool, guides))} guided; the model's own beam width")
    for way, search in WAYS.items():
        captions = [caption.text for caption in caption_features(captioner, features, search=search)]
        figures = score(captions, references, ("BLEU-4", "CIDEr"))
        both = zip(captions, references, strict=True)
        agreed = np.mean([bool(set(words_of(text)) & named_by_two(said, nouns)) for text, said in both])
        print(
            f"{way:>9}:",
            *(f"{name} {value:.1f}" for name, value in figures.items()),
            f"a noun two people used {agreed:.1%}",
            f"{milliseconds(captioner, timed, search):.1f} ms per guided photo",
            sep="  ",
        )


def things(captioner: Captioner, folder: Path) -> None:
    """Print the captions for a folder of photos of things, and how many have the right noun."""
    with (folder / "nouns.csv").open(encoding="utf-8", newline="") as file:
        wanted = {row["file"]: row["nouns"].split("|") for row in csv.DictReader(file)}
    features = captioner.encode([folder / name for name in wanted])
    right = Counter()
    wrong = 0
    plain, guided = (captioner.decode(features, search=search) for search in WAYS.values())
    for (name, nouns), before, after in zip(wanted.items(), plain, guided, strict=True):
        for way, caption in zip(WAYS, (before, after), strict=True):
            right[way] += says(caption.text, nouns)
        said = [one.noun.singular for one in after.guided_by]
        wrong += bool(said) and not any(says(noun, nouns) for noun in said)
        print(f"{name}: {before.text} -> {after.text} {said or ''}")
    print(
        f"{len(wanted)} photos; the right noun:", *(f"{way} {right[way] / len(wanted):.0%}" for way in WAYS), sep="  "
    )
    print(f"guided by a wrong noun: {wrong / len(wanted):.0%} (the guide should be right in {RIGHT:.0%})")


def says(text: str, nouns: Sequence[str]) -> bool:
    """Whether the text contains one of the nouns, singular or plural."""
    padded = f" {text.lower()} "
    forms = (form for noun in nouns for form in (noun, f"{noun}s", f"{noun}es", f"{noun[:-1]}ies"))
    return any(f" {form.lower()} " in padded for form in forms)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder of captioned photos")
    parser.add_argument("--split", choices=(*SPLITS, "all"), default="dev", help="default: dev")
    parser.add_argument("--things", type=Path, metavar="DIR", help="photos with a nouns.csv")
    parser.add_argument("--model", type=Path, metavar="DIR", help="default: the built-in model")
    options = parser.parse_args(arguments)
    captioner = Captioner.from_pretrained(options.model)
    if captioner.model.guidance is None:
        parser.error(f"{captioner.name} has no guide; `train.py guide` makes one.")
    if options.data:
        scored(captioner, options.data, options.split)
    if options.things:
        things(captioner, options.things)
    print(", ".join(map(str, measured_on().values())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
