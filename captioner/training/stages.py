"""The stages of a training: what each one trains, on which batches, and for how long.

To add a stage, write a function from `Materials` to a `Stage`, and add it to `STAGES`.
"""

from collections.abc import Callable

import numpy as np

from captioner.captioner import Captioner
from captioner.errors import ModelError, SettingError
from captioner.evaluation.evaluate import encode_examples
from captioner.training.batches import AugmentedPictures, CachedFeatures, CaptionBatches, PartialBatches
from captioner.training.distillation import TaughtBatches, teach
from captioner.training.look import word_targets
from captioner.training.look_stage import look_stage
from captioner.training.losses import caption_loss, taught_loss
from captioner.training.materials import Materials, Stage
from captioner.training.reward import CiderReward
from captioner.training.teachers import SelfCriticalTeacher, Teacher, teaching
from captioner.training.text import Text, TextBatches, sureness


def decoder_stage(materials: Materials) -> Stage:
    """Train the decoder on cached features, by teacher forcing."""
    preset, decoder = materials.model.preset, materials.model.decoder
    teacher, batches = teaching(decoder)
    features, dev_features = materials.features()
    shown = (features, materials.token_ids, preset.batch_size, materials.seed)
    batches = TextBatches(*shown, _text(materials, features), preset.text_groups) if materials.text else batches(*shown)
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
        evaluate=materials.captioning(lambda: dev_features),
    )


def _text(materials: Materials, features: CachedFeatures) -> Text:
    model, evidence = materials.model, materials.evidence()
    if materials.teachers:
        raise SettingError("Teachers have nothing to say about text without pictures: leave out --teachers or --text.")
    used = word_targets([example.captions for example in materials.train], model.vocabulary, evidence.look.words.units)
    right, wrong = sureness(evidence, features.views[0], used)
    usual = np.asarray(evidence.look.usual)
    return Text(materials.text, model.vocabulary, model.preset.caption_length, usual, evidence.shown, right, wrong)


def _taught(materials: Materials, features: CachedFeatures) -> TaughtBatches:
    model, token_ids = materials.model, materials.token_ids
    preset = model.preset
    if model.decoder.reads_prefixes:
        raise ModelError(
            f"The {preset.decoder} decoder rereads the caption for every word; it cannot learn from --teachers."
        )
    folder = materials.checkpoints / "decoder"
    taught = teach(materials.teachers, model, materials.train, token_ids, materials.cache, folder)
    return TaughtBatches(features, token_ids, preset.batch_size, materials.seed, taught, preset.teacher_share)


def fine_tune_stage(materials: Materials) -> Stage:
    """Train encoder, look and decoder end to end, on pictures that look a little different each time."""
    model = materials.model
    preset, encoder = model.preset, model.encoder
    encoder.trainable = True
    model.guidance = None  # it was fitted to the old encoder
    pictures = AugmentedPictures([example.image for example in materials.train], encoder.size)
    captioner = Captioner(model)
    return Stage(
        name="fine-tune",
        teacher=Teacher(model.decoder, encoder),
        batches=CaptionBatches(pictures, materials.token_ids, preset.batch_size, materials.seed + 1),
        epochs=preset.fine_tune_epochs,
        learning_rate=preset.fine_tune_learning_rate,
        loss=caption_loss(preset.label_smoothing),
        evaluate=materials.captioning(lambda: encode_examples(captioner, materials.dev)),
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
        evaluate=materials.captioning(lambda: dev_features),
        measure="reward",
    )


STAGES: dict[str, Callable[[Materials], Stage]] = {
    "look": look_stage,
    "decoder": decoder_stage,
    "fine-tune": fine_tune_stage,
    "reward": reward_stage,
}
