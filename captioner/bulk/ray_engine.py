"""The same rows on Ray Data: read, captioned and written by the workers of this machine or of a cluster."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from hashlib import sha256

import pyarrow as pa

from captioner.bulk.output import Done, Output
from captioner.bulk.rows import SCHEMA, Job, Rows
from captioner.bulk.run import TOGETHER, chunks_of
from captioner.bulk.sources import File, Picture, readable, refuse, twice
from captioner.errors import CaptionerError, DataError, SettingError

LOOSE = 64  # picture files that are one block: what a lost worker can cost
BLOCK = 8_000_000  # bytes of pictures in one block
BLOCKS = 10_000  # at most, of files to read
CAPTIONS, WRITES = 0.75, 0.25  # of a core, so that each has room for one of both; who reads comes beside them
PICTURES = pa.schema(
    [("id", pa.string()), ("bytes", pa.large_binary()), ("address", pa.string()), ("problem", pa.string())]
)


def run_on_ray(
    files: Iterable[File],
    job: Job,
    output: Output,
    rows_per_file: int,
    actors: int | None = None,
    address: str | None = None,
) -> None:
    """Add a row for each picture that has none, in files that `Output.adopt` makes part files of.

    Args:
        files: of the source.
        rows_per_file: at least so many in a file.
        actors: how many caption; None takes one a core.
        address: of a running cluster; None starts one on this machine.

    Raises:
        SettingError: Ray is not installed, or cannot be started or reached.
        DataError: some of the source cannot be read; all else has its row.
        CaptionerError: the cluster failed; the files written stay.
    """
    try:
        import ray
        from ray.data import ActorPoolStrategy, DataContext
    except ImportError:
        raise SettingError("--engine ray needs Ray: pip install -r requirements-ray.txt.") from None
    units = list(_units(files))
    if not units:
        return
    try:
        ray.init(address=address, log_to_driver=False, **({} if address else {"include_dashboard": False}))
    except Exception as error:  # Ray raises the base class where a node does not start
        todo = "check --address" if address else "try again, or run `ray start --head` and give its --address"
        raise SettingError(f"Ray cannot be {'reached' if address else 'started'} ({error}): {todo}.") from error
    try:
        DataContext.get_current().target_max_block_size = BLOCK
        actors = actors or max(int(ray.cluster_resources().get("CPU", 1)), 1)
        already = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Already).remote(output)
        rows = (
            ray.data.from_items(units, override_num_blocks=min(len(units), BLOCKS))
            .map_batches(
                _Pictures,
                fn_constructor_args=(already,),
                batch_size=1,
                compute=ActorPoolStrategy(size=actors),  # for each task there would be a new process
                num_cpus=0,
                scheduling_strategy="SPREAD",
            )
            .map_batches(
                _Captions,
                fn_constructor_args=(job,),
                batch_size=TOGETHER,
                batch_format="pyarrow",
                compute=ActorPoolStrategy(size=actors),
                num_cpus=CAPTIONS,
            )
        )
        rows.write_parquet(
            output.staging(),
            filesystem=output.system,
            min_rows_per_file=rows_per_file,
            schema=SCHEMA,
            ray_remote_args={"num_cpus": WRITES},
        )
        refuse(ray.get(already.told.remote()))
    except Exception as error:
        raise _own(error) from error
    finally:
        ray.shutdown()


def _units(files: Iterable[File]) -> Iterator[dict]:
    """Files that are read one after the other: a tar, table or list is a unit, pictures share one."""
    loose = []
    for file in files:
        if file.holds_pictures:
            yield {"files": [asdict(file)]}
            continue
        loose.append(asdict(file))
        if len(loose) == LOOSE:
            yield {"files": loose}
            loose = []
    if loose:
        yield {"files": loose}


class _Pictures:
    """An actor that reads the pictures without a row, some at a time; those that are files are left to `_Captions`."""

    def __init__(self, already):
        self.already = already

    def __call__(self, batch: dict) -> Iterator[pa.Table]:
        import ray

        files = (File(**file) for files in batch["files"] for file in files)
        for some in chunks_of(readable(files, lambda error: ray.get(self.already.tell.remote(error)))):
            done = ray.get(self.already.of.remote([(picture.id, _mark(picture)) for picture in some]))
            yield pa.Table.from_pylist(
                [_as_cells(picture) for picture, there in zip(some, done, strict=True) if not there], PICTURES
            )


def _mark(picture: Picture) -> bytes:
    """By which the same picture is known when a worker that was lost is replaced, and reads it once more."""
    inside = isinstance(picture.content, bytes)
    return sha256(picture.content).digest() if inside else os.fsencode(picture.content or "")


def _as_cells(picture: Picture) -> dict:
    inside = isinstance(picture.content, bytes)
    return {
        "id": picture.id,
        "bytes": picture.content if inside else None,
        "address": None if inside else picture.content,
        "problem": picture.problem,
    }


class _Already:
    """Which ids have a row, for all tasks, and which files of the source they cannot read.

    The ids are the same at each restart, since no part file is added meanwhile.
    """

    def __init__(self, output: Output):
        self.done = Done(output.ids())
        self.faults: dict[str, DataError] = {}

    def of(self, pictures: list[tuple[str, bytes]]) -> list[bool]:
        return [self._leaves_out(*picture) for picture in pictures]

    def _leaves_out(self, id: str, mark: bytes) -> bool:
        if is_anothers := self.done.is_anothers(id, mark):
            self.tell(twice(id))
        return is_anothers or id in self.done

    def tell(self, error: DataError) -> None:
        self.faults[str(error)] = error  # once, however often a file is tried

    def told(self) -> list[DataError]:
        return list(self.faults.values())


class _Captions:
    """An actor, which loads the model once."""

    def __init__(self, job: Job):
        self.rows = Rows(job)

    def __call__(self, batch: pa.Table) -> pa.Table:
        pictures = (
            Picture(cells["id"], cells["address"] if cells["bytes"] is None else cells["bytes"], cells["problem"])
            for cells in batch.to_pylist()
        )
        return pa.Table.from_pylist(self.rows(pictures), SCHEMA)


def _own(error: BaseException) -> CaptionerError:
    """The library's own error behind what Ray raises, or one that says what Ray said."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, CaptionerError):
            return behind
        behind = getattr(behind, "cause", None) or behind.__cause__
    return CaptionerError(f"Ray cannot go on ({error}): see the cluster's log, then run the same command again.")
