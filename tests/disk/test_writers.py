"""One process at a time writes to a folder; one that is killed leaves a whole model and nobody locked out."""

import multiprocessing
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

import train
from captioner import DiskError
from captioner.bulk.output import Output
from captioner.disk import alone
from captioner.disk.alone import only_writer
from captioner.engines.exports import find_export
from captioner.folder.manifest import WEIGHTS, ModelFolder
from captioner.folder.storage import load, load_checkpoint, save
from tests.conftest import ROOT
from tests.disk import writing
from tests.disk.writing import model_of
from ui.sharing.results import Results

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


def killed_at_random(write: Callable, *what) -> Iterator[None]:
    """Twenty processes that write without end, each killed at a random moment; then one may look at what there is."""
    server = multiprocessing.get_context("forkserver")  # all new Pythons would take longer to start than to kill
    server.set_forkserver_preload([writing.__name__, "pytest"])  # which every child is given as its main program
    chance, seconds = random.Random(23), server.Value("d", lock=False)  # that the last writing took
    for _ in range(KILLS):
        seconds.value = 0
        process = server.Process(target=writing.without_end, args=(seconds, write, *what))
        process.start()
        while not seconds.value:
            assert process.is_alive(), f"{write.__name__} has ended with {process.exitcode}"
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 2 * seconds.value))
        assert process.is_alive(), f"{write.__name__} has ended with {process.exitcode}"
        process.kill()
        process.join()
        yield


def test_a_save_that_is_killed_leaves_the_old_model_or_the_new_one(folder, hasty):
    found = set()
    for _ in killed_at_random(writing.save_two_models, folder):
        model, weights = load(folder, networks=False), load_file(folder / WEIGHTS)
        assert {float(array.max()) for array in weights.values()} == {model.training["seed"]}
        found.add(model.training["seed"])
    assert found == {1, 2}
    save(model_of(3), folder)
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_a_checkpoint_that_is_killed_is_the_old_one_or_the_new_one(tmp_path):
    checkpoint, kernel = tmp_path / "latest.safetensors", writing.kernel_of(0)
    for _ in killed_at_random(writing.save_two_checkpoints, checkpoint):
        progress = load_checkpoint([kernel], checkpoint)
        assert np.all(kernel.numpy() == progress["records"])


def test_an_export_that_is_killed_is_found_whole_or_not_at_all(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("CAPTIONER_CACHE", str(tmp_path / "cache"))
    preset = load(folder, networks=False).preset
    for _ in killed_at_random(writing.keep_an_export, folder, tmp_path / "cache"):
        assert find_export(ModelFolder(folder), preset).networks == writing.some_export(1).networks
        shutil.rmtree(tmp_path / "cache")


def test_a_result_that_is_killed_while_it_is_shared_is_kept_whole_or_not_at_all(tmp_path):
    file, told = tmp_path / "results.sqlite", tmp_path / "told"
    for _ in killed_at_random(writing.share_a_result, file, told):
        for id in told.read_text().split():  # of what people were told all is there
            result = Results(file).find(id)
            assert result.content == writing.CONTENT
            assert Image.open(BytesIO(result.picture)).size == (600, 400)


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_rows_that_are_killed_are_all_there_or_none_of_them(tmp_path, kind):
    out, expected = tmp_path / "out", {row["id"] for row in writing.ROWS}
    for _ in killed_at_random(writing.write_rows, out, kind):
        ids = list(Output(str(out), kind, {}).ids())
        assert len(ids) % len(expected) == 0 and set(ids) == expected
        shutil.rmtree(out)


def test_what_a_kill_left_where_folders_cannot_be_exchanged_comes_back(folder):
    folder.rename(folder.with_name(".tiny.old"))  # between the two moves
    save(model_of(2), folder)
    assert (folder / "learning-curve.png").exists() and load(folder, networks=False).training == {"seed": 2}
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]
