"""A model folder that is replaced while it is read or served: the old model answers or the new one, never a mix."""

import shutil
import threading

import pytest
from safetensors import numpy

from captioner import Captioner, ModelError
from captioner.bulk import rows
from captioner.bulk.rows import Job, Rows
from captioner.folder.manifest import WEIGHTS, ModelFolder
from captioner.folder.storage import save
from tests.disk.writing import model_of


@pytest.fixture(autouse=True)
def exported(monkeypatch):
    """Instead of an engine, the seed of the weights that one would be made from."""

    class Export:
        def __init__(self, folder: ModelFolder):
            self.seed = float(next(iter(numpy.load(folder.read(WEIGHTS)).values())).max())

        def engine(self, temperature: float) -> float:
            return self.seed

    monkeypatch.setattr("captioner.captioner.find_export", lambda folder, preset: Export(folder))


def seeds(captioner: Captioner) -> set[float]:
    """What the parts of a captioner were trained with: one seed, or it is a mix."""
    return {captioner.engine, captioner.model.training["seed"]}


def test_a_folder_that_is_replaced_all_the_time_is_read_as_one_model_or_the_other(folder):
    ended, models = threading.Event(), [model_of(2), model_of(1)]

    def keep_replacing():
        while not ended.is_set():
            for model in models:
                save(model, folder)

    writer = threading.Thread(target=keep_replacing)
    writer.start()
    found, tries = set(), 0
    try:
        while found != {1, 2} or tries < 30:
            [seed] = seeds(Captioner.from_pretrained(folder))
            found.add(seed)
            tries += 1
            assert tries < 1000 and writer.is_alive()
    finally:
        ended.set()
        writer.join()


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("after", ["vocabulary.txt", "config.json", WEIGHTS])
def test_files_that_change_while_they_are_read_are_read_again(folder, tmp_path, monkeypatch, after, sealed):
    save(model_of(2), tmp_path / "new")
    real, changed = ModelFolder._bytes, []
    if not sealed:
        for place in folder, tmp_path / "new":
            (place / "manifest.json").unlink()

    def changed_after(self, name):
        content = real(self, name)
        if name == after and not changed:
            changed.append(shutil.copytree(tmp_path / "new", folder, dirs_exist_ok=True))
        return content

    monkeypatch.setattr(ModelFolder, "_bytes", changed_after)
    assert seeds(Captioner.from_pretrained(folder)) == {2} and changed


def test_a_folder_that_is_copied_over_half_way_is_refused_and_then_the_new_one(folder, tmp_path):
    save(model_of(2), tmp_path / "new")
    shutil.copy(tmp_path / "new" / WEIGHTS, folder)
    with pytest.raises(ModelError, match=r"model.safetensors does not match manifest.json"):
        Captioner.from_pretrained(folder)
    shutil.copytree(tmp_path / "new", folder, dirs_exist_ok=True)
    assert seeds(Captioner.from_pretrained(folder)) == {2}


def test_a_process_of_bulk_does_not_write_with_another_model_than_the_rows_name(folder):
    captioner = Captioner.from_pretrained(folder)
    job = Job(str(folder), rows.model_answer(captioner, str(folder)), None)
    assert seeds(Rows(job).captioner) == {1}
    save(model_of(2), folder)
    with pytest.raises(ModelError, match="The model tiny was replaced meanwhile: run the same command again"):
        Rows(job)
