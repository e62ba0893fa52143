"""A preset -> its encoder and decoder. Separate from the presets, which work without Keras."""

import inspect

import keras

from captioner.errors import ModelError
from captioner.networks.decoders import DECODERS
from captioner.networks.encoders import Encoder
from captioner.networks.presets import Preset


def build_encoder(preset: Preset, weights: str | None = None) -> Encoder:
    """Build the preset's encoder, with "imagenet" or random weights."""
    return Encoder(preset.encoder, preset.features, weights)


def build_decoder(preset: Preset, vocabulary_size: int, encoder: Encoder) -> keras.layers.Layer:
    """Build the preset's decoder for an encoder's features, with all its weights created."""
    if preset.decoder not in DECODERS:
        raise ModelError(f"Unknown decoder {preset.decoder!r}; known: {', '.join(DECODERS)}.")
    decoder_class = DECODERS[preset.decoder]
    taken = [name for name in inspect.signature(decoder_class).parameters if hasattr(preset, name)]
    decoder = decoder_class(vocabulary_size, **{name: getattr(preset, name) for name in taken})
    decoder.build((None, *encoder.output_shape[1:]), (None, None))
    decoder.embedding.trainable = not preset.glove
    return decoder
