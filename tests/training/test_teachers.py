"""A teacher's steps have a decoder learn: captions by heart, and captions that are worth more."""

import keras
import numpy as np
from keras import ops

from captioner.networks.decoders import AttentionDecoder
from captioner.training.losses import caption_loss
from captioner.training.teachers import SelfCriticalTeacher, Teacher
from captioner.vocabulary import END


def test_a_decoder_learns_captions_by_heart():
    keras.utils.set_random_seed(0)
    features = np.random.default_rng(0).normal(size=(4, 5, 8)).astype("float32")
    token_ids = np.array([[1, 4, 5, 2], [1, 6, 7, 2], [1, 5, 4, 2], [1, 7, 6, 2]])
    teacher = Teacher(AttentionDecoder(8, units=16, blocks=2, heads=2, dropout=0.0))
    teacher.compile(keras.optimizers.AdamW(1e-2), loss=caption_loss(0.0), jit_compile=False)
    inputs = {"pictures": features, "token_ids": token_ids[:, :-1]}
    losses = [float(teacher.train_on_batch(inputs, token_ids[:, 1:])) for _ in range(60)]
    assert losses[-1] < 0.1 < 1 < losses[0]
    answers = ops.convert_to_numpy(ops.argmax(teacher(inputs), axis=-1))
    assert (answers == token_ids[:, 1:]).all()


def test_captions_that_are_worth_more_become_likelier():
    keras.utils.set_random_seed(0)
    features = np.random.default_rng(0).normal(size=(4, 5, 8)).astype("float32")
    wanted = np.array([4, 5, 6, 7])  # a word for each picture

    def reward(drawn, references):
        return (drawn == references[:, :1, :1]).any(-1) - 0.1 * (drawn != END).sum(-1)

    decoder = AttentionDecoder(9, units=16, blocks=1, heads=2, dropout=0.0)
    decoder.build((None, 5, 8), (None, None))
    teacher = SelfCriticalTeacher(decoder, reward, samples=5, max_length=6, seed=0)
    teacher.compile(keras.optimizers.AdamW(1e-2), loss=caption_loss(0.0), jit_compile=False)
    rewards = [teacher.train_on_batch({"pictures": features}, wanted[:, None]) for _ in range(160)]
    assert np.mean(rewards[:5]) < 0.5 < 0.8 < np.mean(rewards[-5:])
    found = teacher.engine.search(features, beam_width=1, max_length=6, length_penalty=1.0).tokens[:, 0]
    assert found[:, 0].tolist() == wanted.tolist() and (found[:, 1:] == END).all()
