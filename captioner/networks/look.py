"""Image features -> how likely people are to use each of the most frequent words to describe the picture."""

import math

from keras import layers, ops

from captioner.vocabulary import SPECIALS

RARE = 1e-4  # the lowest probability a word can have


def information(probabilities, usual):
    """How much each word tells about a picture, in nats: its part in the distance from the usual probabilities.

    "a" tells nothing about a picture, however likely it is; "sheep" does.
    """
    return probabilities * (ops.log(ops.maximum(probabilities, RARE)) - ops.log(ops.maximum(usual, RARE)))


class Look(layers.Layer):
    """Predicts each word's probability by multiple-instance learning: all regions count, the most confident ones most
    ("From Captions to Visual Concepts and Back", Fang et al. 2015, arXiv 1411.4952).

    Args:
        words: number of words it knows, the first ones in the vocabulary after the special tokens.
        units: size of the hidden layer.
        dropout: dropout rate for features and hidden layer in training.

    Attributes:
        usual: how likely each word is for any picture, `[words]`.
    """

    def __init__(self, words: int, units: int = 256, dropout: float = 0.3, name: str = "look"):
        super().__init__(name=name)
        self.hidden = layers.Dense(units, activation="relu", name="hidden")
        self.words = layers.Dense(words, name="words")
        self.dropout = layers.Dropout(dropout)
        self.usual = self.add_weight(shape=(words,), initializer="zeros", trainable=False, name="usual")

    def build(self, features_shape):
        self.hidden.build(features_shape)
        self.words.build((*features_shape[:-1], self.hidden.units))

    def call(self, features, training=False):
        """Features [batch, regions, channels] -> the words' log-odds [batch, words]."""
        hidden = self.hidden(self.dropout(features, training=training))
        odds = self.words(self.dropout(hidden, training=training))  # [batch, regions, words]
        return ops.logsumexp(odds, axis=1) - math.log(features.shape[1])

    def information(self, features):
        """How much each word tells about a picture, in nats `[batch, words]`."""
        return information(ops.sigmoid(self(features)), self.usual)

    def evidence(self, features, most: int):
        """The words that tell most about a picture: token ids `int32 [batch, most]`, probabilities `[batch, most]`."""
        probabilities = ops.sigmoid(self(features))  # [batch, words]
        places = ops.top_k(information(probabilities, self.usual), most)[1]
        return places + len(SPECIALS), ops.take_along_axis(probabilities, places, axis=1)
