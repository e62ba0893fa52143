"""Training batches: pictures or their features, with all captions of each."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from captioner.images import open_image
from captioner.vocabulary import PAD, Vocabulary

# An epoch is drawn in pools of this many batches, each sorted by caption length: little padding, still random.
POOL = 16
SMALLEST_CROP = 0.6  # of the picture's area


def encode_captions(captions: Sequence[Sequence[str]], vocabulary: Vocabulary, length: int) -> np.ndarray:
    """Token ids `int32 [images, captions, length + 1]`; an image with fewer captions than others has rows of `PAD`."""
    most = max(map(len, captions))
    token_ids = np.full((len(captions), most, length + 1), PAD, dtype="int32")
    for rows, texts in zip(token_ids, captions, strict=True):
        encoded = vocabulary.encode_batch(texts, length)
        rows[: len(texts), : encoded.shape[1]] = encoded
    return token_ids


class CachedFeatures:
    """Features of images, each time of the picture or of its mirror image.

    Args:
        upright, flipped: `float16 [images, regions, channels]`.
    """

    def __init__(self, upright: np.ndarray, flipped: np.ndarray):
        self.upright = upright
        self.flipped = flipped

    def __call__(self, indices: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Features `float32 [batch, regions, channels]` of these images."""
        flips = random.random(len(indices)) < 0.5
        rows = [(self.flipped if flip else self.upright)[index] for index, flip in zip(indices, flips, strict=True)]
        return np.stack(rows).astype("float32")


class AugmentedPictures:
    """Pixels of images, each time another crop, mirrored every other time.

    Args:
        images: picture files; `size`: height and width in pixels.
    """

    def __init__(self, images: Sequence[Path], size: int):
        self.images = images
        self.size = size

    def __call__(self, indices: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Pixels `float32 [batch, height, width, 3]` of these images."""
        return np.stack([self._augmented(self.images[index], random) for index in indices]).astype("float32")

    def _augmented(self, image: Path, random: np.random.Generator) -> np.ndarray:
        picture = open_image(image)
        width, height = (side * random.uniform(SMALLEST_CROP, 1) ** 0.5 for side in picture.size)
        left, top = random.uniform(0, picture.width - width), random.uniform(0, picture.height - height)
        box = (left, top, left + width, top + height)
        picture = picture.resize((self.size, self.size), Image.Resampling.BILINEAR, box=box)
        return np.asarray(ImageOps.mirror(picture) if random.random() < 0.5 else picture)


class CaptionBatches:
    """An epoch of batches: `(inputs, targets)` with all captions of a picture beside it, once.

    The order and every random choice follow from seed and epoch alone, so that a resumed run sees what the
    uninterrupted one would have seen.

    Args:
        pictures: `CachedFeatures` or `AugmentedPictures`.
        token_ids: `int32 [images, captions, length + 1]` of `encode_captions`.
        batch_size: images a batch.
        seed: of the run.
    """

    def __init__(self, pictures: Callable, token_ids: np.ndarray, batch_size: int, seed: int):
        self.pictures = pictures
        self.token_ids = token_ids
        self.batch_size = batch_size
        self.seed = seed
        self.lengths = (token_ids != PAD).sum(-1).max(-1)  # [images], tokens of the longest caption

    def __len__(self) -> int:
        return -(-len(self.token_ids) // self.batch_size)

    def epoch(self, number: int) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
        """Inputs {"pictures" [batch, ...], "token_ids" [batch * captions, length]}, and targets like the token ids."""
        order = self._order(np.random.default_rng((self.seed, number)))
        with ThreadPoolExecutor(1) as reader:
            # The next batch is prepared while this one trains.
            following = reader.submit(self._batch, order[0], number, 0)
            for step in range(1, len(order) + 1):
                batch = following.result()
                if step < len(order):
                    following = reader.submit(self._batch, order[step], number, step)
                yield batch

    def _order(self, random: np.random.Generator) -> list[np.ndarray]:
        shuffled = random.permutation(len(self.token_ids))
        pools = np.split(shuffled, range(POOL * self.batch_size, len(shuffled), POOL * self.batch_size))
        by_length = np.concatenate([pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools])
        batches = np.split(by_length, range(self.batch_size, len(by_length), self.batch_size))
        return [batches[index] for index in random.permutation(len(batches))]

    def _batch(self, indices: np.ndarray, epoch: int, step: int):
        pictures = self.pictures(indices, np.random.default_rng((self.seed, epoch, step)))
        token_ids = self.token_ids[indices, :, : self.lengths[indices].max()]
        token_ids = token_ids.reshape(-1, token_ids.shape[-1])  # [batch * captions, length + 1]
        return {"pictures": pictures, "token_ids": token_ids[:, :-1]}, token_ids[:, 1:]
