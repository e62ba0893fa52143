"""Many people at once on the real page and its HTTP API, on this machine alone.

    python benchmarks/load.py                            50 people for 5 minutes
    python benchmarks/load.py --soak 60                  5 people for an hour: memory, threads and files stay flat
    python benchmarks/load.py --flood 200                besides, one visitor sends batches of 200 photos without end

Each person sends one photo after another with a pause between; a tenth of the files are broken, a tenth of the people
leave half-way, and one in ten sends a batch. Prints a table; --write keeps the figures and a picture.
"""

import argparse
import asyncio
import json
import math
import os
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx2  # noqa: E402

from benchmarks.page_client import Page, Refused  # noqa: E402
from benchmarks.process import Sample, sample  # noqa: E402
from benchmarks.served import served_page  # noqa: E402
from captioner.machine import measured_on  # noqa: E402

PHOTOS = sorted((ROOT / "examples").glob("*.jpg"))
TENTH = 0.1
BATCH = 8
MOST_PEOPLE, MOST_MINUTES = 200, 120
SOAKING = 5  # people
EVERY = 5  # seconds between two looks at the server
MEASURED = ("megabytes", "threads", "open_files", "temporary_files")
KINDS = ("photo on the page", "photo over HTTP", "batch", "broken file", "left half-way")


@dataclass
class Day:
    """What has happened so far."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    errors: Counter = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    flooded: list[float] = field(default_factory=list)  # seconds of each batch of the one who floods


async def person(number: int, url: str, end: float, pause: float, day: Day) -> None:
    """Send photos until the end."""
    choose = random.Random(number)
    headers = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"}  # to be told from the others
    async with httpx2.AsyncClient(base_url=url, timeout=120, headers=headers) as client:
        page = await Page.open(client)
        while time.monotonic() < end:
            kind = choose.choices(KINDS, (0.35, 0.35, TENTH, TENTH, TENTH))[0]
            await act(kind, client, page, choose, day)
            await asyncio.sleep(min(choose.expovariate(1 / pause), max(0, end - time.monotonic())))


async def act(kind: str, client: httpx2.AsyncClient, page: Page, choose: random.Random, day: Day) -> None:
    """Do one thing, and note how long it took and what went wrong."""
    photo = choose.choice(PHOTOS)
    content = photo.read_bytes()
    start = time.perf_counter()
    try:
        if kind == "photo on the page":
            await page.describe(photo.name, content)
        elif kind == "photo over HTTP":
            await caption(client, content)
        elif kind == "batch":
            await batch(client, [choose.choice(PHOTOS) for _ in range(BATCH)])
        elif kind == "left half-way":
            await leave(client, content)
        else:
            await broken(client, content[: choose.randrange(1, len(content) // 8)])
    except Refused as error:
        day.errors[f"{kind}: {error}"] += 1
    except httpx2.HTTPError as error:
        day.errors[f"{kind}: {type(error).__name__}"] += 1
    else:
        day.seconds[kind].append(time.perf_counter() - start)


async def caption(client: httpx2.AsyncClient, content: bytes) -> None:
    answer = await client.post("api/caption", files={"picture": content})
    if answer.status_code != 200 or not answer.json().get("text"):
        raise Refused(answer)


async def batch(client: httpx2.AsyncClient, photos: list[Path]) -> None:
    files = [("picture", (photo.name, photo.read_bytes())) for photo in photos]
    answer = await client.post("api/caption_batch", files=files)
    if answer.status_code != 200 or any(picture["error"] for picture in answer.json()["pictures"]):
        raise Refused(answer)


async def broken(client: httpx2.AsyncClient, content: bytes) -> None:
    """A broken file has to get a sentence."""
    answer = await client.post("api/caption", files={"picture": content})
    if answer.status_code != 400 or not answer.json()["error"].endswith("."):
        raise Refused(answer)


async def leave(client: httpx2.AsyncClient, content: bytes) -> None:
    """Close the tab when half of the photo has been sent."""

    async def half():
        yield content[: len(content) // 2]
        raise asyncio.CancelledError

    try:
        await client.post("api/caption", content=half(), headers={"Content-Type": "image/jpeg"})
    except asyncio.CancelledError:
        return


async def flood(url: str, end: float, photos: int, day: Day) -> None:
    """One visitor who sends as many photos as the page takes at a time, again and again."""
    async with httpx2.AsyncClient(base_url=url, timeout=600, headers={"X-Forwarded-For": "10.9.9.9"}) as client:
        page = await Page.open(client)
        while time.monotonic() < end:
            start = time.perf_counter()
            try:
                await page.describe_many([PHOTOS[number % len(PHOTOS)] for number in range(photos)])
            except (Refused, httpx2.HTTPError) as error:
                day.errors[f"flood: {error}"] += 1
                await asyncio.sleep(1)
            else:
                day.flooded.append(time.perf_counter() - start)


async def watch(process: int, uploads: Path, end: float, day: Day) -> None:
    """Look at the server now and then."""
    start = time.monotonic()
    while time.monotonic() < end:
        day.samples.append(sample(process, uploads, time.monotonic() - start))
        await asyncio.sleep(EVERY)


async def whole_day(url: str, process: int, uploads: Path, options: argparse.Namespace) -> Day:
    day, end = Day(), time.monotonic() + options.minutes * 60
    everyone = [person(number, url, end, options.pause, day) for number in range(options.people)]
    if options.flood:
        everyone.append(flood(url, end, options.flood, day))
    await asyncio.gather(watch(process, uploads, end, day), *everyone)
    day.samples.append(sample(process, uploads, options.minutes * 60))
    return day


def figures(day: Day, options: argparse.Namespace) -> dict:
    """What to keep of a day."""
    rows = [{"kind": kind, **percentiles(seconds)} for kind, seconds in day.seconds.items() if seconds]
    answered = sum(row["count"] for row in rows)
    run = {"people": options.people, "minutes": options.minutes, "flood": options.flood}
    if options.flood:
        run |= {"flooded": percentiles(day.flooded), "others": percentiles([*chain(*day.seconds.values())])}
    return {
        **measured_on(), **run, "per_second": round(answered / (options.minutes * 60), 2), "rows": rows,
        "errors": dict(day.errors.most_common()), "samples": [asdict(each) for each in day.samples],
    }  # fmt: skip


def percentiles(seconds: list[float]) -> dict:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else (seconds or [0]) * 99
    return {"count": len(seconds), **{f"p{at}": round(cuts[at - 1], 3) for at in (50, 95, 99)}}


def table(result: dict) -> str:
    """The figures as a table in Markdown."""
    lines = ["| | answered | p50 | p95 | p99 |", "|---|---|---|---|---|"]
    for row in result["rows"]:
        lines.append(
            f"| {row['kind']} | {row['count']} | {row['p50']:.2f} s | {row['p95']:.2f} s | {row['p99']:.2f} s |"
        )
    lines += ["", "| | at the start | at the end | most |", "|---|---|---|---|"]
    for name in MEASURED:
        values = [each[name] for each in result["samples"]]
        lines.append(f"| {name.replace('_', ' ')} | {values[0]:g} | {values[-1]:g} | {max(values):g} |")
    if result["flood"]:
        flooded, others = result["flooded"], result["others"]
        sent = f"One visitor's {flooded['count']} batches of {result['flood']} photos: p95 {flooded['p95']:.1f} s."
        lines += ["", f"{sent} The others' {others['count']} answers: p95 {others['p95']:.2f} s."]
    errors = "; ".join(f"{name} ({count} times)" for name, count in result["errors"].items()) or "none"
    return "\n".join([*lines, "", f"{result['per_second']} answers a second. Errors: {errors}."])


def by_minute(samples: list[dict]) -> str:
    """Memory, threads and files at the end of each minute, as a table in Markdown."""
    lines = ["| minute | " + " | ".join(name.replace("_", " ") for name in MEASURED) + " |", "|---" * 5 + "|"]
    minutes = {math.ceil(each["seconds"] / 60): each for each in samples}  # the last of each
    lines += [f"| {at} | " + " | ".join(f"{each[name]:g}" for name in MEASURED) + " |" for at, each in minutes.items()]
    return "\n".join(lines)


def draw(result: dict, path: Path) -> None:
    """Memory, threads and files over time."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 7), layout="constrained")
    minutes = [each["seconds"] / 60 for each in result["samples"]]
    for axes, name in zip(figure.subplots(len(MEASURED), sharex=True), MEASURED, strict=True):
        axes.plot(minutes, [each[name] for each in result["samples"]])
        axes.set_ylim(bottom=0)
        axes.set_ylabel(name.replace("_", " "))
    axes.set_xlabel(f"minutes, with {result['people']} people")
    figure.savefig(path, dpi=120)


def bounded(most: float):
    def number(text: str) -> float:
        if not 0 < float(text) <= most:
            raise argparse.ArgumentTypeError(f"it must be more than 0 and at most {most:g}")
        return float(text)

    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=lambda text: int(bounded(MOST_PEOPLE)(text)), default=50)
    parser.add_argument("--minutes", type=bounded(MOST_MINUTES), default=5)
    parser.add_argument(
        "--pause", type=bounded(600), default=5, help="seconds between two photos (default: %(default)s)"
    )
    parser.add_argument(
        "--flood", type=int, default=0, metavar="PHOTOS", help="photos in each of one visitor's batches"
    )
    parser.add_argument(
        "--soak", type=bounded(MOST_MINUTES), metavar="MINUTES", help="so long with 5 people, and print every minute"
    )
    parser.add_argument("--write", type=Path, metavar="NAME", help="write NAME.json and NAME.png")
    options = parser.parse_args()
    if options.soak:
        options.people, options.minutes = SOAKING, options.soak
    os.environ |= {"CAPTIONER_RATE": "600", "CAPTIONER_QUEUE_SIZE": "256"}  # as where strangers come
    os.environ.pop("GRADIO_TEMP_DIR", None)
    with served_page() as (url, server):
        result = figures(asyncio.run(whole_day(url, server.pid, uploads_of(server.pid), options)), options)
    print(", ".join(measured_on().values()))
    print(table(result))
    if options.soak:
        print("", by_minute(result["samples"]), sep="\n")
    if options.write:
        options.write.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
        draw(result, options.write.with_suffix(".png"))
    sys.exit(bool(result["errors"]))


def uploads_of(process: int) -> Path:
    """The folder of uploads of a page: the one whose lock it holds."""
    from ui.serving.uploads import LOCK

    links = (Path(os.path.realpath(link)) for link in Path(f"/proc/{process}/fd").iterdir())
    return next(path.parent for path in links if path.name == LOCK)


if __name__ == "__main__":
    main()
