"""Knowledge distillation: trained models' predictions for every word of the training captions, as softer targets."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from keras import ops
from tqdm import tqdm

from captioner.data import Example
from captioner.engines.export import fast_encode
from captioner.engines.keras_engine import compiled
from captioner.errors import ModelError
from captioner.folder.model import Model
from captioner.training.batches import CaptionBatches
from captioner.training.features import cached_features
from captioner.training.stored import StoredArray
from captioner.vocabulary import PAD

BATCH = 32  # pictures


class TaughtBatches(CaptionBatches):
    """Caption batches with probabilities as targets (Hinton et al. 2015, arXiv 1503.02531): a mix of the teachers'
    predictions and the word people wrote.

    Args:
        taught: `float16 [tokens, vocabulary]`, the teachers' prediction for every token of every caption, in order.
        share: the teachers' weight in the mix, 0..1.
        pictures, token_ids, batch_size, seed: as in `CaptionBatches`.
    """

    def __init__(
        self,
        pictures: Callable,
        token_ids: np.ndarray,
        batch_size: int,
        seed: int,
        taught: np.ndarray | StoredArray,
        share: float,
    ):
        super().__init__(pictures, token_ids, batch_size, seed)
        self.taught = taught
        self.share = share
        counts = (token_ids[:, :, 1:] != PAD).sum(axis=(1, 2))  # [images]
        self.first = np.concatenate([[0], np.cumsum(counts)])

    def __getitem__(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Inputs as in `CaptionBatches`; targets `float32 [batch * captions, length, vocabulary]`, zero at `PAD`."""
        inputs, words = super().__getitem__(step)
        rows = [self.taught[self.first[image] : self.first[image + 1]] for image in self.order[step]]
        targets = np.zeros((*words.shape, self.taught.shape[-1]), "float32")
        written = words != PAD
        targets[written] = self.share * np.concatenate(rows).astype("float32")
        row, place = np.nonzero(written)
        targets[row, place, words[written]] += 1 - self.share
        return inputs, targets


def teach(
    teachers: Sequence[Model],
    pupil: Model,
    examples: Sequence[Example],
    token_ids: np.ndarray,
    cache: Path,
    folder: Path,
) -> StoredArray:
    """Compute the teachers' mean prediction for every token of the captions, and keep it on the disk.

    Args:
        token_ids: `int32 [images, captions, length + 1]`, the captions.
        cache: the folder of feature caches.
        folder: where what they say is kept, as `taught`.

    Returns:
        `float16 [tokens, vocabulary]` on the disk.

    Raises:
        ModelError: a teacher's vocabulary differs from the pupil's.
        DiskError: there is no room for it, or the place is not writable.
    """
    for teacher in teachers:
        if teacher.vocabulary.tokens != pupil.vocabulary.tokens:
            raise ModelError(f"{teacher.name} cannot teach {pupil.name}: their vocabularies differ.")
    shape = (int((token_ids[:, :, 1:] != PAD).sum()), len(pupil.vocabulary))
    taught = StoredArray(folder, "taught", shape, "what the teachers say")
    taught.make()
    images = [example.image for example in examples]
    features = [cached_features(images, teacher.encoder, fast_encode(teacher.encoder), cache) for teacher in teachers]
    says = [compiled(lambda seen, words, say=teacher.decoder: ops.softmax(say(seen, words))) for teacher in teachers]
    filled = 0
    for start in tqdm(range(0, len(images), BATCH), desc="teachers", unit="batch"):
        some = slice(start, start + BATCH)
        words = token_ids[some].reshape(-1, token_ids.shape[-1])  # [batch * captions, length + 1]
        said = [
            ops.convert_to_numpy(
                say(ops.convert_to_tensor(seen[some], "float32"), ops.convert_to_tensor(words[:, :-1]))
            )
            for say, seen in zip(says, features, strict=True)
        ]
        mean = np.mean(said, axis=0)[words[:, 1:] != PAD]
        taught[filled : filled + len(mean)] = mean
        filled += len(mean)
    return taught
