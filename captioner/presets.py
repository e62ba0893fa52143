"""The named, complete recipes: encoder + decoder + training settings."""

import dataclasses
import inspect
from dataclasses import dataclass

import keras

from captioner.decoders import DECODERS
from captioner.encoders import Encoder
from captioner.errors import ModelError


@dataclass(frozen=True)
class Preset:
    """Everything that makes a model, from picture to caption; a new model is a new line of settings.

    The fields are the settings `train.py fit` takes on its command line.
    """

    encoder: str = "mobilenetv2"
    features: str = "regions"  # what the encoder hands on: regions, vector or flattened
    decoder: str = "attention"
    units: int = 384  # size of the embedding, the LSTMs and the attention
    blocks: int = 2  # LSTM + attention blocks
    heads: int = 8  # attention heads a block
    dropout: float = 0.35
    minimum_count: int = 5  # a word seen less often in the training split is unknown
    caption_length: int = 22  # tokens of a training caption, the end counted; longer ones are cut
    epochs: int = 12
    batch_size: int = 32  # pictures a step, each with all its captions
    learning_rate: float = 1e-3  # the peak, after the warm-up
    warmup_steps: int = 150
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    fine_tune_epochs: int = 5
    fine_tune_learning_rate: float = 2e-5

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


PRESETS = {
    "attention-mobilenetv2": Preset(),
}


def preset_named(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ModelError: there is none; the message lists those there are.
    """
    if name not in PRESETS:
        raise ModelError(f"Unknown preset {name!r}; known: {', '.join(PRESETS)}.")
    return PRESETS[name]


def build_encoder(preset: Preset, weights: str | None = None) -> Encoder:
    """The preset's encoder, with "imagenet" weights or drawn at random."""
    return Encoder(preset.encoder, preset.features, weights)


def build_decoder(preset: Preset, vocabulary_size: int, encoder: Encoder) -> keras.layers.Layer:
    """The preset's decoder for an encoder's features, all its weights made."""
    if preset.decoder not in DECODERS:
        raise ModelError(f"Unknown decoder {preset.decoder!r}; known: {', '.join(DECODERS)}.")
    decoder_class = DECODERS[preset.decoder]
    taken = [name for name in inspect.signature(decoder_class).parameters if hasattr(preset, name)]
    decoder = decoder_class(vocabulary_size, **{name: getattr(preset, name) for name in taken})
    decoder.build((None, *encoder.output_shape[1:]), (None, None))
    return decoder
