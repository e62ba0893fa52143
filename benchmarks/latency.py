"""Milliseconds for one 224x224 photo, compared with alternatives, all in one run on this machine.

python benchmarks/latency.py [--model DIR] [--rounds N] [--only NAME ...]

Each contender runs alone, in its own process; every round runs all of them in turn, so that a slow minute of the
machine affects each one. `pip install -r benchmarks/requirements.txt` adds those that need PyTorch; without it they are
left out. The other projects' networks have random weights, since a fixed number of words takes the same time with any.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RESULTS = ROOT / "docs" / "latency.json"
SHOWN_IN = ROOT / "docs/speed.md"
BEGIN, END = "<!-- latency: benchmarks/latency.py -->", "<!-- end of latency -->"
WORDS = 12
SIZE = 224
WARM_UP = 3
REPEATS = 30  # for what takes milliseconds
SLOW_REPEATS = 3  # for what takes seconds


def photos() -> list:
    """The gallery's photos at the networks' input size, as arrays."""
    import numpy as np

    from captioner import open_image

    return [np.asarray(open_image(path).resize((SIZE, SIZE))) for path in sorted((ROOT / "examples").glob("*.jpg"))]


def times(work: Callable, inputs: list, repeats: int = REPEATS) -> list[float]:
    """Milliseconds for each of `repeats` calls with the inputs in turn, after a warm-up that does not count."""
    for one in inputs[:WARM_UP]:
        work(one)
    taken = []
    for number in range(repeats):
        start = perf_counter()
        work(inputs[number % len(inputs)])
        taken.append(1000 * (perf_counter() - start))
    return taken


def captioner(engine: str, model: str | None) -> dict:
    """This project, warm, part by part."""
    from captioner import Captioner, Search, open_image
    from captioner.pictures.images import to_pixels

    plain = Search(beam_width=3, guided=False)  # benchmarks/guided.py measures what a guide adds
    ours = Captioner.from_pretrained(model, engine)
    pictures = photos()
    pixels = [to_pixels([open_image(picture)], (SIZE, SIZE)) for picture in pictures]
    features = [ours.engine.encode(one) for one in pixels]
    files = [path.read_bytes() for path in sorted((ROOT / "examples").glob("*.jpg"))]
    return {
        "encoder": times(ours.engine.encode, pixels),
        "greedy search": times(lambda one: ours.decode(one, 1), features),
        "beam 3 search": times(lambda one: ours.decode(one, search=plain), features),
        "greedy": times(lambda one: ours.caption(one, 1), pictures),
        "beam 3": times(lambda one: ours.caption(one, search=plain), pictures),
        "beam 3, from the JPEG file": times(lambda one: ours.caption(one, search=plain), files),
    }


def cold(model: str | None) -> dict:
    """The command line, from the start of the process to its first caption."""
    photo = sorted((ROOT / "examples").glob("*.jpg"))[0]
    command = [sys.executable, "-m", "captioner", *(["--model", model] if model else [])]

    def run(arguments):
        subprocess.run([*command, *arguments], cwd=ROOT, check=True, capture_output=True)

    return {
        "python -m captioner PHOTO": times(run, [[str(photo)]], SLOW_REPEATS),
        "python -m captioner --help": times(run, [["--help"]], SLOW_REPEATS),
    }


def notebook() -> dict:
    """The well-known notebooks' way: `predict` for the features and for every word of every hypothesis."""
    import numpy as np
    from keras.applications import MobileNetV2
    from keras.applications.mobilenet_v2 import preprocess_input

    from benchmarks.notebook import notebook_model

    vocabulary, length = 8485, 35
    network = MobileNetV2(weights=None, pooling="avg", include_top=False, input_shape=(SIZE, SIZE, 3))
    model = notebook_model(vocabulary, length, 1280)

    def features(picture):
        return network.predict(preprocess_input(picture[None].astype("float32")), verbose=0)

    def following(seen, tokens):
        beginning = np.zeros((1, length), "int32")
        beginning[0, : len(tokens)] = tokens
        return model.predict([seen, beginning], verbose=0)[0]

    def greedy(picture):
        seen, tokens = features(picture), [1]
        for _ in range(WORDS):
            tokens.append(int(np.argmax(following(seen, tokens))))

    def beam(picture):
        seen, hypotheses = features(picture), [([1], 0.0)]
        for _ in range(WORDS):
            longer = []
            for tokens, score in hypotheses:
                said = following(seen, tokens)
                longer += [([*tokens, int(token)], score + np.log(said[token])) for token in np.argsort(said)[-3:]]
            hypotheses = sorted(longer, key=lambda each: each[1])[-3:]

    pictures = photos()
    return {
        "encoder": times(features, pictures),
        "greedy": times(greedy, pictures, SLOW_REPEATS),
        "beam 3": times(beam, pictures, SLOW_REPEATS),
    }


def floor() -> dict:
    """MobileNetV2 alone, in several runtimes."""
    import keras
    import numpy as np
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    network = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
    pixels = [tf.constant(picture[None] / 127.5 - 1, "float32") for picture in photos()]
    rows = {"Keras predict": times(lambda one: network.predict(one, verbose=0), pixels)}
    for name, fused in (("TensorFlow function", False), ("XLA", True)):
        function = tf.function(lambda one: network(one, training=False), jit_compile=fused)
        rows[name] = times(lambda one, function=function: function(one).numpy(), pixels)
    file = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    for threads in (1, 2):
        interpreter = Interpreter(model_content=file, num_threads=threads)
        interpreter.allocate_tensors()
        place = interpreter.get_input_details()[0]["index"]

        def run(one, interpreter=interpreter, place=place):
            interpreter.set_tensor(place, one)
            interpreter.invoke()

        name = f"LiteRT, float32, {threads} thread{'s' * (threads > 1)}"
        rows[name] = times(run, [np.asarray(one) for one in pixels])
    return rows


def onnx() -> dict:
    """MobileNetV2 in ONNX Runtime, exported by PyTorch."""
    import tempfile

    import onnxruntime
    import torch
    from torchvision.models import mobilenet_v2

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "mobilenet.onnx"))
        torch.onnx.export(
            mobilenet_v2().features.eval(), torch.zeros(1, 3, SIZE, SIZE), path, dynamo=False, input_names=["pixels"]
        )
        session = onnxruntime.InferenceSession(path)
    pixels = [picture[None].transpose(0, 3, 1, 2).astype("float32") / 255 for picture in photos()]
    return {"ONNX Runtime": times(lambda one: session.run(None, {"pixels": one}), pixels)}


def transformer(name: str) -> dict:
    """A captioner from the `transformers` library at its published size, forced to write 12 words."""
    import torch
    import transformers

    torch.set_grad_enabled(False)
    size = {"vit-gpt2": 224, "blip": 384, "git": 224}[name]
    if name == "vit-gpt2":
        config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
            transformers.ViTConfig(), transformers.GPT2Config(add_cross_attention=True, is_decoder=True)
        )
        config.decoder_start_token_id = config.pad_token_id = 50256
        model = transformers.VisionEncoderDecoderModel(config)
    elif name == "blip":
        model = transformers.BlipForConditionalGeneration(transformers.BlipConfig())
    else:
        model = transformers.GitForCausalLM(transformers.GitConfig())
    model = model.eval()
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{name}: {parameters / 1e6:.0f} M parameters", file=sys.stderr)
    fixed = {"min_new_tokens": WORDS, "max_new_tokens": WORDS, "do_sample": False}
    if name == "git":
        fixed["input_ids"] = torch.tensor([[101]])

    def write(pixels, beams):
        model.generate(pixel_values=pixels, num_beams=beams, **fixed)

    pixels = [torch.rand(1, 3, size, size)]
    return {
        "greedy": times(lambda one: write(one, 1), pixels, SLOW_REPEATS),
        "beam 3": times(lambda one: write(one, 3), pixels, SLOW_REPEATS),
    }


def contenders(model: str | None) -> dict[str, Callable[[], dict]]:
    return {
        "Captioner": lambda: captioner("litert", model),
        "Captioner, Keras engine": lambda: captioner("keras", model),
        "Captioner, cold": lambda: cold(model),
        "notebooks' way": notebook,
        "ViT-GPT2": lambda: transformer("vit-gpt2"),
        "BLIP-base": lambda: transformer("blip"),
        "GIT-base": lambda: transformer("git"),
        "MobileNetV2 alone": floor,
        "MobileNetV2 alone, ONNX": onnx,
    }


def measured(names: list[str], rounds: int, model: str | None) -> dict:
    """For each contender: what it does, and the milliseconds from all rounds."""
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    for _ in range(rounds):
        for name in names:
            command = [sys.executable, __file__, "--one", name, *(["--model", model] if model else [])]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                print(f"{name}: left out, {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            for what, values in json.loads(done.stdout.splitlines()[-1]).items():
                taken[name].setdefault(what, []).extend(values)
            print(f"{name}: done", file=sys.stderr)
    return {name: rows for name, rows in taken.items() if rows}


def summary(taken: dict) -> list[dict]:
    """A record per row: the median, and the range of the middle half."""
    records = []
    for name, rows in taken.items():
        for what, values in rows.items():
            low, median, high = statistics.quantiles(values, n=4)
            rounded = {"median": round(median, 2), "low": round(low, 2), "high": round(high, 2)}
            records.append({"contender": name, "what": what, **rounded, "calls": len(values)})
    return records


def table(records: list[dict]) -> str:
    """The records as a Markdown table, with each time as a multiple of Captioner's for the same thing."""
    ours = {record["what"]: record["median"] for record in records if record["contender"] == "Captioner"}
    lines = ["| | what | milliseconds | middle half | times ours |", "|---|---|---|---|---|"]
    for record in records:
        own = ours.get(record["what"])
        times_ours = f"{record['median'] / own:.0f}" if own and record["contender"] != "Captioner" else ""
        lines.append(
            f"| {record['contender']} | {record['what']} | {record['median']:.1f} | "
            f"{record['low']:.1f} to {record['high']:.1f} | {times_ours} |"
        )
    return "\n".join(lines)


def draw(records: list[dict], path: Path) -> None:
    """Draw the time for a greedy and a beam caption, a bar each, on a logarithmic scale."""
    from matplotlib.figure import Figure

    shown = ("greedy", "beam 3")
    rows = {name: {} for name in dict.fromkeys(r["contender"] for r in records if r["what"] in shown)}
    for record in records:
        if record["what"] in shown:
            rows[record["contender"]][record["what"]] = record["median"]
    figure = Figure(figsize=(9, 0.8 + 0.6 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for number, (what, color) in enumerate(zip(shown, ("#9ecae1", "#3182bd"), strict=True)):
        places = [place + 0.38 * (number - 0.5) for place in range(len(rows))]
        bars = axes.barh(places, [row[what] for row in rows.values()], 0.38, color=color, label=what)
        axes.bar_label(bars, fmt="%.0f ms", padding=3, fontsize=8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("milliseconds for one photo (each line ten times the one before)")
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=110)


def shown(results: dict) -> str:
    """The text shown in docs/speed.md."""
    return f"{table(results['records'])}\n\nMeasured on {results['date']}, {results['machine']}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", metavar="DIR", help="a model folder (default: the built-in model)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="run only these contenders; nothing is written then")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    everyone = contenders(options.model)
    if options.one:
        print(json.dumps(everyone[options.one]()))
        return

    from captioner.machine import measured_on

    taken = measured(options.only or list(everyone), options.rounds, options.model)
    results = {**measured_on(), "records": summary(taken)}
    print(shown(results))
    if options.only:
        return
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    draw(results["records"], RESULTS.with_suffix(".png"))
    before, _, rest = SHOWN_IN.read_text(encoding="utf-8").partition(BEGIN)
    SHOWN_IN.write_text(f"{before}{BEGIN}\n{shown(results)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
