"""The models that visitors choose from: each is loaded once and shared."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from PIL import Image

from captioner import Captioner, ModelError, Search
from captioner.folder.storage import DEFAULT_MODEL
from ui.page.controls import DEFAULT_BEAM_WIDTH
from ui.together import Together

KEPT = 3  # models in memory at a time


class SharedCaptioner:
    """A captioner shared by its visitors: requests made at the same time are served together.

    Every answer comes with the milliseconds it took.

    Args:
        name: the name visitors choose: a folder's name or a Hub id.
        captioner: the captioner.
        folder: its model folder; None if it came from the Hub.
    """

    def __init__(self, name: str, captioner: Captioner, folder: Path | None = None):
        self.name = name
        self.captioner = captioner
        self.folder = folder
        self._encode = Together(self._encode_all)
        self._decode = Together(self._decode_all)

    @property
    def revision(self) -> str | None:
        """The Hub's commit, or the fingerprint of the weights, even if the folder has been replaced since."""
        return self.captioner.model.revision or self.captioner.model.fingerprint

    def encode(self, picture: Image.Image):
        """Return (features, milliseconds); the features serve for every caption of this picture, whatever the beam."""
        return self._encode(picture)

    def decode(self, features, search: Search | int, neutral: bool = False):
        """Return (caption, milliseconds); a number is a beam width."""
        return self._decode((features, search if isinstance(search, Search) else Search(beam_width=search), neutral))

    def warm_up(self) -> None:
        """Caption once in advance, so that the first visitor does not wait for one-time preparations."""
        features, _ = self.encode(Image.new("RGB", (224, 224)))
        for beam_width in (1, DEFAULT_BEAM_WIDTH):
            self.decode(features, beam_width)

    def _encode_all(self, pictures: list) -> list:
        start = time.perf_counter()
        features = self.captioner.encode(pictures)
        milliseconds = (time.perf_counter() - start) * 1000
        return [(features[i : i + 1], milliseconds) for i in range(len(pictures))]

    def _decode_all(self, asked: list) -> list:
        """Captions for triples of (features, search, neutral); those with the same search are computed together."""
        answers = [None] * len(asked)
        for search, neutral in {tuple(how) for _, *how in asked}:
            places = [place for place, (_, *how) in enumerate(asked) if how == [search, neutral]]
            start = time.perf_counter()
            features = np.concatenate([asked[place][0] for place in places])
            captions = self.captioner.decode(features, neutral=neutral, search=search)
            milliseconds = (time.perf_counter() - start) * 1000
            for place, caption in zip(places, captions, strict=True):
                answers[place] = caption, milliseconds
        return answers


class Models:
    """Captioners by name: those in a folder of model folders, and public ones on the Hub.

    Names come from visitors, so they cannot reach other files on this machine, and the Hub is asked without a token.

    Args:
        folder: where the model folders are.
        engine: as in `Captioner.from_pretrained`.
        start: the model a visitor starts with: a folder anywhere, or a Hub id; None for the default model.
        offered: the folders and Hub ids to choose from; empty for all.
    """

    def __init__(self, folder: Path, engine: str | None = None, start: str | None = None, offered: Sequence[str] = ()):
        self.folder = folder
        self.engine = engine
        self.start = Path(start).name if start and Path(start).resolve().parent == folder else start
        self.offered = tuple(offered)
        self._shared: dict[str, Future[SharedCaptioner]] = {}  # those unused for longest first
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """The models to choose from: first the one to start with, then the default model."""
        names = self.offered or self._folders()
        return [self.start, *(name for name in names if name != self.start)] if self.start else list(names)

    def _folders(self) -> list[str]:
        found = (config.parent.name for config in self.folder.glob("*/config.json"))
        return sorted(found, key=lambda name: (name != DEFAULT_MODEL.name, name))

    def default(self) -> SharedCaptioner:
        """The model a visitor starts with.

        Raises:
            ModelError: there is no model folder, or it is damaged.
        """
        names = self.names()
        if not names:
            raise ModelError(f"There is no model folder in {self.folder}.")
        model = self.get(names[0])
        self.start = names[0]  # also if its folder goes later: nobody is given another model without a word
        return model

    def get(self, name: str) -> SharedCaptioner:
        """The model with that name, loaded if it is not in memory; others who ask meanwhile wait for that.

        Raises:
            ModelError: there is no such model, or it cannot be loaded.
        """
        if self.offered and name not in self.names():
            raise ModelError(f"The model {name!r} is not offered here; there are {', '.join(self.names())}.")
        with self._lock:
            asked = self._shared.pop(name, None)
            mine = asked is None
            asked = self._shared[name] = Future() if mine else asked
        if mine:
            try:
                asked.set_result(self._load(name))
            except BaseException as error:
                asked.set_exception(error)
            self._forget()
        return asked.result()

    def loaded(self) -> set[str]:
        """The names of the models in memory."""
        with self._lock:
            return {name for name, asked in self._shared.items() if asked.done() and not asked.exception()}

    def _load(self, name: str) -> SharedCaptioner:
        folder = self.folder / name if name in self._folders() else None
        if name == self.start and Path(name).is_dir():
            folder = Path(name)
        try:
            captioner = (
                Captioner.from_pretrained(folder, self.engine)
                if folder
                else Captioner.from_hub(name, self.engine, token=None if name in self.names() else False)
            )
        except ModelError as error:
            raise ModelError(str(error).replace(f"{self.folder}/", "")) from error  # visitors should not see our paths
        shared = SharedCaptioner(name, captioner, folder)
        threading.Thread(target=shared.warm_up, daemon=True).start()
        return shared

    def _forget(self) -> None:
        """Drop models that could not be loaded, then those unused for longest."""
        with self._lock:
            for name in [name for name, asked in self._shared.items() if asked.done() and asked.exception()]:
                del self._shared[name]
            for name in list(self._shared)[:-KEPT]:
                del self._shared[name]
