"""Shared by the benchmarks: runs commands and measures their time and peak memory; formats tables."""

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
    """Measurements of a command that succeeded."""

    seconds: float  # wall clock, from start to end
    cpu_seconds: float  # of all its threads: hardly depends on other load
    peak_mib: float  # largest resident set, including shared libraries, of the process or a child that it waited for
    peak_own_mib: float  # most anonymous memory (not backed by a file) of the process alone, by sampling
    stdout: str


class OwnMemory:
    """Watches a process's anonymous memory. If the kernel drops idle pages of shared libraries, the resident set may
    shrink although the program's own memory grows."""

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
    """Watches how much of the time the GPUs of `cuda`, `cuda:1` or `cuda:0,cuda:1` are busy, if nvidia-smi exists."""

    def __init__(self, device: str) -> None:
        numbers = ",".join(name.partition(":")[2] or "0" for name in device.split(","))
        command = ["nvidia-smi", f"--id={numbers}", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits",
                   f"--loop-ms={GPU_SAMPLING_MS}"]  # fmt: skip
        self._process = None
        if shutil.which(command[0]):
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def stop(self) -> tuple[float, float] | None:
        """The mean share of time and the median sample, from the first sample in which a GPU was busy to the last. None
        if unknown."""
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
    """Runs a command and measures it. If it fails, exits with the end of its error output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        # On Linux a child's peak memory is at least that of its parent at the start, so this process must stay small.
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
            sys.exit(f"{Path(str(command[0])).name} exited with {process.returncode}:\n{words}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, own.peak_kib / 1024, out.read().decode())


def available_cores() -> int:
    return len(os.sched_getaffinity(0))


def half_precision(device: str) -> list[str]:
    """The device's precision in addition to fp32, if it has one."""
    if device.startswith("cuda"):
        return ["fp16"]
    flags = Path("/proc/cpuinfo").read_text().split()
    return ["bf16"] if {"avx512_bf16", "amx_bf16", "bf16"} & set(flags) else []


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A text table: the first column is aligned to the left, the others to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = []
    for row in (header, *rows):
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells[1:]]))
    return "\n".join(lines)
