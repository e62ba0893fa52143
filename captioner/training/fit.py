"""The fit loop: teacher forcing, stage by stage, the best epoch on the dev split kept.

The first stage trains the decoder on cached features, fine-tuning trains encoder and decoder end to end, and the reward
stage has the decoder draw captions and makes those likelier that are worth more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from captioner.captioner import Captioner
from captioner.data.flickr8k import Example
from captioner.engines.export import fast_encode
from captioner.engines.keras_engine import KerasEngine
from captioner.errors import ModelError
from captioner.evaluation.evaluate import caption_features, encode_examples
from captioner.evaluation.metrics import score
from captioner.folder.manifest import seal
from captioner.folder.model import Model
from captioner.folder.storage import load, load_checkpoint, save, save_checkpoint
from captioner.networks.presets import Preset
from captioner.training.batches import (
    AugmentedPictures,
    CachedFeatures,
    CaptionBatches,
    PartialBatches,
    PrefixBatches,
    read_ahead,
)
from captioner.training.distillation import TaughtBatches, taught_loss, teach
from captioner.training.features import cached_features
from captioner.training.learning_curve import draw_learning_curve
from captioner.training.reward import CiderReward
from captioner.vocabulary import END, PAD, START, encode_captions

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


class Teacher(keras.Model):
    """The decoder, or encoder and decoder, as training sees them.

    Args:
        decoder: any decoder.
        encoder: trained as well where it is given; None where the pictures come as features.
    """

    def __init__(self, decoder, encoder=None):
        super().__init__(name="teacher")
        self.decoder = decoder
        self.encoder = encoder

    def call(self, inputs, training=False):
        """{"pictures", "token_ids" [rows, length]} -> logits [rows, length, vocabulary]."""
        features = inputs["pictures"]
        if self.encoder is not None:
            # Batch norm stays in inference mode: statistics of 32 pictures would spoil what ImageNet's million gave.
            features = self.encoder(features, training=False)
        return self.decoder(features, inputs["token_ids"], training=training)


class PrefixTeacher(Teacher):
    """The decoder that reads prefixes, as training sees it: one word to say after each."""

    def call(self, inputs, training=False):
        """{"pictures", "picture" [rows], "token_ids" [rows, length]} -> logits [rows, 1, vocabulary]."""
        picture = self.decoder.start(inputs["pictures"], training=training).image  # [batch, units]
        picture = ops.take(picture, inputs["picture"], axis=0)  # [rows, units]
        return self.decoder.after(inputs["token_ids"], picture, training=training)[:, None]


class SelfCriticalTeacher(Teacher):
    """The decoder, taught by what its own captions are worth (Rennie et al. 2017, arXiv 1612.00563).

    Of each picture several captions are drawn; what one is worth beyond the mean of the others (Luo 2020, arXiv
    2003.09971) is how much likelier it is made.

    Args:
        decoder: any decoder that reads whole captions.
        reward: `reward(drawn, references)`, each `[images, captions, length]`, -> `[images, captions]`.
        samples: captions drawn a picture, 2 or more.
        max_length: tokens of a drawn caption, the end counted.
        seed: of the drawing.
        temperature: the captions are drawn at, and made likelier at.
    """

    def __init__(self, decoder, reward: Callable, samples: int, max_length: int, seed: int, temperature: float = 1.0):
        super().__init__(decoder)
        self.reward = reward
        self.samples = samples
        self.max_length = max_length
        self.seed = seed
        self.temperature = temperature
        self.engine = KerasEngine(encoder=None, decoder=decoder)

    def call(self, inputs, training=False):
        """{"pictures", "token_ids" [rows, length]} -> logits [rows, length, vocabulary], as the captions are drawn."""
        return super().call(inputs, training=training) / self.temperature

    def train_on_batch(self, inputs, targets):
        """One step on captions drawn for the pictures, whose own are in the targets [batch * captions, length]; returns
        the mean reward."""
        pictures = inputs["pictures"]
        random = np.random.default_rng((self.seed, int(self.optimizer.iterations)))
        # [batch, samples, max_length]
        drawn = self.engine.draw(pictures, self.samples, self.max_length, random, self.temperature)
        rewards = self.reward(drawn, targets.reshape(len(pictures), -1, targets.shape[-1]))  # [batch, samples]
        others = (rewards.sum(axis=1, keepdims=True) - rewards) / (self.samples - 1)

        drawn = drawn.reshape(-1, self.max_length)  # [batch * samples, max_length]
        token_ids = np.pad(drawn[:, :-1], ((0, 0), (1, 0)), constant_values=START)
        super().train_on_batch(
            {"pictures": pictures, "token_ids": token_ids},
            np.where(token_ids == END, PAD, drawn),  # what stands behind the end is not learned
            sample_weight=(rewards - others).reshape(-1),
        )
        return float(rewards.mean())


def teaching(decoder) -> tuple[type[Teacher], type[CaptionBatches]]:
    """How a decoder is trained alone: whole captions at once, unless it has to read every beginning of them."""
    return (PrefixTeacher, PrefixBatches) if decoder.reads_prefixes else (Teacher, CaptionBatches)


def caption_loss(label_smoothing: float) -> Callable:
    """Cross-entropy a token, `PAD` left out, with the target's probability smoothed (Szegedy et al. 2016, arXiv
    1512.00567).

    A value a row, whose mean is the mean over all tokens of the batch; so rows can be weighed.
    """

    def loss(targets, logits):  # [rows, length], [rows, length, vocabulary]
        targets = ops.cast(targets, "int32")
        surprise = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)  # [rows, length]
        if label_smoothing:
            of_any_word = ops.logsumexp(logits, axis=-1) - ops.mean(logits, axis=-1)
            surprise = (1 - label_smoothing) * surprise + label_smoothing * of_any_word
        counted = ops.cast(targets != PAD, logits.dtype)
        rows = ops.cast(ops.shape(counted)[0], logits.dtype)
        return ops.sum(surprise * counted, axis=-1) * rows / ops.sum(counted)  # [rows]

    return loss


@dataclass
class Stage:
    """One run of epochs with one schedule.

    Attributes:
        name: "decoder", "fine-tune" or "reward".
        teacher: what is trained, on `batches`.
        epochs, learning_rate: its length, and the peak of its cosine.
        loss: of targets and logits, a value a row.
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
class Run:
    """A training, from a new model to a model folder.

    Attributes:
        model: what is trained.
        train, dev: examples of those splits.
        output: the model folder to write.
        checkpoints: the folder a killed run goes on from.
        cache: the folder of feature caches.
        seed: of every random choice.
        teachers: models whose mean the decoder stage learns from, beside the captions.
        after_epoch: called with the record of every epoch; what it raises ends the training.
    """

    model: Model
    train: Sequence[Example]
    dev: Sequence[Example]
    output: Path
    checkpoints: Path
    cache: Path
    seed: int
    teachers: Sequence[Model] = ()
    after_epoch: Callable[[dict], None] = lambda record: None

    def fit(self, stages: Sequence[str]) -> list[dict]:
        """Train stage by stage, or go on where a killed run stopped; returns a record an epoch.

        Args:
            stages: of "decoder", "fine-tune" and "reward", each begun with the best epoch of the one before.
        """
        preset = self.model.preset
        captions = [example.captions for example in self.train]
        self.token_ids = encode_captions(captions, self.model.vocabulary, preset.caption_length)
        make = {"decoder": self._decoder_stage, "fine-tune": self._fine_tune_stage, "reward": self._reward_stage}
        history = self.model.training.get("history", [])
        for name in stages:
            history = self._run(make[name](), history)
            self.model = load(self._best(name))
            self.model.preset = preset
        return history

    def _decoder_stage(self) -> Stage:
        preset, decoder = self.model.preset, self.model.decoder
        teacher, batches = teaching(decoder)
        features, dev_features = self._features()
        batches = batches(features, self.token_ids, preset.batch_size, self.seed)
        loss = caption_loss(preset.label_smoothing)
        if self.teachers:
            batches, loss = self._taught(features), taught_loss
        return Stage(
            name="decoder",
            teacher=teacher(decoder),
            batches=batches,
            epochs=preset.epochs,
            learning_rate=preset.learning_rate,
            loss=loss,
            dev_features=lambda: dev_features,
        )

    def _fine_tune_stage(self) -> Stage:
        preset, encoder = self.model.preset, self.model.encoder
        encoder.trainable = True
        self.model.guidance = None  # it is of the encoder as it was
        pictures = AugmentedPictures([example.image for example in self.train], encoder.size)
        captioner = Captioner(self.model)
        return Stage(
            name="fine-tune",
            teacher=Teacher(self.model.decoder, encoder),
            batches=CaptionBatches(pictures, self.token_ids, preset.batch_size, self.seed + 1),
            epochs=preset.fine_tune_epochs,
            learning_rate=preset.fine_tune_learning_rate,
            loss=caption_loss(preset.label_smoothing),
            dev_features=lambda: encode_examples(captioner, self.dev),
        )

    def _reward_stage(self) -> Stage:
        preset, decoder = self.model.preset, self.model.decoder
        if decoder.reads_prefixes:
            raise ModelError(f"The {preset.decoder} decoder reads every beginning anew; it has no reward stage.")
        reward = CiderReward(self.token_ids)
        features, dev_features = self._features()
        max_length = self.model.decoding.max_length
        return Stage(
            name="reward",
            teacher=SelfCriticalTeacher(
                decoder, reward, preset.reward_samples, max_length, self.seed + 2, preset.reward_temperature
            ),
            batches=PartialBatches(features, self.token_ids, preset.batch_size, self.seed + 2),
            epochs=preset.reward_epochs,
            learning_rate=preset.reward_learning_rate,
            loss=caption_loss(0.0),
            dev_features=lambda: dev_features,
            measure="reward",
        )

    def _taught(self, features: CachedFeatures) -> TaughtBatches:
        preset = self.model.preset
        if self.model.decoder.reads_prefixes:
            raise ModelError(f"The {preset.decoder} decoder reads every beginning anew; it cannot be taught by others.")
        file = self.checkpoints / "decoder" / "taught.npy"
        taught = teach(self.teachers, self.model, self.train, self.token_ids, self.cache, file)
        return TaughtBatches(features, self.token_ids, preset.batch_size, self.seed, taught, preset.teacher_share)

    def _features(self) -> tuple[CachedFeatures, np.ndarray]:
        """Training pictures, in several views, and dev pictures as the encoder of now sees them."""
        encoder = self.model.encoder
        encode = fast_encode(encoder)
        train_images, dev_images = ([example.image for example in split] for split in (self.train, self.dev))
        views = range(self.model.preset.views)
        features = CachedFeatures(*(cached_features(train_images, encoder, encode, self.cache, view) for view in views))
        return features, cached_features(dev_images, encoder, encode, self.cache)

    def _best(self, stage: str) -> Path:
        return self.checkpoints / stage / "best"

    def _run(self, stage: Stage, history: list[dict]) -> list[dict]:
        """Train a stage to its end; the model folder holds its best epoch."""
        preset, model, teacher = self.model.preset, self.model, stage.teacher
        captioner = Captioner(model)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0,
            max(stage.epochs * len(stage.batches) - preset.warmup_steps, 1),
            warmup_target=stage.learning_rate,
            warmup_steps=preset.warmup_steps,
        )
        optimizer = _optimizer(preset, schedule)
        optimizer.build(teacher.trainable_variables)
        teacher.compile(optimizer, loss=stage.loss, jit_compile=False)
        variables = [*teacher.variables, *optimizer.variables]
        checkpoint = self.checkpoints / stage.name / "latest.safetensors"
        records = load_checkpoint(variables, checkpoint)["records"] if checkpoint.exists() else []

        for epoch in range(len(records), stage.epochs):
            started = perf_counter()
            label = f"{stage.name} epoch {epoch + 1}/{stage.epochs}"
            measured = _train_epoch(stage, epoch, label)
            captions = [caption.text for caption in caption_features(captioner, stage.dev_features())]
            scores = score(captions, [example.captions for example in self.dev], ("BLEU-4", "CIDEr"))
            record = {"stage": stage.name, "epoch": epoch + 1, stage.measure: measured, **scores}
            print(
                f"{label}: {stage.measure} {measured:.3f}",
                *(f"dev {name} {value:.1f}" for name, value in scores.items()),
                sep=", ",
            )
            records.append(record | {"seconds": round(perf_counter() - started)})
            best = max(records, key=judged)
            if best is records[-1]:
                model.training |= {"history": history + records, "best": best}
                save(model, self._best(stage.name))
                save(model, self.output)
            save_checkpoint(variables, {"records": records}, checkpoint)
            draw_learning_curve(history + records, self.output / "learning-curve.png")
            seal(self.output)
            self.after_epoch(records[-1])
        return history + records


def _optimizer(preset: Preset, schedule) -> keras.optimizers.Optimizer:
    if preset.optimizer not in OPTIMIZERS:
        raise ModelError(f"Unknown optimizer {preset.optimizer!r}; known: {', '.join(OPTIMIZERS)}.")
    return OPTIMIZERS[preset.optimizer](
        schedule, weight_decay=preset.weight_decay or None, global_clipnorm=preset.clip_norm or None
    )


def judged(record: dict) -> float:
    """The figure an epoch is chosen by: CIDEr on the dev split, or without Java NLTK's BLEU."""
    return record.get("CIDEr", record.get("BLEU-4 (NLTK)", 0.0))


def _train_epoch(stage: Stage, epoch: int, label: str) -> float:
    """One epoch of a stage; the mean of what its steps return."""
    measured = []
    stage.batches.begin(epoch)
    with tqdm(read_ahead(stage.batches), total=len(stage.batches), desc=label, unit="step") as progress:
        for inputs, targets in progress:
            measured.append(float(stage.teacher.train_on_batch(inputs, targets)))
            progress.set_postfix({stage.measure: f"{np.mean(measured[-50:]):.3f}"}, refresh=False)
        stage.teacher.reset_metrics()
    return float(np.mean(measured))
