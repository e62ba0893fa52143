"""A process a core, each with a model of its own."""

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from itertools import islice

from captioner.bulk.rows import Job, Rows
from captioner.bulk.sources import Picture
from captioner.errors import CaptionerError

TOGETHER, TOGETHER_BYTES = 64, 16_000_000  # pictures handed over at a time; in tars and tables, fewer if they are large
AHEAD = 3  # such chunks waiting or under way, for each process

_job: Job | None = None


def run(pictures: Iterable[Picture], job: Job, processes: int) -> Iterator[list[dict]]:
    """Rows as they are done, in chunks and in any order.

    Raises:
        CaptionerError: a process has died, or there is no room; what was yielded is complete.
    """
    chunks = chunks_of(pictures)
    spawn = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
    with ProcessPoolExecutor(processes, spawn, initializer=_start, initargs=(job,)) as pool:
        under_way = set()
        try:
            while True:
                for chunk in islice(chunks, processes * AHEAD - len(under_way)):
                    under_way.add(pool.submit(_work, chunk))
                if not under_way:
                    return
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for each in done:
                    yield each.result()
        except BrokenProcessPool:
            raise CaptionerError(
                "A process has died, perhaps for want of memory: run the same command again, with fewer --processes."
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def chunks_of(pictures: Iterable[Picture]) -> Iterator[list[Picture]]:
    """Pictures in order, as many together as are quick to caption and not too much for the memory."""
    chunk, size = [], 0
    for picture in pictures:
        chunk.append(picture)
        size += len(picture.content) if isinstance(picture.content, bytes) else 0
        if len(chunk) == TOGETHER or size >= TOGETHER_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _start(job: Job) -> None:
    global _job
    _job = job


@cache
def _rows() -> Rows:
    return Rows(_job)


def _work(pictures: list[Picture]) -> list[dict]:
    return _rows()(pictures)
