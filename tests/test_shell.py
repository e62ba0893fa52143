"""The command line with names, folders and files as people have them."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from captioner import __version__
from captioner.__main__ import main
from captioner.pictures.formats import KNOWN_FORMATS, LIMITS, SUFFIXES
from tests.conftest import printed

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(examples, tmp_path):
    (tmp_path / "in").mkdir()
    for name in "b.jpg", "a.JPG", "in/写真.jpg":
        shutil.copy(examples[0], tmp_path / name)
    (tmp_path / "notes.txt").write_text("no photo")
    return tmp_path


def shell(*arguments, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "captioner", *map(os.fsencode, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, **options)


def test_a_folder_is_its_photos_and_a_pattern_is_filled_in(folder, capsys):
    assert main([str(folder)]) == 0
    assert [line.partition(": ")[0] for line in capsys.readouterr().out.splitlines()] == [
        str(folder / "a.JPG"), str(folder / "b.jpg"), str(folder / "in/写真.jpg")]  # fmt: skip
    assert main([str(folder / "*.jpg")]) == 0
    assert capsys.readouterr().out.startswith(str(folder / "b.jpg"))


def test_doubt_is_said(folder, capsys, captioner):
    main([str(folder / "b.jpg")])
    caption = captioner.caption(folder / "b.jpg")
    assert capsys.readouterr().out == printed(caption) + "\n"


def test_names_that_no_code_page_has_are_done_like_others(folder):
    odd = os.fsencode(folder) + b"/caf\xe9.jpg"
    shutil.copy(folder / "b.jpg", odd)
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    run = shell(odd, folder / "in/写真.jpg", folder / "b.jpg", env=environment)
    assert run.returncode == 0 and len(run.stdout.splitlines()) == 3
    assert run.stderr == b""  # neither a traceback nor the runtime's own talk
    run = shell("--json", odd, folder / "gone.jpg", folder / "b.jpg")
    records = [json.loads(line) for line in run.stdout.splitlines()]
    assert [record["caption"] is None for record in records] == [False, True, False]
    assert records[1]["file"] == str(folder / "gone.jpg") and "no file" in records[1]["error"]


def test_a_reader_that_has_read_enough_is_no_error(folder):
    command = f"{sys.executable} -m captioner {folder} {folder} {folder} | head -1"
    run = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=True)
    assert len(run.stdout.splitlines()) == 1 and run.stderr == b""


def test_standard_input_is_a_photo(folder, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((folder / "b.jpg").read_bytes())))
    assert main(["-"]) == 0 and capsys.readouterr().out


def test_an_address_is_a_clear_no(folder, capsys):
    assert main(["https://example.org/cat.jpg", str(folder / "b.jpg")]) == 1
    said = capsys.readouterr()
    assert "nothing is fetched from the web" in said.err and len(said.out.splitlines()) == 1


def test_version_and_beam_width(capsys):
    for arguments, expected in (
        (["--version"], __version__),
        (["a.jpg", "--beam-width", "11"], "a whole number from 1 to 10"),
        (["a.jpg", "--beam-width", "x"], "a whole number from 1 to 10"),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        said = capsys.readouterr()
        assert expected in said.out + said.err


def test_the_formats_are_listed_in_one_place(capsys):
    assert KNOWN_FORMATS in " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"{KNOWN_FORMATS}, up to {LIMITS}." in " ".join((ROOT / "docs/deploy.md").read_text("utf-8").split())
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "JPEG XL" in capsys.readouterr().out
    assert {".jpg", ".heic", ".jxl", ".jp2", ".tga"} < SUFFIXES
