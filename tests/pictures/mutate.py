"""Damaged files of every kind, seeded: each is read as an RGB picture or refused with a sentence, and soon.

python tests/pictures/mutate.py --count 100000
"""

import argparse
import random
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.alt_text import with_alt_text
from captioner.pictures.images import open_image
from captioner.pictures.pieces import fingerprint
from tests.pictures.kinds import SLOW, files

PHOTO = Path(__file__).parents[2] / "examples" / "cat.jpg"
MOST_SECONDS, MOST_MEGABYTES = 2, 400
ONE_SLOW_IN = 50  # files, where one process each would take most of the time
NUMBERS = tuple(  # the least and the most there are, and half of that, of two, four and eight bytes in either order
    number.to_bytes(size, order)
    for size in (2, 4, 8)
    for number in (0, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1)
    for order in ("big", "little")
)


def mutated(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(kind, damaged file), as many as that."""
    dice = random.Random(seed)
    with Image.open(PHOTO) as picture:
        whole = files(picture.convert("RGB"))
    fast = [name for name in whole if name not in SLOW]
    for number in range(count):
        name = dice.choice(SLOW if number % ONE_SLOW_IN == 0 else fast)
        content = bytearray(whole[name])
        for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 6))):
            damage(content, dice, whole)
        yield name, bytes(content)


def damage(content: bytearray, dice: random.Random, others: dict[str, bytes]) -> None:
    """Change something, more often where headers are."""
    if not content:
        return
    place = dice.randrange(min(len(content), dice.choice((64, 512, 2**20))))
    length = dice.randint(1, 32)
    match dice.choice((0, 0, 0, 1, 1, 2, 3, 4, 5, 6)):
        case 0:
            content[place] = dice.randrange(256)
        case 1:
            content[place] ^= 1 << dice.randrange(8)
        case 2:
            number = dice.choice(NUMBERS)
            content[place : place + len(number)] = number
        case 3:
            del content[place : place + length]
        case 4:
            content[place:place] = dice.randbytes(length)
        case 5:
            content[place:place] = content[place : place + length]
        case 6:
            other = others[dice.choice(list(others))]
            del content[place:]
            content += other[dice.randrange(len(other)) :] if dice.random() < 0.5 else b""


def check(name: str, content: bytes, write: bool) -> str:
    """What became of a file.

    Args:
        write: whether alt text is tried as well.

    Raises:
        AssertionError: it was neither read nor refused, or took too long.
    """
    start = time.thread_time()
    try:
        picture = open_image(content)
        assert picture.mode == "RGB", (name, picture.mode)
        outcome, pixels = "read", fingerprint(picture)
        del picture  # the next ones need its memory
    except ImageError as error:
        assert str(error).endswith("."), (name, error)
        outcome = "refused"
    assert time.thread_time() - start < MOST_SECONDS, (name, "took too long")
    if write and outcome == "read":
        written = with_alt_text(content, "a cat")
        outcome = "written" if written else "beside"
        assert written is None or fingerprint(open_image(written)) == pixels, name
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the same one damages the same files (default: 0)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    outcomes, failures = Counter(), 0
    start = highest = peak()
    at_the_peak = "none"
    for number, (name, content) in enumerate(mutated(options.count, options.seed)):
        try:
            outcomes[check(name, content, write=True)] += 1
        except Exception as error:
            failures += 1
            print(f"{kept(content, options.seed, number)}: {name}: {error!r}")
        if (now := peak()) > highest:
            highest, at_the_peak = now, f"number {number}, {name}"
            if now - start > MOST_MEGABYTES:
                print(f"{kept(content, options.seed, number)}: {name}: {now - start:.0f} MB more than at the start")
    more = highest - start
    most = f"{more:.0f} MB more at the most ({at_the_peak})"
    print(f"{options.count:,} files: {dict(outcomes)}; {failures} failures; {most}")
    sys.exit(failures > 0 or more > MOST_MEGABYTES)


def peak() -> float:
    """The most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def kept(content: bytes, seed: int, number: int) -> Path:
    """Where a file is written that a person has to look at."""
    path = Path(f"mutated-{seed}-{number}.bin")
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    main()
