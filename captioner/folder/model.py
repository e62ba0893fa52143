"""The parts of a captioner that belong together and travel together, as a model folder."""

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


# The scores a record of measured figures holds, in the order they are shown.
METRICS = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr")


@dataclass
class Model:
    """A recipe and what was made by it.

    Attributes:
        name: what it is called.
        preset: its recipe.
        vocabulary: its words.
        encoder, decoder: the networks; None where the model is served from its export.
        decoding: search defaults.
        training: provenance: data, seed, epochs, machine, what the encoder started from.
        metrics: measured figures, a list of records.
        bigrams: which words the training captions have one behind the other; None where that was not kept.
        guidance: what the encoder's classifier sees, and when a caption has to name it; None where it was not kept.
        revision: the commit of the Hub it was fetched from; None where it came from a folder.
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

    @classmethod
    def build(cls, name: str, preset: Preset, vocabulary: Vocabulary, weights: str | None = None, **rest) -> "Model":
        """A model with a new decoder; the encoder's weights are "imagenet" or drawn at random."""
        from captioner.networks import build

        encoder = build.build_encoder(preset, weights)
        decoder = build.build_decoder(preset, len(vocabulary), encoder)
        rest.setdefault("decoding", Decoding(beam_width=preset.beam_width))
        return cls(name, preset, vocabulary, encoder, decoder, **rest)
