"""The networks as training sees them, and what one step on a batch does."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from captioner.engines.keras_engine import KerasEngine
from captioner.training.batches import CaptionBatches, PrefixBatches
from captioner.training.look import binary_cross_entropy, words_used
from captioner.vocabulary import END, PAD, START

LOOK_SHARE = 0.1  # of the surprise in all of a picture's words, beside the surprise per word of a caption


class Teacher(keras.Model):
    """The decoder, or encoder and decoder, as training sees them.

    Args:
        decoder: any decoder.
        encoder: trained too, if given, and the decoder's look with it, so that both go on seeing what is there; None if
            the pictures come as features.
    """

    def __init__(self, decoder, encoder=None):
        super().__init__(name="teacher")
        self.decoder = decoder
        self.encoder = encoder
        self.look = getattr(getattr(decoder, "evidence", None), "look", None)
        if self.look:
            self.look.trainable = encoder is not None

    def call(self, inputs, training=False):
        """{"pictures", "token_ids" [rows, length]} -> logits [rows, length, vocabulary]; if the batch includes text,
        {"words", "probabilities" [batch, shown]} are its evidence."""
        features = inputs["pictures"]
        if self.encoder is not None:
            # Batch norm stays in inference mode: statistics over 32 pictures would spoil those from ImageNet's million.
            features = self.encoder(features, training=False)
        if self.look and self.look.trainable:
            used = words_used(inputs["token_ids"], ops.shape(features)[0], self.look.words.units)
            surprise = binary_cross_entropy(used, self.look(features, training=training))  # [batch]
            self.add_loss(LOOK_SHARE * ops.mean(surprise))
        given = {"evidence": (inputs["words"], inputs["probabilities"])} if "words" in inputs else {}
        return self.decoder(features, inputs["token_ids"], **given, training=training)


class PrefixTeacher(Teacher):
    """A decoder that rereads the caption for every word, as training sees it: one next word for each prefix."""

    def call(self, inputs, training=False):
        """{"pictures", "picture" [rows], "token_ids" [rows, length]} -> logits [rows, 1, vocabulary]."""
        picture = self.decoder.start(inputs["pictures"], training=training).image  # [batch, units]
        picture = ops.take(picture, inputs["picture"], axis=0)  # [rows, units]
        return self.decoder.after(inputs["token_ids"], picture, training=training)[:, None]


class SelfCriticalTeacher(Teacher):
    """The decoder, taught by rewards for its own captions (Rennie et al. 2017, arXiv 1612.00563).

    It draws several captions for each picture. The more a caption's reward exceeds the mean of the others' (Luo 2020,
    arXiv 2003.09971), the more likely it becomes.

    Args:
        decoder: any decoder that reads whole captions.
        reward: `reward(drawn, references)`, each `[images, captions, length]`, -> `[images, captions]`.
        samples: captions to draw per picture, 2 or more.
        max_length: tokens in a drawn caption, the end token included.
        seed: for drawing.
        temperature: for drawing captions and for learning from them.
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
        """{"pictures", "token_ids" [rows, length]} -> logits [rows, length, vocabulary], at the temperature."""
        return super().call(inputs, training=training) / self.temperature

    def train_on_batch(self, inputs, targets):
        """Draw captions for the pictures and take one step; people's own captions are the targets
        [batch * captions, length]. Returns the mean reward."""
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
            np.where(token_ids == END, PAD, drawn),  # nothing after the end is learned
            sample_weight=(rewards - others).reshape(-1),
        )
        return float(rewards.mean())


def teaching(decoder) -> tuple[type[Teacher], type[CaptionBatches]]:
    """How to train a decoder alone: on whole captions, or on prefixes if it rereads the caption for every word."""
    return (PrefixTeacher, PrefixBatches) if decoder.reads_prefixes else (Teacher, CaptionBatches)
