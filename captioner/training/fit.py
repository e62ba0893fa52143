"""The fit loop: stage after stage, epoch after epoch, keeping the best epoch on the dev split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from zlib import crc32

import numpy as np
from tqdm import tqdm

from captioner.folder.manifest import CONFIG, seal
from captioner.folder.storage import load, load_checkpoint, save, save_checkpoint
from captioner.training.batches import read_ahead
from captioner.training.learning_curve import draw_learning_curve
from captioner.training.materials import Materials, Stage
from captioner.training.optimizer import optimizer_of
from captioner.training.stages import STAGES
from captioner.training.workers import Workers


@dataclass
class Run(Materials):
    """A training, from a new model to a model folder.

    Attributes:
        output: the model folder to write.
        after_epoch: called with every epoch's record; an error it raises ends the training.
        workers: the processes that train together; only the chief writes, measures and has records.
    """

    output: Path = field(kw_only=True)
    after_epoch: Callable[[dict], None] = field(kw_only=True, default=lambda record: None)
    workers: Workers = field(kw_only=True, default_factory=Workers)

    def fit(self, stages: Sequence[str]) -> list[dict]:
        """Train stage by stage, or resume where a stopped run left off; returns one record per epoch.

        Args:
            stages: names in `STAGES`; each starts from the best epoch of the one before.
        """
        preset = self.model.preset
        history = self.model.training.get("history", [])
        if self.workers.count > 1:
            learned = crc32(self.token_ids.tobytes() + repr((preset, self.seed, stages)).encode())
            self.workers.agree(learned % 2**24, "captions and settings")
        for name in stages:
            history = self._run(STAGES[name](self), history)
            if self.workers.chief:
                self.model = load(self._best(name))
                self.model.preset = preset
            self.workers.follow([*self.model.encoder.weights, *self.model.decoder.weights])
        if self.workers.chief and not (self.output / CONFIG).exists():  # deleted after training
            save(self.model, self.output)
        return history

    def _best(self, stage: str) -> Path:
        return self.checkpoints / stage / "best"

    def _run(self, stage: Stage, history: list[dict]) -> list[dict]:
        """Train a stage to its end; the model folder holds its best epoch."""
        model, teacher, workers = self.model, stage.teacher, self.workers
        optimizer = optimizer_of(model.preset, stage.learning_rate, stage.epochs * len(stage.batches))
        optimizer.build(teacher.trainable_variables)
        teacher.compile(workers.together(optimizer), loss=stage.loss, jit_compile=False)
        variables = [*teacher.variables, *optimizer.variables]
        checkpoint = self.checkpoints / stage.name / "latest.safetensors"
        resumed = workers.chief and checkpoint.exists()
        records = load_checkpoint(variables, checkpoint)["records"] if resumed else []
        [done] = workers.total([len(records)])
        workers.follow(variables)

        for epoch in range(int(done), stage.epochs):
            started = perf_counter()
            label = f"{stage.name} epoch {epoch + 1}/{stage.epochs}"
            measured = _train_epoch(stage, epoch, label, workers)
            if not workers.chief:
                continue
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


def _train_epoch(stage: Stage, epoch: int, label: str, workers: Workers) -> float:
    """Train a stage for one epoch, and return the mean of its steps' results."""
    measured = []
    stage.batches.begin(epoch)
    shares = workers.share(stage.batches)
    with tqdm(read_ahead(stage.batches), total=len(stage.batches), desc=label, unit="step") as progress:
        for share, (inputs, targets) in zip(shares, progress, strict=True):
            workers.step(share)
            measured.append(float(stage.teacher.train_on_batch(inputs, targets)))
            progress.set_postfix({stage.measure: f"{np.mean(measured[-50:]):.3f}"}, refresh=False)
        stage.teacher.reset_metrics()
    [mean] = workers.total([np.mean(np.multiply(shares, measured))])
    return float(mean)
