"""Image features -> how likely people are to use each of the most frequent words for the picture."""

import math

from keras import layers, ops

from captioner.vocabulary import SPECIALS

RARE = 1e-4  # no word is taken to be rarer


def information(probabilities, usual):
    """What words tell of a picture, in nats: each one's part in how far their probabilities are from the usual ones.

    "a" says nothing of a picture, however sure it is; "sheep" does.
    """
    return probabilities * (ops.log(ops.maximum(probabilities, RARE)) - ops.log(ops.maximum(usual, RARE)))


class Look(layers.Layer):
    """The probability of each word, by multiple-instance learning: every region has a say, and the surest counts most
    ("From Captions to Visual Concepts and Back", Fang et al. 2015, arXiv 1411.4952).

    Args:
        words: how many it knows, the first of the vocabulary behind the special tokens.
        units: of the hidden layer.
        dropout: share dropped of features and hidden layer in training.

    Attributes:
        usual: how likely each word is for any picture, `[words]`.
    """

    def __init__(self, words: int, units: int = 512, dropout: float = 0.3, name: str = "look"):
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

    def evidence(self, features, most: int):
        """The words that say most about a picture -> token ids `int32 [batch, most]`, probabilities `[batch, most]`."""
        probabilities = ops.sigmoid(self(features))  # [batch, words]
        places = ops.top_k(information(probabilities, self.usual), most)[1]
        return places + len(SPECIALS), ops.take_along_axis(probabilities, places, axis=1)
