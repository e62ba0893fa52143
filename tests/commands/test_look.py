"""`train.py fit --look`: an encoder that learned what is in photos, a decoder that is told, text without photos."""

import argparse
import json
import shutil

import numpy as np
import pytest
from keras import ops

import train
from captioner import Captioner
from captioner.commands.data import labels_of
from captioner.data import load_examples
from captioner.folder.storage import load, save
from tests.conftest import new_tiny_model, uncompiled
from tests.networks.small import small_mobilenet

LOOKING = ["--look-words=40", "--evidence-words=4", "--look-epochs=2", "--look-learning-rate=0.001"]


@pytest.fixture(scope="module")
def labels(small_data, examples, tmp_path_factory):
    """Two folders with object labels: the training data's own, and two photos that nobody captioned."""
    other = tmp_path_factory.mktemp("labelled") / "other"
    (other / "Images").mkdir(parents=True)
    for photo in examples[:2]:
        shutil.copy(photo, other / "Images")
    for folder in small_data, other:
        names = sorted(path.name for path in (folder / "Images").iterdir())
        content = {
            "images": [{"id": n, "file_name": name, "width": 224, "height": 224} for n, name in enumerate(names)],
            "categories": [{"id": 1, "name": "person"}, {"id": 18, "name": "dog"}],
            "annotations": [
                {"id": n, "image_id": n, "category_id": 18, "bbox": [1, 1, 100, 100], "score": 0.75}
                for n in range(0, len(names), 2)
            ],
        }
        (folder / "instances.json").write_text(json.dumps(content))
    yield [small_data, other]
    (small_data / "instances.json").unlink()


def test_no_photo_of_the_dev_split_is_learned_from(labels, small_data):
    options = argparse.Namespace(data=[small_data], labels=labels)
    train = load_examples(small_data, "train")
    found = labels_of(options, train)
    assert set(found) == {example.image for example in train} | set((labels[1] / "Images").iterdir())


@pytest.fixture(scope="module", autouse=True)
def small_encoder(run_small):
    """One that is quick to train: what it sees does not matter here."""
    with small_mobilenet():
        yield


@pytest.fixture(scope="module")
def looking(fit, labels, tmp_path_factory):
    """A model with a look, taught by labels and text as well."""
    text = tmp_path_factory.mktemp("text") / "more.tsv"
    text.write_text("1\ta kitchen with a stove\n1\ta stove in a kitchen\n2\ta dog runs\n2\tthe dog is running fast\n")
    learning = ["--epochs=2", "--learning-rate=0.01", "--text-groups=2", "--text", str(text)]
    with uncompiled():
        return fit("looking", "--look", *LOOKING, *learning, "--labels", *map(str, labels))


def test_both_stages_learn(looking):
    history = json.loads((looking / "config.json").read_text())["training"]["history"]
    losses = {stage: [one["loss"] for one in history if one["stage"] == stage] for stage in ("look", "decoder")}
    assert all(len(each) and each[-1] == min(each) for each in losses.values())
    assert all("precision" in one for one in history if one["stage"] == "look")


def test_fine_tuning_teaches_the_look_as_well(fit, looking):
    with uncompiled():
        tuned = fit("looking-tuned", "--start-from", str(looking), "--fine-tune-encoder", "--fine-tune-epochs=1")
    before, after = (load(folder).decoder.evidence.look for folder in (looking, tuned))
    for learned in ("hidden", "words"):
        assert np.abs(getattr(before, learned).kernel - getattr(after, learned).kernel).max() > 0
    np.testing.assert_array_equal(before.usual, after.usual)


def test_words_of_the_text_alone_are_words_of_the_model(looking):
    assert {"stove", "kitchen"} <= set(load(looking).vocabulary.tokens)


def test_litert_writes_what_keras_writes(looking, small_data):
    from captioner.engines.export import make_export

    model = load(looking)
    photos = [example.image for example in load_examples(small_data, "dev")]
    keras = Captioner(model)
    features = keras.encode(photos)
    exported = make_export(model, {"encoder": "float32", "start": "float32", "step": "float32"})
    litert = Captioner(model, exported.engine(model.decoding.temperature))
    for ours, theirs in zip(litert.decode(features), keras.decode(features), strict=True):
        assert ours.text == theirs.text
        assert ours.score == pytest.approx(theirs.score, abs=1e-3)
        assert ours.words[0].attention.shape == (7, 7)


def test_how_much_counts_what_a_caption_tells_is_the_models_own_where_it_has_a_look(
    looking, small_data, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("captioner.evaluation.evaluate.METRICS", ("BLEU-4", "CIDEr"))
    monkeypatch.setattr("captioner.captioner._export_here", lambda *model: pytest.fail("Keras is enough here"))
    folder = shutil.copytree(looking, tmp_path / "judged")
    how = ["--data", str(small_data), "--beam", "2", "--engine", "keras"]
    command = ["evaluate", "--model", str(folder), *how, "--information-weight"]
    assert train.main([*command, "0.3"]) == 0
    assert load(folder, networks=False).decoding.information_weight == 0.3
    assert load(folder, networks=False).metrics[-1]["information_weight"] == 0.3
    assert train.main([*command, "inf"]) == 2
    assert "information weight is inf; it must be 0 to 100" in capsys.readouterr().err
    assert load(folder, networks=False).decoding.information_weight == 0.3
    save(new_tiny_model(), tmp_path / "tiny")
    assert train.main(["evaluate", "--model", str(tmp_path / "tiny"), *how, "--information-weight=0.3"]) == 2
    assert "tiny has no look" in capsys.readouterr().err


def test_what_the_look_says_reaches_the_words(looking):
    decoder = load(looking).decoder
    features = np.random.default_rng(0).normal(size=(1, 49, 1280)).astype("float32")
    token_ids = np.array([[1, 4, 5]], "int32")
    own = decoder(features, token_ids)
    words, probabilities = decoder.evidence.look.evidence(features, 4)
    np.testing.assert_allclose(own, decoder(features, token_ids, evidence=(words, probabilities)), atol=1e-5)
    other = decoder(features, token_ids, evidence=(ops.flip(words, axis=1) + 1, probabilities))
    assert np.abs(own - other).max() > 1e-3


@pytest.mark.parametrize(
    "options, complaint",
    [
        (["--look"], "add --look-words"),
        (["--text", "{text}"], "add --look-words"),
        (["--text", "{text}", "--teachers", "{looking}", "--look-words=9"], "leave out --teachers or --text"),
    ],
)
def test_what_does_not_go_together_is_said(fit, looking, tmp_path, capsys, options, complaint):
    text = tmp_path / "more.txt"
    text.write_text("a dog runs\n")
    fit("refused", *(option.format(text=text, looking=looking) for option in options), "--epochs=1", status=2)
    assert complaint in capsys.readouterr().err
