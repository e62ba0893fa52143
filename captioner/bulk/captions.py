"""Many pictures -> their captions, as a table, as JSON Lines, or as alt text inside the pictures."""

import csv
import io
import json
import logging
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from captioner.answer import BulkRecord, SentenceAnswer, record
from captioner.errors import ImageError
from captioner.pictures.alt_text import sidecar, write_alt_text
from captioner.pictures.archive import Source
from captioner.pictures.content import called
from captioner.pictures.dates import taken
from captioner.pictures.images import open_image

log = logging.getLogger(__name__)
TOGETHER = 4  # pictures in memory at a time
NO_DATE, YEARS = (1980, 1, 1, 0, 0, 0), (1980, 2107)  # the dates a zip can hold
COLUMNS = ("file", "caption", "edited", "sure", "score", "model", "error")
FORMULA = ("=", "+", "-", "@")  # a spreadsheet calculates cells that start with these, or with their wide forms

UNWRITABLE = ("Cc", "Cs")  # Unicode's control characters and surrogates, which are not allowed in XML


@dataclass(frozen=True)
class Result:
    """The result for one picture.

    Attributes:
        source: the picture.
        model: the model's name.
        written: the model's caption; None if the picture could not be captioned.
        error: the reason, as a sentence for a person.
        edited: the caption as a person changed it; None if nobody did.
    """

    source: Source
    model: str
    written: SentenceAnswer | None = None
    error: str | None = None
    edited: str | None = None

    @property
    def caption(self) -> str:
        """The text to use: the edited one, or the model's."""
        if self.edited is not None:
            return self.edited
        return self.written["text"] if self.written else ""

    def edit(self, text: str) -> "Result":
        """A copy with an edited caption, on one line; the model's own text undoes the edit."""
        text = "".join(letter for letter in " ".join(text.split()) if unicodedata.category(letter) not in UNWRITABLE)
        return replace(self, edited=None if self.written is None or text == self.written["text"] else text)


def caption_each(
    sources: Sequence[Source], caption: Callable[[Image.Image], SentenceAnswer], model: str
) -> Iterator[tuple[Result, Image.Image | None]]:
    """Caption pictures in order, and yield each result with its picture; an unreadable one does not stop the others.

    A few are captioned at the same time. If you stop iterating, the rest are left out. If captioning fails for every
    picture, the error is raised at the end.

    Args:
        caption: picture -> caption; called from several threads.
        model: the model's name.
    """

    def done(source: Source) -> tuple[Result, Image.Image | None]:
        try:
            picture = open_image(called(source.name, source.read()))
            return Result(source, model, caption(picture)), picture
        except ImageError as error:
            return Result(source, model, error=str(error)), None
        except Exception as error:  # an unexpected error in one picture must not affect the others
            log.exception("%r cannot be captioned", source.name)
            unforeseen.append(error)
            return Result(source, model, error=f'"{source.name}" cannot be captioned: something went wrong.'), None

    unforeseen: list[Exception] = []
    captioned = False
    pool = ThreadPoolExecutor(TOGETHER)
    try:
        for start in range(0, len(sources), TOGETHER):
            for result, picture in pool.map(done, sources[start : start + TOGETHER]):
                captioned = captioned or result.written is not None
                yield result, picture
        if unforeseen and not captioned:
            raise unforeseen[0]  # then it is not the pictures
    finally:
        pool.shutdown(wait=False)  # a caller who stops early does not wait for the pictures under way


def as_csv(results: Iterable[Result]) -> bytes:
    """A CSV table that spreadsheets open as it is: UTF-8 with a byte order mark, and no text that acts as a formula."""
    file = io.StringIO(newline="")
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for result in results:
        written = result.written
        edited = json.dumps(result.edited is not None)
        own = written is not None and result.edited is None  # the model is not sure of what a person wrote
        figures = [json.dumps(written[name]) for name in ("sure", "score")] if own else ["", ""]
        name, caption, model, error = map(
            _no_formula, (result.source.name, result.caption, result.model, result.error or "")
        )
        table.writerow((name, caption, edited, *figures, model, error))
    return file.getvalue().encode("utf-8-sig")


def as_json_lines(results: Iterable[Result]) -> bytes:
    """One JSON object per line; words, probabilities and score belong to the model's own caption."""
    return "".join(json.dumps(_as_record(result), ensure_ascii=False) + "\n" for result in results).encode()


def write_pictures(results: Iterable[Result], path: Path) -> dict[str, str]:
    """Write a zip of the pictures with their captions as alt text; the image data stays unchanged.

    Returns:
        Name -> reason, a sentence, of the pictures that cannot hold a text or are gone. Their captions are in sidecar
        files: IMG.JPG.xmp, and also IMG.xmp if no other picture is called IMG; in the zip the reason is its comment.

    Raises:
        ImageError: all the pictures are gone.
    """
    captioned = [result for result in results if result.written]
    stems = Counter(_stem(result.source.name) for result in captioned)
    beside: dict[str, str] = {}
    gone = []
    with zipfile.ZipFile(path, "w") as archive:
        for result in captioned:
            name, text = result.source.name, result.caption
            when, picture, described, why = NO_DATE, None, None, ""
            try:
                picture = result.source.read()
                when = _date(result.source, picture)
                described = write_alt_text(picture, text) if text else picture
            except Exception as error:  # whatever goes wrong with one picture must not affect the others
                log.warning("%r gets its text in a file of its own: %s", name, error)
                gone += [str(error)] if picture is None else []
                why = str(error) if isinstance(error, ImageError) else "Something went wrong with this file."
            if picture is not None:
                _put(archive, name, picture if described is None else described, when)
            if described is None and text:
                _put(archive, f"{name}.xmp", sidecar(text), when, why)
                if stems[_stem(name)] == 1:
                    _put(archive, f"{name.rpartition('.')[0]}.xmp", sidecar(text), when, why)
                beside[name] = why
    if gone and len(gone) == len(captioned):
        raise ImageError(gone[0])
    return beside


def _as_record(result: Result) -> BulkRecord:
    caption = result.written and {**result.written, "text": result.caption}
    return {**record(result.source.name, caption, result.error), "edited": result.edited is not None}


def _stem(name: str) -> str:
    return (name.rpartition(".")[0] or name).casefold()


def _date(source: Source, picture: bytes) -> tuple[int, ...]:
    """The date the photo was taken, or its file's date."""
    when = taken(picture)
    return (when.year, when.month, when.day, when.hour, when.minute, when.second) if when else source.modified


def _put(archive: zipfile.ZipFile, name: str, content: bytes, when: tuple[int, ...], why: str = "") -> None:
    entry = zipfile.ZipInfo(name, when if YEARS[0] <= when[0] <= YEARS[1] else NO_DATE)
    entry.comment = why.encode()
    entry.external_attr = 0o644 << 16  # everyone may read it
    archive.writestr(entry, content)


def _no_formula(text: str) -> str:
    return f"'{text}" if unicodedata.normalize("NFKC", text.lstrip()[:1]).startswith(FORMULA) else text
