"""Trainings in small: a slice of Flickr8k, a small preset, ImageNet's weights from the files at hand."""

import shutil

import pytest

import train

SMALL = ["--preset=attention-mobilenetv2", "--units=32", "--heads=2", "--minimum-count=2", "--caption-length=12"]
SMALL += ["--batch-size=8", "--warmup-steps=2", "--views=2"]
LEARNING = ["--epochs=2", "--learning-rate=0.01"]


@pytest.fixture(scope="session")
def small_data(flickr8k, tmp_path_factory):
    """20 training, 8 dev and 8 test pictures of Flickr8k, in its own layout."""
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


@pytest.fixture(scope="session")
def run_small(small_data, keras_home, tmp_path_factory):
    """Run a command of train.py that trains a small model into a folder of its own, from ImageNet's weights at hand."""
    from captioner.engines.export import export
    from captioner.networks.encoders import SOURCES

    home = tmp_path_factory.mktemp("small-models")
    source = SOURCES["mobilenetv2"]

    def from_files(*, include_top=True, weights, **rest):
        top = "" if include_top else "_no_top"
        file = keras_home / f"models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224{top}.h5"
        return source.application(include_top=include_top, weights=weights and str(file), **rest)

    def run(command, name, *options, status=0):
        """The model folder. Of what `fit` makes only "model" gets its export, which takes longer than its training."""

        def export_some(model, folder, *how):
            return export(model, folder, *how) if how or name == "model" else None

        output = home / name
        places = ["--output", output, "--checkpoints", home / f"{name}-checkpoints", "--cache", home / "cache"]
        with pytest.MonkeyPatch.context() as patch:
            if SOURCES["mobilenetv2"] is source:  # not one that a test has put there
                patch.setitem(SOURCES, "mobilenetv2", source._replace(application=from_files))
            patch.setattr("captioner.engines.export.export", export_some)
            patch.setattr("captioner.evaluation.evaluate.METRICS", ("BLEU-4", "CIDEr"))  # METEOR starts Java each time
            assert train.main([command, "--data", str(small_data), *map(str, places), *SMALL, *options]) == status
        return output

    return run


@pytest.fixture(scope="session")
def fit(run_small):
    """Run `train.py fit`."""
    return lambda name, *options, **rest: run_small("fit", name, *options, **rest)


@pytest.fixture(scope="session")
def fitted(fit):
    """A model that has learned a little."""
    return fit("model", *LEARNING)


def weights(folder):
    return (folder / "model.safetensors").read_bytes()
