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
    """The report on generated images: what `tise-eval --images … --captions … --real …` computes.

    `real`: real images, or statistics of them; a list of these, such as `["coco/", "dinov2=dinov2.npz"]`, or a dict
    of statistics by the archives that they are for. `references`: captions that people wrote.
    `images` and `real` may be Parquet files or folders of them; a `Parquet` names their columns. `captions=images`
    takes the captions in them.
    `samples`: the report has each sample's scores too. `progress` is called with a stage, how much of it is done
    and how much there is, every few seconds. All other flags of the main job go by their names, with _ for -:
    `models="shapes"`, `batch_size=64`, `subset=True`, `fail_over={"FID": 20}`, `against=["a.json", "b.json"]`.

    What the program says goes to the logger `tise_eval`. Where a gate was crossed the report says so
    (`Report.gates_crossed`). Throws UsageError, InputError, ModelError, InternalError or Interrupted.
    """
    for taken in ("output", "log_json", "print_config"):
        if taken in flags:
            raise UsageError(f"{taken}: not here; the report is returned, and write it with Report.write")
    feed, captions = with_captions(parquet_of(images), captions)
    wanted = {"captions": captions, "real": real, "references": references, "metrics": metrics}
    for name, value in wanted.items():
        if value is not None and value != []:  # no metrics named: all
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
    """Runs any command, such as `["stats", "--images", "coco-val", "--output", "coco-val.npz"]`, and returns what it
    prints. Throws as `evaluate`, and GateCrossed where a gate was crossed."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        code, errors = follow([os.fspath(argument) for argument in arguments], progress, printed)
        if code != 0:
            raise error_of(code, said(code, errors))
        printed.seek(0)
        return printed.read()


def said(code: int, errors: list[str]) -> str:
    return "\n".join(errors) or (f"ended by signal {-code}" if code < 0 else f"ended with {code}")


def as_arguments(flags: Mapping[str, Any]) -> list[str]:
    """Keywords as one would type them."""
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
    """What to feed, and the value of --captions, "-" for those next to the images. Throws UsageError."""
    source = None if captions is None else parquet_of(captions)
    if source is not None:
        if feed is None or source.places != feed.places:
            raise UsageError("captions: captions in Parquet are read with their images: captions=images")
        feed, captions = replace(feed, caption=feed.caption if source.caption is None else source.caption), "-"
    return (replace(feed, caption="") if feed is not None and captions != "-" else feed), captions


def follow(arguments: list[str], progress: Progress | None, printed: Any = subprocess.DEVNULL,
           feed: Parquet | None = None) -> tuple[int, list[str]]:
    """Runs the program, passes on what it says, and returns its exit code and its errors. `feed` is its standard input.
    Throws what reading that throws."""
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
        except BaseException:  # Ctrl-C, or the caller's progress: the program is not left running
            process.terminate()
            raise
        if feeding is not None:
            feeding.result()
    return process.returncode, errors


def give(feed: Parquet, process: subprocess.Popen[str]) -> None:
    """Writes the process's standard input. Ends the process if that fails, and throws what `feed.write` throws."""
    assert process.stdin is not None
    try:
        with process.stdin:
            feed.write(process.stdin.buffer)
    except BrokenPipeError:  # the process has ended, and its exit code says why
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
    except ValueError:  # from a library
        said = {"level": "error" if line.startswith("tise-eval: ") else "info", "message": line.rstrip()}
    if said.get("event") == "progress":
        if progress is not None:
            progress(said["stage"], said["done"], said["total"])
        return
    message = said.get("message", "").removeprefix("tise-eval: ")
    if said["level"] == "error":  # thrown, or in the report
        errors.append(message)
        return
    log.log(logging.getLevelName(said["level"].upper()), "%s", message)
