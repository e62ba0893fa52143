"""`train.py fit` on real pictures, in small: it learns, it repeats itself, and it goes on where it was stopped."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
from keras import ops
from safetensors.numpy import load_file

import train
from captioner import Captioner
from captioner.data import load_examples
from captioner.folder.card import model_card
from captioner.folder.storage import load
from captioner.search.bigrams import Bigrams
from captioner.training.fit import _train_epoch
from tests.commands.conftest import LEARNING, SMALL, STAGES, weights
from tests.conftest import ROOT


def test_a_trained_model_is_served_from_its_export(fitted, examples):
    captioner = Captioner.from_pretrained(fitted)
    assert captioner.engine.name == "litert"
    assert captioner.caption(examples[0]).words


def latest(folder, stage="fine-tune"):
    return folder.with_name(f"{folder.name}-checkpoints") / stage / "latest.safetensors"


def test_fit_makes_a_model_and_its_curve(fitted, small_data):
    history = json.loads((fitted / "config.json").read_text())["training"]["history"]
    assert [record["stage"] for record in history] == ["decoder"] * len(history)
    assert (fitted / "learning-curve.png").read_bytes().startswith(b"\x89PNG")
    model = load(fitted)
    assert model.preset.units == 32
    assert "- Data: flickr8k, training split: 20 images." in model_card(model)
    captions = [text for example in load_examples(small_data, "train") for text in example.captions]
    counted = Bigrams.from_captions(captions, model.vocabulary)
    assert (model.bigrams.following == counted.following).all() and len(counted.following) > 10


def test_fit_teaches_a_decoder_that_reads_beginnings(fit, glove_file):
    options = ["--preset=bilstm-mobilenetv2", f"--glove-file={glove_file}", "--epochs=3", "--learning-rate=0.01"]
    model = load(fit("bilstm", *options))
    losses = [record["loss"] for record in model.training["history"]]
    assert model.preset.decoder == "bidirectional" and losses[-1] == min(losses)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(fit, fitted):
    assert weights(fit("same", *LEARNING)) == weights(fitted)
    assert weights(fit("other", "--epochs=1", "--seed=4")) != weights(fitted)


def test_a_killed_run_goes_on_to_the_same_model(fit, tuned, monkeypatch, eagerly):
    calls = []

    def stopped_in_the_fourth_epoch(*arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return _train_epoch(*arguments)

    monkeypatch.setattr("captioner.training.fit._train_epoch", stopped_in_the_fourth_epoch)
    fit("killed", *STAGES, status=130)
    monkeypatch.setattr("captioner.training.fit._train_epoch", _train_epoch)
    killed = fit("killed", *STAGES)
    assert weights(killed) == weights(tuned)
    ours, theirs = (load_file(latest(folder)) for folder in (killed, tuned))  # whichever epoch was the best
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])


KILLED = """
import os, signal, sys
import train
from captioner.evaluation import evaluate
from captioner.training import fit

evaluate.METRICS, read_ahead, epochs = ("BLEU-4", "CIDEr"), fit.read_ahead, []

def killed(batches):
    epochs.append(batches)
    for step, batch in enumerate(read_ahead(batches)):
        if len(epochs) == 2 and step == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        yield batch

fit.read_ahead = killed
train.main(sys.argv[1:])
"""


def test_a_run_that_is_gone_at_once_in_the_middle_of_an_epoch_goes_on_to_the_same_model(
    fit, fitted, small_data, keras_home
):
    home = fitted.parent
    folder = home / "gone"
    places = ["--output", folder, "--checkpoints", home / "gone-checkpoints", "--cache", home / "cache"]
    command = ["fit", "--data", small_data, *places, *SMALL, *LEARNING]
    gone = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, command)],
        cwd=ROOT, env={**os.environ, "KERAS_HOME": str(keras_home)}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert gone.returncode == -signal.SIGKILL, gone.stderr
    assert [record["epoch"] for record in load(folder, networks=False).training["history"]] == [1]  # whole, and of use
    assert weights(fit("gone", *LEARNING)) == weights(fitted)
    assert load(folder).training["best"]["CIDEr"] == load(fitted).training["best"]["CIDEr"]
    ours, theirs = (load_file(latest(each, "decoder")) for each in (folder, fitted))  # whichever epoch was the best
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])
    assert {path.name for path in home.iterdir() if "gone" in path.name} == {"gone", "gone-checkpoints"}


def test_fine_tuning_changes_every_layer_of_the_encoder_but_no_statistics(tuned):
    before = load(tuned.with_name("tuned-checkpoints") / "decoder" / "best")
    for old, new in zip(before.encoder.weights, load(tuned).encoder.weights, strict=True):
        same = np.array_equal(ops.convert_to_numpy(old), ops.convert_to_numpy(new))
        assert same == ("moving" in new.path), new.path


def test_a_reward_stage_goes_on_from_a_model_that_is_there_already(fit, fitted, tmp_path, small_data, capsys):
    options = [f"--start-from={fitted}", "--reward=cider", "--reward-epochs=2", "--reward-samples=3"]
    options += ["--reward-learning-rate=0.01", "--warmup-steps=0"]
    model = load(fit("rewarded", *options))
    stages = [record["stage"] for record in model.training["history"]]
    assert model.name == "rewarded" and model.preset.reward_samples == 3 and model.preset.units == 32
    assert (stages[0], stages[-1]) == ("decoder", "reward")
    assert all(0 < record["reward"] < 10 for record in model.training["history"] if record["stage"] == "reward")
    before = load(fitted)
    assert any((a != b).any() for a, b in zip(before.decoder.get_weights(), model.decoder.get_weights(), strict=True))
    for old, new in zip(before.encoder.weights, model.encoder.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(old), ops.convert_to_numpy(new))

    def refused(*arguments):
        command = ["fit", "--data", str(small_data), "--output", str(tmp_path / "x"), "--start-from", str(fitted)]
        assert train.main([*command, *arguments]) == 2
        return capsys.readouterr().err

    assert "do not fit" in refused("--reward=cider", "--units=64")
    assert "--reward cider" in refused()
    assert not (tmp_path / "x").exists()
