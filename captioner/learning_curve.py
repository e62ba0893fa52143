"""The learning curve: loss and dev scores, epoch by epoch, as a picture beside the model."""

from itertools import pairwise
from pathlib import Path


def draw_learning_curve(history: list[dict], path: Path) -> None:
    """Draw the records of a training, "loss" and every score in them, into a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = range(1, len(history) + 1)
    left.plot(epochs, [record["loss"] for record in history], color="tab:gray")
    left.set(title="Training loss", xlabel="epoch", ylabel="cross-entropy a token, smoothed")
    scores = [name for name in history[0] if name not in ("stage", "epoch", "loss", "seconds")]
    for name in scores:
        right.plot(epochs, [record[name] for record in history], label=name, marker=".")
    right.set(title="Dev split", xlabel="epoch", ylabel="score x 100")
    right.legend()
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        for epoch, (before, after) in enumerate(pairwise(history), 1):
            if before["stage"] != after["stage"]:
                axes.axvline(epoch + 0.5, color="tab:gray", linestyle=":", label="encoder fine-tuned from here")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
