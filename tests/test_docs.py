"""What the documents show exists: links and their headings, files, make targets, commands with their options."""

import re
import shlex

import pytest

import captioner.__main__
import train
from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PLACES = "captioner|ui|docs|tests|examples|benchmarks"
FILE = re.compile(
    rf"(?<![\w./-])((?:{PLACES})/[\w./*-]*\w|[A-Z]+\.md|(?:app|train)\.py|weights/[\w-]+\.json)(?![\w*/-])"
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)")
BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
MAKE = re.compile(r"(\w+=\S+ )*make \w")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def headings(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def typed(text: str) -> list[str]:
    """Each line of the blocks of code, with the lines that continue it."""
    return "\n".join(BLOCK.findall(text)).replace("\\\n", " ").splitlines()


def named(text: str) -> list[str]:
    """What is set as code in sentences."""
    return [span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", BLOCK.sub("", text))]


def calls(lines: list[str], program: str) -> list[list[str]]:
    """The arguments of every call of a program, without pipes."""
    found = [line.split(program + " ", 1)[1] for line in lines if program + " " in line]
    return [shlex.split(re.split(" [>|] ", call)[0], comments=True) for call in found]


@each_document
def test_every_link_leads_somewhere(document):
    for path, heading in LINK.findall(document.read_text(encoding="utf-8")):
        target = document.parent / path if path else document
        assert target.exists(), path
        if heading:
            assert heading in headings(target.read_text(encoding="utf-8")), f"{path}#{heading}"


@each_document
def test_every_file_it_names_exists(document):
    text = document.read_text(encoding="utf-8")
    made_by_the_reader = re.findall(r"touch (\S+\w)", text)
    for path in FILE.findall(re.sub(r"https?://\S+", "", text)):
        home = document.parent if (document.parent / path).exists() else ROOT
        assert path in made_by_the_reader or list(home.glob(path)), path


@each_document
def test_every_command_can_be_typed_as_it_is_written(document, capsys):
    for arguments in calls(typed(document.read_text(encoding="utf-8")), "train.py"):
        try:
            train.parser().parse_args(arguments)
        except SystemExit:
            pytest.fail(f"{shlex.join(arguments)}: {capsys.readouterr().err}")


@each_document
def test_every_command_and_option_in_a_sentence_exists(document):
    known = known_options()
    for name, *rest in calls(named(document.read_text(encoding="utf-8")), "train.py"):
        assert name in known or name == "COMMAND", f"train.py {name}"
        assert options_in(rest) <= known.get(name, {"--help"}), f"train.py {name}"


@each_document
def test_every_option_of_the_shell_command_exists(document, capsys):
    text = document.read_text(encoding="utf-8")
    for arguments in calls(typed(text) + named(text), "python -m captioner"):
        command = [word for word in arguments[:1] if word == "bulk"]
        with pytest.raises(SystemExit):
            captioner.__main__.main([*command, "--help"])
        known = options_in(re.findall(r"--[\w-]+", capsys.readouterr().out))
        assert options_in(arguments) <= known


def options_in(arguments: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in arguments if word.startswith("--")}


def known_options() -> dict[str, set[str]]:
    [choices] = [action.choices for action in train.parser()._actions if action.choices]
    return {name: set(parser._option_string_actions) for name, parser in choices.items()}


@each_document
def test_every_make_target_exists(document):
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = document.read_text(encoding="utf-8")
    shown = {line.split("make ")[1].split()[0] for line in typed(text) + named(text) if MAKE.match(line)}
    assert shown <= {*targets}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
