"""What the docs show of the benchmarks is what they measured."""

import json
import shutil

from benchmarks import compare, latency
from captioner.folder.storage import DEFAULT_MODEL
from tests.conftest import ROOT


def test_the_docs_show_the_comparison_that_was_measured():
    comparison = json.loads((ROOT / "docs/comparison.json").read_text())
    table = compare.SHOWN_IN.read_text().partition(compare.BEGIN)[2].partition(compare.END)[0]
    assert table.strip() == compare.table(comparison)


def test_the_docs_show_the_latencies_that_were_measured():
    results = json.loads(latency.RESULTS.read_text())
    shown = latency.SHOWN_IN.read_text().partition(latency.BEGIN)[2].partition(latency.END)[0]
    assert shown.strip() == latency.shown(results)


def test_the_comparison_says_of_the_default_model_what_its_folder_says():
    comparison = json.loads((ROOT / "docs/comparison.json").read_text())
    metrics = json.loads((DEFAULT_MODEL / "config.json").read_text())["metrics"]
    for row in comparison["rows"]:
        if row["model"] == DEFAULT_MODEL.name:
            (record,) = (r for r in metrics if r["split"] == "test" and r["beam_width"] == row["beam_width"])
            assert {name: row[name] for name in compare.METRICS} == {name: record[name] for name in compare.METRICS}


def test_a_model_without_figures_is_not_compared(tmp_path, capsys):
    folder = shutil.copytree(DEFAULT_MODEL, tmp_path / "new")
    config = json.loads((folder / "config.json").read_text())
    (folder / "manifest.json").unlink()  # it would call this damage
    (folder / "config.json").write_text(json.dumps(config | {"metrics": []}))
    assert compare.main([str(folder)]) == 2
    assert "train.py evaluate --split test" in capsys.readouterr().err
