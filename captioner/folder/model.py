"""The parts of a model, which are saved together in one model folder."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from captioner.guide.guidance import Guidance
from captioner.networks.presets import Preset
from captioner.search.bigrams import Bigrams
from captioner.search.strategy import Decoding
from captioner.vocabulary import Vocabulary

if TYPE_CHECKING:  # a model that is only served needs no Keras
    import keras

    from captioner.networks.encoders import Encoder


# The scores in a record of measured figures, in the order they are shown.
METRICS = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr")


@dataclass
class Model:
    """A preset and everything made from it.

    Attributes:
        name: the model's name.
        preset: its settings.
        vocabulary: its words.
        encoder, decoder: the networks; None if the model runs from its export.
        decoding: search defaults.
        training: provenance: data, seed, epochs, machine, the weights the encoder started from.
        metrics: measured figures, a list of records.
        bigrams: the word pairs in the training captions; None if they were not saved.
        guidance: the encoder's classifier, and when a caption must name what it sees; None if it was not saved.
        revision: the Hub commit it was downloaded from; None for a local folder.
        fingerprint: the first digits of its weights' SHA-256, as they were read; None for a model that was not.
    """

    name: str
    preset: Preset
    vocabulary: Vocabulary
    encoder: "Encoder | None" = None
    decoder: "keras.layers.Layer | None" = None
    decoding: Decoding = field(default_factory=Decoding)
    training: dict = field(default_factory=dict)
    metrics: list = field(default_factory=list)
    bigrams: Bigrams | None = None
    guidance: Guidance | None = None
    revision: str | None = None
    fingerprint: str | None = None

    @classmethod
    def build(cls, name: str, preset: Preset, vocabulary: Vocabulary, weights: str | None = None, **rest) -> "Model":
        """Build a model with a new decoder; the encoder's weights are "imagenet", or random by default."""
        from captioner.networks import build

        encoder = build.build_encoder(preset, weights)
        decoder = build.build_decoder(preset, len(vocabulary), encoder)
        rest.setdefault("decoding", Decoding(beam_width=preset.beam_width))
        return cls(name, preset, vocabulary, encoder, decoder, **rest)
