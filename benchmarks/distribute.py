"""One and two workers train the same decoder at the same batch size: losses side by side, and seconds an epoch.

python -m benchmarks.distribute --data DIR [--epochs N] [--picture FILE] [FIT'S OWN OPTIONS...]

Both have one core to a worker, so that two of them are two machines. Draws docs/distribute.png.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from captioner.folder.storage import progress_of
from captioner.machine import measured_on

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Train, print the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="DIR", help="folders of captioned photos")
    parser.add_argument("--cache", type=Path, default=Path("cache"), metavar="DIR", help="where to cache features")
    parser.add_argument("--epochs", type=int, default=5, metavar="N", help="(default: 5)")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs/distribute.png", metavar="FILE")
    options, more = parser.parse_known_args()
    command = ["--data", *options.data, "--cache", str(options.cache), "--epochs", str(options.epochs), *more]
    records = {count: trained(command, count) for count in (1, 2)}

    print(", ".join(measured_on().values()))
    print(f"{'epoch':>5} {'loss, one':>10} {'two':>8} {'seconds, one':>14} {'two':>6}")
    for one, two in zip(*records.values(), strict=True):
        print(f"{one['epoch']:5} {one['loss']:10.4f} {two['loss']:8.4f} {one['seconds']:14} {two['seconds']:6}")
    # The first epoch also traces the step and encodes the pictures.
    seconds = [median(record["seconds"] for record in each[1:]) for each in records.values()]
    apart = max(abs(one["loss"] - two["loss"]) for one, two in zip(*records.values(), strict=True))
    print(f"losses are at most {apart:.4f} apart; an epoch takes {seconds[0]:.0f} and {seconds[1]:.0f} s, ", end="")
    print(f"ratio {seconds[0] / seconds[1]:.2f} (with the chief's measuring on the dev split)")
    draw(records, options.picture)


def trained(command: list[str], count: int) -> list[dict]:
    """The records of a training by so many workers."""
    addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(count))
    one_core = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        fit = [
            sys.executable,
            "train.py",
            "fit",
            *command,
            "--output",
            f"{folder}/model",
            "--checkpoints",
            f"{folder}/kept",
        ]
        workers = []
        for index in range(count):
            several = ["--distribute", addresses, "--worker", str(index)] if count > 1 else []
            workers.append(subprocess.Popen([*fit, *several], cwd=ROOT, env=os.environ | one_core))
        if any([worker.wait() for worker in workers]):
            sys.exit("A worker has failed.")
        return progress_of(Path(folder, "kept/decoder/latest.safetensors"))["records"]


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def draw(records: dict[int, list[dict]], path: Path) -> None:
    """The loss of each epoch, and the dev scores."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.6), layout="constrained")
    scores = [name for name in records[1][0] if name not in ("stage", "epoch", "loss", "seconds")]
    left, right = figure.subplots(1, 2)
    for (count, each), style in zip(records.items(), ("-", "--"), strict=True):
        epochs = [record["epoch"] for record in each]
        left.plot(epochs, [record["loss"] for record in each], style, label=f"{count} worker{'s' * (count > 1)}")
        right.plot(epochs, [record[scores[-1]] for record in each], style, marker=".")
    left.set(title="Training loss", xlabel="epoch", ylabel="cross-entropy per token, smoothed")
    right.set(title=f"{scores[-1]} on the dev split", xlabel="epoch", ylabel="score x 100")
    left.legend()
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path, dpi=120)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main()
