"""A decoder that reads a caption from both ends, and so must reread it for every word."""

from keras import layers, ops

from captioner.networks.decoders.state import State, for_rows
from captioner.vocabulary import PAD


class BidirectionalDecoder(layers.Layer):
    """Bidirectional LSTM -> LSTM over the caption so far; the picture is added to the result.

    The backward LSTM's output for the first word changes with every word that follows, so nothing can be carried over:
    the memory is the prefix itself, and training reads every prefix of a caption separately.

    Args:
        vocabulary_size: number of tokens, including special ones.
        units: size of the LSTMs, in each direction, and of the picture's vector.
        embedding_size: size of a word's vector.
        dropout: dropout rate for features and word vectors in training.
        caption_length: tokens in the longest prefix.
    """

    attends = False
    reads_prefixes = True
    looks = False

    def __init__(
        self,
        vocabulary_size: int,
        units: int = 256,
        embedding_size: int = 50,
        dropout: float = 0.3,
        caption_length: int = 22,
        name: str = "decoder",
    ):
        super().__init__(name=name)
        self.caption_length = caption_length
        self.embedding = layers.Embedding(vocabulary_size, embedding_size, name="embedding")
        self.both_ways = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="both_ways")
        # Masked outputs are never read, and Keras would zero the wrong places in an unrolled backward LSTM.
        for lstm in (self.both_ways.forward_layer, self.both_ways.backward_layer):
            lstm.zero_output_for_mask = False
        self.lstm = layers.LSTM(units, name="lstm")
        # Adam moves all weights equally: one step on 62,720 raw features moves a unit by tens, and most units die.
        self.unit_length = layers.UnitNormalization(name="unit_length")
        self.picture = layers.Dense(units, activation="relu", name="picture")
        self.merged = layers.Dense(units, activation="relu", name="merged")
        self.logits = layers.Dense(vocabulary_size, name="logits")
        self.dropout = layers.Dropout(dropout)

    def build(self, features_shape, token_ids_shape):
        units = self.lstm.units
        self.embedding.build(token_ids_shape)
        self.both_ways.build((*token_ids_shape, self.embedding.output_dim))
        self.lstm.build((*token_ids_shape, 2 * units))
        self.picture.build((None, features_shape[-1]))
        self.merged.build((None, units))
        self.logits.build((None, units))

    def start(self, features, training=False) -> State:
        """State before the first word, of features [batch, regions, channels]."""
        seen = self.unit_length(ops.mean(self.dropout(features, training=training), axis=1))  # [batch, channels]
        picture = self.picture(seen)  # [batch, units]
        return State(picture, ops.zeros((ops.shape(features)[0], self.caption_length), dtype="int32"))

    def step(self, token_ids, state: State):
        """Token ids [rows] -> logits [rows, vocabulary], attention [rows, 0], state."""
        prefix = state.memory  # [rows, caption_length]
        length = ops.sum(ops.cast(prefix != PAD, "int32"), axis=1, keepdims=True)
        prefix = ops.where(ops.arange(self.caption_length) == length, token_ids[:, None], prefix)
        logits = self.after(prefix, for_rows(state.image, prefix), unrolled=True)
        return logits, logits[:, :0], State(state.image, prefix)

    def after(self, prefixes, picture, training=False, unrolled=False):
        """Logits [rows, vocabulary] of the word after each of the prefixes [rows, length], picture [rows, units].

        Unrolled, for a single length, the LSTMs have no loops; LiteRT does not support such loops.
        """
        for lstm in (self.both_ways.forward_layer, self.both_ways.backward_layer, self.lstm):
            lstm.unroll = unrolled
        mask = prefixes != PAD
        words = self.dropout(self.embedding(prefixes), training=training)
        read = self.lstm(self.both_ways(words, mask=mask, training=training), mask=mask, training=training)
        return self.logits(self.merged(read + picture))

    def call(self, features, token_ids, training=False):
        """Logits [rows, length, vocabulary] of the word after each of token_ids [rows, length]."""
        length = ops.shape(token_ids)[1]
        positions = ops.arange(length)
        begun = positions[None, :] <= positions[:, None]  # [prefix, position]
        prefixes = ops.where(begun, token_ids[:, None, :], PAD)  # [rows, prefix, position]
        prefixes = ops.reshape(prefixes, (-1, length))
        picture = self.start(features, training=training).image
        logits = self.after(prefixes, for_rows(picture, prefixes), training=training)
        return ops.reshape(logits, (-1, length, self.logits.units))
