"""The search for settings finds better ones, stops hopeless trials, and goes on where it was killed."""

import json

import optuna
import pytest

from captioner.networks.presets import Preset, preset_named
from captioner.training.tuning import tune

optuna.logging.set_verbosity(optuna.logging.WARNING)
START = Preset(learning_rate=3e-3, dropout=0.6, batch_size=16, optimizer="sgd")


def pretended(preset, folder, after_epoch):
    """A training whose outcome is known: the nearer to learning rate 1e-3 and dropout 0.3, the better, every epoch."""
    quality = 50 - 1e4 * abs(preset.learning_rate - 1e-3) - 50 * abs(preset.dropout - 0.3)
    history = [{"epoch": epoch, "CIDEr": quality + epoch} for epoch in range(1, preset.epochs + 1)]
    for record in history:
        after_epoch(record)
    return history


def test_it_starts_from_the_preset_and_ends_with_a_better_one(tmp_path):
    seen = []

    def train(preset, folder, after_epoch):
        seen.append(preset)
        return pretended(preset, folder, after_epoch)

    best = preset_named(str(tune(START, train, 12, 3, tmp_path, seed=0)))
    assert seen[0] == START.but(epochs=3)
    assert len(seen) == 12
    distance = lambda preset: 1e4 * abs(preset.learning_rate - 1e-3) + 50 * abs(preset.dropout - 0.3)  # noqa: E731
    assert distance(best) == pytest.approx(min(map(distance, seen)))
    assert distance(best) < distance(START)
    assert best.but(learning_rate=0.0, dropout=0.0, batch_size=0, optimizer="") == START.but(
        learning_rate=0.0, dropout=0.0, batch_size=0, optimizer=""
    )


def test_hopeless_trials_end_early(tmp_path):
    epochs = []

    def train(preset, folder, after_epoch):
        def counted(record):
            epochs.append(record["epoch"])
            after_epoch(record)

        return pretended(preset, folder, counted)

    tune(START, train, 12, 3, tmp_path, seed=0)
    assert len(epochs) < 12 * 3


def test_a_killed_search_repeats_the_trial_it_was_in_and_no_other(tmp_path):
    folders = []

    def train(preset, folder, after_epoch):
        folders.append(folder)
        if len(folders) == 3:
            raise KeyboardInterrupt
        return pretended(preset, folder, after_epoch)

    with pytest.raises(KeyboardInterrupt):
        tune(START, train, 5, 3, tmp_path, seed=0)
    best = tune(START, train, 5, 3, tmp_path, seed=0)
    assert folders[3] == folders[2]  # the same folder, so that it finds its checkpoints
    assert len(folders) == 6
    assert len(set(folders)) == 5
    assert json.loads(best.read_text())["units"] == START.units
