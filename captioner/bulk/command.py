"""`python -m captioner bulk SOURCE --output DEST`: parse, then caption on all cores."""

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from tqdm import tqdm

from captioner.answer import model_answer
from captioner.bulk.output import FORMATS, Done, Output
from captioner.bulk.ray_engine import run_on_ray
from captioner.bulk.rows import Job
from captioner.bulk.run import run
from captioner.bulk.sources import File, Picture, files_in, local_path, readable, refuse, twice
from captioner.captioner import Captioner
from captioner.errors import CaptionerError, DataError, SettingError
from captioner.search.options import SETTINGS, add_search, search_of

ROWS = 1000  # in a part file: what a kill can cost
EXAMPLES = """examples:
  python -m captioner bulk photos/ --output captions/
  python -m captioner bulk "shards/{000..099}.tar" --output captions/ --format jsonl
  python -m captioner bulk train.parquet --output captions/
  python -m captioner bulk s3://bucket/photos --output s3://bucket/captions
  python -m captioner bulk hf://datasets/owner/name/data --output captions/
  python -m captioner bulk photos/ --output captions/ --write-alt-text described/
  python -m captioner bulk s3://bucket/photos --output s3://bucket/captions --engine ray --address head:6379

Run the same command again to go on after a stop, or to add new pictures.
"""


def main(arguments: list[str]) -> int:
    """Caption a source into part files; 0 if all is done, 2 if it cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m captioner bulk",
        description="Caption very many pictures into Parquet or JSON Lines.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source_help = "a folder, a list, a tar, Parquet or Arrow file, a brace pattern of them, or an address of one"
    parser.add_argument("source", metavar="SOURCE", help=source_help)
    parser.add_argument("--output", required=True, metavar="DEST", help="a folder, or an address of one")
    parser.add_argument("--format", choices=FORMATS, default="parquet", help="of the part files (default: parquet)")
    model_help = "a model folder, or owner/name on the Hugging Face Hub (default: $CAPTIONER_MODEL, or built-in)"
    parser.add_argument("--model", default=os.environ.get("CAPTIONER_MODEL") or None, metavar="MODEL", help=model_help)
    add_search(parser)
    parser.add_argument("--write-alt-text", metavar="FOLDER", help="also write copies with the caption as alt text")
    beside_help = "also write captions as XMP files, into FOLDER or beside the pictures"
    parser.add_argument("--sidecars", nargs="?", const="", metavar="FOLDER", help=beside_help)
    parser.add_argument("--rows-per-file", type=int, default=ROWS, metavar="N", help=f"(default: {ROWS})")
    engine_help = "local: the cores of this machine; ray: Ray Data, here or on a cluster (default: local)"
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help=engine_help)
    parser.add_argument("--address", metavar="HOST:PORT", help="ray: of a running cluster (default: start one here)")
    parser.add_argument("--processes", type=int, metavar="N", help="that caption (default: one a core)")
    options = parser.parse_args(arguments)
    for name in "rows_per_file", "processes":
        if getattr(options, name) is not None and getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be 1 or more")
    if options.engine == "ray" and options.format != "parquet":
        parser.error("--engine ray writes Parquet: leave out --format")
    if options.engine == "local" and options.address:
        parser.error("--address is for --engine ray")
    try:
        failed = _bulk(options)
    except CaptionerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped: run the same command again to go on.", file=sys.stderr)
        return 130
    if failed:
        print(f'{failed:,} pictures have no caption; the column "error" says why.', file=sys.stderr)
    return 0


def _bulk(options: argparse.Namespace) -> int:
    search = search_of(options)
    captioner = Captioner.from_pretrained(options.model)  # also makes this machine's export, once for all processes
    model = model_answer(captioner, options.model)
    search = search.filled(captioner.model.decoding)
    del captioner
    writing = {"neutral": options.neutral, "sentence": options.sentence}
    job = Job(
        _here(options.model),
        model,
        search,
        **writing,
        copies=options.write_alt_text and str(Path(options.write_alt_text).resolve()),
        sidecars=options.sidecars and str(Path(options.sidecars).resolve()),
    )
    settings = {"model": model, **{name: getattr(search, name) for name in SETTINGS}, **writing}
    # What has a row gets no copy any more: all are made in the same run, or none.
    settings |= {name: True for name in ("write_alt_text", "sidecars") if getattr(options, name) is not None}
    made = _made_in(options)
    output = Output(options.output, options.format, settings)
    faults: list[DataError] = []
    with output.alone():
        done = Done(output.ids())
        try:
            failed = output.adopt(done)  # of a run on Ray that was killed
            files = files_in(options.source, made)
            if options.engine == "ray":
                try:
                    run_on_ray(files, job, output, options.rows_per_file, options.processes, options.address)
                finally:
                    failed += output.adopt(done)
            else:
                pictures = _without_a_row(files, done, faults.append)
                chunks = run(pictures, job, options.processes or os.cpu_count() or 1)
                failed += _write(chunks, output, options.rows_per_file, done.count, _total(options.source, made))
        finally:
            done.close()
    refuse(faults)
    if not output.parts():
        raise DataError(f"There is no picture in {options.source}: name another source.")
    return failed


def _made_in(options: argparse.Namespace) -> set[Path]:
    """The folders on this machine in which this command writes; what is in them is no source.

    Raises:
        SettingError: one is the source itself.
    """
    copies, sidecars = (Path(folder) if folder else None for folder in (options.write_alt_text, options.sidecars))
    source, output = local_path(options.source), local_path(options.output)
    if copies and source and copies.resolve() == source.resolve():
        raise SettingError("--write-alt-text names the folder of the pictures: name another one for the copies.")
    return {folder.resolve() for folder in (output, copies, sidecars) if folder}


def _without_a_row(files: Iterable[File], done: Done, tell: Callable[[DataError], None]) -> Iterator[Picture]:
    """The pictures that have no row yet; what keeps others from having one is told."""
    for picture in readable(files, tell):
        if done.is_anothers(picture.id, os.fsencode(picture.content) if isinstance(picture.content, str) else None):
            tell(twice(picture.id))
        elif done.add(picture.id):
            yield picture


def _here(model: str | None) -> str | None:
    """A model's folder by its full path, for processes that start elsewhere; the Hub's names stay as they are."""
    return str(Path(model).resolve()) if model and Path(model).exists() else model


def _total(source: str, without: Collection[Path]) -> int | None:
    """How many pictures there are, where it is quick to count: in a folder on this machine without tars and tables."""
    if not Path(source).is_dir():
        return None
    count = 0
    for file in files_in(source, without):
        if file.holds_pictures:
            return None
        count += 1
    return count


def _write(chunks, output: Output, rows_per_file: int, before: int, total: int | None) -> int:
    rows, failed = [], 0
    try:
        with tqdm(initial=before, total=total or None, unit=" pictures", smoothing=0.05) as progress:
            for chunk in chunks:
                rows += chunk
                failed += sum(row["text"] is None for row in chunk)
                progress.update(len(chunk))
                while len(rows) >= rows_per_file:
                    part, rows = rows[:rows_per_file], rows[rows_per_file:]
                    output.write(part)
    finally:
        output.write(rows)
    return failed
