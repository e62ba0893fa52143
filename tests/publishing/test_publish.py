"""A model goes to the Hub in one commit and comes back the same; the Hub's own client talks to a server of ours."""

import json
import shutil

import pytest
from huggingface_hub import ModelCard

import train
from captioner import Captioner, ModelError
from captioner.folder import default
from captioner.folder.card import model_card
from captioner.folder.manifest import EXAMPLE, MANIFEST
from captioner.folder.storage import DEFAULT_MODEL, load, save
from tests.hub_server import TOKEN, Repository, serve_hub, use_hub


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty Hub, and who runs this is logged in."""
    with serve_hub() as hub:
        use_hub(monkeypatch, hub, tmp_path / "cache", TOKEN)
        yield hub


@pytest.fixture
def folder(tiny_model, tmp_path):
    save(tiny_model, tmp_path / "tiny")
    return tmp_path / "tiny"


def publish(folder, *options, repository="owner/tiny") -> int:
    return train.main(["publish", "--model", str(folder), "--repo", repository, *options])


def test_what_was_published_says_the_same_words_elsewhere_and_offline(hub, folder, examples, tmp_path, monkeypatch):
    assert publish(folder) == 0
    captions = [Captioner.from_pretrained(folder).caption(photo).text for photo in examples[:3]]
    use_hub(monkeypatch, hub, tmp_path / "elsewhere")
    fetched = Captioner.from_pretrained("owner/tiny")
    assert [fetched.caption(photo).text for photo in examples[:3]] == captions

    hub.shutdown()
    hub.server_close()
    again = Captioner.from_pretrained("owner/tiny")
    assert [again.caption(photo).text for photo in examples[:3]] == captions

    [weights] = tmp_path.glob("elsewhere/*/snapshots/*/model.safetensors")
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.resolve().write_bytes(content)
    with pytest.raises(ModelError, match=r"owner/tiny/model\.safetensors does not match manifest.json"):
        Captioner.from_pretrained("owner/tiny")


def test_the_folder_and_the_repository_are_the_same_and_made_in_one_commit(hub, folder):
    (folder / "learning-curve.png").write_bytes(b"picture")
    (folder / "secret.txt").write_text("mine")
    assert train.main(["seal", "--model", str(folder)]) == 0
    assert publish(folder) == 0
    here = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "secret.txt"}
    assert hub.repository("owner/tiny").files == here
    assert len(hub.repository("owner/tiny").commits) == 2  # the Hub's own first one, and ours


def test_a_second_time_nothing_is_uploaded_and_a_change_alone_is(hub, folder, capsys):
    publish(folder)
    changes = len(hub.changes)
    capsys.readouterr()
    assert publish(folder) == 0
    assert len(hub.changes) == changes
    said = capsys.readouterr().out
    assert "0 of 6 files to upload" in said and "Nothing has changed" in said
    model = load(folder)
    model.metrics = [{"dataset": "d", "split": "test", "images": 1, "beam_width": 1, "date": "today", "machine": "m"}]
    save(model, folder)
    publish(folder)
    assert "3 of 6 files to upload" in capsys.readouterr().out
    assert not [path for path in hub.changes[changes:] if path.startswith("/lfs/")]
    assert load("owner/tiny").metrics == model.metrics


def test_a_dry_run_says_what_would_be_done_and_does_nothing(hub, folder, capsys):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert publish(folder, "--dry-run", "--private", "--revision", "v1") == 0
    said = capsys.readouterr().out
    assert "The model owner/tiny will be created, private." in said and "tag v1" in said
    assert [line.split()[-1] for line in said.splitlines() if " bytes " in line] == sorted([*before, EXAMPLE])
    assert not hub.changes and not hub.repositories
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_private_model_is_for_its_owner(hub, folder, tmp_path, monkeypatch):
    assert publish(folder, "--private") == 0
    assert load("owner/tiny").name == "tiny"
    use_hub(monkeypatch, hub, tmp_path / "stranger")
    with pytest.raises(ModelError, match="or it is private"):
        load("owner/tiny")


def test_a_tag_is_a_revision_that_stays(hub, folder, capsys):
    assert publish(folder, "--revision", "v1") == 0
    first = hub.repository("owner/tiny").head
    assert publish(folder, "--revision", "v1") == 0  # the same once more
    model = load(folder)
    model.metrics = [{"dataset": "d", "split": "test", "images": 1, "beam_width": 1, "date": "today", "machine": "m"}]
    save(model, folder)
    assert publish(folder, "--revision", "v1") == 2
    assert "already has the tag v1" in capsys.readouterr().err
    assert publish(folder, "--revision", "v2") == 0
    assert hub.repository("owner/tiny").tags == {"v1": first, "v2": hub.repository("owner/tiny").head}
    assert Captioner.from_pretrained("owner/tiny", "keras", revision="v1").model.metrics == []
    assert Captioner.from_pretrained("owner/tiny", "keras", revision="v2").model.metrics == model.metrics


def test_the_card_names_every_data_set_that_a_model_learned_from(folder):
    model = load(folder)
    model.training = {"data": "flickr8k + coco-train + pascal, training split: 10209 images"}
    assert ModelCard(model_card(model)).data.datasets == ["flickr8k", "coco-train", "pascal"]


def test_the_card_tells_the_hub_and_people_what_they_need(hub, folder):
    model = load(folder)
    model.training = {
        "data": "flickr8k, training split: 6000 images",
        "date": "2026-11-21",
        "machine": "2 cores",
        "runs": [{"command": "python train.py fit --data flickr8k", "commit": "c0ffee"}],
    }
    record = {"dataset": "flickr8k", "split": "test", "images": 1000, "beam_width": 3, "BLEU-4": 23.1, "CIDEr": 57.3}
    model.metrics = [record | {"date": "2026-11-21", "machine": "2 cores"}]
    save(model, folder)
    publish(folder)
    card = ModelCard(hub.repository("owner/tiny").files["README.md"].decode())
    about = card.data
    assert (about.license, about.pipeline_tag, about.datasets) == ("other", "image-to-text", ["flickr8k"])
    assert about.metrics == ["bleu-4", "cider"] and "image-captioning" in about.tags
    assert {result.metric_type: result.metric_value for result in about.eval_results} == {"bleu-4": 23.1, "cider": 57.3}
    [widget] = about.widget
    assert widget["src"].endswith(f"owner/tiny/resolve/main/{EXAMPLE}") and widget["output"]["text"]
    for fact in ("Apache-2.0", "non-commercial", "train.py fit --data flickr8k", "c0ffee", "2 cores", "2026-11-21"):
        assert fact in card.text
    assert 'from_pretrained("owner/tiny")' in card.text


def test_the_default_models_manifest_names_where_it_is_published(hub, tmp_path, monkeypatch):
    copy = shutil.copytree(DEFAULT_MODEL.parent, tmp_path / "weights") / DEFAULT_MODEL.name
    monkeypatch.setattr(default, "DEFAULT_MODEL", copy)
    assert publish(copy, repository="owner/default") == 0
    named = default.published()
    assert (named["repository"], named["commit"]) == ("owner/default", hub.repository("owner/default").head)
    assert named["files"] == json.loads(hub.repository("owner/default").files[MANIFEST])["files"]
    assert Captioner.from_pretrained("owner/default").engine.name == "litert"
    assert publish(copy, repository="owner/default") == 0
    assert default.published() == named


def test_a_strangers_repository_is_not_written_into(hub, folder, capsys):
    hub.repositories["owner/bert"] = Repository({"1" * 40: {"config.json": b"{}", "pytorch_model.bin": b"x"}})
    assert publish(folder, repository="owner/bert") == 2
    assert "owner/bert exists and holds something else" in capsys.readouterr().err
    assert not hub.changes


def test_what_is_public_does_not_become_private_unnoticed(hub, folder, capsys):
    publish(folder)
    assert publish(folder, "--private") == 2
    assert "is already public" in capsys.readouterr().err


def test_a_damaged_model_is_not_published(hub, folder, capsys):
    (folder / "vocabulary.txt").write_bytes(b"")
    assert publish(folder) == 2
    assert "vocabulary.txt does not match manifest.json" in capsys.readouterr().err
    assert not hub.asked


@pytest.mark.parametrize("name", ["tiny", "a/b/c", "../x", "owner/ti ny", ""])
def test_a_name_that_is_none_is_refused(hub, folder, name, capsys):
    assert publish(folder, repository=name) == 2
    assert "owner/name" in capsys.readouterr().err
    assert not hub.changes


def test_without_a_login_it_says_what_to_do(hub, folder, tmp_path, monkeypatch, capsys):
    use_hub(monkeypatch, hub, tmp_path / "cache")
    assert publish(folder) == 2
    assert "hf auth login" in capsys.readouterr().err
    assert not hub.repositories and not (folder / EXAMPLE).exists()


@pytest.mark.parametrize(("status", "sentence"), [(403, "cannot write"), (409, "in the meantime"), (500, "refused")])
def test_what_the_hub_refuses_is_a_sentence(hub, folder, status, sentence, capsys):
    hub.failing = status
    assert publish(folder) == 2
    assert sentence in capsys.readouterr().err


def test_without_a_network_it_says_so(hub, folder, capsys):
    hub.shutdown()
    hub.server_close()
    assert publish(folder) == 2
    assert "check the network" in capsys.readouterr().err
