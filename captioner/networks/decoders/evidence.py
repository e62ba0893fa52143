"""The words a look sees in a picture, as vectors a decoder attends to besides the regions."""

from keras import layers, ops

from captioner.networks.look import Look
from captioner.vocabulary import PAD, SPECIALS


class Evidence(layers.Layer):
    """A few words with their probabilities, which act as a few more regions ("Image Captioning with Semantic
    Attention", You et al. 2016, arXiv 1603.03925).

    Args:
        look_words: number of words the look knows.
        shown: how many of them the decoder attends to.
        units: size of the vectors.
        dropout: dropout rate for the words' embeddings in training.
    """

    def __init__(self, look_words: int, shown: int, units: int, dropout: float, name: str = "evidence"):
        super().__init__(name=name)
        self.shown = min(shown, look_words)
        self.look = Look(look_words, name="look")
        self.projection = layers.Dense(units, name="projection")
        self.strength = layers.Dense(units, use_bias=False, name="strength")
        self.norm = layers.LayerNormalization(name="norm")
        self.dropout = layers.Dropout(dropout)
        self.units = units

    def build(self, features_shape):
        self.look.build(features_shape)
        self.projection.build((None, None, self.units))
        self.strength.build((None, None, 1))
        self.norm.build((None, None, self.units))

    def call(self, features, embedding, given=None, training=False):
        """Features [batch, regions, channels] -> vectors [batch, shown, units].

        Args:
            embedding: the decoder's words as vectors [vocabulary, units].
            given: token ids and probabilities, each [batch, shown], to use instead of the look's; for a row of `PAD`,
                the look's are used.
        """
        # The decoder's loss would teach the look to help, not to tell the truth.
        words, probabilities = map(ops.stop_gradient, self.look.evidence(features, self.shown))
        if given is not None:
            told = ops.any(given[0] != PAD, axis=1, keepdims=True)  # [batch, 1]
            words, probabilities = (ops.where(told, *each) for each in zip(given, (words, probabilities), strict=True))
        else:  # an export needs the vectors of these words alone
            embedding = embedding[: len(SPECIALS) + self.look.words.units]
        vectors = self.projection(self.dropout(ops.take(embedding, words, axis=0), training=training))
        return self.norm(vectors + self.strength(probabilities[..., None]))
