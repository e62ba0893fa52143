"""How far to trust a model's words for a person's sex, and what neutral words cost.

python benchmarks/neutral.py --data flickr8k

For every gendered word in the captions of the dev split: the share of the gendered words' probability for its sex, and
whether the people who captioned the photo used more words for that sex than for the other. Then the scores with and
without `neutral`.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from captioner import Captioner
from captioner.data import load_examples
from captioner.evaluation.evaluate import caption_features, encode_examples
from captioner.evaluation.metrics import score
from captioner.guide.neutral import FEMALE, MALE, NEUTRAL
from captioner.vocabulary import words_of

BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def sides(references: list[str]) -> tuple[int, int]:
    """How often people used a word for a man, and for a woman."""
    words = [word for text in references for word in words_of(text)]
    return sum(word in MALE for word in words), sum(word in FEMALE for word in words)


def judged(captioner: Captioner, features: np.ndarray, references: list[list[str]]) -> list[tuple[float, bool | None]]:
    """Share of each gendered word, and whether people agree; None if they name no sex, or both equally often."""
    found = []
    decoding, words = captioner.model.decoding, captioner.neutral_words
    search = captioner.engine.search(features, decoding.beam_width, decoding.max_length, decoding.length_penalty)
    gendered = captioner.engine.probabilities(features, search.tokens[:, :1], words.ids)[:, 0]
    for image, captions in enumerate(references):
        men, women = sides(captions)
        for place, text in enumerate(captioner.model.vocabulary.decode(search.tokens[image, 0])):
            if text in NEUTRAL:
                agreed = None if men == women else (text in MALE) == (men > women)
                found.append((words.share(text, gendered[image, place]), agreed))
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="captioned photos; the dev split is used"
    )
    parser.add_argument("--model", type=Path, metavar="DIR", help="default: the built-in model")
    options = parser.parse_args(arguments)
    captioner = Captioner.from_pretrained(options.model)
    dev = load_examples(options.data, "dev")
    references = [list(example.captions) for example in dev]
    features = encode_examples(captioner, dev)

    found = [
        each
        for start in range(0, len(dev), 100)
        for each in judged(captioner, features[start : start + 100], references[start : start + 100])
    ]
    shares = np.array([share for share, _ in found])
    print("| share for its sex | words | people name a sex | and agree |\n|---|---|---|---|")
    for low, high in zip((0.0, *BINS), (*BINS, 1.1), strict=False):
        chosen = [agreed for (share, agreed) in found if low <= share < high]
        told = [agreed for agreed in chosen if agreed is not None]
        if chosen:
            agree = f"{np.mean(told):.0%}" if told else ""
            print(f"| {low:.2f} to {min(high, 1):.2f} | {len(chosen)} | {len(told) / len(chosen):.0%} | {agree} |")
    print(f"\n{len(found)} gendered words in {len(dev)} captions; median share {np.median(shares):.2f}.\n")
    for neutral in (False, True):
        texts = [caption.text for caption in caption_features(captioner, features, neutral=neutral)]
        figures = ", ".join(
            f"{name} {value:.1f}" for name, value in score(texts, references, ("BLEU-4", "CIDEr")).items()
        )
        gendered = sum(word in NEUTRAL for text in texts for word in words_of(text))
        print(f"{'neutral' if neutral else 'as written'}: {figures}, {gendered} gendered words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
