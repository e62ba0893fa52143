"""The notebooks' decoders: one LSTM over the words; they differ in where the picture comes in."""

from keras import layers, ops

from captioner.networks.decoders.attention import CrossAttention
from captioner.networks.decoders.state import State, for_rows


class RecurrentDecoder(layers.Layer):
    """Embedding -> LSTM -> logits, with three places where a picture can come in: `first`, `read` and `write`.

    Args:
        vocabulary_size: number of tokens, including special ones.
        units: size of the LSTM and of the picture's vector.
        embedding_size: size of a word's vector.
        dropout: dropout rate for features and word vectors in training.
    """

    attends = False
    reads_prefixes = False
    looks = False

    def __init__(
        self,
        vocabulary_size: int,
        units: int = 256,
        embedding_size: int = 256,
        dropout: float = 0.5,
        name: str = "decoder",
    ):
        super().__init__(name=name)
        # No mask is needed: padding comes after a caption, where it cannot affect earlier words.
        self.embedding = layers.Embedding(vocabulary_size, embedding_size, name="embedding")
        self.lstm = layers.LSTM(units, return_sequences=True, name="lstm")
        self.logits = layers.Dense(vocabulary_size, name="logits")
        self.dropout = layers.Dropout(dropout)

    def build(self, features_shape, token_ids_shape):
        self.embedding.build(token_ids_shape)
        self.lstm.build((*token_ids_shape, self.embedding.output_dim))
        self.logits.build((*token_ids_shape, self.lstm.units))

    def see(self, features):
        """Features [batch, regions, channels] -> the picture as the decoder keeps it, a tuple of [batch, ...]."""
        raise NotImplementedError

    def first(self, image):
        """The LSTM's hidden and cell state before the first word, each [batch, units]."""
        nothing = ops.zeros((ops.shape(image[0])[0], self.lstm.units))
        return nothing, nothing

    def read(self, words, image):
        """The LSTM's input, [rows, length, size], from word vectors [rows, length, embedding_size]."""
        return words

    def write(self, hidden, image):
        """Logits [rows, length, vocabulary] and attention [rows, length, regions], from the LSTM's output."""
        return self.logits(hidden), hidden[:, :, :0]

    def start(self, features, training=False) -> State:
        """State before the first word, of features [batch, regions, channels]."""
        image = self.see(self.dropout(features, training=training))
        return State(image, self.first(image))

    def step(self, token_ids, state: State):
        """Token ids [rows] -> logits [rows, vocabulary], attention [rows, regions], state."""
        read = self.read(self.embedding(token_ids[:, None]), state.image)  # [rows, 1, size]
        hidden, memory = self.lstm.cell(ops.squeeze(read, 1), list(state.memory))
        logits, attention = self.write(hidden[:, None], state.image)
        return ops.squeeze(logits, 1), ops.squeeze(attention, 1), State(state.image, tuple(memory))

    def call(self, features, token_ids, training=False):
        """Logits [rows, length, vocabulary] of the word after each of token_ids [rows, length]."""
        image, memory = self.start(features, training=training)
        words = self.dropout(self.embedding(token_ids), training=training)
        memory = [for_rows(vector, token_ids) for vector in memory]
        hidden = self.lstm(self.read(words, image), initial_state=memory, training=training)
        return self.write(hidden, image)[0]


class MergeDecoder(RecurrentDecoder):
    """The LSTM reads only words; the picture is added to its output (Tanti et al. 2018, arXiv 1703.09137).

    Picture: dense, ReLU. Sum: dense, ReLU, then logits.
    """

    def __init__(self, vocabulary_size, units=256, embedding_size=256, dropout=0.5, name="decoder"):
        super().__init__(vocabulary_size, units, embedding_size, dropout, name)
        self.picture = layers.Dense(units, activation="relu", name="picture")
        self.merged = layers.Dense(units, activation="relu", name="merged")

    def build(self, features_shape, token_ids_shape):
        super().build(features_shape, token_ids_shape)
        self.picture.build((None, features_shape[-1]))
        self.merged.build((*token_ids_shape, self.lstm.units))

    def see(self, features):
        return (self.picture(ops.mean(features, axis=1)),)

    def write(self, hidden, image):
        return super().write(self.merged(hidden + for_rows(image[0], hidden)[:, None]), image)


class InjectDecoder(RecurrentDecoder):
    """The picture is the LSTM's initial state, and is not seen again (init-inject in arXiv 1703.09137)."""

    def __init__(self, vocabulary_size, units=256, embedding_size=256, dropout=0.5, name="decoder"):
        super().__init__(vocabulary_size, units, embedding_size, dropout, name)
        self.picture = layers.Dense(units, name="picture")

    def build(self, features_shape, token_ids_shape):
        super().build(features_shape, token_ids_shape)
        self.picture.build((None, features_shape[-1]))

    def see(self, features):
        return (self.picture(ops.mean(features, axis=1)),)

    def first(self, image):
        return image[0], image[0]


class SequenceDecoder(RecurrentDecoder):
    """The picture is read with every word (par-inject); with attention, the decoder also looks at its regions then.

    The attention's query is the LSTM's output (Luong et al. 2015, arXiv 1508.04025), so a whole caption trains at once.

    Args:
        attention: whether to attend to the regions.
    """

    def __init__(
        self, vocabulary_size, units=256, embedding_size=256, dropout=0.5, attention: bool = False, name="decoder"
    ):
        super().__init__(vocabulary_size, units, embedding_size, dropout, name)
        self.attends = attention
        # Raw features are a hundred times as long as a word's vector, and would drown out the word.
        self.unit_length = layers.UnitNormalization(name="unit_length")
        self.regions = layers.Dense(units, activation="relu", name="regions")
        self.attention = CrossAttention(units, heads=1, name="attention") if attention else None

    def build(self, features_shape, token_ids_shape):
        self.embedding.build(token_ids_shape)
        self.regions.build(features_shape)
        self.lstm.build((*token_ids_shape, self.embedding.output_dim + self.lstm.units))
        self.logits.build((*token_ids_shape, self.lstm.units))
        if self.attention is not None:
            self.attention.build()

    def see(self, features):
        regions = self.regions(self.unit_length(features))  # [batch, regions, units]
        looked_at = self.attention.look(regions) if self.attends else ()
        return ops.mean(regions, axis=1), *looked_at

    def read(self, words, image):
        picture = for_rows(image[0], words)[:, None]  # [rows, 1, units]
        return ops.concatenate([words, ops.repeat(picture, ops.shape(words)[1], axis=1)], axis=-1)

    def write(self, hidden, image):
        if not self.attends:
            return super().write(hidden, image)
        context, attention = self.attention(hidden, *image[1:])
        return self.logits(hidden + context), attention
