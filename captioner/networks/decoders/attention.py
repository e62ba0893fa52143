"""This project's own decoder: blocks of LSTM and cross-attention."""

import keras
from keras import layers, ops

from captioner.errors import ModelError
from captioner.networks.decoders.evidence import Evidence
from captioner.networks.decoders.state import State, for_rows
from captioner.vocabulary import SPECIALS


class CrossAttention(layers.Layer):
    """Multi-head attention of words over image regions (Vaswani et al. 2017, arXiv 1706.03762).

    Keys and values are computed once per picture, by `look`; a call only queries them.
    """

    def __init__(self, units: int, heads: int, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.size = units // heads
        self.query = layers.Dense(units, name="query")
        self.key = layers.Dense(units, name="key")
        self.value = layers.Dense(units, name="value")
        self.output_projection = layers.Dense(units, name="output")

    def build(self, *shapes):
        for layer in (self.query, self.key, self.value, self.output_projection):
            layer.build((None, None, self.heads * self.size))

    def look(self, regions):
        """Regions [batch, regions, units] -> keys [batch, heads, size, regions], values [batch, heads, regions, size].

        They are laid out for the matrix products, so that no word needs a transpose.
        """
        keys, values = (self._by_head(layer(regions), -1, regions.shape[1]) for layer in (self.key, self.value))
        return ops.transpose(keys, (0, 1, 3, 2)), values

    def call(self, words, keys, values):
        """Words [rows, length, units], or one per row [rows, units] -> context of the same shape, and attention
        [rows, length, regions] or [rows, regions]."""
        # All captions of a picture form one long row of queries to its regions.
        queries = self._by_head(self.query(words), ops.shape(keys)[0], -1)  # [batch, heads, queries, size]
        weights = ops.softmax(ops.matmul(queries, keys) / self.size**0.5)  # [batch, heads, queries, regions]
        context = ops.transpose(ops.matmul(weights, values), (0, 2, 1, 3))  # [batch, queries, heads, size]
        length = ops.shape(words)[1:-1]
        context = self.output_projection(ops.reshape(context, (-1, *length, self.heads * self.size)))
        return context, ops.reshape(ops.mean(weights, axis=1), (-1, *length, keys.shape[-1]))

    def _by_head(self, vectors, batch, count):
        """Vectors [..., units] as [batch, heads, count, size]; either batch or count may be -1, to be inferred."""
        vectors = ops.reshape(vectors, (batch, count, self.heads, self.size))
        return ops.transpose(vectors, (0, 2, 1, 3))


class AttentionBlock(layers.Layer):
    """An LSTM over the words, then a look at the picture: residual and layer norm."""

    def __init__(self, units: int, heads: int, dropout: float, **kwargs):
        super().__init__(**kwargs)
        self.first_hidden = layers.Dense(units, activation="tanh", name="first_hidden")
        self.first_cell = layers.Dense(units, name="first_cell")
        self.lstm = layers.LSTM(units, return_sequences=True, name="lstm")
        self.attention = CrossAttention(units, heads, name="attention")
        self.norm = layers.LayerNormalization(name="norm")
        self.dropout = layers.Dropout(dropout)

    def build(self, *shapes):
        for layer in (self.first_hidden, self.first_cell):
            layer.build((None, self.lstm.units))
        for layer in (self.lstm, self.attention, self.norm):
            layer.build((None, None, self.lstm.units))

    def start(self, regions, mean):
        """The regions' (keys, values), and the LSTM's first (hidden, cell) [batch, units] from the mean region."""
        return self.attention.look(regions), (self.first_hidden(mean), self.first_cell(mean))

    def call(self, words, image, memory, training=False):
        hidden = self.lstm(words, initial_state=list(memory), training=training)  # [rows, length, units]
        return self._attend(hidden, image, training)[0]

    def step(self, word, image, memory):
        """The same for one word [rows, units]: word, attention [rows, regions], memory."""
        hidden, memory = self.lstm.cell(word, list(memory))  # [rows, units]
        return *self._attend(hidden, image, training=False), tuple(memory)

    def _attend(self, hidden, image, training):
        context, attention = self.attention(self.dropout(hidden, training=training), *image)
        return self.norm(hidden + self.dropout(context, training=training)), attention


class AttentionDecoder(layers.Layer):
    """Word embedding -> (LSTM -> multi-head cross-attention over the regions) x blocks -> logits tied to the embedding.

    "Show, Attend and Tell" (Xu et al. 2015, arXiv 1502.03044) with the attention of arXiv 1706.03762; the output shares
    the embedding's matrix (Press and Wolf 2016, arXiv 1608.05859).

    With a look, the decoder also attends to the words that people would most likely use for the picture ("Image
    Captioning with Semantic Attention", You et al. 2016, arXiv 1603.03925). This lets it learn from text without
    pictures: the text's own words are the evidence, and the regions are blank.

    Args:
        vocabulary_size: number of tokens, including special ones.
        units: size of embedding, LSTMs and attention.
        blocks: number of LSTM + attention blocks.
        heads: attention heads per block; must divide `units`.
        dropout: dropout rate for embeddings, contexts and outputs in training.
        look_words: number of words the look knows; 0 for a decoder without a look.
        evidence_words: how many of them the decoder attends to besides the regions.
        blind: share of pictures with blank regions in training, so that the decoder listens to the evidence.
    """

    attends = True
    reads_prefixes = False

    def __init__(
        self,
        vocabulary_size: int,
        units: int = 512,
        blocks: int = 2,
        heads: int = 8,
        dropout: float = 0.3,
        look_words: int = 0,
        evidence_words: int = 8,
        blind: float = 0.15,
        name: str = "decoder",
    ):
        super().__init__(name=name)
        if units % heads:
            raise ModelError(f"{heads} heads do not divide {units} units.")
        self.region_projection = layers.Dense(units, name="region_projection")
        self.region_norm = layers.LayerNormalization(name="region_norm")
        self.embedding = layers.ReversibleEmbedding(
            vocabulary_size,
            units,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05),
            name="embedding",
        )
        self.blocks = [AttentionBlock(units, heads, dropout, name=f"block_{i}") for i in range(blocks)]
        self.bias = self.add_weight(shape=(vocabulary_size,), initializer="zeros", name="bias")
        self.dropout = layers.Dropout(dropout)
        self.evidence = None
        if look_words:
            known = min(look_words, vocabulary_size - len(SPECIALS))
            self.evidence = Evidence(known, evidence_words, units, dropout)
            self.blind = layers.Dropout(blind, noise_shape=(None, 1, 1), name="blind")

    def build(self, features_shape, token_ids_shape):
        words_shape = (*token_ids_shape, self.embedding.output_dim)
        self.region_projection.build(features_shape)
        self.region_norm.build(words_shape)
        self.embedding.build(token_ids_shape)
        for block in self.blocks:
            block.build(words_shape)
        if self.evidence:
            self.evidence.build(features_shape)
        self.regions = features_shape[1]

    def start(self, features, evidence=None, training=False) -> State:
        """State before the first word.

        Args:
            features: [batch, regions, channels].
            evidence: token ids and probabilities, each [batch, evidence_words], to use instead of the look's; see
                `Evidence`.
        """
        seen = self.blind(features, training=training) if self.evidence else features
        things = self.region_norm(self.region_projection(self.dropout(seen, training=training)))
        if self.evidence:
            words = self.evidence(features, embedding=self.embedding.embeddings, given=evidence, training=training)
            things = ops.concatenate([things, words], axis=1)  # [batch, regions + evidence_words, units]
        mean = ops.mean(things, axis=1)  # [batch, units]
        images, memories = zip(*(block.start(things, mean) for block in self.blocks), strict=True)
        return State(images, memories)

    @property
    def looks(self) -> bool:
        """Whether it has a look."""
        return self.evidence is not None

    def information(self, features):
        """How much each word tells about a picture, in nats [batch, vocabulary]; 0 for words its look does not know."""
        known = self.evidence.look.information(features)
        return ops.pad(known, ((0, 0), (len(SPECIALS), self.bias.shape[0] - len(SPECIALS) - known.shape[1])))

    def step(self, token_ids, state: State):
        """Token ids [rows] -> logits [rows, vocabulary], attention [rows, regions], state."""
        word = self.embedding(token_ids)  # [rows, units]
        memories = []
        for block, image, memory in zip(self.blocks, state.image, state.memory, strict=True):
            word, attention, memory = block.step(word, image, memory)
            memories.append(memory)
        return self._logits(word), attention[:, : self.regions], State(state.image, tuple(memories))

    def call(self, features, token_ids, evidence=None, training=False):
        """Logits [rows, length, vocabulary] of the word after each of token_ids [rows, length]."""
        state = self.start(features, evidence, training=training)
        words = self.dropout(self.embedding(token_ids), training=training)  # [rows, length, units]
        for block, image, memory in zip(self.blocks, state.image, state.memory, strict=True):
            memory = [for_rows(vector, token_ids) for vector in memory]
            words = block(words, image, memory, training=training)
        return self._logits(self.dropout(words, training=training))

    def _logits(self, words):
        return self.embedding(words, reverse=True) + self.bias
