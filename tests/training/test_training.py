"""Training on real pictures, in small: it learns, it repeats itself, and it goes on where it was stopped."""

import json
import shutil

import keras
import numpy as np
import pytest
from keras import ops
from safetensors.numpy import load_file

import train
from benchmarks.notebook import exploded, notebook_model
from captioner import Captioner
from captioner.data.flickr8k import load_flickr8k
from captioner.engines.export import export
from captioner.folder.card import model_card
from captioner.folder.storage import load
from captioner.networks.build import build_encoder
from captioner.networks.decoders import AttentionDecoder, BidirectionalDecoder, MergeDecoder
from captioner.search.bigrams import Bigrams
from captioner.training.batches import CachedFeatures, PrefixBatches, read_ahead
from captioner.training.losses import caption_loss
from captioner.training.teachers import PrefixTeacher, SelfCriticalTeacher, Teacher
from captioner.vocabulary import END, PAD, SPECIALS, START
from tests.conftest import uncompiled

SMALL = ["--preset=attention-mobilenetv2", "--units=32", "--heads=2", "--minimum-count=2", "--caption-length=12"]
SMALL += ["--batch-size=8", "--warmup-steps=2", "--views=2"]

LEARNING = ["--epochs=2", "--learning-rate=0.01"]


@pytest.fixture(scope="module")
def small_data(flickr8k, tmp_path_factory):
    """20 training and 8 dev pictures of Flickr8k, in its own layout."""
    folder = tmp_path_factory.mktemp("small") / "flickr8k"
    (folder / "Images").mkdir(parents=True)
    kept = set()
    for split, count in (("train", 20), ("dev", 8), ("test", 8)):
        names = (flickr8k / f"Flickr_8k.{split}Images.txt").read_text().split()[:count]
        (folder / f"Flickr_8k.{split}Images.txt").write_text("\n".join(names) + "\n")
        kept |= set(names)
    for name in kept:
        shutil.copy(flickr8k / "Images" / name, folder / "Images")
    lines = (flickr8k / "captions.txt").read_text().splitlines()
    (folder / "captions.txt").write_text(
        "\n".join([lines[0], *(line for line in lines[1:] if line.split(",")[0] in kept)]) + "\n"
    )
    return folder


@pytest.fixture(scope="module")
def fit(small_data, keras_home, tmp_path_factory):
    """Run `train.py fit` into a folder of its own, from the ImageNet weights at hand."""
    imagenet = str(keras_home / "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5")
    home = tmp_path_factory.mktemp("fitted")

    def run(name, *options):
        """The model folder; only "model" gets its export, which takes longer than these trainings."""
        patch.setattr(train, "export", export if name == "model" else lambda *_: None)
        output = home / name
        places = ["--output", output, "--checkpoints", home / f"{name}-checkpoints", "--cache", home / "cache"]
        assert train.main(["fit", "--data", str(small_data), *map(str, places), *SMALL, *options]) == 0
        return output

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "captioner.networks.build.build_encoder",
            lambda preset, weights: build_encoder(preset, weights and imagenet),
        )
        yield run


@pytest.fixture(scope="module")
def fitted(fit):
    """A model that has learned a little."""
    return fit("model", *LEARNING)


def test_a_trained_model_is_served_from_its_export(fitted, examples):
    captioner = Captioner.from_pretrained(fitted)
    assert captioner.engine.name == "litert"
    assert captioner.caption(examples[0]).words


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def latest(folder):
    return folder.with_name(f"{folder.name}-checkpoints") / "fine-tune" / "latest.safetensors"


def test_the_loss_is_cross_entropy_with_smoothing_and_without_padding():
    random = np.random.default_rng(0)
    logits = random.normal(size=(3, 4, 6)).astype("float32")
    targets = np.array([[4, 5, 2, 0], [3, 2, 0, 0], [1, 1, 1, 1]])
    expected = []
    for row, column in zip(*np.nonzero(targets), strict=True):
        probabilities = np.exp(logits[row, column]) / np.exp(logits[row, column]).sum()
        smoothed = np.full(6, 0.1 / 6)
        smoothed[targets[row, column]] += 0.9
        expected.append(-(smoothed * np.log(probabilities)).sum())
    assert float(ops.mean(caption_loss(0.1)(targets, logits))) == pytest.approx(np.mean(expected), rel=1e-5)


@pytest.fixture
def captions_of_pictures():
    """Features [4, 1, 8] of four pictures, and token ids [4, 3, 7] of their captions; the last has two of three."""
    random = np.random.default_rng(0)
    token_ids = np.full((4, 3, 7), PAD, "int32")
    for image, caption in list(np.ndindex(4, 3))[:-1]:
        words = random.integers(len(SPECIALS), 12, size=random.integers(0, 6))
        token_ids[image, caption, : len(words) + 2] = [START, *words, END]
    return random.normal(size=(4, 1, 8)).astype("float32"), token_ids


def test_the_loss_of_whole_captions_is_that_of_the_notebooks_exploded_beginnings(captions_of_pictures):
    features, token_ids = captions_of_pictures
    decoder = MergeDecoder(12, units=16, embedding_size=16)
    decoder.build((None, 1, 8), (None, None))
    notebook = notebook_model(12, length=6, channels=8, units=16)
    for name in ("embedding", "lstm", "picture", "merged", "logits"):
        notebook.get_layer(name).set_weights(getattr(decoder, name).get_weights())
    ((inputs, one_hot),) = exploded(features, token_ids, 12, batch_size=4)
    expected = ops.mean(keras.losses.categorical_crossentropy(one_hot, notebook(inputs)))

    rows = token_ids.reshape(-1, 7)
    loss = ops.mean(caption_loss(0.0)(rows[:, 1:], decoder(features, rows[:, :-1])))
    assert len(one_hot) == (rows[:, 1:] != PAD).sum()
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_the_loss_of_batched_beginnings_is_that_of_whole_captions(captions_of_pictures):
    features, token_ids = captions_of_pictures
    decoder = BidirectionalDecoder(12, units=8, embedding_size=5, caption_length=6)
    rows = token_ids.reshape(-1, 7)
    expected = ops.mean(caption_loss(0.0)(rows[:, 1:], decoder(features, rows[:, :-1])))

    teacher = PrefixTeacher(decoder)
    batches = PrefixBatches(CachedFeatures(features, features), token_ids, 1, seed=0)
    sums = [
        float(ops.mean(caption_loss(0.0)(targets, teacher(inputs)))) * len(targets)
        for inputs, targets in read_ahead(batches)
    ]
    assert len(sums) == 4
    assert sum(sums) / (rows[:, 1:] != PAD).sum() == pytest.approx(float(expected), rel=1e-5)


def test_a_decoder_learns_captions_by_heart():
    keras.utils.set_random_seed(0)
    features = np.random.default_rng(0).normal(size=(4, 5, 8)).astype("float32")
    token_ids = np.array([[1, 4, 5, 2], [1, 6, 7, 2], [1, 5, 4, 2], [1, 7, 6, 2]])
    teacher = Teacher(AttentionDecoder(8, units=16, blocks=2, heads=2, dropout=0.0))
    teacher.compile(keras.optimizers.AdamW(1e-2), loss=caption_loss(0.0), jit_compile=False)
    inputs = {"pictures": features, "token_ids": token_ids[:, :-1]}
    losses = [float(teacher.train_on_batch(inputs, token_ids[:, 1:])) for _ in range(60)]
    assert losses[-1] < 0.1 < 1 < losses[0]
    answers = ops.convert_to_numpy(ops.argmax(teacher(inputs), axis=-1))
    assert (answers == token_ids[:, 1:]).all()


def test_captions_that_are_worth_more_become_likelier():
    keras.utils.set_random_seed(0)
    features = np.random.default_rng(0).normal(size=(4, 5, 8)).astype("float32")
    wanted = np.array([4, 5, 6, 7])  # a word for each picture

    def reward(drawn, references):
        return (drawn == references[:, :1, :1]).any(-1) - 0.1 * (drawn != END).sum(-1)

    decoder = AttentionDecoder(9, units=16, blocks=1, heads=2, dropout=0.0)
    decoder.build((None, 5, 8), (None, None))
    teacher = SelfCriticalTeacher(decoder, reward, samples=5, max_length=6, seed=0)
    teacher.compile(keras.optimizers.AdamW(1e-2), loss=caption_loss(0.0), jit_compile=False)
    rewards = [teacher.train_on_batch({"pictures": features}, wanted[:, None]) for _ in range(160)]
    assert np.mean(rewards[:5]) < 0.5 < 0.8 < np.mean(rewards[-5:])
    found = teacher.engine.search(features, beam_width=1, max_length=6, length_penalty=1.0).tokens[:, 0]
    assert found[:, 0].tolist() == wanted.tolist() and (found[:, 1:] == END).all()


def test_fit_makes_a_model_and_its_curve(fitted, small_data):
    history = json.loads((fitted / "config.json").read_text())["training"]["history"]
    assert [record["stage"] for record in history] == ["decoder"] * len(history)
    assert (fitted / "learning-curve.png").read_bytes().startswith(b"\x89PNG")
    model = load(fitted)
    assert model.preset.units == 32
    assert "Flickr8k" in model_card(model)
    captions = [text for example in load_flickr8k(small_data, "train") for text in example.captions]
    counted = Bigrams.from_captions(captions, model.vocabulary)
    assert (model.bigrams.following == counted.following).all() and len(counted.following) > 10


def test_fit_teaches_a_decoder_that_reads_beginnings(fit, glove_file):
    options = ["--preset=bilstm-mobilenetv2", f"--glove-file={glove_file}", "--epochs=3", "--learning-rate=0.01"]
    model = load(fit("bilstm", *options))
    losses = [record["loss"] for record in model.training["history"]]
    assert model.preset.decoder == "bidirectional" and losses[-1] == min(losses)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(fit, fitted):
    assert weights(fit("same", *LEARNING)) == weights(fitted)
    assert weights(fit("other", "--epochs=1", "--seed=4")) != weights(fitted)


STAGES = ["--epochs=2", "--fine-tune-encoder", "--fine-tune-epochs=2", "--fine-tune-learning-rate=0.01"]


@pytest.fixture(scope="module")
def tuned(fit):
    """A model trained in two stages, without compiling; what is compared with it is trained so as well."""
    with uncompiled():
        return fit("tuned", *STAGES)


def test_a_killed_run_goes_on_to_the_same_model(fit, tuned, monkeypatch, eagerly):
    train_epoch = train.Run.fit.__globals__["_train_epoch"]
    calls = []

    def stopped_in_the_fourth_epoch(*arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return train_epoch(*arguments)

    monkeypatch.setitem(train.Run.fit.__globals__, "_train_epoch", stopped_in_the_fourth_epoch)
    with pytest.raises(AssertionError):
        fit("killed", *STAGES)
    monkeypatch.setitem(train.Run.fit.__globals__, "_train_epoch", train_epoch)
    killed = fit("killed", *STAGES)
    assert weights(killed) == weights(tuned)
    ours, theirs = (load_file(latest(folder)) for folder in (killed, tuned))  # whichever epoch was the best
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])


def test_fine_tuning_changes_every_layer_of_the_encoder_but_no_statistics(tuned):
    before = load(tuned.with_name("tuned-checkpoints") / "decoder" / "best")
    for old, new in zip(before.encoder.weights, load(tuned).encoder.weights, strict=True):
        same = np.array_equal(ops.convert_to_numpy(old), ops.convert_to_numpy(new))
        assert same == ("moving" in new.path), new.path


def test_a_reward_stage_goes_on_from_a_model_that_is_there_already(fit, fitted, tmp_path, small_data, capsys):
    options = [f"--start-from={fitted}", "--reward=cider", "--reward-epochs=2", "--reward-samples=3"]
    options += ["--reward-learning-rate=0.01", "--warmup-steps=0"]
    model = load(fit("rewarded", *options))
    stages = [record["stage"] for record in model.training["history"]]
    assert model.name == "rewarded" and model.preset.reward_samples == 3 and model.preset.units == 32
    assert (stages[0], stages[-1]) == ("decoder", "reward")
    assert all(0 < record["reward"] < 10 for record in model.training["history"] if record["stage"] == "reward")
    before = load(fitted)
    assert any((a != b).any() for a, b in zip(before.decoder.get_weights(), model.decoder.get_weights(), strict=True))
    for old, new in zip(before.encoder.weights, model.encoder.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(old), ops.convert_to_numpy(new))

    def refused(*arguments):
        command = ["fit", "--data", str(small_data), "--output", str(tmp_path / "x"), "--start-from", str(fitted)]
        assert train.main([*command, *arguments]) == 2
        return capsys.readouterr().err

    assert "do not fit" in refused("--reward=cider", "--units=64")
    assert "--reward cider" in refused()
    assert not (tmp_path / "x").exists()


def test_evaluate_writes_its_figures_into_the_model_folder(fitted, small_data, tmp_path, capsys):
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


def test_mistakes_on_the_command_line_are_sentences(tmp_path, capsys):
    assert train.main(["fit", "--data", str(tmp_path), "--output", str(tmp_path / "x"), "--preset", "magic"]) == 2
    assert "attention-efficientnetlite1" in capsys.readouterr().err
    assert train.main(["evaluate", "--data", str(tmp_path), "--model", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        train.main(["fit", "--data", str(tmp_path), "--output", "x", "--wings", "2"])
    assert "--wings" in capsys.readouterr().err
