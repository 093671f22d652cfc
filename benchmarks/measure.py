"""Shared by the benchmarks: runs commands and measures their time and peak memory; prints and saves tables."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import page

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


@dataclass(frozen=True)
class Table:
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    def __str__(self) -> str:
        """The first column is aligned to the left, the others to the right."""
        widths = [max(len(row[i]) for row in (self.header, *self.rows)) for i in range(len(self.header))]
        lines = []
        for row in (self.header, *self.rows):
            cells = [cell.rjust(width) for cell, width in zip(row, widths)]
            lines.append("  ".join([row[0].ljust(widths[0]), *cells[1:]]))
        return "\n".join(lines)


@dataclass(frozen=True)
class Measurement:
    """A section of docs/dev/measurements.md."""

    name: str  # of its file in benchmarks/measurements; see page.ORDER
    title: str
    text: str  # what was measured, and what the columns mean
    tables: Sequence[Table]


class Results:
    """What a benchmark finds: prints the tables, and writes what --json and --save ask for. Create it at the start, since
    it records date and commit."""

    def __init__(self, args: argparse.Namespace, **figures: object) -> None:
        if args.save and getattr(args, "device", "cpu") != "cpu":
            sys.exit("--save is for runs on the CPU; for a GPU, use benchmarks/gpu.sh --save")
        self._args = args
        self._figures = figures
        self._tables: list[dict] = []
        self._origin = origin() if args.save else {}

    def add(self, *measurements: Measurement, **figures: object) -> None:
        self._figures |= figures
        for measurement in measurements:
            print(*measurement.tables, sep="\n\n", end="\n\n", flush=True)
            self._tables += map(asdict, measurement.tables)
            if self._args.save:
                save(measurement, self._origin)
        if self._args.json:
            self._args.json.write_text(json.dumps({**self._figures, "tables": self._tables}, indent=1) + "\n")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    parser.add_argument("--save", action="store_true", help="write the tables to benchmarks/measurements and "
                        "docs/dev/measurements.md, with date, commit, machine and command")  # fmt: skip


def origin() -> dict[str, str | None]:
    """What this process measures with."""
    command = shlex.join([os.path.relpath(sys.argv[0], ROOT), *sys.argv[1:]])
    return {"command": command.replace(f"{ROOT}/", ""), "date": time.strftime("%Y-%m-%d"), "commit": commit(),
            "machine": machine()}  # fmt: skip


def commit() -> str | None:
    """The commit of this tree, with `+changes` if tracked files differ from it, other than those that `save` writes. None
    outside of a Git repository."""
    git = ["git", "-C", ROOT]
    head = output([*git, "rev-parse", "--short", "HEAD"])
    if not head:
        return None
    changes = output([*git, "status", "--porcelain", "--untracked-files=no", "--", ".",
                      *(f":!{path.relative_to(ROOT)}" for path in (page.MEASUREMENTS, page.PAGE))])  # fmt: skip
    return f"{head}+changes" if changes else head


def machine() -> str:
    cpu = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)", cpu, re.MULTILINE)
    name = re.sub(r"\((R|TM)\)", "", model[1]) if model else platform.machine()
    flags = set(cpu.split())
    extensions = [extension for flag, extension in (("avx512f", "AVX-512"), ("amx_tile", "AMX")) if flag in flags]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    gpus = output(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]).splitlines()
    cores = f"{available_cores()} cores of {name}" + (f" with {' and '.join(extensions)}" if extensions else "")
    return ", ".join([cores, f"{memory:.0f} GiB of memory", *gpus])


def output(command: Sequence[str | Path]) -> str:
    """What a command prints, or an empty string if it fails or doesn't exist."""
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def save(measurement: Measurement, made_by: Mapping[str, str | None]) -> None:
    """Writes the measurement's file and the page."""
    page.MEASUREMENTS.mkdir(exist_ok=True)
    path = page.MEASUREMENTS / f"{measurement.name}.json"
    path.write_text(as_json({"title": measurement.title, "text": measurement.text, **made_by}, measurement.tables),
                    encoding="utf-8")  # fmt: skip
    page.write()


def as_json(fields: Mapping[str, str | None], tables: Sequence[Table]) -> str:
    """One row per line."""
    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def block(table: Table) -> str:
        caption = f'"caption": {line(table.caption)}, ' if table.caption else ""
        rows = ",\n".join(f"   {line(row)}" for row in table.rows)
        return f'  {{{caption}"header": {line(table.header)}, "rows": [\n{rows}\n  ]}}'

    top = "".join(f" {line(key)}: {line(value)},\n" for key, value in fields.items())
    return f'{{\n{top} "tables": [\n' + ",\n".join(map(block, tables)) + "\n ]\n}\n"
