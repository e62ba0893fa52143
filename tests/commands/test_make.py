"""`train.py make` follows a recipe step by step, and after a kill the same command goes on to the same model."""

import importlib
import re
from contextlib import contextmanager

import pytest

import train
from captioner import Captioner
from captioner.commands.recipe import Plan, recipe_file
from captioner.engines.exports import find_export
from captioner.folder.manifest import ModelFolder
from captioner.folder.storage import load
from tests.commands.conftest import weights
from tests.conftest import uncompiled
from tests.networks.small import small_mobilenet

QUICK = ["--epochs=2", "--fine-tune-epochs=1", "--reward-epochs=1", "--reward-samples=3", "--learning-rate=0.01"]


@pytest.fixture(scope="module")
def small_encoder(run_small):
    """The recipe's steps are at stake here, and not what the encoder sees; test_fit.py trains the real one."""
    with small_mobilenet():
        yield


@pytest.fixture(scope="module")
def made(run_small, small_encoder):
    """A model made by the default recipe, in small."""
    with uncompiled():
        return run_small("make", "made", *QUICK)


def test_the_default_recipe_makes_a_model_with_all_that_belongs_to_it(made, examples):
    model = load(made)
    assert model.name == "made" and model.preset.units == 32
    stages = [record["stage"] for record in model.training["history"]]
    assert list(dict.fromkeys(stages)) == ["decoder", "fine-tune", "reward"]
    assert len(model.training["runs"]) == 4
    assert model.guidance is not None and "calibration" in model.training
    assert (model.decoding.length_penalty, model.decoding.no_repeat_ngram) == (0.85, 2)
    assert {(record["split"], record["beam_width"]) for record in model.metrics} == {
        ("dev", beam) for beam in (1, 3, 5)
    }
    assert find_export(ModelFolder(made), model.preset).description["precisions"]["encoder"] == "mixed"
    captioner = Captioner.from_pretrained(made)
    assert captioner.engine.name == "litert" and captioner.caption(examples[0], beam_width=1).words


KILLS = [
    ("captioner.training.fit._train_epoch", 2),  # in step 1, the decoder's second epoch
    ("captioner.training.fit._train_epoch", 3),  # in step 3
    ("captioner.training.guide_fitting.fit_guidance", 1),  # in step 6
    ("captioner.evaluation.best_and_worst.save_best_and_worst", 1),  # in step 7
    ("captioner.training.calibration.draw_reliability", 1),  # in step 8
]


def test_a_recipe_that_was_killed_goes_on_to_the_same_model(run_small, made, eagerly, capsys):
    lines = []
    for place, call in KILLS:
        with killed_at(place, call):
            run_small("make", "killed", *QUICK, status=130)
        lines.append([line for line in capsys.readouterr().out.splitlines() if line.startswith("Step ")])
    assert list(map(len, lines)) == [1, 3, 6, 7, 8]
    assert [sum(line.endswith("(done)") for line in each) for each in lines] == [0, 0, 2, 5, 6]
    killed = run_small("make", "killed", *QUICK)
    for name in ("model.safetensors", "guide.safetensors", "bigrams.safetensors"):
        assert (killed / name).read_bytes() == (made / name).read_bytes(), name
    ours, theirs = load(killed), load(made)
    assert ours.decoding == theirs.decoding
    assert [record["CIDEr"] for record in ours.metrics] == [record["CIDEr"] for record in theirs.metrics]


@contextmanager
def killed_at(place, call):
    """Have a function raise what Ctrl+C raises, when it is called for that time."""
    module, _, name = place.rpartition(".")
    function, calls = getattr(importlib.import_module(module), name), []

    def killed(*arguments, **rest):
        calls.append(arguments)
        if len(calls) == call:
            raise KeyboardInterrupt
        return function(*arguments, **rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, killed)
        yield


def test_what_is_made_is_not_made_again_and_other_settings_are_refused(run_small, made, capsys):
    before = weights(made)
    run_small("make", "made", *QUICK)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10 and all(line.endswith("(done)") for line in lines[:9])
    run_small("make", "made", *QUICK, "--seed=4", status=2)
    assert "has a run with other settings: step 1 was `train.py fit" in capsys.readouterr().err
    assert weights(made) == before


def planned(tmp_path, recipe, seed=0, **settings):
    path = tmp_path / "mine.toml"
    path.write_text(recipe)
    plan = Plan(tmp_path / "models" / "mine", tmp_path / "work", seed, {"data": "flickr8k"}, settings)
    return [str(step) for step in plan.steps(path)]


def test_a_recipe_becomes_commands_one_could_type(tmp_path):
    recipe = """
        [[steps]]
        command = "fit"
        output = "first"
        units = 64
        attention = false
        [[steps]]
        command = "fit"
        start-from = "first"
        teachers = ["first", "first"]
        reward = "cider"
        seed = 2
        [[steps]]
        command = "evaluate"
        beam = [1, 3]
        data = "elsewhere"
        dry-run = true
    """
    assert planned(tmp_path, recipe, seed=1, units=32) == [
        "train.py fit --data flickr8k --output first --checkpoints first --units 32 --no-attention --seed 1",
        "train.py fit --data flickr8k --output mine --checkpoints last --start-from first --teachers first first "
        "--reward cider --units 32 --seed 3",
        "train.py evaluate --data elsewhere --model mine --beam 1 3 --dry-run",
    ]


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ("steps = [", "mine.toml cannot be read"),
        ("", "mine.toml has no steps"),
        ("steps = []", "mine.toml has no steps"),
        ("seed = 1\n[[steps]]\ncommand = 'guide'", "unknown setting 'seed'"),
        ("[[steps]]\ncommand = 'bake'", "step 1: unknown command 'bake'; known: .*fit"),
        ("[[steps]]\ncommand = 'make'", "unknown command 'make'"),
        ("[[steps]]\nunits = 3", "step 1: unknown command None"),
        (
            "[[steps]]\ncommand = 'guide'\n[[steps]]\ncommand = 'fit'\nwings = 2",
            r"step 2 \(fit\): unknown setting 'wings'",
        ),
        ("[[steps]]\ncommand = 'fit'\nunit = 3", "unknown setting 'unit'"),
        ("[[steps]]\ncommand = 'fit'\nunits = 'many'", r"step 1 \(fit\): argument --units: invalid int value: 'many'"),
        ("[[steps]]\ncommand = 'export'\nencoder = 'int4'", "int4.*float32"),
        ("[[steps]]\ncommand = 'fit'\nstart-from = 'x'\nreward = 'cider'", "start-from is 'x', but no step before it"),
        ("[[steps]]\ncommand = 'fit'\noutput = '../x'", "output is '../x'"),
        ("[[steps]]\ncommand = 'fit'\nseed = 'x'", "seed is 'x'; it must be a whole number"),
        ("[[steps]]\ncommand = 'fit'\n[[steps]]\ncommand = 'fit'", "step 2 .*an earlier step makes the finished model"),
    ],
)
def test_a_mistake_in_a_recipe_is_named_before_anything_runs(tmp_path, capsys, recipe, sentence):
    path = tmp_path / "mine.toml"
    path.write_text(recipe)
    command = ["make", "--data", str(tmp_path), "--output", str(tmp_path / "out"), "--recipe", str(path)]
    assert train.main([*command, "--checkpoints", str(tmp_path / "work")]) == 2
    said = capsys.readouterr().err
    assert re.search(sentence, said), said
    assert not (tmp_path / "work").exists()


def test_an_unknown_recipe_is_a_sentence_with_the_known_ones(tmp_path, capsys):
    assert train.main(["make", "--data", ".", "--output", str(tmp_path / "out"), "--recipe", "magic"]) == 2
    assert "no recipe magic" in (said := capsys.readouterr().err) and "default" in said
    assert recipe_file("default").exists()
