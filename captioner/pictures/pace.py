"""How fast this processor is: what a picture may take is told in seconds of one that is known."""

import random
import time
import zlib
from base64 import b64encode
from functools import cache

USUAL = 0.00036  # seconds for a piece of work on the processor that the limits were measured on, an AMD EPYC 9004


def slowness() -> float:
    """How many times longer work takes here and now than on the usual processor; 1 where it takes no longer."""
    return max(1.0, min(_seconds() for _ in range(3)) / USUAL)


def _seconds() -> float:
    piece = _piece()
    start = time.thread_time()
    zlib.decompress(piece)
    return time.thread_time() - start


@cache
def _piece() -> bytes:
    """Huffman codes, as most pictures are made of."""
    return zlib.compress(b64encode(random.Random(0).randbytes(90_000)))
