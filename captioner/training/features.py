"""The feature cache: every picture goes through the encoder only once."""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
from filelock import FileLock
from PIL import Image, ImageOps
from tqdm import tqdm

from captioner.disk.whole import replace_file, saving
from captioner.pictures.images import open_image, to_pixels
from captioner.pictures.member import PictureFile, file_size
from captioner.training.augmentation import augmented
from captioner.training.stored import StoredArray

COUNT = "count.txt"
BATCH = 16  # larger batches are slower on a CPU: their activations do not fit its cache


def cached_features(
    images: Sequence[PictureFile], encoder: keras.Model, encode: Callable, home: Path, view: int = 0
) -> StoredArray:
    """Features of pictures, from the cache if they are in it.

    The cache has a folder per list of pictures, keyed by the encoder, its weights, its picture size, and the pictures'
    names and sizes. An interrupted run continues after the last full batch, or where the first file is missing.

    Args:
        images: picture files.
        encoder: an `Encoder`; `encode`: its compiled pixels -> features.
        home: the folder with all caches.
        view: 0 is the whole picture, 1 its mirror image; every number from 2 is another random crop.

    Returns:
        `float16 [images, regions, channels]` on the disk, in the order of `images`.

    Raises:
        ImageError: a picture cannot be read; the message names it.
        DiskError: there is no room for them all, or the cache is not writable.
    """
    folder = home / _key(images, encoder, view)
    features = StoredArray(folder, "features", (len(images), *encoder.output_shape[1:]), "the feature cache")
    if _done(features) < len(images):
        with _turn(folder):
            _fill(images, encoder, encode, view, features)
    return features


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Trainings that need the same features wait here for the first of them to compute them."""
    with saving("the feature cache", folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock").acquire()
    with lock:
        yield


def _fill(
    images: Sequence[PictureFile], encoder: keras.Model, encode: Callable, view: int, features: StoredArray
) -> None:
    done = _done(features)
    if done < len(images):
        _note(done, features)  # before there are files of zeros that an older note would count as done
        features.make()
        size = (encoder.size, encoder.size)
        starts = range(done, len(images), BATCH)
        label = f"{encoder.name} features, view {view}"
        with (
            ThreadPoolExecutor(1) as reader,
            tqdm(total=len(images), initial=done, unit="image", desc=label) as progress,
        ):
            # The next batch is read from disk while this one is encoded.
            following = reader.submit(_read, images[done : done + BATCH], size, view)
            for start in starts:
                pixels = following.result()
                following = reader.submit(_read, images[start + BATCH : start + 2 * BATCH], size, view)
                features[start : start + len(pixels)] = encode(pixels)
                _note(start + len(pixels), features)
                progress.update(len(pixels))


def _done(features: StoredArray) -> int:
    """How many rows are computed and still there."""
    note = features.folder / COUNT
    return min(int(note.read_text() or 0), features.there()) if note.exists() else 0


def _note(done: int, features: StoredArray) -> None:
    with saving(features.what, features.folder):
        replace_file(features.folder / COUNT, str(done).encode())


def _read(images: Sequence[PictureFile], size: tuple[int, int], view: int) -> np.ndarray:
    return to_pixels([_seen(open_image(image), image.name, size, view) for image in images], size)


def _seen(picture: Image.Image, name: str, size: tuple[int, int], view: int) -> Image.Image:
    if view < 2:
        return ImageOps.mirror(picture) if view else picture
    return augmented(picture, size, np.random.default_rng((view, zlib.crc32(_bytes(name)))))


def _key(images: Sequence[PictureFile], encoder: keras.Model, view: int) -> str:
    """A folder name that changes with anything the features depend on."""
    digest = hashlib.sha256()
    for variable in encoder.weights:
        digest.update(variable.numpy().tobytes())
    for image in images:
        digest.update(b"%b %d\n" % (_bytes(image.name), file_size(image)))
    return f"{encoder.name}-{encoder.features}-{encoder.size}-view{view}-{digest.hexdigest()[:16]}"


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")  # as on the disk, be it UTF-8 or not
