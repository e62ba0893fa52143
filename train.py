"""Train, measure and publish captioning models."""

import argparse
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from captioner.commands import COMMANDS, add_command, summary
from captioner.errors import CaptionerError, not_installed

EXAMPLES = """examples:
  python train.py download flickr8k flickr8k
  python train.py make --data flickr8k --output weights/mine
  python train.py make --data flickr8k coco-train:train --output weights/everyday
  python train.py fit --data flickr8k --output weights/small --units 256 --epochs 8
  python train.py fit --data flickr8k --output weights/better --start-from weights/small --reward cider
  python train.py tune --data flickr8k --output tuning --preset merge-vgg16 --encoder mobilenetv2
  python train.py export --model weights/better --encoder mixed --data flickr8k
  python train.py guide --model weights/better --data flickr8k
  python train.py calibrate --model weights/better --data flickr8k
  python train.py evaluate --model weights/better --data flickr8k --split test
  python train.py publish --model weights/better --repo me/captioner --dry-run
  python train.py deploy --space me/captioner --dry-run

`python train.py COMMAND --help` lists a command's options.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command: 0 if it worked, 2 and an error message if not, 130 if it was stopped by Ctrl+C."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(arguments)
    options.arguments = arguments
    try:
        options.run(options)
    except CaptionerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"error: {not_installed(error.name)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to continue from the last checkpoint.", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands, each with its own options."""
    top = argparse.ArgumentParser(
        prog="train.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        add_command(name, commands.add_parser(name, help=summary(name)))
    return top


if __name__ == "__main__":
    sys.exit(main())
