"""Caption photos from the shell: `python -m captioner PHOTO...`."""

import argparse
import json
import os
import sys

from captioner import Captioner, ImageError, ModelError
from captioner.captioner import ENGINES

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

EXAMPLES = """examples:
  python -m captioner holiday.jpg
  python -m captioner --beam-width 5 --json *.jpg > captions.jsonl
  python -m captioner --model owner/name holiday.jpg
"""


def main(arguments: list[str] | None = None) -> int:
    """Print a caption for each photo; 0 when every photo was read, 1 when some were not, 2 when there is no model."""
    parser = argparse.ArgumentParser(
        prog="python -m captioner",
        description="Say what is seen in photos.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC")
    model_help = "a model folder, or owner/name on the Hugging Face Hub (default: $CAPTIONER_MODEL, or our own)"
    parser.add_argument("--model", default=os.environ.get("CAPTIONER_MODEL") or None, metavar="MODEL", help=model_help)
    parser.add_argument("--beam-width", type=_positive, metavar="N", help="1 is greedy (default: the model's own)")
    parser.add_argument(
        "--neutral", action="store_true", help='write "person" where the model can hardly tell a man from a woman'
    )
    engine_help = "who computes (default: litert where it can, else keras)"
    parser.add_argument("--engine", choices=ENGINES, help=engine_help)
    parser.add_argument("--json", action="store_true", help="one JSON object a line: words, probabilities, runners-up")
    options = parser.parse_args(arguments)

    try:
        captioner = Captioner.from_pretrained(options.model, options.engine)
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    status = 0
    for photo in options.photos:
        try:
            caption = captioner.caption(photo, options.beam_width, neutral=options.neutral)
        except ImageError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 1
            continue
        if options.json:
            print(json.dumps({"photo": photo, **_as_record(caption)}), flush=True)
        else:
            print(f"{photo}: {caption.text}" if len(options.photos) > 1 else caption.text, flush=True)
    return status


def _as_record(caption) -> dict:
    return {
        "caption": caption.text,
        "score": round(caption.score, 4),
        "sure": caption.sure,
        "words": [{"text": word.text, "probability": round(word.probability, 4)} for word in caption.words],
        "others": [{"caption": other.text, "score": round(other.score, 4)} for other in caption.others],
    }


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("the beam width must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
