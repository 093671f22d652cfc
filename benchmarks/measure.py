"""What the benchmarks share: commands run to their end with their wall time and peak memory, and tables."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "tise-eval"
WORK = ROOT / "build" / "benchmarks"
SAMPLING_SECONDS = 0.01
GPU_SAMPLING_MS = 100


@dataclass(frozen=True)
class Run:
    """A command that ended well."""

    seconds: float  # from its start to its end
    cpu_seconds: float  # of all its threads: hardly depends on what else the machine does
    peak_mib: float  # the largest resident set, shared libraries included, of the process or one it waited for
    peak_own_mib: float  # the most memory that no file backs, of the process alone, as far as sampling saw
    stdout: str


class OwnMemory:
    """Watches a process's anonymous memory. A kernel under pressure, or told to reclaim what is idle, drops pages of
    shared libraries while the process runs, so the resident set may fall where the program's own memory grew."""

    def __init__(self, pid: int) -> None:
        self.peak_kib = 0
        self._status = Path(f"/proc/{pid}/status")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLING_SECONDS):
            try:
                lines = self._status.read_text().splitlines()
            except OSError:
                return
            now = [int(line.split()[1]) for line in lines if line.startswith("RssAnon:")]
            self.peak_kib = max([self.peak_kib, *now])


class GpuUse:
    """Watches how much of the time some kernel runs on the GPUs of `cuda`, `cuda:1` or `cuda:0,cuda:1`, where nvidia-smi
    is there to say so."""

    def __init__(self, device: str) -> None:
        numbers = ",".join(name.partition(":")[2] or "0" for name in device.split(","))
        command = ["nvidia-smi", f"--id={numbers}", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits",
                   f"--loop-ms={GPU_SAMPLING_MS}"]  # fmt: skip
        self._process = None
        if shutil.which(command[0]):
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def stop(self) -> tuple[float, float] | None:
        """The share from the first sample at work to the last, start-up and scoring included, and the median sample;
        nothing where it isn't known."""
        if self._process is None:
            return None
        self._process.terminate()
        samples = [int(line) for line in self._process.communicate()[0].split() if line.isdigit()]
        at_work = [index for index, sample in enumerate(samples) if sample > 0]
        if not at_work:
            return None
        window = samples[at_work[0]:at_work[-1] + 1]
        return statistics.mean(window) / 100, statistics.median(window) / 100


def run_command(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Run:
    """Exits with the command's own last words where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        # On Linux a child's peak is at least what its parent had when it was started: this process stays small.
        process = subprocess.Popen(
            [str(part) for part in command], stdout=out, stderr=err, env={**os.environ, **(environment or {})}
        )
        own = OwnMemory(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        own.stop()
        process.returncode = os.waitstatus_to_exitcode(status)  # so that Popen doesn't wait for it again
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            words = err.read().decode(errors="replace")[-2000:]
            sys.exit(f"{Path(str(command[0])).name} ended with {process.returncode}:\n{words}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, own.peak_kib / 1024, out.read().decode())


def available_cores() -> int:
    return len(os.sched_getaffinity(0))


def half_precision(device: str) -> list[str]:
    """What the device has besides fp32."""
    if device.startswith("cuda"):
        return ["fp16"]
    flags = Path("/proc/cpuinfo").read_text().split()
    return ["bf16"] if {"avx512_bf16", "amx_bf16", "bf16"} & set(flags) else []


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need be, aligned to the right, the first to the left."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = []
    for row in (header, *rows):
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells[1:]]))
    return "\n".join(lines)
