"""Times archives' networks alone, with torch in Python, on batches that are ready: prints wall-clock and CPU seconds per
picture for each.

    networks_alone.py SIDE COUNT ARCHIVE...
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch

BATCH = 32


@torch.no_grad()
def seconds_of(archive: str, side: int, count: int) -> dict[str, float]:
    network = torch.jit.freeze(torch.jit.load(archive, map_location="cpu").float().eval())
    batch = torch.randn(BATCH, 3, side, side)
    for _ in range(3):  # compiles
        network(batch)
    start, cpu_start = time.perf_counter(), time.process_time()
    for _ in range(count // BATCH):
        network(batch)
    pictures = count // BATCH * BATCH
    return {"seconds": (time.perf_counter() - start) / pictures,
            "cpu_seconds": (time.process_time() - cpu_start) / pictures}  # fmt: skip


def main() -> None:
    side, count, *archives = sys.argv[1:]
    print(json.dumps({Path(path).stem: seconds_of(path, int(side), int(count)) for path in archives}))


if __name__ == "__main__":
    main()
