"""The tab "Many photos": many photos in; captions to review and edit, and files to download, out."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import gradio as gr
from PIL import Image

from captioner import CaptionerError, ImageError
from captioner.answer import sentence_answer
from captioner.bulk.captions import Result, as_csv, as_json_lines, caption_each, write_pictures
from captioner.bulk.training_set import FOLDER, write_training_set
from captioner.pictures.archive import MOST_BYTES, MOST_PICTURES, sources_in, unlike
from ui.models import Models
from ui.page.cards import LONGEST_CAPTION, problem_html, sureness
from ui.page.controls import DEFAULT_BEAM_WIDTH
from ui.page.describe import Describer
from ui.page.kept import Kept, new_key
from ui.page.render import data_url, render, script
from ui.programs.service import about
from ui.texts.texts import N_, everywhere, gettext, label

log = logging.getLogger(__name__)
THUMBNAIL = (128, 128)
NO_FILES = None, None  # in the fields for files and for a folder: ready for the next photos
NAMED = 10  # files in one line
PAUSE = 0.25  # seconds between two looks at how far it is
KEPT = 5000  # photos in all visitors' batches, each about 10 kB


@dataclass
class Batch:
    """One visitor's photos, and the results so far."""

    total: int
    results: list[Result] = field(default_factory=list)
    thumbnails: list[str] = field(default_factory=list)
    stopped: bool = False
    earlier: int = 0  # results that were there before these photos came
    started: float = field(default_factory=time.monotonic)
    key: str = field(default_factory=new_key)

    @property
    def seconds_left(self) -> int | None:
        """About how long the rest takes; unknown before the first photo is done."""
        done, rest = len(self.results) - self.earlier, self.total - len(self.results)
        return round((time.monotonic() - self.started) / done * rest) if done else None

    def add(self, result: Result, picture: Image.Image | None) -> None:
        self.thumbnails.append(thumbnail(picture) if picture else "")
        self.results.append(result)


def thumbnail(picture: Image.Image) -> str:
    small = picture.copy()
    small.thumbnail(THUMBNAIL)
    return data_url(small, "jpeg")


def welcome_html(upload_megabytes: int) -> str:
    return render(
        "many/welcome.html",
        photos=MOST_PICTURES,
        all_megabytes=MOST_BYTES // 1_000_000,
        one_megabytes=upload_megabytes,
    )


def many_photos(describer: Describer, settled: gr.Checkbox, model: gr.Textbox, upload_megabytes: int) -> gr.HTML:
    """Lay out the tab and wire its events -> where it names the model.

    Args:
        describer: has the models to choose from.
        settled: whether the model that the page's address names is the chosen one; until then the address is asked.
        model: the name of the one the visitor has chosen.
        upload_megabytes: the largest file accepted.
    """
    models = describer.models
    gr.HTML(everywhere(partial(welcome_html, upload_megabytes)))
    by_model = gr.HTML(everywhere(partial(model_html, models.names()[0])), elem_id="many-model")
    with gr.Column(elem_id="many-sources") as sources:
        files = gr.File(label=label("Your photos"), show_label=False, file_count="multiple", height=180,
                        elem_id="many-files")  # fmt: skip
        folder = gr.UploadButton(label("Choose a folder"), file_count="directory", elem_id="many-folder")
    progress = gr.HTML(elem_id="many-progress")
    cancel = gr.Button(label("Cancel"), visible=False, elem_id="many-cancel")
    said = gr.HTML(elem_id="many-said")
    with gr.Row(visible=False, elem_id="many-downloads") as downloads:
        buttons = [(gr.Button(label(text), elem_id=f"many-{kind}"), kind) for kind, (text, *_) in DOWNLOADS.items()]
    table = gr.HTML(js_on_load=script("many.js"), elem_id="many-table")
    key, edits, file = gr.Textbox(visible=False), gr.Textbox(visible=False), gr.DownloadButton(visible=False)
    batches: Kept[Batch] = Kept(KEPT, lambda batch: batch.total)

    def caption(paths: list[str] | None, settled: bool, name: str, key: str, edits: str) -> Iterator[tuple]:
        if not settled:
            name = describer.addressed_model(name)
        for batch, *rest in caption_all(models, paths, name, batches.get(key), edits):
            if batch:
                batches.keep(batch.key, batch)
            yield batch.key if batch else "", *rest

    def download_by_key(kind: str, key: str, edits: str) -> tuple[str, str]:
        return download(kind, Path(file.GRADIO_CACHE), batches.get(key), edits)

    private = {"api_visibility": "private"}
    shown = [key, progress, said, table, sources, cancel, downloads, files, folder]
    for source in files, folder:
        source.upload(
            caption,
            [source, settled, model, key, edits],
            shown,
            js=script("collect.js"),
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_id="many",
            concurrency_limit=2,
            **private,
        )
    cancel.click(lambda key: stop(batches.get(key)), key, None, queue=False, **private)
    for button, kind in buttons:
        made = button.click(partial(download_by_key, kind), [key, edits], [file, said],
                            js=script("collect.js"), concurrency_id="many-download", concurrency_limit=2,
                            **private)  # fmt: skip
        made.success(None, file, None, js=script("save_file.js"), **private)
    return by_model


def caption_all(
    models: Models, paths: list[str] | None, name: str, before: Batch | None = None, edits: str = "[]"
) -> Iterator[tuple]:
    """Caption all photos, showing the progress; they join those that were there before, and the edits of these."""
    earlier = edited(before, edits) if before else []
    try:
        sources = sources_in(map(Path, paths or ()))
        if not sources:
            raise ImageError(gettext("There are no photos in these files: choose others."))
        model = models.get(name)
    except CaptionerError as error:
        kept = replace(before, results=earlier) if before else None
        yield finished(kept, problem_html(error))
        return
    taken = {result.source.name.casefold() for result in earlier}
    sources = [replace(source, name=unlike(taken, source.name)) for source in sources]

    def caption(picture: Image.Image):
        features, looking = model.encode(picture)
        caption, writing = model.decode(features, DEFAULT_BEAM_WIDTH)
        [evidence] = model.captioner.evidence(features)
        return sentence_answer(caption, evidence, DEFAULT_BEAM_WIDTH, about(model), looking + writing)

    thumbnails = list(before.thumbnails) if before else []
    batch = Batch(len(earlier) + len(sources), earlier, thumbnails, earlier=len(earlier))
    yield going_on(batch)
    shown = time.monotonic()
    try:
        for result, picture in caption_each(sources, caption, name):
            batch.add(result, picture)
            if batch.stopped:
                break
            if time.monotonic() - shown > PAUSE:
                yield going_on(batch)
                shown = time.monotonic()
    except Exception:  # our own fault; the page must not wait forever
        broke_off = gettext("Something went wrong here, and the remaining photos were not captioned: try again.")
        yield finished(batch, problem_html(CaptionerError(broke_off)))
        raise
    yield finished(batch, summary_html(batch))


def stop(batch: Batch | None) -> None:
    """Make `caption_all` end with what is done; cancelling its event would leave the page half-way."""
    if batch:
        batch.stopped = True


def going_on(batch: Batch) -> tuple:
    hidden, visible = gr.update(visible=False), gr.update(visible=True)
    return batch, progress_html(batch), announcement_html(batch), "", hidden, visible, hidden, *NO_FILES


def finished(batch: Batch | None, said: str) -> tuple:
    hidden, visible = gr.update(visible=False), gr.update(visible=True)
    some = batch is not None and len(batch.results) > 0
    return batch, "", said, table_html(batch) if some else "", visible, hidden, visible if some else hidden, *NO_FILES


def edited(batch: Batch, edits: str) -> list[Result]:
    """The results with the text of the fields, as the page sends it: `[[row, text], ...]` in JSON."""
    results = list(batch.results)
    try:
        for row, text in json.loads(edits):
            if 0 <= row < len(results):
                results[row] = results[row].edit(text[:LONGEST_CAPTION])
    except (ValueError, TypeError, AttributeError) as error:
        raise gr.Error(gettext("The captions did not arrive complete: try again."), print_exception=False) from error
    return results


def write_csv(results: list[Result], path: Path) -> None:
    path.write_bytes(as_csv(results))


def write_json_lines(results: list[Result], path: Path) -> None:
    path.write_bytes(as_json_lines(results))


# kind -> what the button says, what the file is called, who writes it
DOWNLOADS: dict[str, tuple[str, str, Callable]] = {
    "csv": (N_("Download table (CSV)"), "captions.csv", write_csv),
    "jsonl": (N_("Download JSON Lines"), "captions.jsonl", write_json_lines),
    "zip": (N_("Download photos with alt text (zip)"), "photos-with-alt-text.zip", write_pictures),
    "training-set": (N_("Make it yours: download a training set (zip)"), f"{FOLDER}.zip", write_training_set),
}


def download(kind: str, cache: Path, batch: Batch | None, edits: str) -> tuple[str, str]:
    """Write a file of the captions as edited -> the file, and a sentence about it."""
    if batch is None:
        raise gr.Error(gettext("The captions are no longer here: choose the photos again."), print_exception=False)
    _, name, write = DOWNLOADS[kind]
    path = cache / batch.key / name
    results = edited(batch, edits)
    half = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = write(results, half)
        half.replace(path)
    except CaptionerError as error:
        half.unlink(missing_ok=True)
        raise gr.Error(str(error), print_exception=False) from error
    except OSError as error:
        half.unlink(missing_ok=True)
        log.warning("%s cannot be written: %s", path, error)
        no_room = gettext("There is no room for this file here right now: try again later, or choose fewer photos.")
        raise gr.Error(no_room, print_exception=False) from error
    if kind == "training-set":
        return str(path), training_set_html(name, batch.results[-1].model)
    return str(path), saved_html(name, beside or {})


def saved_html(name: str, beside: dict[str, str]) -> str:
    """A file is ready; photos whose text is in a file beside them are named by the reason."""
    reasons: dict[str, list[str]] = {}
    for photo, why in beside.items():
        reasons.setdefault(why, []).append(photo)
    return render("many/saved.html", name=name, reasons={why: listed(names) for why, names in reasons.items()})


def training_set_html(name: str, model: str) -> str:
    """The training set is ready, and the command that goes on from the model with it."""
    return render("many/training_set.html", name=name, model=model, folder=FOLDER)


def model_html(name: str) -> str:
    """Who will write the captions, and how."""
    return render("many/model.html", model=name, beam_width=DEFAULT_BEAM_WIDTH)


def progress_html(batch: Batch) -> str:
    left = batch.seconds_left or 0
    minutes = round(left / 60) if left >= 90 else 0
    return render("many/progress.html", total=batch.total, done=len(batch.results), seconds=left, minutes=minutes)


def announcement_html(batch: Batch) -> str:
    return render("many/announcement.html", total=batch.total, share=4 * len(batch.results) // batch.total / 4)


def summary_html(batch: Batch) -> str:
    failed = [result.source.name for result in batch.results if result.written is None]
    done = len(batch.results)
    return render(
        "many/summary.html",
        total=batch.total,
        done=done,
        captioned=done - len(failed),
        names=listed(failed),
    )


def listed(names: list[str]) -> str:
    """The names in one line, of many the first."""
    first = ", ".join(names[:NAMED])
    return gettext("{names} and {count} more", names=first, count=len(names) - NAMED) if len(names) > NAMED else first


def table_html(batch: Batch) -> str:
    return render(
        "many/table.html",
        model=batch.results[-1].model,
        beam_width=DEFAULT_BEAM_WIDTH,
        rows=list(zip(batch.results, batch.thumbnails, strict=True)),
        longest=LONGEST_CAPTION,
        sureness=sureness,
    )
