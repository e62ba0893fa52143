"""The named, complete recipes: encoder + decoder + training settings."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from captioner.errors import ModelError


@dataclass(frozen=True)
class Preset:
    """Everything that makes a model, from picture to caption; a new model is a new line of settings.

    The fields are the settings `train.py fit` takes on its command line. A decoder takes those of them that it names.
    """

    encoder: str = "efficientnetlite1"
    features: str = "regions"  # what the encoder hands on: regions, vector or flattened
    decoder: str = "attention"
    units: int = 384  # size of the LSTMs, and of all that is added to their output
    embedding_size: int = 256  # size of a word's vector, where it is not that of the LSTM
    blocks: int = 2  # LSTM + attention blocks
    heads: int = 8  # attention heads a block
    attention: bool = False  # whether the sequence decoder attends to the regions
    dropout: float = 0.35
    look_words: int = 0  # words that a look tells from the regions, the most frequent of all; 0: there is no look
    evidence_words: int = 8  # of the look, those that the decoder attends to beside the regions
    blind: float = 0.15  # share of the training pictures whose regions are blank, so that it listens to those words
    glove: bool = False  # the word vectors are GloVe's, and stay so
    minimum_count: int = 5  # a word seen less often in the training split is unknown
    caption_length: int = 22  # tokens of a training caption, the end counted; longer ones are cut
    beam_width: int = 3  # hypotheses kept when captioning; 1 is greedy
    views: int = 6  # of each training picture whose features are cached: whole, mirrored, then crops
    epochs: int = 10
    batch_size: int = 32  # pictures a step, each with all its captions
    optimizer: str = "adamw"
    learning_rate: float = 1e-3  # the peak, after the warm-up
    warmup_steps: int = 150
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    teacher_share: float = 0.7  # of the targets, where there are teachers; the rest is the word that was written
    look_epochs: int = 4
    look_learning_rate: float = 2e-4
    text_groups: int = 12  # groups of captions without a picture a step, where there is text
    fine_tune_epochs: int = 2
    fine_tune_learning_rate: float = 4e-5
    reward_epochs: int = 8  # each a quarter of a pass over the training pictures
    reward_learning_rate: float = 2e-5
    reward_samples: int = 5  # captions drawn a picture
    reward_temperature: float = 0.5  # they are drawn at; below 1, smoothed labels leave fewer odd words in them

    def but(self, **settings) -> "Preset":
        """The same recipe with other settings.

        Raises:
            ModelError: a setting there is none of.
        """
        known = [field.name for field in dataclasses.fields(self)]
        for name in settings:
            if name not in known:
                raise ModelError(f"Unknown setting {name!r}; known: {', '.join(known)}.")
        return dataclasses.replace(self, **settings)


# Plain Adam on plain cross-entropy, as the well-known notebooks train.
NOTEBOOK = Preset(
    units=256,
    dropout=0.3,
    views=2,
    epochs=10,
    optimizer="adam",
    warmup_steps=0,
    weight_decay=0.0,
    label_smoothing=0.0,
    clip_norm=0.0,
)
GLOVE = NOTEBOOK.but(glove=True, embedding_size=50)

PRESETS = {
    "attention-efficientnetlite1": Preset(),
    "attention-mobilenetv2": Preset(encoder="mobilenetv2"),
    "attention-resnet50": Preset(encoder="resnet50"),
    "merge-vgg16": NOTEBOOK.but(encoder="vgg16", features="vector", decoder="merge", dropout=0.5),
    "sequence-vgg16": NOTEBOOK.but(
        encoder="vgg16", features="regions", decoder="sequence", epochs=6, batch_size=8, learning_rate=3e-3
    ),
    "glove-resnet50": GLOVE.but(encoder="resnet50", features="vector", decoder="merge", minimum_count=11),
    "inject-inceptionv3": GLOVE.but(
        encoder="inceptionv3",
        features="vector",
        decoder="inject",
        epochs=6,
        batch_size=8,
        learning_rate=4e-3,
        beam_width=1,
    ),
    "bilstm-mobilenetv2": GLOVE.but(
        encoder="mobilenetv2", features="flattened", decoder="bidirectional", dropout=0.5, epochs=6, batch_size=8
    ),
}


def preset_named(name: str) -> Preset:
    """The preset of that name, or of that JSON file.

    Raises:
        ModelError: there is none; the message lists those there are.
    """
    if name.endswith(".json"):
        return read_preset(Path(name))
    if name not in PRESETS:
        raise ModelError(f"Unknown preset {name!r}; known: {', '.join(PRESETS)}.")
    return PRESETS[name]


def read_preset(path: Path) -> Preset:
    """The preset in a JSON file of settings; those it leaves out are as in `Preset`.

    Raises:
        ModelError: the file cannot be read, or holds a setting that is unknown or of the wrong kind.
    """
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"The preset file {path} cannot be read: {error}.") from error
    if not isinstance(settings, dict):
        raise ModelError(f"The preset file {path} holds no settings.")
    return from_settings(Preset, settings, path)


def from_settings(record: type, settings: dict, path: str | Path):
    """A dataclass from the settings in a file, each of its field's type.

    Raises:
        ModelError: a setting is unknown or of another type; the message names file and setting.
    """
    types = {field.name: field.type for field in dataclasses.fields(record)}
    for name, value in settings.items():
        if name not in types:
            raise ModelError(f"{path} has an unknown setting {name!r}; known: {', '.join(types)}.")
        if type(value) is not types[name] and not (types[name] is float and type(value) is int):
            raise ModelError(f"{path}: {name} is {value!r}; expected {types[name].__name__}.")
        if types[name] is float and not abs(value) < 1e300:
            raise ModelError(f"{path}: {name} is {value}; it must be a finite number.")
    return record(**settings)
