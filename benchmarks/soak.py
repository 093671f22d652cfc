"""Runs all metrics on very many tiny images with the demo models, and checks that neither memory nor the number of file
descriptors keeps growing.

    python3 benchmarks/soak.py PROGRAM --images 200000 [--device cuda] [--most-growth 64]

Exits with 1 if resident memory after the first part is more than MOST_GROWTH MiB above its peak during that part (a
twentieth of the images, at least 1,000 and at most 10,000), or if there are more descriptors.
"""

import argparse
import functools
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHAPES = ROOT / "examples" / "shapes"


def make_world(folder, count):
    """Makes `count` images, copies of the demo's with different names, and their captions."""
    captions = json.loads((SHAPES / "captions.json").read_text())
    originals = [((SHAPES / "miscounting" / item["image"]).read_bytes(), item) for item in captions]
    items = []
    for i in range(count):
        content, item = originals[i % len(originals)]
        name = f"{i // 1000:03d}/{i % 1000:03d}{pathlib.Path(item['image']).suffix}"
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        items.append({**item, "id": str(i), "image": name})
    (folder / "captions.json").write_text(json.dumps(items))


def resident_mib(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def rows(store):
    """The number of images whose rows of the slowest and widest group are in complete chunks of the store."""
    return sum(rows_in(path) for path in store.glob("crops@*.safetensors"))


@functools.cache
def rows_in(path):
    with open(path, "rb") as file:
        return int(json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]["rows"])


def watch(process, store, every):
    samples = []
    while process.poll() is None:
        try:
            descriptors = len(list(pathlib.Path(f"/proc/{process.pid}/fd").iterdir()))
            samples.append((time.monotonic(), rows(store), resident_mib(process), descriptors))
        except FileNotFoundError:
            break
        time.sleep(every)
    return samples


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--models", default="shapes")
    parser.add_argument("--most-growth", type=float, default=64.0, help="allowed growth of memory in MiB; default: 64")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between measurements; default: 0.5")
    parser.add_argument("--folder", help="folder for images and store, which are kept; default: a temporary one")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.folder or temporary)
        make_world(folder, options.images)
        store = folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        command = [options.program, "--models", options.models, "--device", options.device, "--images",
                   str(folder / "images"), "--captions", str(folder / "captions.json"), "--real",
                   str(SHAPES / "real"), "--store", str(store), "--rp", "sampled", "--output", str(folder / "report.json")]
        start = time.monotonic()
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(command, stderr=log)
            samples = watch(process, store, options.every)
        seconds = time.monotonic() - start
        if process.wait() != 0:
            sys.exit(f"the run exited with {process.returncode}: {(folder / 'log').read_text()[-2000:]}")
        report = json.loads((folder / "report.json").read_text())

    first_part = min(max(options.images // 20, 1000), 10_000)
    # Chunks are written as they fill, so the last ones mark the end of encoding.
    whole = max(sample[1] for sample in samples)
    first = [sample for sample in samples if 0 < sample[1] <= first_part]
    last = [sample for sample in samples if first_part < sample[1] < whole]
    if not first or not last:
        sys.exit("not enough measurements; use more --images or a smaller --every")
    growth = max(sample[2] for sample in last) - max(sample[2] for sample in first)
    # Files that are being read or written come and go, so compare medians.
    descriptors = statistics.median_low(sample[3] for sample in last) - statistics.median_low(
        sample[3] for sample in first)
    summary = {
        "images": options.images, "seconds": round(seconds, 1),
        "images_per_second": round(report["run"]["images_per_second"], 1),
        "resident_mib": {str(share): round(at(samples, whole * share), 1) for share in (0.05, 0.25, 0.5, 0.75, 0.99)},
        "peak_mib": round(max(sample[2] for sample in samples), 1),
        "growth_mib": round(growth, 1), "more_descriptors": descriptors,
        "metrics": sum(entry["value"] is not None for entry in report["metrics"].values()),
    }
    print(json.dumps(summary))
    if growth > options.most_growth or descriptors > 0:
        sys.exit(f"memory or descriptors grow: by {growth:.1f} MiB and {descriptors}")


def at(samples, count):
    """Resident memory when the store first had `count` rows."""
    return next((sample[2] for sample in samples if sample[1] >= count), samples[-1][2])


if __name__ == "__main__":
    main()
