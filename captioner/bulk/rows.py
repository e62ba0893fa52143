"""Pictures -> rows, with one captioner in each process."""

import io
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import fsspec
import numpy as np
import pyarrow as pa

from captioner.answer import VERSION, ModelAnswer, sentence_answer
from captioner.bulk.sources import LARGEST, Picture, too_large
from captioner.captioner import Captioner
from captioner.engines import litert_engine
from captioner.errors import CaptionerError, ImageError, why_not
from captioner.folder.manifest import replace_file
from captioner.pictures.alt_text import sidecar, with_alt_text
from captioner.pictures.images import open_image
from captioner.search.strategy import Search

log = logging.getLogger(__name__)
SERVER = re.compile(r"\A[a-z][a-z0-9+.-]*://[^/]*", re.IGNORECASE)  # what an address begins with
WORDS = pa.list_(pa.struct([("text", pa.string()), ("probability", pa.float64())]))
TAGS = pa.list_(pa.struct([("noun", pa.string()), ("probability", pa.float64())]))
FIELDS = ("text", "score", "log_probability", "sure", "words", "tags")  # as in `captioner.answer`
SCHEMA = pa.schema(
    [
        ("version", pa.int32()),
        ("id", pa.string()),
        *zip(FIELDS, (pa.string(), pa.float64(), pa.float64(), pa.bool_(), WORDS, TAGS), strict=True),
        ("model", pa.struct([("id", pa.string()), ("revision", pa.string())])),
        ("error", pa.string()),
    ]
)


@dataclass(frozen=True)
class Job:
    """What is done with each picture.

    Attributes:
        source: the model, as `Captioner.from_pretrained` takes it.
        model: its id and revision, for the rows.
        search, neutral: as `Captioner.decode` takes them.
        copies: a folder for copies with alt text inside.
        sidecars: a folder for XMP files; "" puts each beside its picture.
    """

    source: str | None
    model: ModelAnswer
    search: Search
    neutral: bool = False
    copies: str | None = None
    sidecars: str | None = None


class Rows:
    """Pictures -> rows, with a captioner that is loaded once and computes on one core."""

    def __init__(self, job: Job):
        os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
        litert_engine.THREADS = 1  # a process a core: with more threads each they wait for each other
        self.job = job
        self.captioner = Captioner.from_pretrained(job.source)

    def __call__(self, pictures: Iterable[Picture]) -> list[dict]:
        """A row for each picture, also for those that cannot be captioned; columns as in `SCHEMA`."""
        rows, seen = {}, []
        for picture in pictures:
            try:
                seen.append((picture, self.captioner.encode([_opened(picture)])))
            except Exception as error:  # whatever is wrong with one picture, the others are captioned
                rows[picture.id] = self._row(picture, error=_said(picture, error))
        try:
            rows |= self._captioned(seen)
        except Exception:
            for each in seen:
                try:
                    rows |= self._captioned([each])
                except Exception as error:
                    rows[each[0].id] = self._row(each[0], error=_said(each[0], error))
        return list(rows.values())

    def _captioned(self, seen: list[tuple[Picture, np.ndarray]]) -> dict[str, dict]:
        if not seen:
            return {}
        features = np.concatenate([each for _, each in seen])
        captions = self.captioner.decode(features, neutral=self.job.neutral, search=self.job.search)
        rows = {}
        for (picture, _), caption, tags in zip(seen, captions, self.captioner.evidence(features), strict=True):
            answer = sentence_answer(caption, tags, self.job.search.beam_width, self.job.model, 0)
            error = self._write(picture, caption.text)
            rows[picture.id] = self._row(picture, {name: answer[name] for name in FIELDS}, error)
        return rows

    def _row(self, picture: Picture, answer: dict | None = None, error: str | None = None) -> dict:
        answer = answer or dict.fromkeys(FIELDS)
        return {"version": VERSION, "id": picture.id, **answer, "model": self.job.model, "error": error}

    def _write(self, picture: Picture, text: str) -> str | None:
        """Put the caption where it was asked for; why it could not be, as a sentence."""
        try:
            if self.job.copies is not None:
                content = _content(picture)
                written = with_alt_text(content, text)
                _put(self.job.copies, picture.name, written or content)
                if written is None:
                    _put(self.job.copies, f"{picture.name}.xmp", sidecar(text))
            if self.job.sidecars:
                _put(self.job.sidecars, f"{picture.name}.xmp", sidecar(text))
            elif self.job.sidecars is not None:
                _beside(picture, sidecar(text))
        except (OSError, ValueError, CaptionerError) as error:
            return f"The caption of {picture.id} could not be written beside it: {error}."
        return None


def _opened(picture: Picture):
    file = io.BytesIO(_content(picture))
    file.name = picture.id  # so that errors name it
    return open_image(file)


def _content(picture: Picture) -> bytes:
    if picture.problem:
        raise ImageError(picture.problem)
    if isinstance(picture.content, bytes):
        return picture.content
    with fsspec.open(picture.content, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ImageError(too_large(picture.id))
    return content


def _said(picture: Picture, error: Exception) -> str:
    if not isinstance(error, ImageError):
        log.info("%r cannot be captioned", picture.id, exc_info=error)
    return why_not(picture.id, error)


def _put(folder: str, name: str, content: bytes) -> None:
    within = SERVER.sub("", name)  # no more is taken away, since names may hold "?", "#" and line breaks
    parts = [part for part in PurePosixPath(within).parts if part not in ("/", "..")]
    path = Path(folder, *parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)


def _beside(picture: Picture, content: bytes) -> None:
    if not isinstance(picture.content, str):
        raise ImageError("it lies inside another file; name a folder for the sidecars")
    with fsspec.open(f"{picture.content}.xmp", "wb") as file:
        file.write(content)
