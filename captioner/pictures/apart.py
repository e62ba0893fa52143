"""Work on a picture whose cost no header tells, in a process of its own that is stopped when it takes too much.

One process that has everything loaded (`forks`) starts with the first such picture, and forks for each: a fork takes
a few milliseconds, a new Python three hundred. Where there is no fork, each picture gets a new process.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from captioner.errors import ImageError

SECONDS = 1.6  # of the usual processor, without what the system takes to make room in memory
PATIENCE = 30  # seconds on the clock, where the processor has other things to do
REFUSED, TOO_MUCH, UNREADABLE, STOPPED = b"3456"  # how the work ended, if not well
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "captioner.pictures.forks"]
OWN = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}  # threads take memory


def call(work: Callable[..., Iterable[bytes]], content: bytes, *settings, seconds: float = SECONDS) -> memoryview:
    """What `work(content, *settings)` yields, put together.

    Args:
        work: a function of a module.
        content: a picture file.
        settings: what JSON can say.
        seconds: of the usual processor that it may take.

    Raises:
        ImageError: the work raised it.
        ValueError: it ended in another way.
        MemoryError: it takes too much memory.
        TimeoutError: it takes too long.
    """
    if _forks.within:
        return memoryview(b"".join(work(content, *settings)))
    head = json.dumps([work.__module__, work.__name__, seconds, settings]).encode()
    ask = _forks.ask if hasattr(os, "fork") else _ask_anew
    answer = ask(head + b"\n", content)
    ended, result = answer[-1], memoryview(answer)[:-1]
    if ended == REFUSED:
        raise ImageError(bytes(result).decode())
    if ended == TOO_MUCH:
        raise MemoryError
    if ended == STOPPED:
        raise TimeoutError
    if ended == UNREADABLE:
        raise ValueError
    return result


def close() -> None:
    """End the process that forks; the next picture starts it again."""
    _forks.close()


def process_id() -> int:
    """Of the process that forks."""
    return _forks._process.pid


class _Forks:
    """The process that forks, seen from here.

    Attributes:
        within: whether this very process is one of its forks.
    """

    def __init__(self):
        self.within = False
        self._turn = threading.Lock()
        self._process = self._control = None

    def ask(self, head: bytes, content: bytes) -> bytes:
        """The answer, and behind it a byte for how the work ended."""
        for _ in range(2):  # it may just have gone, as it does when nobody asks
            connection = self._connection()
            with connection, connection.makefile("rb") as answer:
                connection.settimeout(PATIENCE)
                try:
                    connection.sendall(head)
                    connection.sendall(content)
                    connection.shutdown(socket.SHUT_WR)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it has been stopped, or wants no more
                try:
                    if said := answer.read():
                        return said
                except ConnectionResetError:
                    pass
        return bytes([UNREADABLE])

    def close(self) -> None:
        """Let it go."""
        with self._turn:
            self._end()

    def forget(self) -> None:
        """In a fork of this process: the one we know is our parent's."""
        self._turn = threading.Lock()
        self._process = self._control = None

    def _connection(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs, self._turn:
            for _ in range(2):
                if self._control is None:
                    self._start()
                try:
                    socket.send_fds(self._control, [b"."], [theirs.fileno()])
                    break
                except OSError:
                    self._end()
        return ours

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        with theirs:
            self._process = subprocess.Popen(COMMAND, stdin=theirs, env={**os.environ, **OWN}, **quiet)

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._process.wait()
        self._process = self._control = None


def _ask_anew(head: bytes, content: bytes) -> bytes:
    options = {"capture_output": True, "timeout": PATIENCE, "check": False, "env": {**os.environ, **OWN}}
    try:
        run = subprocess.run([*COMMAND, "once"], input=head + content, **options)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return run.stdout + bytes([run.returncode or ord("0") if run.returncode in range(256) else UNREADABLE])


_forks = _Forks()
atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forks.forget)
