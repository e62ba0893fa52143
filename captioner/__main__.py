"""Caption photos from the shell: `python -m captioner PHOTO...`."""

import argparse
import glob
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from captioner import Captioner, ImageError, ModelError, Search, SettingError, __version__
from captioner.answer import ModelAnswer, model_answer, record, sentence_answer
from captioner.captioner import ENGINES
from captioner.errors import not_installed, why_not
from captioner.guide.sentence import as_sentence
from captioner.pictures.content import in_one_line
from captioner.pictures.formats import KNOWN_FORMATS
from captioner.pictures.named import LeftAside, pictures_named
from captioner.search.options import add_search, search_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PHOTO_HELP = f'a photo ({KNOWN_FORMATS}), a folder of photos, or "-" for standard input'
EXAMPLES = """examples:
  python -m captioner holiday.jpg
  python -m captioner --beam-width 5 --json *.jpg > captions.jsonl
  python -m captioner --json photos/ > captions.jsonl
  python -m captioner --model owner/name holiday.jpg
  python -m captioner --strategy diverse --captions 5 holiday.jpg
  python -m captioner --strategy nucleus --seed 7 --top-p 0.7 holiday.jpg
  python -m captioner bulk photos/ --output captions/  (very many: see bulk --help)
"""


def main(arguments: list[str] | None = None) -> int:
    """Print a caption for each photo; 0 if every photo was read, 1 if some were not, 2 if there is no model."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["bulk"]:
        try:
            from captioner.bulk.command import main as bulk  # PyArrow is loaded only where it is needed
        except ModuleNotFoundError as error:
            print(f"error: {not_installed(error.name)}", file=sys.stderr)
            return 2
        return bulk(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="python -m captioner",
        description="Describe photos.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help=PHOTO_HELP)
    model_help = "a model folder, or owner/name on the Hugging Face Hub (default: $CAPTIONER_MODEL, or built-in)"
    parser.add_argument("--model", default=os.environ.get("CAPTIONER_MODEL") or None, metavar="MODEL", help=model_help)
    add_search(parser)
    engine_help = "what runs the model (default: litert if it can, otherwise keras)"
    parser.add_argument("--engine", choices=ENGINES, help=engine_help)
    parser.add_argument("--json", action="store_true", help="one JSON object per line, with words and probabilities")
    parser.add_argument("--version", action="version", version=f"captioner {__version__}")
    options = parser.parse_args(arguments)
    try:
        search = search_of(options)
    except SettingError as error:
        parser.error(str(error))

    try:
        with quiet_runtime():
            captioner = Captioner.from_pretrained(options.model, options.engine)
            captioner.encode([Image.new("RGB", (1, 1))])  # the runtime writes its messages at the first picture
        search = search.filled(captioner.model.decoding)
        model = model_answer(captioner, options.model)
    except (ModelError, SettingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    sys.stdout.reconfigure(errors="backslashreplace")  # for names with letters the terminal cannot show
    try:
        return _caption_all(captioner, options, search, model)
    except BrokenPipeError:  # the reader has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _caption_all(captioner: Captioner, options: argparse.Namespace, search: Search, model: ModelAnswer) -> int:
    status = 0
    named = pictures_named(options.photos)
    several = len(options.photos) > 1 or any(Path(photo).is_dir() or glob.has_magic(photo) for photo in options.photos)
    for photo, picture in named:
        if isinstance(picture, LeftAside):
            print(picture, file=sys.stderr)
            continue
        try:
            if isinstance(picture, ImageError):
                raise picture
            start = time.perf_counter()
            features = captioner.encode([picture])
            [caption] = captioner.decode(features, neutral=options.neutral, search=search)
            milliseconds = (time.perf_counter() - start) * 1000
            [evidence] = captioner.evidence(features) if options.json else [()]
        except Exception as error:  # whatever goes wrong with one photo, the others still get their captions
            said = why_not(in_one_line(photo), error)
            print(f"error: {said}", file=sys.stderr)
            status = 1
            if options.json:
                _say(json.dumps(record(photo, None, said)))
            continue
        if options.json:
            answer = sentence_answer(caption, evidence, search.beam_width, model, milliseconds, options.sentence)
            _say(json.dumps(record(photo, answer)))
            continue
        for each in caption, *(caption.others if search.strategy != "beam" else ()):
            doubt = "" if each.sure else " (not sure)" if each.doubtful else " (not quite sure)"
            text = as_sentence(each.text) if options.sentence else each.text
            _say(f"{in_one_line(photo)}: {text}{doubt}" if several else f"{text}{doubt}")
    return status


def _say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def quiet_runtime() -> Iterator[None]:
    """Silence what LiteRT's runtime writes to standard error; Python's own messages still appear there."""
    try:
        own = os.dup(2)
    except OSError:  # no standard error at all
        yield
        return
    python, silence = sys.stderr, os.open(os.devnull, os.O_WRONLY)
    sys.stderr = os.fdopen(os.dup(own), "w", errors="backslashreplace") if _is_standard(python) else python
    os.dup2(silence, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stderr = python
        os.dup2(own, 2)
        os.close(own)
        os.close(silence)


def _is_standard(stream) -> bool:
    try:
        return stream.fileno() == 2
    except (AttributeError, OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(main())
