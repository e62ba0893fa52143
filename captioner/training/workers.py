"""Several machines train one model: each computes its part of every batch, and all take the same step.

TensorFlow's collective operations carry the gradients. Keras 3 has no `keras.distribution` over processes on the
TensorFlow backend, and its `fit` does not take `tf.distribute.MultiWorkerMirroredStrategy`; so the strategy is used for
its cluster and its `all_reduce` alone, and training stays as it is on one machine.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from captioner.errors import SettingError

if TYPE_CHECKING:
    import keras

SEED = "seed_generator_state"  # a variable's name: what is dropped out
ADDRESS = re.compile(r"[^\s:,/]+:\d{1,5}")
HOW = "give --distribute HOST:PORT,HOST:PORT --worker N on each machine, or set TF_CONFIG and give --distribute alone"


class Workers:
    """The workers of a training, of which this process is one; the first, the chief, alone writes.

    Args:
        addresses: of all workers, HOST:PORT, in the same order on each; one or none is a training on this machine.
        index: which of them this process is.
    """

    def __init__(self, addresses: Sequence[str] = (), index: int = 0):
        self.addresses = addresses
        self.index = index
        self.count = max(len(addresses), 1)
        self.chief = index == 0

    @classmethod
    def parse(cls, addresses: str | None, worker: int | None, environment: Mapping[str, str]) -> "Workers":
        """The workers as `--distribute` and `--worker` name them, or the environment's TF_CONFIG.

        Args:
            addresses: None is a training on this machine, "" one that TF_CONFIG describes.

        Raises:
            SettingError: a setting is missing or makes no sense.
        """
        if addresses is None:
            if worker is not None:
                raise SettingError(f"--worker needs --distribute: {HOW}.")
            return cls()
        if addresses == "":
            if worker is not None:
                raise SettingError(f"--worker needs the addresses of all workers: {HOW}.")
            return cls(*_described(environment.get("TF_CONFIG", "")))
        return cls(*_checked(addresses.split(","), worker, "--distribute"))

    def connect(self) -> None:
        """Wait for the other workers; to be called before TensorFlow computes anything."""
        if self.count == 1:
            return
        import tensorflow as tf

        print(f"Worker {self.index} of {self.count} waits for the others.", flush=True)
        cluster = tf.train.ClusterSpec({"worker": list(self.addresses)})
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            cluster, task_type="worker", task_id=self.index, rpc_layer="grpc"
        )
        self._strategy = tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
        self._total = tf.function(self._reduced)
        self._share = tf.Variable(1.0)

    def total(self, values: Sequence) -> list:
        """Each value, summed over the workers as float32."""
        if self.count == 1:
            return list(values)
        import tensorflow as tf

        return self._total([tf.cast(value, "float32") for value in values])

    def _reduced(self, values: Sequence) -> list:
        import tensorflow as tf

        def reduce(values):
            here = [tf.identity(value) for value in values]  # on this worker's device, which the strategy looks for
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, here)

        return list(self._strategy.run(reduce, args=(list(values),)))

    def follow(self, variables: "Sequence[keras.Variable]") -> None:
        """Give the variables the chief's values, except that each worker drops out others."""
        if self.count == 1:
            return
        shared = [variable for variable in variables if variable.name != SEED]
        values = [variable.numpy() * self.chief for variable in shared]
        for variable, value in zip(shared, self.total(values), strict=True):
            variable.assign(value.numpy().astype(variable.dtype))
        for variable in variables:
            if variable.name == SEED:
                variable.assign(np.add(variable.numpy(), [self.index, 0]))

    def agree(self, number: int, what: str) -> None:
        """Make sure that all workers have the same number.

        Args:
            number: below 2 ** 24.
            what: what it stands for, for the error.

        Raises:
            SettingError: one has another.
        """
        if self.count > 1:
            [numbers] = self.total([[float(number) if index == self.index else 0.0 for index in range(self.count)]])
            if len({float(each) for each in numbers}) > 1:
                raise SettingError(
                    f"The workers do not have the same {what}: start them with the same data and options."
                )

    def share(self, batches: "keras.utils.PyDataset") -> list[float]:
        """Leave in an epoch's batches only what this worker reads; returns its share of what each batch teaches."""
        shares = [1.0] * len(batches)
        if self.count > 1:
            for step, rows in enumerate(batches.order):
                part = rows[..., self.index :: self.count]
                batches.order[step] = part if part.shape[-1] else rows[..., :1]  # a step needs something to compute
                shares[step] = batches.words(part) / batches.words(rows) if part.shape[-1] else 0.0
        return shares

    def step(self, share: float) -> None:
        """Say what share of the batch the next step learns from."""
        if self.count > 1:
            self._share.assign(share)

    def together(self, optimizer: "keras.optimizers.Optimizer") -> "keras.optimizers.Optimizer":
        """Have an optimizer take the gradients of the whole batch, before it clips them."""
        if self.count > 1:
            import tensorflow as tf

            apply = optimizer.apply

            def apply_total(gradients, trainable_variables=None):
                own = [tf.convert_to_tensor(gradient) * self._share for gradient in gradients]
                return apply(self._reduced(own), trainable_variables)

            optimizer.apply = apply_total
        return optimizer

    @contextmanager
    def rejoining(self) -> Iterator[None]:
        """Start this process anew when another worker is lost; when it is back, all go on from the checkpoint."""
        if self.count == 1:
            yield
            return
        from tensorflow.errors import AbortedError, CancelledError, UnavailableError

        try:
            yield
        except (AbortedError, CancelledError, UnavailableError):
            print(
                "A worker is lost: start it again, and all go on from the last checkpoint.", file=sys.stderr, flush=True
            )
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # TensorFlow joins a cluster once a process


def _described(text: str) -> tuple[list[str], int]:
    """Addresses and index in TF_CONFIG."""
    if not text:
        raise SettingError(f"--distribute needs the addresses of the workers: {HOW}.")
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        unknown = sorted({*cluster, task["type"]} - {"chief", "worker"})
        chiefs, workers = cluster.get("chief", []), cluster.get("worker", [])
        index = task["index"] + (len(chiefs) if task["type"] == "worker" else 0)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingError(
            f'TF_CONFIG cannot be read ({error!r}): write {{"cluster": {{"worker": ["HOST:PORT", "HOST:PORT"]}}, '
            '"task": {"type": "worker", "index": 0}}.'
        ) from error
    if unknown:
        raise SettingError(f"TF_CONFIG names {', '.join(unknown)}: a training has only a chief and workers.")
    return _checked([*chiefs, *workers], index, "TF_CONFIG")


def _checked(addresses: list[str], index: int | None, where: str) -> tuple[list[str], int]:
    wrong = [address for address in addresses if not isinstance(address, str) or not ADDRESS.fullmatch(address)]
    if wrong:
        raise SettingError(f"{where}: {wrong[0]!r} is no address: write HOST:PORT.")
    if len(addresses) < 2 or len(set(addresses)) < len(addresses):
        raise SettingError(f"{where} needs two addresses or more, each of another worker: {HOW}.")
    if index is None:
        raise SettingError(f"{where} needs --worker 0 to {len(addresses) - 1}, another on each machine.")
    if not isinstance(index, int) or not 0 <= index < len(addresses):
        raise SettingError(f"{where} has workers 0 to {len(addresses) - 1}; there is no worker {index}.")
    return addresses, index
