"""Presets: complete, named settings for encoder, decoder and training."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from captioner.errors import ModelError


@dataclass(frozen=True)
class Preset:
    """All settings of a model and its training; a new kind of model is a new line of settings.

    The fields are options of `train.py fit`. A decoder takes those that are among its parameters.
    """

    encoder: str = "efficientnetlite1"
    features: str = "regions"  # the encoder's output: regions, vector or flattened
    decoder: str = "attention"
    units: int = 384  # size of the LSTMs, and of everything added to their output
    embedding_size: int = 256  # size of a word's vector, in decoders where it differs from the LSTM's size
    blocks: int = 2  # LSTM + attention blocks
    heads: int = 8  # attention heads per block
    attention: bool = False  # whether the sequence decoder attends to the regions
    dropout: float = 0.35
    look_words: int = 0  # how many words, the most frequent ones, the look predicts from the regions; 0: no look
    evidence_words: int = 8  # how many of the look's words the decoder attends to besides the regions
    blind: float = 0.15  # share of training pictures with blank regions, so that the decoder listens to those words
    glove: bool = False  # the word vectors are GloVe's and are not trained
    minimum_count: int = 5  # words seen less often in the training split are unknown
    caption_length: int = 22  # tokens in a training caption, including the end; longer ones are cut off
    beam_width: int = 3  # hypotheses kept when captioning; 1 is greedy
    views: int = 6  # cached views of each training picture: whole, mirrored, then crops
    epochs: int = 10
    batch_size: int = 32  # pictures per step, each with all its captions
    optimizer: str = "adamw"
    learning_rate: float = 1e-3  # the peak, after the warm-up
    warmup_steps: int = 150
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    teacher_share: float = 0.7  # the teachers' share of the targets, if there are any; the rest is the written word
    look_epochs: int = 4
    look_learning_rate: float = 2e-4
    text_groups: int = 12  # groups of captions without a picture per step, if there is text
    fine_tune_epochs: int = 2
    fine_tune_learning_rate: float = 4e-5
    reward_epochs: int = 8  # each a quarter of a pass over the training pictures
    reward_learning_rate: float = 2e-5
    reward_samples: int = 5  # captions drawn per picture
    reward_temperature: float = 0.5  # for drawing them; below 1, fewer odd words slip in through label smoothing

    def but(self, **settings) -> "Preset":
        """A copy with other settings.

        Raises:
            ModelError: there is no such setting.
        """
        known = [field.name for field in dataclasses.fields(self)]
        for name in settings:
            if name not in known:
                raise ModelError(f"Unknown setting {name!r}; known: {', '.join(known)}.")
        return dataclasses.replace(self, **settings)


# Plain Adam on plain cross-entropy, as in the well-known notebooks.
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
    """The preset with that name, or from that JSON file.

    Raises:
        ModelError: there is no such preset; the message lists the known ones.
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
        raise ModelError(f"The preset file {path} has no settings.")
    return from_settings(Preset, settings, path)


def from_settings(record: type, settings: dict, path: str | Path):
    """Make a dataclass from a file's settings, and check each one's type.

    Raises:
        ModelError: a setting is unknown or has the wrong type; the message names file and setting.
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
