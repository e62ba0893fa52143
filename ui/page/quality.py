"""The tab "How good is it?": what a model's folder says about its scores, its mistakes and how it learned.

The folder may be a stranger's: what it says in place of a number or a list is left out.
"""

import json
import math
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from captioner.folder.model import Model
from ui.page.render import bytes_url, render
from ui.texts.texts import N_, number

METRICS = ("BLEU-1", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr")
PICTURES = {
    "learning-curve.png": N_("How it learned: the loss on the training photos, and the score on other photos."),
    "reliability.png": N_("How confident it is in a word, and how often that word is right."),
}
MISTAKES = "mistakes.json"
KINDS = (N_("object"), N_("number"), N_("action"), N_("place"), N_("colour"), N_("sex or age"), N_("wording"))
PHOTOS = (N_("people and dogs outdoors"), N_("everyday photos"))
EXAMPLES = "best-and-worst.json"
MOST_EXAMPLES, LONGEST = 10, 200  # of each kind, and characters


class Figure(NamedTuple):
    """A metric's value and the ends of its confidence interval, as they are shown."""

    value: str = ""
    interval: tuple[str, str] | None = None


class Scores(NamedTuple):
    """A row of the table: a search and what its captions scored."""

    beam_width: object
    cells: list[Figure]


class Read(NamedTuple):
    """Photos of one kind whose captions a person read: how many there were, and how many captions were right."""

    kind: str
    photos: int
    right: int


class Mistakes(NamedTuple):
    """The captions a person read, for each kind of photo, and how often something was wrong with them."""

    read: list[Read]
    kinds: list[tuple[str, int]]

    @property
    def of_a_hundred(self) -> int:
        """How many of a hundred captions are right."""
        return round(100 * sum(one.right for one in self.read) / sum(one.photos for one in self.read))


class Compared(NamedTuple):
    """A caption, what a person wrote, and how close they are (CIDEr)."""

    caption: str
    reference: str
    score: str


class Examples(NamedTuple):
    """The captions closest to what people wrote about so many images, and those furthest from it."""

    images: int
    best: list[Compared]
    worst: list[Compared]


def quality_html(name: str, model: Model, folder: Path | None) -> str:
    """What a person should know before relying on the model, as far as its folder says it."""
    return render(
        "quality.html",
        name=name,
        data=model.training.get("data"),
        metrics=METRICS,
        figures=figures(model.metrics),
        guides=model.guidance is not None,
        mistakes=folder and mistakes(folder),
        examples_found=folder and examples(folder),
        pictures=[
            {"source": bytes_url((folder / file).read_bytes(), "png"), "text": text}
            for file, text in PICTURES.items()
            if folder and (folder / file).is_file()
        ],
    )


def figures(metrics: list) -> list[Scores]:
    """The scores on the test split."""
    records = [record for record in metrics if isinstance(record, dict) and record.get("split") == "test"]
    return [Scores(record.get("beam_width"), [_figure(record, name) for name in METRICS]) for record in records]


def _figure(record: dict, name: str) -> Figure:
    try:
        ends = record.get("intervals", {}).get(name)
        interval = tuple(number(end, 1) for end in ends[:2]) if ends else None
        if interval and len(interval) < 2:
            return Figure()
        return Figure(number(record[name], 1), interval)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        return Figure()


def summary(metrics: list, beam_width: int) -> tuple[object, str] | None:
    """The beam width, that one if there are scores of it, and CIDEr and BLEU-4 on the test split in a line."""
    records = [record for record in metrics if isinstance(record, dict) and record.get("split") == "test"]
    for record in sorted(records, key=lambda record: record.get("beam_width") != beam_width):
        scores = [(name, record.get(name)) for name in ("CIDEr", "BLEU-4")]
        if all(isinstance(score, int | float) and math.isfinite(score) for _, score in scores):
            return record.get("beam_width"), ", ".join(f"{name} {number(score, 1)}" for name, score in scores)
    return None


def mistakes(folder: Path) -> Mistakes | None:
    """What a person found who read some of the captions; None where nobody has."""
    try:
        found = json.loads((folder / MISTAKES).read_text(encoding="utf-8"))["read"]
        read = [Read(str(one["kind"]), int(one["photos"]), int(one["right"])) for one in found]
        wrong = Counter()
        for one in found:
            wrong.update({str(kind): int(count) for kind, count in one["wrong"].items() if count})
        sound = read and all(0 <= one.right <= one.photos != 0 for one in read)
        return Mistakes(read, wrong.most_common()) if sound else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def examples(folder: Path) -> Examples | None:
    """The best and the worst captions; None where the folder has none to show."""
    try:
        found = json.loads((folder / EXAMPLES).read_text(encoding="utf-8"))
        return Examples(int(found["images"]), _compared(found["best"]), _compared(found["worst"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _compared(found: list) -> list[Compared]:
    return [
        Compared(_text(each["caption"]), _text(each["reference"]), f"{float(each['CIDEr']):.0f}")
        for each in found[:MOST_EXAMPLES]
    ]


def _text(text) -> str:
    return " ".join(str(text)[:LONGEST].split()).replace(" .", ".")
