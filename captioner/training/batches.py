"""Training batches: pictures or their features, each with all its captions."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np

from captioner.pictures.images import open_image
from captioner.pictures.member import PictureFile
from captioner.training.augmentation import augmented
from captioner.training.stored import StoredArray
from captioner.vocabulary import PAD

# An epoch is drawn in pools of this many batches, each sorted by length: little padding, still random.
POOL = 16
PREFIX_POOL = 8  # a batch has some prefixes of every picture in its pool, so a larger pool costs more than it saves
PARTS = 4  # epochs of `PartialBatches` per pass


class CachedFeatures:
    """Cached features of images, from a random view each time.

    Args:
        views: one `float16 [images, regions, channels]` per view, in memory or on the disk.
    """

    def __init__(self, *views: np.ndarray | StoredArray):
        self.views = views

    def __call__(self, indices: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Features `float32 [batch, regions, channels]` of these images."""
        seen = random.integers(len(self.views), size=len(indices))
        rows = [self.views[view][i : i + 1] for view, i in zip(seen, indices, strict=True)]
        return np.concatenate(rows).astype("float32")


class AugmentedPictures:
    """Pixels of images, randomly cropped and mirrored each time.

    Args:
        images: picture files; `size`: height and width in pixels.
    """

    def __init__(self, images: Sequence[PictureFile], size: int):
        self.images = images
        self.size = size

    def __call__(self, indices: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Pixels `float32 [batch, height, width, 3]` of these images."""
        size = (self.size, self.size)
        pictures = (augmented(open_image(self.images[index]), size, random) for index in indices)
        return np.stack([np.asarray(picture) for picture in pictures]).astype("float32")


class CaptionBatches(keras.utils.PyDataset):
    """An epoch of batches `(inputs, targets)`: every picture once, with all its captions.

    The order and every random choice depend only on seed and epoch, so a resumed run sees the same data as one without
    interruptions.

    Args:
        pictures: `CachedFeatures` or `AugmentedPictures`.
        token_ids: `int32 [images, captions, length + 1]` from `encode_captions`.
        batch_size: images per batch.
        seed: the run's seed.
    """

    def __init__(self, pictures: Callable, token_ids: np.ndarray, batch_size: int, seed: int):
        super().__init__()
        self.pictures = pictures
        self.token_ids = token_ids
        self.batch_size = batch_size
        self.seed = seed
        self.lengths = (token_ids != PAD).sum(-1).max(-1)  # [images], tokens of the longest caption
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Draw the order of an epoch."""
        self.epoch = epoch
        self.order = self._order(np.random.default_rng((self.seed, epoch)))

    def on_epoch_end(self) -> None:
        self.begin(self.epoch + 1)

    def words(self, images: np.ndarray) -> int:
        """How many words these rows of the order teach."""
        return int((self.token_ids[images, :, 1:] != PAD).sum())

    def __len__(self) -> int:
        return -(-len(self.token_ids) // self.batch_size)

    def __getitem__(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Inputs {"pictures" [batch, ...], "token_ids" [batch * captions, length]}, and targets like the token ids."""
        images = self.order[step]
        token_ids = self.token_ids[images, :, : self.lengths[images].max()]
        token_ids = token_ids.reshape(-1, token_ids.shape[-1])  # [batch * captions, length + 1]
        return {"pictures": self._shown(images, step), "token_ids": token_ids[:, :-1]}, token_ids[:, 1:]

    def _order(self, random: np.random.Generator) -> list[np.ndarray]:
        pools = self._pools(random, POOL)
        by_length = np.concatenate([pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools])
        batches = np.split(by_length, range(self.batch_size, len(by_length), self.batch_size))
        return [batches[index] for index in random.permutation(len(batches))]

    def _pools(self, random: np.random.Generator, batches: int) -> list[np.ndarray]:
        """All images in random order, in pools of `batches` batches each."""
        shuffled = random.permutation(len(self.token_ids))
        return np.split(shuffled, range(batches * self.batch_size, len(shuffled), batches * self.batch_size))

    def _shown(self, images: np.ndarray, step: int) -> np.ndarray:
        return self.pictures(images, np.random.default_rng((self.seed, self.epoch, step)))


class PartialBatches(CaptionBatches):
    """A pass over the pictures split into several epochs, to look at the dev scores more often."""

    def begin(self, epoch: int) -> None:
        """Draw the order of an epoch."""
        parts = min(PARTS, super().__len__())
        super().begin(epoch // parts)
        self.order = self.order[epoch % parts :: parts]
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.order)


class PrefixBatches(CaptionBatches):
    """An epoch of batches of caption prefixes, each once, with the word that follows it.

    A batch holds as many prefixes as `batch_size` pictures have, of similar length. Only one batch is in memory at a
    time: an epoch's order takes three numbers per prefix.
    """

    def words(self, prefixes: np.ndarray) -> int:
        """How many words these rows of the order teach, one a prefix."""
        return prefixes.shape[-1]

    def __getitem__(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Inputs {"pictures" [batch, ...], "picture" [rows] (each row's index into "pictures"), "token_ids"
        [rows, length]}, and targets [rows, 1]."""
        image, caption, last = self.order[step]
        images, picture = np.unique(image, return_inverse=True)
        prefixes = self.token_ids[image, caption, : last.max() + 1]  # [rows, length]
        prefixes = np.where(np.arange(prefixes.shape[1]) <= last[:, None], prefixes, PAD)
        inputs = {"pictures": self._shown(images, step), "picture": picture.astype("int32"), "token_ids": prefixes}
        return inputs, self.token_ids[image, caption, last + 1][:, None]

    def _order(self, random: np.random.Generator) -> list[np.ndarray]:
        """For each batch `[3, rows]`: image, caption, and position of the last given word."""
        pools = []
        for number, images in enumerate(self._pools(random, PREFIX_POOL)):
            image, caption, last = np.nonzero(self.token_ids[images, :, 1:] != PAD)
            by_length = np.argsort(last, kind="stable")
            # Alternately up and down, so that two pools that share a batch have similar lengths there.
            rows = by_length if number % 2 == 0 else by_length[::-1]
            pools.append(np.stack([images[image[rows]], caption[rows], last[rows]]))
        batches = np.array_split(np.concatenate(pools, axis=1), len(self), axis=1)
        # Pool by pool, so that any few steps see all lengths: many short prefixes in a row undo what long ones taught.
        pools = [batches[start : start + PREFIX_POOL] for start in range(0, len(batches), PREFIX_POOL)]
        return [pools[n][index] for n in random.permutation(len(pools)) for index in random.permutation(len(pools[n]))]


def read_ahead(batches: keras.utils.PyDataset) -> Iterator:
    """The batches of an epoch; the next one is prepared while the current one trains."""
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(batches.__getitem__, 0)
        for step in range(1, len(batches) + 1):
            batch = following.result()
            if step < len(batches):
                following = reader.submit(batches.__getitem__, step)
            yield batch
