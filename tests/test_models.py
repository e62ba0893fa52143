"""The page's choice of models: loaded once, few kept, and nothing else readable. No page and no network is needed."""

import dataclasses
import json
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from captioner import ModelError
from captioner.folder.storage import save
from ui import models as module
from ui.models import KEPT, Models
from ui.page.quality import quality_html


@pytest.fixture
def folder(tmp_path):
    for name in "b", "a", "attention-efficientnetlite1":
        (tmp_path / "weights" / name).mkdir(parents=True)
        (tmp_path / "weights" / name / "config.json").touch()
    (tmp_path / "weights" / "no-model").mkdir()
    return tmp_path / "weights"


@pytest.fixture
def loads(monkeypatch):
    """What was loaded, in order; nothing truly is, and nothing is warmed up."""
    names = []
    monkeypatch.setattr(module.Captioner, "from_pretrained", lambda path, engine: names.append(path.name))
    monkeypatch.setattr(module.Captioner, "from_hub", lambda name, engine, token: names.append((name, token)))
    monkeypatch.setattr(module.SharedCaptioner, "warm_up", lambda self: None)
    return names


def test_the_model_folders_are_listed_the_default_first(folder, loads):
    assert Models(folder).names() == ["attention-efficientnetlite1", "a", "b"]
    assert Models(folder).default().name == "attention-efficientnetlite1"


def test_a_folder_without_models_is_said(tmp_path):
    with pytest.raises(ModelError, match="no model folder"):
        Models(tmp_path).default()


def test_two_visitors_load_a_model_once(folder, loads, monkeypatch):
    going, go_on = threading.Event(), threading.Event()

    def slow(path, engine):
        loads.append(path.name)
        going.set()
        assert go_on.wait(10)

    monkeypatch.setattr(module.Captioner, "from_pretrained", slow)
    models = Models(folder)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(models.get, "a")
        assert going.wait(10)
        second = pool.submit(models.get, "a")
        models.get("owner/name")  # and nobody waits for a model that is not his
        go_on.set()
        assert first.result() is second.result()
    assert loads == ["a", ("owner/name", False)]


def test_the_longest_unused_model_is_forgotten(folder, loads):
    models = Models(folder)
    names = [f"owner/{number}" for number in range(KEPT)]
    for name in [*names, names[0], "owner/new", names[0], names[1]]:
        models.get(name)
    assert [name for name, _ in loads] == [*names, "owner/new", names[1]]


def test_a_failure_is_no_model_and_is_tried_again(folder, loads, monkeypatch):
    models = Models(folder)
    kept = models.get("a")
    monkeypatch.setattr(module.Captioner, "from_hub", lambda *_, **__: (_ for _ in ()).throw(ModelError("Away.")))
    for number in range(KEPT):
        with pytest.raises(ModelError, match="Away"):
            models.get(f"owner/{number}")
    assert models.get("a") is kept
    monkeypatch.setattr(module.Captioner, "from_hub", lambda *_, **__: None)
    assert models.get("owner/0").name == "owner/0"


def test_nothing_but_the_listed_folders_is_readable(tiny_model, tmp_path, monkeypatch):
    """Folders that would load, reached from the working directory, by a path, or out of the folder of models."""
    save(tiny_model, tmp_path / "weights/tiny")
    save(tiny_model, tmp_path / "secret/tiny")
    monkeypatch.chdir(tmp_path)
    models = Models(tmp_path / "weights")
    for name in "secret/tiny", "../secret/tiny", f"{tmp_path}/secret/tiny", "weights/tiny", "tiny/../tiny", ".", "":
        with pytest.raises(ModelError):
            models.get(name)


def test_a_sentence_for_visitors_names_no_folder_of_ours(tiny_model, tmp_path):
    save(tiny_model, tmp_path / "weights/tiny")
    (tmp_path / "weights/tiny/vocabulary.txt").unlink()
    with pytest.raises(ModelError, match=r"The model folder tiny has no vocabulary\.txt\."):
        Models(tmp_path / "weights").get("tiny")


@pytest.mark.parametrize("strange", [{"intervals": "wide"}, {"intervals": {"CIDEr": [1]}}, {"CIDEr": "<b>best</b>"}])
def test_strange_figures_of_a_model_leave_a_gap_in_the_table(tiny_model, strange):
    record = {"split": "test", "beam_width": 3, "BLEU-4": 12.3, "CIDEr": 45.6}
    html = quality_html("tiny", dataclasses.replace(tiny_model, metrics=[record | strange]), None)
    assert "beam 3" in html and "<td></td>" in html and "best" not in html


def test_strange_examples_of_a_model_are_escaped_or_left_away(tiny_model, tmp_path):
    script = "<script>x</script> ${x}"
    rows = [{"caption": script, "reference": script * 1000, "CIDEr": 12.3, "file": "a.jpg"}] * 1000
    strange = [
        {"images": 2, "best": rows, "worst": rows},
        {"images": script, "best": [], "worst": []},
        {"images": 2, "best": [{"caption": "a", "reference": "b", "CIDEr": script}], "worst": []},
        {"images": 2, "best": {}, "worst": 1},
        ["x"],
        None,
    ]
    pages = []
    for each in strange:
        (tmp_path / "best-and-worst.json").write_text(json.dumps(each))
        pages.append(quality_html("tiny", tiny_model, tmp_path))
        assert "<script" not in pages[-1]
    assert pages[0].count("<td>12</td>") == 20 and len(pages[0]) < 20_000
    assert len(set(pages[1:])) == 1 and "What it is good at" not in pages[1]


def test_what_a_person_read_is_told_by_kind_of_photo(tiny_model, tmp_path):
    read = [
        {"kind": "people and dogs outdoors", "photos": 50, "right": 30, "wrong": {"object": 3, "place": 1}},
        {"kind": "everyday photos", "photos": 30, "right": 26, "wrong": {"object": 2, "place": 0}},
    ]
    (tmp_path / "mistakes.json").write_text(json.dumps({"read": read}))
    text = " ".join(re.sub("<[^>]*>", " ", quality_html("tiny", tiny_model, tmp_path)).split())
    assert "A person read 80 of its captions: about 70 in a hundred are right." in text
    assert "people and dogs outdoors 30 of 50 right everyday photos 26 of 30 right" in text
    assert "object 5 place 1" in text


@pytest.mark.parametrize(
    "read",
    [[], None, [{"kind": "<script>", "photos": 0, "right": 0, "wrong": {}}], [{"photos": "many"}], [["x"]], {"a": 1}],
)
def test_strange_counts_of_mistakes_are_left_away(tiny_model, tmp_path, read):
    (tmp_path / "mistakes.json").write_text(json.dumps({"read": read}))
    assert quality_html("tiny", tiny_model, tmp_path) == quality_html("tiny", tiny_model, None)


def test_a_model_that_is_replaced_goes_on_and_a_half_copied_one_is_a_sentence(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(module.SharedCaptioner, "warm_up", lambda self: None)
    save(tiny_model, tmp_path / "a")
    whole = shutil.copytree(tmp_path / "a", tmp_path / "new/a")
    models = Models(tmp_path, "keras")
    old = models.get("a")
    revision = old.revision
    (tmp_path / "a/vocabulary.txt").write_text("half of ano")
    assert models.get("a") is old and old.revision == revision
    others = Models(tmp_path, "keras")
    with pytest.raises(ModelError, match=r"a/vocabulary.txt does not match manifest.json"):
        others.get("a")
    shutil.rmtree(tmp_path / "a")
    with pytest.raises(ModelError, match="There is no model 'a' here"):
        others.get("a")
    assert models.get("a") is old
    whole.rename(tmp_path / "a")
    assert others.get("a").revision == revision


def test_the_default_stays_the_default_when_its_folder_goes(folder, loads):
    models = Models(folder)
    first = models.default()
    shutil.rmtree(folder / first.name)
    assert models.names() == [first.name, "a", "b"]
    assert models.default() is first
