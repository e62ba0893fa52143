"""The examples of README.md and docs/programs.md, as they stand there; only the address is the live page's."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from captioner import Search
from captioner.guide.sentence import as_sentence
from tests.conftest import ROOT
from ui.page.code import ADDRESS, ASSISTANTS, EXAMPLES

PROGRAMS = (ROOT / "docs/programs.md").read_text(encoding="utf-8")
MODULES = ROOT / "tests/node_modules"


def need(found, what: str):
    """What was found; without it the test is skipped, or fails where CAPTIONER_REQUIRE_DATA=1."""
    if not found:
        (pytest.fail if os.environ.get("CAPTIONER_REQUIRE_DATA") == "1" else pytest.skip)(f"needs {what}")
    return found


def example(kind: str, marker: str) -> str:
    """The code block of docs/programs.md of that kind with that word in it."""
    [code] = [code for code in re.findall(rf"```{kind}\n(.*?)```", PROGRAMS, re.DOTALL) if marker in code]
    return code


@pytest.fixture
def run(url, photo, tmp_path):
    """Run code in a folder with a photo.jpg -> what it printed."""
    shutil.copy(photo, tmp_path / "photo.jpg")

    def output(code: str, *command: str) -> str:
        assert ADDRESS in code
        code = code.replace(ADDRESS, url.rstrip("/"))
        done = subprocess.run(command, cwd=tmp_path, input=code, text=True, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return output


def in_the_readme(kind: str) -> str:
    [code] = re.findall(rf"```{kind}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return code


def lines(caption) -> list[str]:
    """What the examples print of a caption."""
    return [caption.text, *(word.text for word in caption.words)]


def test_the_example_for_curl(run, photo, captioner):
    need(shutil.which("curl"), "curl")
    answer = json.loads(run(example("sh", "beam_width"), "bash"))
    assert answer["text"] == captioner.caption(photo, beam_width=3).text
    answer = json.loads(run(example("sh", "sentence"), "bash"))
    assert answer["text"] == as_sentence(captioner.caption(photo, beam_width=3, search=Search(guided=False)).text)


def test_the_example_for_python(run, photo, captioner):
    _, *printed = run(example("python", "gradio_client"), sys.executable, "-").splitlines()  # a greeting first
    caption = captioner.caption(photo, beam_width=3)
    assert [printed[0], *(line.split()[0] for line in printed[1:])] == lines(caption)
    assert all(0 < float(line.split()[1]) <= 1 for line in printed[1:])


def test_the_example_for_javascript(run, photo, captioner, tmp_path):
    node = need(shutil.which("node"), "Node.js")
    need((MODULES / "@gradio/client").exists(), "@gradio/client, which `make tests/node_modules` fetches with npm")
    (tmp_path / "node_modules").symlink_to(MODULES)
    printed = run(example("js", "@gradio/client"), node, "--input-type=module").splitlines()
    caption = captioner.caption(photo, beam_width=3)
    assert [printed[0], *(line.split()[0] for line in printed[1:])] == lines(caption)


def test_the_readmes_curl(url, captioner):
    need(shutil.which("curl"), "curl")
    code = in_the_readme("sh")
    assert ADDRESS in code
    done = subprocess.run(
        ["bash", "-c", code.replace(ADDRESS, url.rstrip("/"))], cwd=ROOT, capture_output=True, timeout=120
    )
    assert json.loads(done.stdout)["text"] == captioner.caption(ROOT / "examples/tiger.jpg", beam_width=3).text


def test_the_readmes_python(captioner):
    code = in_the_readme("python")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, timeout=120)
    caption = captioner.caption(ROOT / "examples/tiger.jpg", beam_width=3)
    assert done.stdout.splitlines()[:2] == [caption.text, str(caption.sure)], done.stderr
    assert f"print(caption.text)  # {caption.text}\n" in code


def test_the_page_shows_the_same_examples():
    shown = [
        example(*which).strip() for which in (("sh", "beam_width"), ("python", "gradio_client"), ("js", "@gradio"))
    ]
    assert list(EXAMPLES.values()) == shown
    assert example("json", "/mcp").strip() == ASSISTANTS
