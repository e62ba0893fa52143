"""The learning curve: loss and dev scores per epoch, as a picture in the model folder."""

import io
from itertools import pairwise
from pathlib import Path

from captioner.disk.whole import replace_file, saving

MEASURES = {
    "loss": ("Training loss", "cross-entropy per token, smoothed"),
    "reward": ("Reward", "CIDEr-D of drawn captions, 0 to 10"),
}


def draw_learning_curve(history: list[dict], path: Path) -> None:
    """Draw a training's records as a PNG: loss or reward, and every dev score."""
    from matplotlib.figure import Figure

    panels = {name: panel for name, panel in MEASURES.items() if any(name in record for record in history)}
    figure = Figure(figsize=(4 * (len(panels) + 1), 3.6), layout="constrained")
    *left, right = figure.subplots(1, len(panels) + 1)
    for axes, (name, (title, unit)) in zip(left, panels.items(), strict=True):
        measured = {epoch: record[name] for epoch, record in enumerate(history, 1) if name in record}
        axes.plot(measured.keys(), measured.values(), color="tab:gray")
        axes.set(title=title, xlabel="epoch", ylabel=unit)
    beside = (*MEASURES, "stage", "epoch", "seconds")
    for name in dict.fromkeys(name for record in history for name in record if name not in beside):
        scores = {epoch: record[name] for epoch, record in enumerate(history, 1) if name in record}
        right.plot(scores.keys(), scores.values(), label=name, marker=".")
    right.set(title="Dev split", xlabel="epoch", ylabel="score x 100")
    begun = [epoch for epoch, (before, after) in enumerate(pairwise(history), 1) if before["stage"] != after["stage"]]
    for epoch in begun:
        right.axvline(epoch + 0.5, color="tab:gray", linestyle=":")
        right.text(epoch + 0.6, right.get_ylim()[0], history[epoch]["stage"], fontsize=8, va="bottom", rotation=90)
    right.legend()
    for axes in (*left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=120)
    with saving("the learning curve", path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, picture.getvalue())
