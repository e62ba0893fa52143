"""Hyperparameter search: trials of a preset, each a short training judged on the dev split."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import optuna

from captioner.disk.whole import replace_file, saving
from captioner.networks.presets import Preset
from captioner.training.fit import judged
from captioner.training.optimizer import OPTIMIZERS


def suggest(trial: optuna.Trial, preset: Preset) -> Preset:
    """The preset with one trial's settings."""
    return preset.but(
        learning_rate=trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        batch_size=trial.suggest_categorical("batch_size", [8, 16, 32, 64]),
        optimizer=trial.suggest_categorical("optimizer", list(OPTIMIZERS)),
        dropout=trial.suggest_float("dropout", 0.0, 0.6, step=0.05),
    )


def tune(preset: Preset, train: Callable, trials: int, epochs: int, folder: Path, seed: int) -> Path:
    """Search learning rate, batch size, optimizer and dropout by tree-structured Parzen estimators (Bergstra et al.
    2011); a trial that falls behind the median of the others stops early.

    An interrupted search continues with the trial it was in, from that trial's last checkpoint.

    Args:
        preset: the first trial; the other settings stay as they are in it.
        train: `train(preset, folder, after_epoch)`, a training that resumes in its folder.
        trials: how many in all, including earlier runs.
        epochs: per trial; the resulting preset keeps its own number.
        folder: for the study and its trials.
        seed: for the search.

    Returns:
        The best trial's settings, a preset file for `train.py fit --preset`.
    """
    with saving("the search", folder):
        folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name="captioner",
        storage=f"sqlite:///{folder / 'study.sqlite'}",
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1),
    )
    # Another seed after each stop: the same one would draw the settings of the first trials again.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    _enqueue_unfinished(study, preset)

    def run(trial: optuna.Trial) -> float:
        suggested = suggest(trial, preset).but(epochs=epochs)

        def after_epoch(record: dict) -> None:
            trial.report(judged(record), record["epoch"])
            if trial.should_prune():
                raise optuna.TrialPruned

        history = train(suggested, folder / _name(suggested), after_epoch)
        return max(map(judged, history))

    study.optimize(run, n_trials=max(trials - len(_done(study)), 0))
    best = folder / "best.json"
    settings = dataclasses.asdict(preset.but(**study.best_params))
    with saving("the best settings", folder):
        replace_file(best, (json.dumps(settings, indent=2) + "\n").encode())
    print(f"Best of {len(_done(study))} trials: {study.best_params}, {study.best_value:.1f} on the dev split.")
    return best


def _enqueue_unfinished(study: optuna.Study, preset: Preset) -> None:
    """Try the preset's own settings first, and a killed trial's next."""
    if not study.trials:
        names = ("learning_rate", "batch_size", "optimizer", "dropout")
        study.enqueue_trial({name: getattr(preset, name) for name in names})
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    known = [trial.params for trial in _done(study)]
    for trial in study.get_trials(states=(optuna.trial.TrialState.FAIL,)):
        if trial.params and trial.params not in known:
            study.enqueue_trial(trial.params)
            known.append(trial.params)


def _done(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(states=(optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED))


def _name(preset: Preset) -> str:
    """A folder name derived from the settings, so that the same trial finds its checkpoints."""
    return hashlib.sha256(json.dumps(dataclasses.asdict(preset)).encode()).hexdigest()[:12]
