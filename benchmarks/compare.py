"""Compare models: test scores, size, time per photo, and training time.

python benchmarks/compare.py models/attention-mobilenetv2 models/merge-mobilenetv2 ...

Scores and training minutes come from the models' config.json, where `train.py evaluate` and `fit` saved them;
milliseconds are measured now, with the Keras engine, and the models take turns. Writes docs/comparison.json,
docs/comparison.png and the table in docs/notebooks.md.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from matplotlib.figure import Figure
from tqdm import tqdm

from captioner import Captioner
from captioner.errors import CaptionerError
from captioner.folder.model import METRICS
from captioner.machine import measured_on
from captioner.pictures.images import open_image, to_pixels

ROOT = Path(__file__).resolve().parent.parent
SEARCHES = {"greedy": 1, "beam 3": 3}
REPEATS = 48
WARM_UP = 3  # searches that compile; not counted
SHOWN_IN = ROOT / "docs/notebooks.md"
BEGIN, END = "<!-- comparison: benchmarks/compare.py -->", "<!-- end of comparison -->"


def described(captioner: Captioner, folder: Path) -> list[dict]:
    """A row for each search, from the model folder.

    Raises:
        CaptionerError: the model was not evaluated on the test split with these searches.
    """
    model = captioner.model
    scores = {record["beam_width"]: record for record in model.metrics if record["split"] == "test"}
    missing = [name for name, width in SEARCHES.items() if width not in scores]
    if missing:
        raise CaptionerError(
            f"{folder} has no scores for {' and '.join(missing)}; get them with: "
            f"python train.py evaluate --split test --model {folder} --data flickr8k"
        )
    history = model.training["history"]
    shared = {
        "model": model.name,
        "parameters": sum(captioner.engine.parameters),
        "bytes": sum(file.stat().st_size for file in folder.iterdir()),
        "minutes": round(sum(record["seconds"] for record in history) / 60, 1),
    }
    return [
        {**shared, "search": name, "beam_width": width, **{metric: scores[width][metric] for metric in METRICS}}
        for name, width in SEARCHES.items()
    ]


def measure(searches: list[tuple[Captioner, dict]]) -> None:
    """Add to every search's row the median milliseconds for one photo, from pixels to caption."""
    photos = [open_image(path) for path in sorted((ROOT / "examples").glob("*.jpg"))]
    times = [[] for _ in searches]
    for turn in tqdm(range(WARM_UP + REPEATS), unit="photo"):
        photo = photos[turn % len(photos)]
        for (captioner, row), taken in zip(searches, times, strict=True):
            size = captioner.engine.size
            pixels = to_pixels([photo], (size, size))
            start = perf_counter()
            captioner.decode(captioner.engine.encode(pixels), row["beam_width"])
            taken.append(1000 * (perf_counter() - start))
    for (_, row), taken in zip(searches, times, strict=True):
        row["milliseconds"] = round(median(taken[WARM_UP:]), 1)


def table(comparison: dict) -> str:
    """The comparison as a Markdown table."""
    head = ["", "search", *METRICS, "parameters", "model folder", "per caption", "training"]
    lines = [head, ["---"] * len(head)]
    for row in comparison["rows"]:
        scores = [f"{row[metric]:.1f}" for metric in METRICS]
        size = [f"{row['parameters'] / 1e6:.1f} M", f"{row['bytes'] / 1e6:.1f} MB"]
        time = [f"{row['milliseconds']:.0f} ms", f"{row['minutes']:.0f} min"]
        lines.append([row["model"], row["search"], *scores, *size, *time])
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{rows}\n\nMeasured on {comparison['date']}, {comparison['machine']}."


def draw(comparison: dict, path: Path) -> None:
    """Draw a bar chart for each figure that matters in the choice of a model."""
    panels = {
        "CIDEr": "CIDEr",
        "BLEU-4": "BLEU-4",
        "milliseconds": "ms per caption",
        "megabytes": "MB on disk",
        "minutes": "minutes of training",
    }
    rows = [row | {"megabytes": row["bytes"] / 1e6} for row in comparison["rows"]]
    names = list(dict.fromkeys(row["model"] for row in rows))
    figure = Figure(figsize=(13, 0.9 + 0.5 * len(names)), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True)
    for each, (column, title) in zip(axes, panels.items(), strict=True):
        searches = SEARCHES if column in (*METRICS, "milliseconds") else ["greedy"]
        height = 0.8 / len(searches)
        for number, search in enumerate(searches):
            values = [row[column] for row in rows if row["search"] == search]
            places = [place + height * (number - (len(searches) - 1) / 2) for place in range(len(names))]
            color = "tab:gray" if len(searches) == 1 else ("#9ecae1", "#3182bd")[number]
            bars = each.barh(places, values, height, color=color, label=search)
            each.bar_label(bars, fmt="%.1f", padding=2, fontsize=8)
        each.set_title(title, fontsize=10)
        each.margins(x=0.25)
        each.xaxis.set_visible(False)
        each.spines[["top", "right", "bottom"]].set_visible(False)
        each.tick_params(left=False)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    axes[0].legend(loc="lower right", bbox_to_anchor=(0, 1), fontsize=8, frameon=False, borderaxespad=0)
    figure.savefig(path, dpi=110)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "models", type=Path, nargs="+", metavar="DIR", help="model folders, evaluated on the test split"
    )
    parser.add_argument(
        "--keep-others", action="store_true",
        help="update only these models' scores; other rows and all milliseconds stay as they are",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        captioners = [Captioner.from_pretrained(folder, "keras") for folder in options.models]  # the reference engine
        searches = [
            (captioner, row)
            for captioner, folder in zip(captioners, options.models, strict=True)
            for row in described(captioner, folder)
        ]
    except CaptionerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    file = ROOT / "docs/comparison.json"
    if options.keep_others:
        comparison = json.loads(file.read_text(encoding="utf-8"))
        fresh = {(row["model"], row["search"]): row for _, row in searches}
        comparison["rows"] = [row | fresh.get((row["model"], row["search"]), {}) for row in comparison["rows"]]
    else:
        measure(searches)
        comparison = {**measured_on(), "rows": [row for _, row in searches]}
    file.write_text(json.dumps(comparison, indent=2) + "\n", encoding="utf-8")
    draw(comparison, ROOT / "docs/comparison.png")
    before, _, rest = SHOWN_IN.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    SHOWN_IN.write_text(f"{before}{BEGIN}\n{table(comparison)}\n{END}{after}", encoding="utf-8")
    print(table(comparison))
    return 0


if __name__ == "__main__":
    sys.exit(main())
