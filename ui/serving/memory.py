"""Memory that is no longer used goes back to the system.

The C library of most Linux systems (glibc) keeps what was freed, in an arena for each few threads, so that fifty people
leave behind what none of them needs any more: 200 MB after three minutes.
"""

import ctypes
import sys
import threading
import time

ARENA_MAX, MMAP_THRESHOLD = -8, -3  # M_ARENA_MAX and M_MMAP_THRESHOLD of malloc.h
ARENAS = 2
LARGE = 256 * 1024  # bytes: from here on memory goes back at once; left alone, glibc raises this up to 32 MB
SECONDS = 20


def give_back_forever() -> None:
    """Give memory back at once where it is large, and the rest every few seconds, as long as the process lives; with
    another C library, nothing is done."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if not (hasattr(library, "mallopt") and hasattr(library, "malloc_trim")):
        return
    library.mallopt(ARENA_MAX, ARENAS)
    library.mallopt(MMAP_THRESHOLD, LARGE)

    def keep_giving_back() -> None:
        while True:
            time.sleep(SECONDS)
            library.malloc_trim(0)

    threading.Thread(target=keep_giving_back, daemon=True, name="give-memory-back").start()
