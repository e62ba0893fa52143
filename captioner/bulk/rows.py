"""Pictures -> rows, with one captioner in each process."""

import errno
import logging
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from captioner.answer import VERSION, ModelAnswer, model_answer, sentence_answer
from captioner.bulk.sources import LARGEST, Picture, filesystem, local_path, too_large
from captioner.captioner import Captioner
from captioner.disk.whole import FULL, add_file, saving
from captioner.engines import litert_engine
from captioner.errors import DataError, DiskError, ImageError, ModelError, why_not
from captioner.pictures.alt_text import sidecar, write_alt_text
from captioner.pictures.content import called
from captioner.pictures.images import open_image
from captioner.search.strategy import Search

log = logging.getLogger(__name__)
SERVER = re.compile(r"\A[a-z][a-z0-9+.-]*://[^/]*", re.IGNORECASE)  # what an address begins with
WORDS = pa.list_(pa.struct([("text", pa.string()), ("probability", pa.float64())]))
TAGS = pa.list_(pa.struct([("noun", pa.string()), ("probability", pa.float64())]))
OTHERS = pa.list_(pa.struct([("text", pa.string()), ("score", pa.float64()), ("log_probability", pa.float64())]))
FIELDS = {  # of `captioner.answer.SentenceAnswer`, by its own names
    "text": pa.string(),
    "score": pa.float64(),
    "log_probability": pa.float64(),
    "sure": pa.bool_(),
    "doubtful": pa.bool_(),
    "words": WORDS,
    "others": OTHERS,
    "guided_by": TAGS,
    "tags": TAGS,
}
SCHEMA = pa.schema(
    [
        ("version", pa.int32()),
        ("id", pa.string()),
        *FIELDS.items(),
        ("model", pa.struct([("id", pa.string()), ("revision", pa.string())])),
        ("error", pa.string()),  # why there is no caption
        ("note", pa.string()),  # why the caption is not where it was asked for
    ]
)


@dataclass(frozen=True)
class Job:
    """What is done with each picture.

    Attributes:
        source: the model, as `Captioner.from_pretrained` takes it.
        model: its id and revision, for the rows.
        search, neutral: as `Captioner.decode` takes them.
        sentence: as `sentence_answer` takes it.
        copies: a folder for copies with alt text inside.
        sidecars: a folder for XMP files; "" puts each beside its picture.
    """

    source: str | None
    model: ModelAnswer
    search: Search
    neutral: bool = False
    sentence: bool = False
    copies: str | None = None
    sidecars: str | None = None


class Rows:
    """Pictures -> rows, with a captioner that is loaded once and computes on one core."""

    def __init__(self, job: Job):
        os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
        litert_engine.THREADS = 1  # a process a core: with more threads each they wait for each other
        self.job = job
        self.captioner = Captioner.from_pretrained(job.source)
        if model_answer(self.captioner, job.source) != job.model:
            raise ModelError(f"The model {job.model['id']} was replaced meanwhile: run the same command again.")

    def __call__(self, pictures: Iterable[Picture]) -> list[dict]:
        """A row for each picture, also for those that cannot be captioned; columns as in `SCHEMA`.

        Raises:
            DiskError: there is no room for the copies or sidecars.
        """
        rows, seen = {}, []
        for picture in pictures:
            try:
                seen.append((picture, self.captioner.encode([open_image(called(picture.id, _content(picture)))])))
            except Exception as error:  # whatever is wrong with one picture, the others are captioned
                rows[picture.id] = self._row(picture, error=_said(picture, error))
        try:
            rows |= self._captioned(seen)
        except DiskError:  # it would be the same for all that come
            raise
        except Exception:
            for each in seen:
                try:
                    rows |= self._captioned([each])
                except DiskError:
                    raise
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
            answer = sentence_answer(caption, tags, self.job.search.beam_width, self.job.model, 0, self.job.sentence)
            note = self._write(picture, answer["text"])
            rows[picture.id] = self._row(picture, {name: answer[name] for name in FIELDS}, note=note)
        return rows

    def _row(
        self, picture: Picture, answer: dict | None = None, error: str | None = None, note: str | None = None
    ) -> dict:
        answer = answer or dict.fromkeys(FIELDS)
        return {
            "version": VERSION, "id": picture.id, **answer, "model": self.job.model, "error": error, "note": note,
        }  # fmt: skip

    def _write(self, picture: Picture, text: str) -> str | None:
        """Put the caption where it was asked for; a sentence on where it is instead, and why."""
        note = None
        try:
            if self.job.copies is not None:
                note = self._copy(picture, text)
            if self.job.sidecars:
                _put(self.job.sidecars, f"{picture.name}.xmp", sidecar(text))
            elif self.job.sidecars is not None:
                _beside(picture, sidecar(text))
        except FileExistsError as error:
            return f"The caption is only in this row: there is another file at {error.filename2 or error.filename}."
        except OSError as error:
            if error.errno in FULL:
                with saving("copies and sidecars", self.job.copies or self.job.sidecars or "the pictures' folder"):
                    raise
            return self._only_here(picture, error)
        except DiskError:
            raise
        except Exception as error:  # of a network or one picture: the caption itself is in the row
            return self._only_here(picture, error)
        return note

    def _only_here(self, picture: Picture, error: Exception) -> str:
        log.info("The caption of %r is only in its row", picture.id, exc_info=error)
        return f"The caption is only in this row, not in a file: {getattr(error, 'strerror', None) or error}"

    def _copy(self, picture: Picture, text: str) -> str | None:
        content = _content(picture)
        try:
            written = write_alt_text(content, text)
        except Exception as error:  # of a file that cannot hold a text, or is broken in a way nobody foresaw
            log.info("%r gets its caption in a file of its own", picture.id, exc_info=error)
            self._put_copy(picture, content)
            _put(self.job.copies, f"{picture.name}.xmp", sidecar(text))
            why = str(error) if isinstance(error, ImageError) else "Something went wrong with this file."
            return f"{why} Its caption is in an XMP file beside the copy."
        self._put_copy(picture, written)
        return None

    def _put_copy(self, picture: Picture, content: bytes) -> None:
        """With the date and the rights of the picture's own file, where it has one here."""
        path = _put(self.job.copies, picture.name, content)
        if isinstance(picture.content, str) and (own := local_path(picture.content)):
            with suppress(OSError):  # on a disk that knows neither
                shutil.copystat(own, path)


def _content(picture: Picture) -> bytes:
    if picture.problem:
        raise ImageError(picture.problem)
    if isinstance(picture.content, bytes):
        return picture.content
    try:
        system, path = filesystem(picture.content)
        with system.open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ImageError(f"{picture.id} is not there: check its path.") from None
    except IsADirectoryError:
        raise ImageError(f"{picture.id} is a folder: name the pictures in it.") from None
    except DataError as error:
        raise ImageError(str(error)) from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{picture.id} cannot be opened: {getattr(error, 'strerror', None) or error}.") from error
    if len(content) > LARGEST:
        raise ImageError(too_large(picture.id))
    return content


def _said(picture: Picture, error: Exception) -> str:
    if not isinstance(error, ImageError):
        log.info("%r cannot be captioned", picture.id, exc_info=error)
    return why_not(picture.id, error)


def _put(folder: str, name: str, content: bytes) -> Path:
    within = SERVER.sub("", name)  # no more is taken away, since names may hold "?", "#" and line breaks
    parts = [part for part in PurePosixPath(within).parts if part not in ("/", "..")]
    path = Path(folder, *parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    add_file(path, content)
    return path


def _beside(picture: Picture, content: bytes) -> None:
    if not isinstance(picture.content, str):
        raise ImageError("The picture is inside another file. Name a folder for the sidecars.")
    address = f"{picture.content}.xmp"
    if here := local_path(address):
        return add_file(here, content)
    system, path = filesystem(address)
    if system.exists(path) and system.cat_file(path) != content:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    with system.open(path, "wb") as file:
        file.write(content)
