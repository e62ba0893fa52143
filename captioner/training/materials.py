"""What the stages of a training work with, and what a stage is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from captioner.captioner import Captioner
from captioner.data import Example, Label
from captioner.engines.export import fast_encode
from captioner.errors import SettingError
from captioner.evaluation.evaluate import caption_features
from captioner.evaluation.metrics import score
from captioner.folder.model import Model
from captioner.networks.decoders.evidence import Evidence
from captioner.training.batches import CachedFeatures
from captioner.training.features import cached_features
from captioner.vocabulary import encode_captions


@dataclass
class Stage:
    """One run of epochs with one schedule.

    Attributes:
        name: "look", "decoder", "fine-tune" or "reward".
        teacher: what is trained, on `batches`.
        epochs, learning_rate: its length, and the peak of its cosine.
        loss: of targets and logits, one value per row.
        measure: what a step of the teacher returns, "loss" or "reward".
        evaluate: measures the model's current dev scores, x100, by name.
    """

    name: str
    teacher: keras.Model
    batches: keras.utils.PyDataset
    epochs: int
    learning_rate: float
    loss: Callable
    evaluate: Callable[[], dict[str, float]]
    measure: str = "loss"


@dataclass
class Materials:
    """What the stages of a training work with.

    Attributes:
        model: what is trained.
        train, dev: examples of those splits.
        checkpoints: the folder a stopped run resumes from.
        cache: the folder of feature caches.
        seed: for every random choice.
        teachers: models whose mean prediction the decoder stage learns from, besides the captions.
        text: groups of captions without pictures, which the decoder stage also learns from.
        labels: what is in pictures, by file, including pictures without captions; the look stage learns from it.
    """

    model: Model
    train: Sequence[Example]
    dev: Sequence[Example]
    checkpoints: Path
    cache: Path
    seed: int
    teachers: Sequence[Model] = ()
    text: Sequence[Sequence[str]] = ()
    labels: Mapping[Path, Sequence[Label]] = field(default_factory=dict)

    @cached_property
    def token_ids(self) -> np.ndarray:
        """The training captions, `int32 [images, captions, length + 1]`."""
        captions = [example.captions for example in self.train]
        return encode_captions(captions, self.model.vocabulary, self.model.preset.caption_length)

    def evidence(self) -> Evidence:
        """The decoder's look and what it shows of it.

        Raises:
            SettingError: the decoder has none.
        """
        evidence = getattr(self.model.decoder, "evidence", None)
        if evidence is None:
            raise SettingError("Only a decoder with a look learns from --look or --text: add --look-words.")
        return evidence

    def captioning(self, dev_features: Callable[[], np.ndarray]) -> Callable[[], dict[str, float]]:
        """The dev scores of the model's captions, given the dev split's features as the model sees them now."""
        captioner = Captioner(self.model)

        def evaluate() -> dict[str, float]:
            captions = [caption.text for caption in caption_features(captioner, dev_features())]
            return score(captions, [example.captions for example in self.dev], ("BLEU-4", "CIDEr"))

        return evaluate

    def features(self) -> tuple[CachedFeatures, np.ndarray]:
        """Features from the encoder as it is now: the training pictures in several views, the dev pictures in one."""
        encoder = self.model.encoder
        encode = fast_encode(encoder)
        train_images, dev_images = ([example.image for example in split] for split in (self.train, self.dev))
        views = range(self.model.preset.views)
        features = CachedFeatures(*(cached_features(train_images, encoder, encode, self.cache, view) for view in views))
        return features, cached_features(dev_images, encoder, encode, self.cache)
