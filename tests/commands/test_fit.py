"""`train.py fit` on real pictures, in small: it learns, it repeats itself, and it goes on where it was stopped."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from keras import ops
from safetensors.numpy import load_file

import train
from captioner import Captioner
from captioner.data import load_examples
from captioner.folder.card import model_card
from captioner.folder.storage import load
from captioner.search.bigrams import Bigrams
from captioner.training.fit import _train_epoch
from tests.commands.conftest import LEARNING, SMALL, weights
from tests.conftest import ROOT
from tests.networks.small import small_mobilenet


def test_a_trained_model_is_served_from_its_export(fitted, examples):
    captioner = Captioner.from_pretrained(fitted)
    assert captioner.engine.name == "litert"
    assert captioner.caption(examples[0]).words


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


@pytest.fixture
def small_encoder(eagerly):
    """Quick to train, where what the encoder sees does not matter."""
    with small_mobilenet():
        yield


def test_fit_teaches_a_decoder_that_reads_beginnings(fit, glove_file, small_encoder):
    options = ["--preset=bilstm-mobilenetv2", f"--glove-file={glove_file}", "--epochs=3", "--learning-rate=0.01"]
    model = load(fit("bilstm", *options))
    losses = [record["loss"] for record in model.training["history"]]
    assert model.preset.decoder == "bidirectional" and losses[-1] == min(losses)


STAGES = [*LEARNING, "--fine-tune-encoder", "--fine-tune-epochs=2", "--fine-tune-learning-rate=0.01"]
GONE = """
import os, signal, sys
import tensorflow as tf
import train
from captioner.engines import export
from captioner.evaluation import evaluate
from captioner.training import fit
from tests.networks.small import small_mobilenet

tf.config.run_functions_eagerly(True)
export.export = lambda *arguments: None
evaluate.METRICS, read_ahead, epochs = ("BLEU-4", "CIDEr"), fit.read_ahead, []

def gone(batches):
    epochs.append(batches)
    for step, batch in enumerate(read_ahead(batches)):
        if len(epochs) == 2 and step == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        yield batch

fit.read_ahead = gone
with small_mobilenet():
    train.main(sys.argv[1:])
"""


def test_a_run_that_is_gone_at_once_and_then_stopped_goes_on_to_the_same_model(
    fit, small_data, small_encoder, monkeypatch
):
    whole = fit("whole", *STAGES)
    assert weights(fit("other", "--epochs=1", "--seed=4")) != weights(whole)

    home = whole.parent
    folder = home / "gone"
    places = ["--output", folder, "--checkpoints", home / "gone-checkpoints", "--cache", home / "cache"]
    command = ["fit", "--data", small_data, *places, *SMALL, *STAGES]
    gone = subprocess.run(
        [sys.executable, "-c", GONE, *map(str, command)], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert gone.returncode == -signal.SIGKILL, gone.stderr  # in the middle of the decoder's second epoch
    assert [record["epoch"] for record in load(folder, networks=False).training["history"]] == [1]  # whole, and of use

    epochs = []

    def stopped_in_the_second_epoch_of_fine_tuning(*arguments):
        epochs.append(arguments)
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return _train_epoch(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("captioner.training.fit._train_epoch", stopped_in_the_second_epoch_of_fine_tuning)
        fit("gone", *STAGES, status=130)
    assert weights(fit("gone", *STAGES)) == weights(whole)
    assert load(folder).training["best"]["CIDEr"] == load(whole).training["best"]["CIDEr"]
    for stage in "decoder", "fine-tune":  # whichever epoch was the best
        ours, theirs = (load_file(f"{each}-checkpoints/{stage}/latest.safetensors") for each in (folder, whole))
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            np.testing.assert_array_equal(array, theirs[name])
    assert {path.name for path in home.iterdir() if "gone" in path.name} == {"gone", "gone-checkpoints"}


def test_fine_tuning_changes_every_layer_of_the_encoder_but_no_statistics(fit, fitted, eagerly):
    tuning = ["--fine-tune-encoder", "--fine-tune-epochs=1", "--fine-tune-learning-rate=0.01"]
    tuned = fit("tuned", f"--start-from={fitted}", *tuning)
    for old, new in zip(load(fitted).encoder.weights, load(tuned).encoder.weights, strict=True):
        same = np.array_equal(ops.convert_to_numpy(old), ops.convert_to_numpy(new))
        assert same == ("moving" in new.path), new.path


def test_a_reward_stage_goes_on_from_a_model_that_is_there_already(fit, fitted, tmp_path, small_data, capsys, eagerly):
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
