"""The tab "Many photos": a heap of photos in; captions to look through and mend, and files to take home, out."""

import json
import math
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path

import gradio as gr
from PIL import Image

from captioner import CaptionerError, ImageError
from captioner.bulk.captions import Result, as_csv, as_json_lines, caption_each, write_pictures
from captioner.pictures.archive import MOST_BYTES, MOST_PICTURES, sources_in
from ui.models import Models
from ui.page.cards import data_url, problem_html
from ui.page.controls import DEFAULT_BEAM_WIDTH
from ui.texts.texts import everywhere, t

THUMBNAIL = (128, 128)
LONGEST_CAPTION = 1000  # characters a person may write
NO_FILES = None, None  # in the fields for files and for a folder: ready for the next photos
NAMED = 10  # files in one line
PAUSE = 0.25  # seconds between two looks at how far it is
BROKE_OFF = CaptionerError("Something went wrong here, and the rest was not captioned: try again.")

# What stands in the text fields, beside the event's own inputs.
COLLECT = """
(...inputs) => [...inputs.slice(0, -1), JSON.stringify(
  [...document.querySelectorAll('#many-table textarea')].map(field => [Number(field.dataset.row), field.value]))]
"""

SAVE_FILE = """
file => {
  const link = Object.assign(document.createElement('a'), {href: file.url, download: file.orig_name});
  document.body.append(link);
  link.click();
  link.remove();
}
"""


@dataclass
class Batch:
    """The photos of one visitor, and what has become of them so far."""

    total: int
    results: list[Result] = field(default_factory=list)
    thumbnails: list[str] = field(default_factory=list)
    stopped: bool = False
    key: str = field(default_factory=partial(secrets.token_hex, 16))

    def add(self, result: Result, picture: Image.Image | None) -> None:
        self.thumbnails.append(thumbnail(picture) if picture else "")
        self.results.append(result)


def thumbnail(picture: Image.Image) -> str:
    small = picture.copy()
    small.thumbnail(THUMBNAIL)
    return data_url(small, "jpeg")


def welcome_html(upload_megabytes: int) -> str:
    choose = t(
        "Choose many photos, a folder or a zip: each photo gets its caption. Read them, mend them, and take them home."
    )
    most = t(
        "Up to {photos} photos and {all} MB at a time, each file or zip up to {one} MB.",
        photos=MOST_PICTURES,
        all=MOST_BYTES // 1_000_000,
        one=upload_megabytes,
    )
    kept = t(
        "Your own files stay as they are: the captions are written into copies. All of it is deleted from here within "
        "two hours."
    )
    return f'<p>{choose}</p><p class="quiet">{most} {kept}</p>'


def many_photos(models: Models, model: gr.State, upload_megabytes: int) -> None:
    """Lay out the tab and wire its events.

    Args:
        models: who captions.
        model: the name of the visitor's choice among them.
        upload_megabytes: the largest file that is taken.
    """
    gr.HTML(everywhere(partial(welcome_html, upload_megabytes)))
    with gr.Column(elem_id="many-sources") as sources:
        files = gr.File(label="Your photos", show_label=False, file_count="multiple", height=180, elem_id="many-files")
        folder = gr.UploadButton("Choose a folder", file_count="directory", elem_id="many-folder")
    progress = gr.HTML(elem_id="many-progress")
    cancel = gr.Button("Cancel", visible=False, elem_id="many-cancel")
    said = gr.HTML(elem_id="many-said")
    with gr.Row(visible=False, elem_id="many-downloads") as downloads:
        buttons = [(gr.Button(text, elem_id=f"many-{kind}"), kind) for kind, (text, *_) in DOWNLOADS.items()]
    table = gr.HTML(elem_id="many-table")
    batch, edits, file = gr.State(), gr.Textbox(visible=False), gr.DownloadButton(visible=False)

    private = {"api_visibility": "private"}
    shown = [batch, progress, said, table, sources, cancel, downloads, files, folder]
    for source in files, folder:
        source.upload(partial(caption_all, models), [source, model], shown, show_progress="hidden",
                      trigger_mode="multiple", concurrency_id="many", concurrency_limit=2, **private)  # fmt: skip
    cancel.click(stop, batch, None, queue=False, **private)
    for button, kind in buttons:
        made = button.click(partial(download, kind, Path(file.GRADIO_CACHE)), [batch, edits], [file, said], js=COLLECT,
                            concurrency_id="many-download", concurrency_limit=2, **private)  # fmt: skip
        made.success(None, file, None, js=SAVE_FILE, **private)


def caption_all(models: Models, paths: list[str] | None, name: str) -> Iterator[tuple]:
    """Caption all photos, and say again and again how far it is."""
    try:
        sources = sources_in(map(Path, paths or ()))
        if not sources:
            raise ImageError("There is no photo in it: choose other files.")
        model = models.get(name)
    except CaptionerError as error:
        yield finished(None, problem_html(error))
        return

    def caption(picture: Image.Image):
        return model.decode(model.encode(picture)[0], DEFAULT_BEAM_WIDTH)[0]

    batch = Batch(len(sources))
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
    except Exception:  # of our own making; the page shall not wait for ever
        yield finished(batch, problem_html(BROKE_OFF))
        raise
    yield finished(batch, summary_html(batch))


def stop(batch: Batch) -> None:
    """Have `caption_all` end with what there is; cancelling its event would leave the page as it happens to be."""
    batch.stopped = True


def going_on(batch: Batch) -> tuple:
    hidden, visible = gr.update(visible=False), gr.update(visible=True)
    return batch, progress_html(batch), announcement_html(batch), "", hidden, visible, hidden, *NO_FILES


def finished(batch: Batch | None, said: str) -> tuple:
    hidden, visible = gr.update(visible=False), gr.update(visible=True)
    some = batch is not None and len(batch.results) > 0
    return batch, "", said, table_html(batch) if some else "", visible, hidden, visible if some else hidden, *NO_FILES


def edited(batch: Batch, edits: str) -> list[Result]:
    """The results with what stands in the text fields, as the page sends it: `[[row, text], ...]` in JSON."""
    results = list(batch.results)
    try:
        for row, text in json.loads(edits):
            if 0 <= row < len(results):
                results[row] = results[row].edit(text[:LONGEST_CAPTION])
    except (ValueError, TypeError, AttributeError) as error:
        raise gr.Error(t("The captions did not arrive whole: try again."), print_exception=False) from error
    return results


def write_csv(results: list[Result], path: Path) -> None:
    path.write_bytes(as_csv(results))


def write_json_lines(results: list[Result], path: Path) -> None:
    path.write_bytes(as_json_lines(results))


# kind -> what the button says, what the file is called, who writes it
DOWNLOADS: dict[str, tuple[str, str, Callable]] = {
    "csv": ("Download the table (CSV)", "captions.csv", write_csv),
    "jsonl": ("Download JSON Lines", "captions.jsonl", write_json_lines),
    "zip": ("Download photos with alt text (zip)", "photos-with-alt-text.zip", write_pictures),
}


def download(kind: str, cache: Path, batch: Batch | None, edits: str) -> tuple[str, str]:
    """Write a file of the captions as they stand in the text fields -> the file, and what there is to say of it."""
    if batch is None:
        raise gr.Error(t("There are no captions any more: choose the photos again."), print_exception=False)
    _, name, write = DOWNLOADS[kind]
    path = cache / batch.key / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        beside = write(edited(batch, edits), path)
    except ImageError as error:
        path.unlink(missing_ok=True)
        raise gr.Error(str(error), print_exception=False) from error
    return str(path), said_html(name, beside or [])


def said_html(name: str, beside: list[str]) -> str:
    text = t("{name} is ready: your browser saves it.", name=name)
    if beside:
        also = "Beside these lies an .xmp file with the text, since they cannot carry it: {names}."
        text += f" {t(also, names=listed(beside))}"
    return f'<p role="status">{escape(text)}</p>'


def progress_html(batch: Batch) -> str:
    done = len(batch.results)
    return (
        f'<progress max="{batch.total}" value="{done}" aria-label="{t("Photos done")}"></progress>'
        f'<p class="quiet">{t("{done} of {total} photos", done=done, total=batch.total)}</p>'
    )


def announcement_html(batch: Batch) -> str:
    """For who hears the page: how far it is, changing with every quarter only."""
    percent = 4 * len(batch.results) // batch.total * 25
    text = t("{total} photos to caption, {percent}% done.", total=batch.total, percent=percent)
    return f'<p class="unseen" role="status">{text}</p>'


def summary_html(batch: Batch) -> str:
    failed = [result.source.name for result in batch.results if result.written is None]
    how = t("Stopped") if len(batch.results) < batch.total else t("Done")
    done = len(batch.results) - len(failed)
    text = t("{how}: {done} of {total} photos have a caption", how=how, done=done, total=batch.total)
    unread = t("{count} could not be read: {names}", count=len(failed), names=listed(failed))
    return f'<p role="status"><strong>{text}{escape(f", {unread}" if failed else "")}.</strong></p>'


def listed(names: list[str]) -> str:
    """The names in one line, of many the first."""
    first = ", ".join(names[:NAMED])
    return t("{names} and {count} more", names=first, count=len(names) - NAMED) if len(names) > NAMED else first


def table_html(batch: Batch) -> str:
    rows = "".join(map(row_html, range(len(batch.results)), batch.results, batch.thumbnails))
    written = t(
        "Written by {model}, beam {width}. Change a caption here, and the files have it as you wrote it.",
        model=escape(batch.results[0].model),
        width=DEFAULT_BEAM_WIDTH,
    )
    head = "".join(f"<th scope='col'>{title}</th>" for title in (t("Photo"), t("Caption"), t("Sure")))
    return f'<p class="quiet">{written}</p><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def row_html(row: int, result: Result, picture: str) -> str:
    name = escape(result.source.name)
    if result.written is None:
        return f'<tr><td></td><th scope="row">{name}<p class="problem">{escape(t(result.error))}</p></th><td></td></tr>'
    doubt = "" if result.written.sure else f'<br><span class="doubt">{t("not sure")}</span>'
    return (
        f'<tr><td><img src="{picture}" alt=""></td><th scope="row"><label for="many-{row}">{name}</label>'
        f'<textarea id="many-{row}" data-row="{row}" rows="1" maxlength="{LONGEST_CAPTION}" lang="en" '
        f'spellcheck="true">{escape(result.written.text)}</textarea></th><td>{math.exp(result.written.score):.0%}{doubt}</td></tr>'
    )
