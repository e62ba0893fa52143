"""The process that forks: it is shared by threads, starts again where it has gone, and stops what takes too long."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from captioner.errors import ImageError
from captioner.pictures import apart

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="without forks each picture has a process of its own")


def doubled(content: bytes, times: int) -> Iterator[bytes]:
    yield content * times


def endless(content: bytes) -> Iterator[bytes]:
    while content:
        pass
    yield content


def greedy(content: bytes) -> Iterator[bytes]:
    yield bytes(bytearray(10**9))


def starved(content: bytes) -> Iterator[bytes]:
    """As decoders do that get no more memory: they hold much, and say nothing of the reason."""
    held = bytearray(b"1" * 150_000_000)
    raise KeyError(len(held))


def refused(content: bytes) -> Iterator[bytes]:
    raise ImageError("This picture is of no use.")


def broken(content: bytes) -> Iterator[bytes]:
    raise KeyError(content)


def crashing(content: bytes) -> Iterator[bytes]:
    os.kill(os.getpid(), signal.SIGSEGV)
    yield content


def test_threads_get_what_is_theirs():
    with ThreadPoolExecutor(4) as pool:
        contents = [bytes([number]) * 100_000 for number in range(24)]
        assert [bytes(each) for each in pool.map(lambda each: apart.call(doubled, each, 2), contents)] == [
            2 * content for content in contents
        ]


@pytest.mark.parametrize(
    ("work", "error"),
    [(refused, ImageError), (broken, ValueError), (crashing, ValueError), (endless, TimeoutError)],
)
def test_how_work_ends_is_told_and_the_next_one_goes_on(work, error):
    with pytest.raises(error):
        apart.call(work, b"a", seconds=0.2)
    assert apart.call(doubled, b"a", 2) == b"aa"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")
@pytest.mark.parametrize("work", [greedy, starved])
def test_too_much_memory_is_an_error(work):
    with pytest.raises(MemoryError):
        apart.call(work, b"a")


def test_it_starts_again_where_it_has_gone():
    apart.call(doubled, b"a", 2)
    os.kill(apart.process_id(), signal.SIGKILL)
    while os.path.exists(f"/proc/{apart.process_id()}/exe"):
        time.sleep(0.01)
    assert apart.call(doubled, b"a", 2) == b"aa"


def test_a_fork_of_this_process_has_its_own():
    apart.call(doubled, b"a", 2)
    fork = os.fork()
    if not fork:
        os._exit(0 if apart.call(doubled, b"b", 2) == b"bb" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) == 0
    assert apart.call(doubled, b"a", 2) == b"aa"
