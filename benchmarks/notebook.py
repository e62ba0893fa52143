"""The merge captioner as the notebooks train it: every prefix of a caption is a row, every next word one-hot.

A baseline for the benchmarks; nothing else uses it.
"""

from collections.abc import Iterator

import keras
import numpy as np
from keras import layers

from captioner.vocabulary import PAD


def notebook_model(vocabulary_size: int, length: int, channels: int, units: int = 256, dropout: float = 0.5):
    """A picture's vector [rows, channels] and a prefix [rows, length] -> probabilities [rows, vocabulary]."""
    picture = keras.Input((channels,), name="image")
    seen = layers.Dropout(dropout)(picture)
    seen = layers.Dense(units, activation="relu", name="picture")(seen)
    words = keras.Input((length,), name="beginning")
    read = layers.Embedding(vocabulary_size, units, mask_zero=True, name="embedding")(words)
    read = layers.Dropout(dropout)(read)
    read = layers.LSTM(units, name="lstm")(read)
    merged = layers.Dense(units, activation="relu", name="merged")(layers.add([seen, read]))
    said = layers.Dense(vocabulary_size, activation="softmax", name="logits")(merged)
    model = keras.Model([picture, words], said)
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    return model


def exploded(features: np.ndarray, token_ids: np.ndarray, vocabulary_size: int, batch_size: int) -> Iterator:
    """Batches with every caption prefix for `batch_size` pictures: ((pictures, prefixes), one-hot next words).

    Args:
        features: [images, 1, channels].
        token_ids: [images, captions, length + 1], padded at the end.
        vocabulary_size: length of a one-hot vector.
        batch_size: pictures per batch.
    """
    length = token_ids.shape[-1] - 1
    for start in range(0, len(features), batch_size):
        pictures, beginnings, words = [], [], []
        for image in range(start, min(start + batch_size, len(features))):
            for caption in token_ids[image]:
                caption = caption[caption != PAD]
                for place in range(1, len(caption)):
                    pictures.append(features[image, 0])
                    beginnings.append(keras.utils.pad_sequences([caption[:place]], maxlen=length)[0])
                    words.append(keras.utils.to_categorical(caption[place], num_classes=vocabulary_size))
        yield (np.array(pictures, "float32"), np.array(beginnings)), np.array(words)
