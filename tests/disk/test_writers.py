"""One process at a time writes to a folder; one that is killed leaves a whole model and nobody locked out."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import train
from captioner import DiskError
from captioner.disk import alone
from captioner.disk.alone import only_writer
from captioner.folder import storage
from captioner.folder.storage import load, save
from tests.conftest import ROOT
from tests.disk.conftest import model_of

KILLS = 20
HOLD = """
import sys, time
from captioner.disk.alone import only_writer
with only_writer(sys.argv[1]):
    print("in", flush=True)
    time.sleep(600)
"""


@contextmanager
def another_writer(folder: Path):
    """A process that writes to a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "in\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(alone, "PATIENCE", 0.01)


def test_a_second_training_is_refused_until_the_first_ends_however_that_ends(folder, hasty, capsys):
    data = ["--data", str(folder.parent)]
    commands = [[name, *data, "--output", str(folder)] for name in ("fit", "make", "tune")]
    commands += [[name, *data, "--model", str(folder)] for name in ("export", "guide", "calibrate")]
    commands += [["fit", *data, "--output", str(folder.with_name("other")), "--checkpoints", str(folder)]]
    commands += [["seal", "--model", str(folder)]]
    with another_writer(folder) as first:
        for command in commands:
            assert train.main(command) == 2
            said = capsys.readouterr().err
            expected = f"Another process is writing to {folder}: wait until it is done, or choose another folder."
            assert said == f"error: {expected}\n", command
        with pytest.raises(DiskError, match="Another process is writing to"):
            save(model_of(2), folder)
        assert load(folder, networks=False).training == {"seed": 1}
        first.kill()
        first.wait()
        save(model_of(2), folder)
    assert load(folder, networks=False).training == {"seed": 2}


def test_a_training_saves_what_it_alone_writes_and_leaves_no_lock(folder):
    with only_writer(folder), only_writer(folder):
        save(model_of(2), folder)
        assert (folder.parent / ".tiny.lock").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_a_save_that_is_killed_leaves_the_old_model_or_the_new_one(folder, hasty):
    """Twenty kills at random moments, each in a process that saves one model after the other."""
    fork = multiprocessing.get_context("fork")  # a new Python would take longer to start than all kills together
    chance, found = random.Random(23), set()
    for _ in range(KILLS):
        process = fork.Process(target=keep_saving, args=(folder,))
        process.start()
        time.sleep(chance.uniform(0, 0.2))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        model = load(folder, networks=False)
        weights = storage.safetensors.load_file(folder / storage.WEIGHTS)
        assert {float(array.max()) for array in weights.values()} == {model.training["seed"]}
        found.add(model.training["seed"])
    assert found == {1, 2}
    save(model_of(3), folder)
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def keep_saving(folder: Path) -> None:
    models = [model_of(2), model_of(1)]
    while True:
        for model in models:
            save(model, folder)


def test_what_a_kill_left_where_folders_cannot_be_exchanged_comes_back(folder):
    folder.rename(folder.with_name(".tiny.old"))  # between the two moves
    save(model_of(2), folder)
    assert (folder / "learning-curve.png").exists() and load(folder, networks=False).training == {"seed": 2}
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]
