"""The process behind `apart`: forks for each picture, and tells how the work of the fork ended.

Its standard input is a socket by which it is sent other sockets, one for each picture: there it reads a line that says
what to do and the file, and writes the answer.
"""

import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from captioner.errors import ImageError
from captioner.pictures import apart
from captioner.pictures.pace import slowness

MEMORY = 390_000_000  # bytes that a picture may take, besides its file
MUCH = MEMORY // 5
IDLE = 60  # seconds without a picture, after which this process goes
KILLED = [-getattr(signal, name, 0) for name in ("SIGVTALRM", "SIGPROF", "SIGKILL")]


def serve() -> None:
    """Fork for all who ask, until they are gone."""
    control = socket.socket(fileno=sys.stdin.fileno())
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _load()
    connections: dict[int, socket.socket] = {}  # of each fork at work
    while True:
        ready, _, _ = select.select([control, woken], [], [], IDLE)
        if not ready and not connections:
            return
        if woken in ready:
            woken.recv(4096)
            _tell_ends(connections)
        if control in ready:
            _, places, _, _ = socket.recv_fds(control, 1, 1)
            if not places:
                return
            connection = socket.socket(fileno=places[0])
            fork = os.fork()
            if not fork:
                signal.set_wakeup_fd(-1)
                for other in (control, *connections.values()):  # whose ends would not be seen as long as this has them
                    other.close()
                os._exit(_work(connection.makefile("rb"), connection.sendall))
            connections[fork] = connection


def once() -> int:
    """Do the one piece of work that standard input asks for."""
    return _work(sys.stdin.buffer, sys.stdout.buffer.write)


def _load() -> None:
    """All that the work needs, so that no fork has to."""
    for module in "alt_text", "decoding", "images":
        importlib.import_module(f"captioner.pictures.{module}")
    importlib.import_module("pillow_jxl")
    slowness()  # makes the piece of work that each fork tries
    gc.collect()
    gc.freeze()  # forks share what nobody counts


def _tell_ends(connections: dict[int, socket.socket]) -> None:
    while connections:
        fork, status = os.waitpid(-1, os.WNOHANG)
        if not fork:
            return
        code = os.waitstatus_to_exitcode(status)
        ended = apart.STOPPED if code in KILLED else code if code >= 0 else apart.UNREADABLE
        with connections.pop(fork) as connection, suppress(OSError):  # who asked may wait no more
            connection.sendall(bytes([ended or ord("0")]))


def _work(asked: io.BufferedIOBase, answer: Callable[[bytes], object]) -> int:
    apart._forks.within = True
    module, name, seconds, settings = json.loads(asked.readline())
    content = asked.read()
    _limit(seconds * slowness(), MEMORY + len(content))
    before = _most_held()
    try:
        for part in getattr(importlib.import_module(module), name)(content, *settings):
            answer(part)
    except ImageError as error:
        answer(str(error).encode())
        return apart.REFUSED
    except MemoryError:
        return apart.TOO_MUCH
    except Exception:  # decoders do not tell when they got no memory; who held much most likely wanted more
        return apart.TOO_MUCH if _most_held() - before > MUCH else apart.UNREADABLE
    return 0


def _most_held() -> int:
    """The most bytes that this process has had in memory; 0 where the system does not count them."""
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0


def _limit(seconds: float, more: int) -> None:
    """Let the system stop this process where it asks for too much."""
    try:
        import resource
    except ImportError:  # Windows has the clock alone
        return
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, 2 * seconds)  # with what the system takes
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm") as pages:
            data = int(pages.read().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (data + more, data + more))
    except (OSError, ValueError):  # elsewhere than on Linux data are not counted
        pass


if __name__ == "__main__":
    sys.exit(once() if sys.argv[1:] == ["once"] else serve())
