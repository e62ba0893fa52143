"""A machine that has no room for what is sent says so, and goes on with what needs none."""

import logging

from captioner.disk.whole import FORBIDDEN, FULL

STATUS = 507  # Insufficient Storage
SENTENCE = "There is no room for pictures here right now: try again later."


def is_of_the_disk(error: BaseException) -> bool:
    """Whether there was no room, or nothing may be written; that is logged, for whoever can change it."""
    if not isinstance(error, OSError) or error.errno not in (*FULL, *FORBIDDEN):
        return False
    logging.getLogger(__name__).warning("What visitors send cannot be kept: %s", error.strerror)
    return True
