#!/usr/bin/env python3
"""Runs the parts of gpu.sh, the most important first. Writes each result when it is ready; skips the rest if time runs out."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from inputs import inputs_of
from measure import ROOT, WORK, Measurement, Table, available_cores, half_precision, origin, save
from tise_eval import _errors, _program

HERE = Path(__file__).resolve().parent
DEMO = ROOT / "examples" / "shapes"
NEED_GPU = "*cuda*:*Cuda*:*gpu*:*Gpu*"  # names of tests that need a GPU
Found = tuple[dict, list[str | Table]]  # a part's figures, and what to print; --save writes the tables
TEXT = ("[benchmarks/README.md](../../benchmarks/README.md#gpush) describes the parts. Columns have the same meaning as "
        "in the sections above.")


@dataclass(frozen=True)
class Sizes:
    """How much to run, so that it fits into the time."""

    light: int  # pictures for the sets without the detector
    heavy: int  # pictures for the sets with the detector
    scored: int  # samples
    small: int  # pictures of 64×64


ON_GPU = Sizes(light=16_384, heavy=2_048, scored=30_000, small=16_000)
ON_CPU = Sizes(light=32, heavy=4, scored=1_000, small=500)


class Failed(Exception):
    pass


class OutOfTime(Exception):
    pass


@dataclass(frozen=True)
class Machine:
    device: str
    work: Path
    ends: float  # deadline, on time.monotonic
    program: Path
    environment: dict[str, str]  # in which it finds LibTorch

    @property
    def is_gpu(self) -> bool:
        return self.device.startswith("cuda")

    @property
    def sizes(self) -> Sizes:
        return ON_GPU if self.is_gpu else ON_CPU

    @property
    def precisions(self) -> list[str]:
        return ["fp32", *half_precision(self.device)]

    def companion(self, name: str) -> Path:
        """Another program in the wheel. Raises Failed if the wheel doesn't contain it."""
        if not (path := self.program.with_name(name)).exists():
            raise Failed(f"this wheel does not contain {name}; make one with scripts/wheel.sh --checks")
        return path

    def run(self, command: list[str | Path], folder: Path | None = None, good: tuple[int, ...] = (0,)) -> str:
        """Runs a command and returns its output. Raises Failed with the end of its error output, or OutOfTime if the
        deadline passes; then the command and all its children are killed."""
        if (left := self.ends - time.monotonic()) <= 0:
            raise OutOfTime
        process = subprocess.Popen([str(part) for part in command], env=self.environment, cwd=folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip
        try:
            out, err = process.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            raise OutOfTime from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode not in good:
            raise Failed(f"{Path(str(command[0])).name} exited with {process.returncode}: {(err or out)[-2000:]}")
        return out

    def python(self, code: str, *arguments: object) -> str:
        """Runs Python code that can import the scripts in this folder. Returns its output."""
        start = f"import sys; sys.path.insert(0, {str(HERE)!r}); from pathlib import Path; a = sys.argv[1:]; "
        return self.run([sys.executable, "-c", start + code, *map(str, arguments)])

    def report(self, images: Path, captions: Path, more: list[str | Path], device: str | None = None) -> dict:
        return json.loads(self.run([self.program, "--images", images, "--captions", captions, "--device",
                                    device or self.device, "--quiet", *more]))  # fmt: skip

    def script(self, name: str, more: list[str | Path]) -> Found:
        """Runs another script in this folder, on this device."""
        path = self.work / f"{name}.json"
        self.run([sys.executable, HERE / f"{name}.py", "--program", self.program, "--work", self.work, "--device",
                  self.device, "--json", path, *more])  # fmt: skip
        figures = json.loads(path.read_text())
        return figures, [Table(**one) for one in figures.pop("tables")]


def tests(machine: Machine) -> Found:
    """Runs the tests that need a GPU, in a folder with the layout that they expect."""
    folder = machine.work / "tests-run"
    (folder / "tests").mkdir(parents=True, exist_ok=True)
    links = {"tise-eval": machine.program, "models": ROOT / "models", "examples": ROOT / "examples",
             **{f"tests/{path.name}": path for path in (ROOT / "tests").iterdir()}}  # fmt: skip
    for name, target in links.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)
    (folder / "tests.json").unlink(missing_ok=True)
    machine.run([machine.companion("tise-tests"), f"--gtest_filter={NEED_GPU}", "--gtest_output=json:tests.json"], folder,
                good=(0, 1))  # fmt: skip
    suites = json.loads((folder / "tests.json").read_text())["testsuites"]
    ran = [(f"{suite['name']}.{test['name']}", test) for suite in suites for test in suite["testsuite"]]
    figures = {"passed": [name for name, test in ran if test["result"] == "COMPLETED" and "failures" not in test],
               "skipped": [name for name, test in ran if test["result"] == "SKIPPED"],
               "failed": {name: [one["failure"] for one in test["failures"]] for name, test in ran if "failures" in test}}
    text = ", ".join(f"{len(names)} {what}" for what, names in figures.items())
    for what in ("skipped", "failed"):
        text += "".join(f"\n{what}: {name}" for name in figures[what])
    if figures["failed"]:
        raise Failed(text + "\n" + json.dumps(figures["failed"], indent=1))
    if machine.is_gpu and (figures["skipped"] or not figures["passed"]):
        raise Failed(text + "\nno GPU was found")
    return figures, [text]


def values(machine: Machine) -> Found:
    """Compares the demo world's values on the CPU and on the device."""
    def run(device: str, precision: str) -> dict[str, float]:
        report = machine.report(DEMO / "miscounting", DEMO / "captions.json", ["--models", "shapes", "--real",
                                DEMO / "real", "--metrics", "all,fidelity@views", "--precision", precision],
                                device)  # fmt: skip
        return {key: metric["value"] for key, metric in report["metrics"].items() if metric["value"] is not None}

    cpu = run("cpu", "fp32")
    others = {precision: run(machine.device, precision) for precision in machine.precisions}
    rows = [(key, f"{value:.9g}", *(apart(others[precision].get(key), value) for precision in machine.precisions))
            for key, value in cpu.items()]  # fmt: skip
    header = ("metric", "CPU", *(f"{name}, rel. diff." for name in machine.precisions))
    return {"cpu": cpu, **others}, [Table(header, rows)]


def apart(value: float | None, expected: float) -> str:
    return "–" if value is None or expected == 0 else f"{value / expected - 1:+.2g}"


def sets(machine: Machine, heavy: int, light: int) -> Found:
    """Each set of metrics, compared with its networks alone."""
    machine.companion("tise-roofline")
    return machine.script("run", ["--no-peers", "--images", str(heavy), "--light-images", str(light), "--precision",
                                  *machine.precisions])  # fmt: skip


def sets_with_detector(machine: Machine) -> Found:
    return sets(machine, machine.sizes.heavy, 0)


def sets_without(machine: Machine) -> Found:
    return sets(machine, 0, machine.sizes.light)


def scoring(machine: Machine) -> Found:
    machine.companion("tise-synthetic-store")
    return machine.script("scoring", ["--samples", str(machine.sizes.scored), "--rounds", "2"])


def lanes(machine: Machine) -> Found:
    """Twice as many lanes, on the pictures and networks of `sets_with_detector`."""
    machine.python("import inputs; inputs.prepare(Path(a[0]), int(a[1]))", machine.work, machine.sizes.heavy)
    inputs, weights = inputs_of(machine.work, machine.sizes.heavy)
    rates = {}
    for device in (machine.device, f"{machine.device},{machine.device}"):
        report = machine.report(inputs.images, inputs.captions, ["--models", weights.archives, "--metrics",
                                "CLIP-S,IS,SOA-C", "--precision", machine.precisions[-1], "--temperature", "0.9"],
                                device)  # fmt: skip
        rates[device] = report["run"]["images_per_second"]
    return rates, [Table(("device", "images/s"), [(device, f"{rate:.1f}") for device, rate in rates.items()])]


def small(machine: Machine) -> Found:
    """Many pictures of 64×64 with the demo's small networks: measures everything except the networks."""
    import memory

    count = machine.sizes.small
    machine.python("import memory; memory.make_pictures(Path(a[0]), [int(a[1])])", machine.work, count)
    figures = {}
    for precision in machine.precisions:
        run = machine.report(memory.images_of(machine.work, count), memory.captions_of(machine.work, count),
                             ["--models", "shapes", "--real", DEMO / "real", "--precision", precision])["run"]  # fmt: skip
        figures[precision] = {"images": count, **{key: run[key] for key in ("images_per_second", "stages")}}
    rows = [(precision, f"{count:,}", f"{one['images_per_second']:.0f}",
             ", ".join(f"{name} {seconds:.2f}" for name, seconds in one["stages"].items()))
            for precision, one in figures.items()]  # fmt: skip
    return figures, [Table(("precision", "images", "images/s", "stages, s"), rows)]


PARTS: tuple[Callable[[Machine], Found], ...] = (tests, values, sets_with_detector, sets_without, scoring, lanes,
                                                  small)


def arguments() -> argparse.Namespace:
    names = [part.__name__ for part in PARTS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, required=True, help="the installed wheel, to be recorded in the figures")
    parser.add_argument("--device", default="cuda", help="default: cuda; cpu is a dry run with few pictures")
    parser.add_argument("--minutes", type=float, default=10, help="time limit for everything; default: 10")
    parser.add_argument("--work", type=Path, default=WORK.with_name("gpu"), help="default: build/gpu")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="PART",
                        help=f"run only these parts of {', '.join(names)}")
    parser.add_argument("--save", action="store_true", help="write the tables to benchmarks/measurements/gpu.json and "
                        "docs/dev/measurements.md")
    args = parser.parse_args()
    if args.save and not args.device.startswith("cuda"):
        parser.error("--save is for runs on a GPU")
    return args


def about(machine: Machine) -> dict:
    """Describes the machine that is measured. Raises Failed if it doesn't have the GPU."""
    found = {"cores": available_cores(), "torch": _program.version_in(_program.torch_folder()),
             "system": platform.platform()}  # fmt: skip
    if machine.is_gpu:
        # In another process: otherwise this one would hold GPU memory.
        code = "import torch; print(torch.cuda.get_device_name(a[0]), torch.version.cuda, sep='\\n')"
        found["gpu"], found["cuda"] = machine.python(code, machine.device.split(",")[0]).splitlines()
    return found


def main() -> None:
    start = time.monotonic()
    args = arguments()
    try:
        environment = _program.environment()
    except _errors.ModelError as error:
        sys.exit(f"gpu.py: {error}")
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    machine = Machine(args.device, work, start + 60 * args.minutes, _program.PROGRAM, environment)
    try:
        figures = {"wheel": args.wheel.name, "device": args.device, "machine": about(machine), "parts": {}}
    except Failed as error:
        sys.exit(f"gpu.py: --device {args.device}: {str(error).splitlines()[-1]}")
    text, failed, tables = json.dumps(figures["machine"]), False, []
    made_by = {}
    if args.save:  # the wheel knows its commit; this folder may be a copy without one
        made_by = origin() | {"commit": machine.run([machine.program, "--version"]).split()[-1].strip("()")}
    for part in PARTS:
        if part.__name__ not in args.only:
            continue
        began = time.monotonic()
        try:
            found, shown = part(machine)
            says = "\n\n".join(map(str, shown))
            tables += [replace(one, caption=f"`{part.__name__}`") for one in shown if isinstance(one, Table)]
        except OutOfTime:
            found, says = {"left_out": True}, "skipped: out of time"
        except Exception as error:  # whatever goes wrong in one part, the next one runs
            says, failed = str(error) if isinstance(error, Failed) else repr(error), True
            found = {"error": says}
        seconds = time.monotonic() - began
        figures["parts"][part.__name__] = {"seconds": seconds, **found}
        title = f"== {part.__name__}, {seconds:.0f} s"
        print(f"{title}\n{says}\n", flush=True)
        text += f"\n\n{title}\n{says}"
        (work / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
        (work / "figures.txt").write_text(text + "\n")
        if args.save and tables:
            save(Measurement("gpu", "On a GPU", TEXT, tables), made_by)
    sys.exit(failed)


if __name__ == "__main__":
    main()
