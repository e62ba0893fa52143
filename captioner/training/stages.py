"""The stages of a training: what each trains, on which batches, for how long.

A new stage is a function from `Materials` to a `Stage`, and its name in `STAGES`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from captioner.captioner import Captioner
from captioner.data import Example
from captioner.engines.export import fast_encode
from captioner.errors import ModelError
from captioner.evaluation.evaluate import encode_examples
from captioner.folder.model import Model
from captioner.training.batches import AugmentedPictures, CachedFeatures, CaptionBatches, PartialBatches
from captioner.training.distillation import TaughtBatches, teach
from captioner.training.features import cached_features
from captioner.training.losses import caption_loss, taught_loss
from captioner.training.reward import CiderReward
from captioner.training.teachers import SelfCriticalTeacher, Teacher, teaching
from captioner.vocabulary import encode_captions


@dataclass
class Stage:
    """One run of epochs with one schedule.

    Attributes:
        name: "decoder", "fine-tune" or "reward".
        teacher: what is trained, on `batches`.
        epochs, learning_rate: its length, and the peak of its cosine.
        loss: of targets and logits, one value per row.
        measure: what a step of the teacher returns, "loss" or "reward".
        dev_features: the dev split's features as the model sees them now, `[images, regions, channels]`.
    """

    name: str
    teacher: Teacher
    batches: CaptionBatches
    epochs: int
    learning_rate: float
    loss: Callable
    dev_features: Callable[[], np.ndarray]
    measure: str = "loss"


@dataclass
class Materials:
    """What the stages of a training work with.

    Attributes:
        model: what is trained.
        train, dev: examples of those splits.
        checkpoints: the folder a stopped run resumes from.
        cache: the folder of feature caches.
        seed: of every random choice.
        teachers: models whose mean the decoder stage learns from, beside the captions.
    """

    model: Model
    train: Sequence[Example]
    dev: Sequence[Example]
    checkpoints: Path
    cache: Path
    seed: int
    teachers: Sequence[Model] = ()

    @cached_property
    def token_ids(self) -> np.ndarray:
        """The training captions, `int32 [images, captions, length + 1]`."""
        captions = [example.captions for example in self.train]
        return encode_captions(captions, self.model.vocabulary, self.model.preset.caption_length)

    def features(self) -> tuple[CachedFeatures, np.ndarray]:
        """Features from the encoder as it is now: the training pictures in several views, the dev pictures in one."""
        encoder = self.model.encoder
        encode = fast_encode(encoder)
        train_images, dev_images = ([example.image for example in split] for split in (self.train, self.dev))
        views = range(self.model.preset.views)
        features = CachedFeatures(*(cached_features(train_images, encoder, encode, self.cache, view) for view in views))
        return features, cached_features(dev_images, encoder, encode, self.cache)


def decoder_stage(materials: Materials) -> Stage:
    """Train the decoder on cached features, by teacher forcing."""
    preset, decoder = materials.model.preset, materials.model.decoder
    teacher, batches = teaching(decoder)
    features, dev_features = materials.features()
    batches = batches(features, materials.token_ids, preset.batch_size, materials.seed)
    loss = caption_loss(preset.label_smoothing)
    if materials.teachers:
        batches, loss = _taught(materials, features), taught_loss
    return Stage(
        name="decoder",
        teacher=teacher(decoder),
        batches=batches,
        epochs=preset.epochs,
        learning_rate=preset.learning_rate,
        loss=loss,
        dev_features=lambda: dev_features,
    )


def _taught(materials: Materials, features: CachedFeatures) -> TaughtBatches:
    model, token_ids = materials.model, materials.token_ids
    preset = model.preset
    if model.decoder.reads_prefixes:
        raise ModelError(
            f"The {preset.decoder} decoder rereads the caption for every word; it cannot learn from --teachers."
        )
    file = materials.checkpoints / "decoder" / "taught.npy"
    taught = teach(materials.teachers, model, materials.train, token_ids, materials.cache, file)
    return TaughtBatches(features, token_ids, preset.batch_size, materials.seed, taught, preset.teacher_share)


def fine_tune_stage(materials: Materials) -> Stage:
    """Train encoder and decoder end to end, on pictures that look a little different each time."""
    model = materials.model
    preset, encoder = model.preset, model.encoder
    encoder.trainable = True
    model.guidance = None  # it was fitted to the encoder as it was
    pictures = AugmentedPictures([example.image for example in materials.train], encoder.size)
    captioner = Captioner(model)
    return Stage(
        name="fine-tune",
        teacher=Teacher(model.decoder, encoder),
        batches=CaptionBatches(pictures, materials.token_ids, preset.batch_size, materials.seed + 1),
        epochs=preset.fine_tune_epochs,
        learning_rate=preset.fine_tune_learning_rate,
        loss=caption_loss(preset.label_smoothing),
        dev_features=lambda: encode_examples(captioner, materials.dev),
    )


def reward_stage(materials: Materials) -> Stage:
    """Have the decoder draw captions, and make those with a higher CIDEr more likely."""
    model, token_ids, seed = materials.model, materials.token_ids, materials.seed + 2
    preset, decoder = model.preset, model.decoder
    if decoder.reads_prefixes:
        raise ModelError(f"The {preset.decoder} decoder rereads the caption for every word; it has no reward stage.")
    reward = CiderReward(token_ids)
    features, dev_features = materials.features()
    max_length = model.decoding.max_length
    return Stage(
        name="reward",
        teacher=SelfCriticalTeacher(
            decoder, reward, preset.reward_samples, max_length, seed, preset.reward_temperature
        ),
        batches=PartialBatches(features, token_ids, preset.batch_size, seed),
        epochs=preset.reward_epochs,
        learning_rate=preset.reward_learning_rate,
        loss=caption_loss(0.0),
        dev_features=lambda: dev_features,
        measure="reward",
    )


STAGES: dict[str, Callable[[Materials], Stage]] = {
    "decoder": decoder_stage,
    "fine-tune": fine_tune_stage,
    "reward": reward_stage,
}
