"""The fit loop: stage after stage, epoch after epoch, keeping the best epoch on the dev split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

from captioner.folder.manifest import CONFIG, seal
from captioner.folder.storage import load, load_checkpoint, save, save_checkpoint
from captioner.training.batches import read_ahead
from captioner.training.learning_curve import draw_learning_curve
from captioner.training.materials import Materials, Stage
from captioner.training.optimizer import optimizer_of
from captioner.training.stages import STAGES


@dataclass
class Run(Materials):
    """A training, from a new model to a model folder.

    Attributes:
        output: the model folder to write.
        after_epoch: called with every epoch's record; an error it raises ends the training.
    """

    output: Path = field(kw_only=True)
    after_epoch: Callable[[dict], None] = field(kw_only=True, default=lambda record: None)

    def fit(self, stages: Sequence[str]) -> list[dict]:
        """Train stage by stage, or resume where a stopped run left off; returns one record per epoch.

        Args:
            stages: names in `STAGES`; each starts from the best epoch of the one before.
        """
        preset = self.model.preset
        history = self.model.training.get("history", [])
        for name in stages:
            history = self._run(STAGES[name](self), history)
            self.model = load(self._best(name))
            self.model.preset = preset
        if not (self.output / CONFIG).exists():  # deleted after training
            save(self.model, self.output)
        return history

    def _best(self, stage: str) -> Path:
        return self.checkpoints / stage / "best"

    def _run(self, stage: Stage, history: list[dict]) -> list[dict]:
        """Train a stage to its end; the model folder holds its best epoch."""
        model, teacher = self.model, stage.teacher
        optimizer = optimizer_of(model.preset, stage.learning_rate, stage.epochs * len(stage.batches))
        optimizer.build(teacher.trainable_variables)
        teacher.compile(optimizer, loss=stage.loss, jit_compile=False)
        variables = [*teacher.variables, *optimizer.variables]
        checkpoint = self.checkpoints / stage.name / "latest.safetensors"
        records = load_checkpoint(variables, checkpoint)["records"] if checkpoint.exists() else []

        for epoch in range(len(records), stage.epochs):
            started = perf_counter()
            label = f"{stage.name} epoch {epoch + 1}/{stage.epochs}"
            measured = _train_epoch(stage, epoch, label)
            scores = stage.evaluate()
            record = {"stage": stage.name, "epoch": epoch + 1, stage.measure: measured, **scores}
            print(
                f"{label}: {stage.measure} {measured:.3f}",
                *(f"dev {name} {value:.1f}" for name, value in scores.items()),
                sep=", ",
            )
            records.append(record | {"seconds": round(perf_counter() - started)})
            best = max(records, key=judged)
            if best is records[-1]:
                model.training |= {"history": history + records, "best": best}
                save(model, self._best(stage.name))
                save(model, self.output)
            save_checkpoint(variables, {"records": records}, checkpoint)
            draw_learning_curve(history + records, self.output / "learning-curve.png")
            seal(self.output)
            self.after_epoch(records[-1])
        return history + records


def judged(record: dict) -> float:
    """The figure that decides which epoch is best: CIDEr on the dev split, or NLTK's BLEU without Java; precision for a
    stage that writes no captions."""
    return record.get("CIDEr", record.get("BLEU-4 (NLTK)", record.get("precision", 0.0)))


def _train_epoch(stage: Stage, epoch: int, label: str) -> float:
    """Train a stage for one epoch, and return the mean of its steps' results."""
    measured = []
    stage.batches.begin(epoch)
    with tqdm(read_ahead(stage.batches), total=len(stage.batches), desc=label, unit="step") as progress:
        for inputs, targets in progress:
            measured.append(float(stage.teacher.train_on_batch(inputs, targets)))
            progress.set_postfix({stage.measure: f"{np.mean(measured[-50:]):.3f}"}, refresh=False)
        stage.teacher.reset_metrics()
    return float(np.mean(measured))
