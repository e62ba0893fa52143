"""Many pictures -> their captions, one after the other, as a table, as JSON Lines, and as pictures that say them."""

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from captioner.answer import BulkRecord, SentenceAnswer, record
from captioner.errors import ImageError
from captioner.pictures.alt_text import sidecar, with_alt_text
from captioner.pictures.archive import Source
from captioner.pictures.images import open_image

TOGETHER = 4  # pictures in memory at a time
COLUMNS = ("file", "caption", "edited", "sure", "score", "model", "error")
FORMULA = ("=", "+", "-", "@")  # what makes a spreadsheet calculate a cell, in its wide forms as well

UNWRITABLE = ("Cc", "Cs")  # Unicode's control characters and halves of characters, which no XML may hold


@dataclass(frozen=True)
class Result:
    """What became of one picture.

    Attributes:
        source: the picture.
        model: the name of the model.
        written: the model's caption; None where the picture could not be read.
        error: why not, as a sentence for a person.
        edited: what a person put in the caption's place.
    """

    source: Source
    model: str
    written: SentenceAnswer | None = None
    error: str | None = None
    edited: str | None = None

    @property
    def caption(self) -> str:
        """The text that counts: the person's, or else the model's."""
        if self.edited is not None:
            return self.edited
        return self.written["text"] if self.written else ""

    def edit(self, text: str) -> "Result":
        """The same with a person's caption, in one line; with the model's own again where the text is that."""
        text = "".join(letter for letter in " ".join(text.split()) if unicodedata.category(letter) not in UNWRITABLE)
        return replace(self, edited=None if self.written is None or text == self.written["text"] else text)


def caption_each(
    sources: Sequence[Source], caption: Callable[[Image.Image], SentenceAnswer], model: str
) -> Iterator[tuple[Result, Image.Image | None]]:
    """Caption pictures in their order, each with the picture itself; one that cannot be read does not stop the others.

    A few are done at the same time. Who stops asking has the rest left undone.

    Args:
        caption: picture -> caption; called from several threads.
        model: the name of the model that does it.
    """

    def done(source: Source) -> tuple[Result, Image.Image | None]:
        try:
            file = io.BytesIO(source.read())
            file.name = source.name  # so that errors name it
            picture = open_image(file)
        except ImageError as error:
            return Result(source, model, error=str(error)), None
        return Result(source, model, caption(picture)), picture

    pool = ThreadPoolExecutor(TOGETHER)
    try:
        for start in range(0, len(sources), TOGETHER):
            yield from pool.map(done, sources[start : start + TOGETHER])
    finally:
        pool.shutdown(wait=False)  # who stops asking does not wait for what is under way


def as_csv(results: Iterable[Result]) -> bytes:
    """A table that spreadsheets open as it is: UTF-8 that says so, and no text that would be calculated."""
    file = io.StringIO(newline="")
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for result in results:
        written = result.written
        edited = json.dumps(result.edited is not None)
        figures = [json.dumps(written[name]) for name in ("sure", "score")] if written else ["", ""]
        name, caption, model, error = map(
            _no_formula, (result.source.name, result.caption, result.model, result.error or "")
        )
        table.writerow((name, caption, edited, *figures, model, error))
    return file.getvalue().encode("utf-8-sig")


def as_json_lines(results: Iterable[Result]) -> bytes:
    """A JSON object a line; words, probabilities and score are those of the model's own caption."""
    return "".join(json.dumps(_as_record(result), ensure_ascii=False) + "\n" for result in results).encode()


def write_pictures(results: Iterable[Result], path: Path) -> list[str]:
    """Write a zip of the pictures with their captions as alt text, their data unchanged.

    Returns:
        the names of those that cannot carry a text: theirs lies beside them, in NAME.xmp.

    Raises:
        ImageError: a picture is no longer there.
    """
    beside = []
    with zipfile.ZipFile(path, "w") as archive:
        for result in results:
            if not result.written:
                continue
            picture, name = result.source.read(), result.source.name
            described = with_alt_text(picture, result.caption) if result.caption else picture
            archive.writestr(name, picture if described is None else described)
            if described is None:
                archive.writestr(f"{name}.xmp", sidecar(result.caption))
                beside.append(name)
    return beside


def _as_record(result: Result) -> BulkRecord:
    caption = result.written and {**result.written, "text": result.caption}
    return {**record(result.source.name, caption, result.error), "edited": result.edited is not None}


def _no_formula(text: str) -> str:
    return f"'{text}" if unicodedata.normalize("NFKC", text.lstrip()[:1]).startswith(FORMULA) else text
