"""The environment's settings: what they are without one, and a sentence for a value without sense."""

import re

import pytest

from captioner import CaptionerError, ModelError
from captioner.folder.storage import DEFAULT_MODEL, save
from tests.conftest import ROOT
from ui.models import Models
from ui.settings import Settings, read_settings


def test_without_an_environment_the_page_is_for_this_machine_alone():
    settings = read_settings({"HOME": "/home/me", "PORT": "", "CAPTIONER_MODEL": " "})
    assert settings == Settings() == read_settings({})
    assert settings.sharing and not settings.is_public


def test_every_setting_is_read(tmp_path):
    settings = read_settings(
        {
            "GRADIO_SERVER_NAME": "0.0.0.0",
            "PORT": "8080",
            "CAPTIONER_BASE_PATH": "/captioner/",
            "CAPTIONER_QUEUE_SIZE": "7",
            "CAPTIONER_UPLOAD_MB": "3",
            "CAPTIONER_WEIGHTS": str(tmp_path),
            "CAPTIONER_MODEL": "mine",
            "CAPTIONER_MODELS": "mine, owner/name,",
            "CAPTIONER_ENGINE": "keras",
            "CAPTIONER_SHARING": "ON",
            "CAPTIONER_RATE": "30",
            "CAPTIONER_DEADLINE": "20",
            "CAPTIONER_EMBEDDING": "https://example.org, https://*.example.com",
            "CAPTIONER_LOG": "off",
            "CAPTIONER_METRICS": "on",
        }
    )
    assert settings == Settings(
        "0.0.0.0",
        8080,
        "/captioner",
        7,
        3,
        tmp_path,
        "mine",
        ("mine", "owner/name"),
        "keras",
        True,
        rate=30,
        deadline=20,
        embedding=("https://example.org", "https://*.example.com"),
        log=False,
        metrics=True,
    )
    assert settings.is_public


def test_where_strangers_come_results_are_shared_only_on_request():
    assert not read_settings({"SPACE_ID": "me/captioner"}).sharing
    assert not read_settings({"GRADIO_SERVER_NAME": "0.0.0.0"}).sharing
    assert read_settings({"SPACE_ID": "me/captioner", "CAPTIONER_SHARING": "on"}).sharing


@pytest.mark.parametrize("environment", [{"SPACE_ID": "me/captioner"}, {"GRADIO_SERVER_NAME": "0.0.0.0"}, {}])
def test_where_strangers_come_nobody_may_ask_without_end(environment):
    settings = read_settings(environment, share=not environment)
    assert settings.rate and settings.log and not settings.metrics
    assert read_settings({**environment, "CAPTIONER_RATE": "off"}, share=not environment).rate is None
    assert read_settings({}).rate is None and not read_settings({}).log


def test_a_space_is_shown_in_the_hubs_frame_and_no_other():
    assert read_settings({}).embedding == ()
    assert "https://huggingface.co" in read_settings({"SPACE_ID": "me/captioner"}).embedding
    assert read_settings({"CAPTIONER_EMBEDDING": "*"}).embedding == ("*",)


def test_the_command_line_goes_before_the_environment():
    assert read_settings({"CAPTIONER_MODEL": "a"}, model="b").model == "b"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("CAPTIONER_QUEUE_SIZE", "-1"),
        ("CAPTIONER_UPLOAD_MB", "40mb"),
        ("CAPTIONER_BASE_PATH", "captioner"),
        ("CAPTIONER_BASE_PATH", "/a b"),
        ("CAPTIONER_BASE_PATH", "//elsewhere.org"),
        ("CAPTIONER_WEIGHTS", "/nowhere"),
        ("CAPTIONER_ENGINE", "onnx"),
        ("CAPTIONER_SHARING", "maybe"),
        ("CAPTIONER_RATE", "fast"),
        ("CAPTIONER_DEADLINE", "0"),
        ("CAPTIONER_EMBEDDING", "example.org; script-src"),
        ("CAPTIONER_LOG", "loud"),
        ("CAPTIONER_METRICS", "some"),
    ],
)
def test_a_value_without_sense_is_named(name, value):
    with pytest.raises(CaptionerError, match=f"{name} is '{value}'"):
        read_settings({name: value})


def test_the_docs_list_every_setting():
    names = re.findall(r'"(PORT|[A-Z]+_[A-Z_]+)"', (ROOT / "ui/settings.py").read_text())
    docs = (ROOT / "docs/deploy.md").read_text()
    assert len(set(names)) > 8
    assert not [name for name in names if name != "SPACE_ID" and f"| `{name}` |" not in docs]


def test_the_page_begins_with_the_model_that_was_asked_for(tiny_model, tmp_path):
    save(tiny_model, tmp_path / "weights/tiny")
    save(tiny_model, tmp_path / "elsewhere/mine")
    folder = tmp_path / "weights"
    (folder / DEFAULT_MODEL.name).symlink_to(DEFAULT_MODEL)
    assert Models(folder).names() == [DEFAULT_MODEL.name, "tiny"]
    assert Models(folder, start="tiny").names() == ["tiny", DEFAULT_MODEL.name]
    assert Models(folder, start=str(folder / "tiny")).names() == ["tiny", DEFAULT_MODEL.name]
    mine = str(tmp_path / "elsewhere/mine")
    models = Models(folder, "keras", start=mine)
    assert models.names() == [mine, DEFAULT_MODEL.name, "tiny"]
    assert models.default().captioner.name == "tiny"  # what its config calls it
    with pytest.raises(ModelError):
        Models(folder, start="nowhere").default()


def test_only_what_is_offered_can_be_chosen(tiny_model, tmp_path):
    save(tiny_model, tmp_path / "tiny")
    save(tiny_model, tmp_path / "other")
    models = Models(tmp_path, "keras", offered=("tiny",))
    assert models.names() == ["tiny"]
    assert models.default().name == "tiny"
    for name in ("other", "owner/name"):
        with pytest.raises(ModelError, match=r"is not offered here; there are tiny\."):
            models.get(name)
