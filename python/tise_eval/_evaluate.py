"""Runs the program."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence

from . import _commands
from ._errors import GateCrossed, UsageError, error_of
from ._parquet import Parquet, PathLike, parquet_of
from ._program import PROGRAM, environment
from ._report import Report

log = logging.getLogger("tise_eval")

Progress = Callable[[str, int, int], None]

COMMA_LISTS = ("metrics", "fail_if_worse")


def evaluate(images: PathLike | Parquet, *, captions: PathLike | Parquet | None = None,
             real: PathLike | Parquet | Sequence[PathLike] | Mapping[str, PathLike] | None = None,
             references: PathLike | None = None, metrics: Sequence[str] | str | None = None, samples: bool = False,
             progress: Progress | None = None, **flags: Any) -> Report:
    """Evaluates generated images, like `tise-eval --images … --captions … --real …`, and returns the report.

    `real`: real images, or statistics of them; or a list of these, such as `["coco/", "dinov2=dinov2.npz"]`, or a
    dict from archive names to statistics. `references`: captions written by people.
    `images` and `real` may be Parquet files or folders of them; pass a `Parquet` to choose their columns.
    `captions=images` takes the captions from the images' Parquet files.
    `samples=True` adds each sample's scores to the report. `progress` is called every few seconds with the stage, the
    number of items done and their total. Other flags are keyword arguments, with _ for -: `models="shapes"`,
    `batch_size=64`, `subset=True`, `fail_over={"FID": 20}`, `against=["a.json", "b.json"]`.

    The program's messages go to the logger `tise_eval`. Failed gates are in `Report.gates_crossed`. Raises UsageError,
    InputError, ModelError, InternalError or Interrupted.
    """
    for taken in ("output", "log_json", "print_config"):
        if taken in flags:
            raise UsageError(f"{taken}: not supported here; evaluate returns the report, save it with Report.write")
    feed, captions = with_captions(parquet_of(images), captions)
    wanted = {"captions": captions, "real": real, "references": references, "metrics": metrics}
    for name, value in wanted.items():
        if value is not None and value != []:  # an empty list of metrics means all
            flags[name] = value
    with tempfile.TemporaryDirectory(prefix="tise-eval-") as folder:
        is_one = isinstance(real, (str, os.PathLike, Parquet))
        if is_one and (real_images := parquet_of(real)) is not None:
            flags["real"] = Path(folder) / "real.tar"
            with _commands.written(flags["real"], "real images", mode="wb") as tar:
                replace(real_images, caption="").write(tar)
        output = Path(folder) / "report.json"
        sample_file = Path(folder) / "samples.jsonl"
        place = os.fspath(images) if feed is None else "-"
        arguments = ["--images", place, "--output", str(output), *as_arguments(flags)]
        if samples:
            arguments += ["--samples", str(sample_file)]
        code, errors = follow(arguments, progress, feed=feed)
        if code not in (0, GateCrossed.code) or not output.is_file():
            raise error_of(code, said(code, errors))
        lines = sample_file.read_text(encoding="utf-8").splitlines() if samples else []
        return Report(json.loads(output.read_text(encoding="utf-8")), samples=[json.loads(line) for line in lines],
                      gates_crossed=errors if code == GateCrossed.code else [])


def run(arguments: Iterable[PathLike], *, progress: Progress | None = None) -> str:
    """Runs any command, such as `["stats", "--images", "coco-val", "--output", "coco-val.npz"]`, and returns its
    output. Raises what `evaluate` does, and GateCrossed if a gate failed."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        code, errors = follow([os.fspath(argument) for argument in arguments], progress, printed)
        if code != 0:
            raise error_of(code, said(code, errors))
        printed.seek(0)
        return printed.read()


def said(code: int, errors: list[str]) -> str:
    return "\n".join(errors) or (f"ended by signal {-code}" if code < 0 else f"exited with code {code}")


def as_arguments(flags: Mapping[str, Any]) -> list[str]:
    """Converts keyword arguments to command-line flags."""
    arguments: list[str] = []
    for name, value in flags.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            arguments.append(flag)
        elif isinstance(value, Mapping):
            arguments += [part for key, limit in value.items() for part in (flag, f"{key}={limit}")]
        elif isinstance(value, (list, tuple)):
            texts = [os.fspath(one) if isinstance(one, os.PathLike) else str(one) for one in value]
            arguments += [flag, ",".join(texts)] if name in COMMA_LISTS else [p for text in texts for p in (flag, text)]
        else:
            arguments += [flag, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
    return arguments


def with_captions(feed: Parquet | None, captions: PathLike | Parquet | None) \
        -> tuple[Parquet | None, PathLike | Parquet | None]:
    """Returns what to feed the program, and the value of --captions: "-" if the captions are fed with the images.
    Raises UsageError."""
    source = None if captions is None else parquet_of(captions)
    if source is not None:
        if feed is None or source.places != feed.places:
            raise UsageError("captions: Parquet captions are read with their images; pass captions=images")
        feed, captions = replace(feed, caption=feed.caption if source.caption is None else source.caption), "-"
    return (replace(feed, caption="") if feed is not None and captions != "-" else feed), captions


def follow(arguments: list[str], progress: Progress | None, printed: Any = subprocess.DEVNULL,
           feed: Parquet | None = None) -> tuple[int, list[str]]:
    """Runs the program, forwards its messages, and returns its exit code and its errors. Writes `feed` to its standard
    input. Raises what reading `feed` raises."""
    errors: list[str] = []
    command = [str(PROGRAM), *with_json_log(arguments)]
    with subprocess.Popen(command, env=environment(), stdin=None if feed is None else subprocess.PIPE, stdout=printed,
                          stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace") as process, \
            ThreadPoolExecutor(1) as pool:
        feeding = None if feed is None else pool.submit(give, feed, process)
        assert process.stderr is not None
        try:
            for line in process.stderr:
                hear(line, errors, progress)
        except BaseException:  # Ctrl-C, or raised by the caller's `progress`: don't leave the program running
            process.terminate()
            raise
        if feeding is not None:
            feeding.result()
    return process.returncode, errors


def give(feed: Parquet, process: subprocess.Popen[str]) -> None:
    """Writes `feed` to the process's standard input. If that fails, ends the process and raises what `feed.write`
    raised."""
    assert process.stdin is not None
    try:
        with process.stdin:
            feed.write(process.stdin.buffer)
    except BrokenPipeError:  # the process has ended; its exit code tells why
        pass
    except BaseException:
        process.terminate()
        raise


def with_json_log(arguments: list[str]) -> list[str]:
    is_silent = arguments[:1] and arguments[0] in ("doctor", "explain", "recipes", "completion", "man")
    return arguments if is_silent else [*arguments, "--log-json"]


def hear(line: str, errors: list[str], progress: Progress | None) -> None:
    try:
        said = json.loads(line)
    except ValueError:  # not ours: a library printed it
        said = {"level": "error" if line.startswith("tise-eval: ") else "info", "message": line.rstrip()}
    if said.get("event") == "progress":
        if progress is not None:
            progress(said["stage"], said["done"], said["total"])
        return
    message = said.get("message", "").removeprefix("tise-eval: ")
    if said["level"] == "error":  # will be raised, or be in the report
        errors.append(message)
        return
    log.log(logging.getLevelName(said["level"].upper()), "%s", message)
