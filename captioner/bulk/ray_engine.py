"""The Ray engine: the same rows in Ray's actors, on this machine or on a cluster."""

from collections.abc import Iterable, Iterator
from itertools import islice

from captioner.bulk.rows import Job, Rows
from captioner.bulk.run import AHEAD, TOGETHER
from captioner.bulk.sources import Picture
from captioner.errors import CaptionerError, SettingError


def run_on_ray(pictures: Iterable[Picture], job: Job, actors: int | None, address: str | None) -> Iterator[list[dict]]:
    """Rows as they are done, in chunks and in any order; what a lost worker had under way is done by another.

    Args:
        actors: how many; None takes the cluster's cores.
        address: of a running cluster; None starts one on this machine.

    Raises:
        SettingError: Ray is not installed.
        CaptionerError: the cluster is gone; what was yielded is complete.
    """
    try:
        import ray
    except ImportError:
        raise SettingError("--engine ray needs Ray: pip install -r requirements-ray.txt.") from None
    try:
        try:
            ray.init(address=address, log_to_driver=False)
        except Exception as error:  # it raises the base class where a node does not start
            raise CaptionerError(f"Ray cannot start or be reached ({error}): check --address.") from error
        actors = actors or max(int(ray.cluster_resources().get("CPU", 1)), 1)
        idle = [ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=0)(Rows).remote(job) for _ in range(actors)]
        idle *= AHEAD  # chunks wait at each actor
        pictures, under_way, again = iter(pictures), {}, []
        while True:
            while idle and (chunk := again.pop() if again else list(islice(pictures, TOGETHER))):
                actor = idle.pop(0)
                under_way[actor.__call__.remote(chunk)] = actor, chunk
            if not under_way:
                return
            [done], _ = ray.wait(list(under_way), num_returns=1)
            actor, chunk = under_way.pop(done)
            idle.append(actor)
            try:
                yield ray.get(done)
            except ray.exceptions.ActorUnavailableError:  # it is being started again
                again.append(chunk)
            except ray.exceptions.ActorDiedError as error:
                idle = [each for each in idle if each != actor]
                again.append(chunk)
                if not idle and not under_way:
                    raise CaptionerError("All Ray actors have died: see the cluster's log, then run again.") from error
    except (ray.exceptions.RayError, ConnectionError) as error:
        raise CaptionerError(f"Ray cannot go on ({error}): run the same command again.") from error
    finally:
        ray.shutdown()
