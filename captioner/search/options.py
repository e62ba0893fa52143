"""How captions are searched and written, as options of a command."""

import argparse

from captioner.search.strategy import STRATEGIES, Search

WIDEST = 10  # beams; wider ones take long and find nothing better
SETTINGS = (
    "beam_width",
    "strategy",
    "captions",
    "top_p",
    "seed",
    "length_penalty",
    "max_length",
    "no_repeat_ngram",
    "known_bigrams",
    "guided",
)


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add `--beam-width`, the other fields of `Search` by their own names, `--neutral` and `--sentence`."""
    own = Search()
    parser.add_argument("--beam-width", type=_width, metavar="N", help="1 is greedy (default: the model's own)")
    group = parser.add_argument_group("how captions are searched")
    strategy_help = "diverse: captions that differ from each other; nucleus: captions drawn at random (default: beam)"
    group.add_argument("--strategy", choices=STRATEGIES, default=own.strategy, help=strategy_help)
    captions_help = f"diverse, nucleus: how many captions to write (default: {own.captions})"
    group.add_argument("--captions", type=int, metavar="N", default=own.captions, help=captions_help)
    top_p_help = f"nucleus: draw from the likeliest words that share this much probability (default: {own.top_p})"
    group.add_argument("--top-p", type=float, metavar="P", default=own.top_p, help=top_p_help)
    seed_help = f"nucleus: the same seed gives the same captions (default: {own.seed})"
    group.add_argument("--seed", type=int, metavar="N", default=own.seed, help=seed_help)
    penalty_help = "0 favours short captions, 1 ranks by the mean per word (default: the model's own)"
    group.add_argument("--length-penalty", type=float, metavar="X", help=penalty_help)
    group.add_argument("--max-length", type=int, metavar="N", help="the most words in a caption")
    guided_help = "the caption must name what the image classifier is confident of (default: yes)"
    group.add_argument("--guided", action=argparse.BooleanOptionalAction, default=own.guided, help=guided_help)
    repeat_help = "never repeat a run of N words; 0 allows it (default: the model's own)"
    group.add_argument("--no-repeat-ngram", type=int, metavar="N", help=repeat_help)
    known_help = "use only word pairs seen in the training captions (default: yes)"
    group.add_argument(
        "--known-bigrams", action=argparse.BooleanOptionalAction, default=own.known_bigrams, help=known_help
    )
    neutral_help = 'write "person" where the model can hardly tell a man from a woman'
    parser.add_argument("--neutral", action="store_true", help=neutral_help)
    parser.add_argument("--sentence", action="store_true", help="start with a capital letter and end with a full stop")


def search_of(options: argparse.Namespace) -> Search:
    """The search the options ask for.

    Raises:
        SettingError: a setting makes no sense.
    """
    return Search(**{name: getattr(options, name) for name in SETTINGS})


def _width(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= WIDEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a beam width: give a whole number from 1 to {WIDEST}")
    return int(text)
