"""`train.py fit --distribute`: two workers learn what one would, and a worker that is lost comes back."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

import train
from captioner.errors import SettingError
from captioner.folder.storage import load, progress_of
from captioner.training.workers import Workers
from tests.commands.conftest import SMALL
from tests.conftest import ROOT
from tests.networks.small import small_mobilenet

CHILD = """
import sys
import tensorflow as tf
tf.config.run_functions_eagerly(True)  # compiling takes longer than the few steps it would speed up
sys.argv = ["train.py", *sys.argv[1:]]
import captioner.engines.export
captioner.engines.export.export = lambda *arguments: None  # which takes longer than the training
import train
from tests.networks.small import small_mobilenet
with small_mobilenet():
    sys.exit(train.main())
"""
EPOCHS = 4
LEARNING = [*SMALL, f"--epochs={EPOCHS}", "--learning-rate=0.01", "--views=1", "--dropout=0", "--clip-norm=0.5"]
MOST = 0.01  # of a loss: sums in another order


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def command(small_data, cache, tmp_path):
    """What `train.py` is told."""

    def told(name, *options):
        places = ["--data", small_data, "--cache", cache]
        places += ["--output", tmp_path / name, "--checkpoints", tmp_path / f"{name}-kept"]
        return ["fit", *map(str, places), *LEARNING, *options]

    return told


@pytest.fixture
def start(command, tmp_path):
    """Start `train.py fit` in a process of its own; its output goes to a log."""
    with ExitStack() as processes:

        def started(name, *options, **environment):
            with (tmp_path / "log.txt").open("ab") as log:
                child = [sys.executable, "-c", CHILD, *command(name, *options)]
                process = subprocess.Popen(child, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)
            processes.callback(process.wait)
            processes.callback(process.kill)
            return process

        yield started


@pytest.fixture
def addresses():
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    found = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return found


def test_two_workers_learn_what_one_does_in_every_stage_though_each_is_lost_once(
    command, start, addresses, tmp_path, eagerly, monkeypatch
):
    monkeypatch.setattr("captioner.engines.export.export", lambda *arguments: None)
    later = ["--fine-tune-encoder", "--fine-tune-epochs=1", "--reward=cider", "--reward-epochs=1", "--reward-samples=2"]
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": 0}}
    workers = [
        lambda: start("two-0", "--distribute", *later, TF_CONFIG=json.dumps(config)),
        lambda: start("two-1", "--distribute", ",".join(addresses), "--worker=1", *later),
    ]
    running, log, kept = [worker() for worker in workers], tmp_path / "log.txt", []
    for lost in 1, 0:
        while len(records_of(tmp_path / "two-0-kept")) == len(kept):
            assert all(worker.poll() is None for worker in running), log.read_text()
            time.sleep(0.2)
        running[lost].kill()
        running[lost].wait()
        kept = records_of(tmp_path / "two-0-kept")
        running[lost] = workers[lost]()
    assert [worker.wait() for worker in running] == [0, 0], log.read_text()
    with small_mobilenet():
        assert train.main(command("one")) == 0
    assert log.read_text().count("A worker is lost") >= 2

    records = records_of(tmp_path / "two-0-kept")
    alone, together = ([record["loss"] for record in each] for each in (records_of(tmp_path / "one-kept"), records))
    assert len(kept) < len(alone) == EPOCHS and records[: len(kept)] == kept
    assert together == pytest.approx(alone, abs=MOST) and alone[-1] < alone[0] - 10 * MOST
    one, two = (json.loads((tmp_path / f"{name}/config.json").read_text())["training"] for name in ("one", "two-0"))
    assert one["data"] == two["data"]
    assert [record["stage"] for record in two["history"][-2:]] == ["fine-tune", "reward"]
    assert 1 < two["history"][-2]["loss"] < 6 and 0 <= two["history"][-1]["reward"] < 10
    with small_mobilenet():
        before, after = load(tmp_path / "two-0-kept/decoder/best"), load(tmp_path / "two-0")
    assert any((a != b).any() for a, b in zip(before.encoder.get_weights(), after.encoder.get_weights(), strict=True))
    assert not list(tmp_path.glob("two-1*"))  # worker 0 alone writes


def records_of(checkpoints: Path) -> list[dict]:
    file = checkpoints / "decoder/latest.safetensors"
    return progress_of(file)["records"] if file.exists() else []


def config_of(**cluster):
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": 0}})}


@pytest.mark.parametrize(
    ("addresses", "worker", "environment", "said"),
    [
        (None, 0, {}, "--worker needs --distribute"),
        ("", None, {}, "--distribute needs the addresses"),
        ("", 0, config_of(worker=["a:1", "b:1"]), "--worker needs the addresses"),
        ("", None, {"TF_CONFIG": "{"}, "TF_CONFIG cannot be read"),
        ("", None, {"TF_CONFIG": "[]"}, "TF_CONFIG cannot be read"),
        ("", None, config_of(worker=["a:1", "b:1"], ps=["c:1"]), "TF_CONFIG names ps"),
        ("", None, config_of(worker=["a:1"]), "two addresses or more"),
        ("a:1,b:1", None, {}, "needs --worker 0 to 1"),
        ("a:1,b:1", 2, {}, "there is no worker 2"),
        ("a:1,b:1", -1, {}, "there is no worker -1"),
        ("a:1,b", 0, {}, "'b' is no address"),
        ("a:1,a:1", 0, {}, "each of another worker"),
    ],
)
def test_half_a_setting_is_refused(addresses, worker, environment, said):
    with pytest.raises(SettingError, match=said):
        Workers.parse(addresses, worker, environment)


def test_a_chief_and_workers_of_tf_config_are_counted_from_the_chief():
    environment = config_of(chief=["a:1"], worker=["b:1", "c:1"])
    workers = Workers.parse("", None, environment)
    assert workers.addresses == ["a:1", "b:1", "c:1"] and workers.index == 1 and not workers.chief


@pytest.mark.parametrize("option", [["--look"], ["--text", "captions.txt"], ["--teachers", "weights/other"]])
def test_what_one_machine_has_to_train_is_said(option, small_data, tmp_path, capsys):
    command = [
        "fit",
        "--data",
        str(small_data),
        "--output",
        str(tmp_path / "x"),
        "--distribute",
        "a:1,b:1",
        "--worker=0",
    ]
    assert train.main([*command, *option]) == 2
    assert f"--distribute does not go with {option[0]}" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
