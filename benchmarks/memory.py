"""The page's resident memory, at rest and over a thousand photos, and the seconds from start to first caption.

python benchmarks/memory.py [--photos N]
"""

import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.process import status  # noqa: E402
from benchmarks.served import served_page  # noqa: E402
from captioner.machine import measured_on  # noqa: E402

RESULTS = ROOT / "docs" / "memory.json"
PHOTOS = sorted((ROOT / "examples").glob("*.jpg"))


def resident(process) -> tuple[float, float]:
    """Megabytes of memory: now, and the maximum so far."""
    now, most = (int(status(process.pid)[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM"))
    return now, most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=1000, metavar="N", help="default: 1000")
    options = parser.parse_args()
    from gradio_client import Client, handle_file

    started = time.perf_counter()
    with served_page() as (url, server):
        page = time.perf_counter() - started
        client = Client(url, verbose=False)
        client.predict(handle_file(PHOTOS[0]), 3, api_name="/compare")
        first = time.perf_counter() - started
        time.sleep(2)
        records = [{"photos": 1, "megabytes": resident(server)[0]}]
        for number in range(1, options.photos):
            client.predict(handle_file(PHOTOS[number % len(PHOTOS)]), 3, api_name="/compare")
            if (number + 1) % 100 == 0:
                records.append({"photos": number + 1, "megabytes": resident(server)[0]})
                print(records[-1], file=sys.stderr)
        most = resident(server)[1]
    for record in records:
        print(f"after {record['photos']:>5} photos {record['megabytes']:6.0f} MB")
    print(f"at most            {most:6.0f} MB")
    print(f"page after {page:.1f} s, first caption after {first:.1f} s (includes the client's start)")
    facts = {"records": records, "most": most, "page_seconds": page, "first_caption_seconds": first}
    RESULTS.write_text(json.dumps({**measured_on(), **facts}, indent=2) + "\n")
    print(", ".join(measured_on().values()))


if __name__ == "__main__":
    main()
