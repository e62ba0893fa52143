"""The command line of train.py as a whole: its help, and what it says to mistakes."""

import subprocess
import sys

import pytest

import train
from captioner.commands import COMMANDS, summary
from tests.conftest import ROOT


def test_mistakes_on_the_command_line_are_sentences(tmp_path, capsys):
    assert train.main(["fit", "--data", str(tmp_path), "--output", str(tmp_path / "x"), "--preset", "magic"]) == 2
    assert "attention-efficientnetlite1" in capsys.readouterr().err
    assert train.main(["evaluate", "--data", str(tmp_path), "--model", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        train.main(["fit", "--data", str(tmp_path), "--output", "x", "--wings", "2"])
    assert "--wings" in capsys.readouterr().err


def test_help_comes_without_loading_a_network_library():
    program = (
        "import sys, train; train.parser().format_help();"
        "print(*sorted({'keras', 'tensorflow', 'optuna', 'pycocoevalcap', 'matplotlib'} & sys.modules.keys()))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        train.main([command, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"train.py {command}" in said and summary(command) in said
