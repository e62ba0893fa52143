"""Two workers take the steps that one would: compiled, with clipped gradients, on batches that do not halve."""

import json
import socket
import subprocess
import sys

import pytest

from tests.conftest import ROOT

CHILD = """
import json, sys
import keras
import numpy as np
from captioner.errors import SettingError
from captioner.training.batches import CachedFeatures, CaptionBatches
from captioner.training.fit import _train_epoch
from captioner.training.losses import caption_loss
from captioner.training.materials import Stage
from captioner.training.workers import Workers

WORDS, UNITS, PICTURES = 30, 16, 41
workers = Workers(sys.argv[2:], int(sys.argv[1]))
workers.connect()
keras.utils.set_random_seed(workers.index)  # the chief's weights are the ones that count


class Teacher(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding, self.dense = keras.layers.Embedding(WORDS, UNITS), keras.layers.Dense(WORDS)

    def call(self, inputs, training=False):
        words, picture = self.embedding(inputs["token_ids"]), keras.ops.mean(inputs["pictures"], axis=1)
        each = keras.ops.shape(words)[0] // keras.ops.shape(picture)[0]
        return self.dense(words + keras.ops.repeat(picture, each, axis=0)[:, None])


random = np.random.default_rng(0)
token_ids = random.integers(4, WORDS, (PICTURES, 5, 9)).astype("int32")
for captions in token_ids:
    captions[:, random.integers(4, 9) :] = 0
features = random.normal(size=(PICTURES, 4, UNITS)).astype("float16")
batches, teacher = CaptionBatches(CachedFeatures(features), token_ids, 8, seed=3), Teacher()
teacher(batches[0][0])
optimizer = keras.optimizers.AdamW(0.02, global_clipnorm=0.3, weight_decay=0.01)
optimizer.build(teacher.trainable_variables)
teacher.compile(workers.together(optimizer), loss=caption_loss(0.1), jit_compile=False)
workers.follow([*teacher.variables, *optimizer.variables])
stage = Stage("decoder", teacher, batches, 3, 0.02, None, None)
losses = [_train_epoch(stage, epoch, "epoch", workers) for epoch in range(3)]
try:
    workers.agree(7, "answer")
    workers.agree(workers.index, "number")
    said = ""
except SettingError as error:
    said = str(error)
print(json.dumps([losses, said]))
"""


def train(*addresses):
    """What workers at these addresses, or one alone, print: losses, and what is said where they do not agree."""
    commands = [[sys.executable, "-c", CHILD, str(index), *addresses] for index in range(max(len(addresses), 1))]
    workers = [subprocess.Popen(each, cwd=ROOT, stdout=subprocess.PIPE, text=True) for each in commands]
    try:
        return [json.loads(worker.communicate()[0].splitlines()[-1]) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()


def test_two_workers_take_the_steps_of_one():
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    (first, said), (second, _) = train(*addresses)
    [(alone, nothing)] = train()
    assert first == second == pytest.approx(alone, abs=1e-4) and alone[-1] < alone[0] - 0.1
    assert "do not have the same number" in said and not nothing
