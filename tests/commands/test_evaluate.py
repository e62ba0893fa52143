"""`train.py evaluate` scores a model and keeps its figures."""

import json
import shutil

import train
from captioner.folder.storage import load


def test_evaluate_writes_its_figures_into_the_model_folder(fitted, small_data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("captioner.evaluation.evaluate.METRICS", ("BLEU-4", "CIDEr"))  # METEOR starts Java each time
    folder = shutil.copytree(fitted, tmp_path / "judged")
    assert train.main(["evaluate", "--model", str(folder), "--data", str(small_data), "--beam", "1", "2"]) == 0
    assert "95% of resamples" in capsys.readouterr().out
    both = load(folder).metrics
    assert [record["beam_width"] for record in both] == [1, 2]
    for record in both:
        assert record["images"] == 8 and record["split"] == "dev"
        assert record["intervals"]["CIDEr"][0] <= record["CIDEr"] <= record["intervals"]["CIDEr"][1]
        assert 0 <= record["broken_share"] <= 1 and 0 <= record["verbatim_share"] <= 1
    card = (folder / "README.md").read_text()
    assert f"{both[0]['CIDEr']:.1f} ({both[0]['intervals']['CIDEr'][0]:.1f} to" in card
    examples = json.loads((folder / "best-and-worst.json").read_text())
    best, worst = ([row["CIDEr"] for row in examples[kind]] for kind in ("best", "worst"))
    assert examples["images"] == 8 and len(best) == len(worst) == 4
    assert best == sorted(best, reverse=True) and worst == sorted(worst) and best[-1] >= worst[-1]
    assert all((small_data / "Images" / row["file"]).exists() for row in examples["best"] + examples["worst"])
