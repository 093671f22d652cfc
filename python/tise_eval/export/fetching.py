"""Downloads published files with curl. Resumes broken downloads, and uses a file only after checking its hash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .errors import ExportError
from .published import Published

TIMEOUT = 60  # seconds without a byte
ATTEMPTS = 5
PAUSE = 2.0  # seconds before the second attempt; twice as long before each next one
BLOCK = 1 << 20

# Meanings of curl's exit codes. Only those in MAY_PASS are worth another attempt.
HTTP_ERROR, CANNOT_RESUME = 22, 33
NOTHING_BEYOND = "416"  # the server's status if the partial file is as long as the whole, or longer
MAY_PASS = {7: "cannot connect", 18: "connection lost", 28: "timeout", 35: "TLS handshake failed",
            52: "empty response", 55: "sending failed", 56: "receiving failed"}


class FetchError(ExportError):
    """The file is unavailable."""


def cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def cache_folder() -> Path:
    return cache_home() / "tise-eval" / "weights"


def known_folders() -> list[Path]:
    """Our cache, and those of the `clip` package and torch."""
    torch_home = Path(os.environ.get("TORCH_HOME") or cache_home() / "torch")
    return [cache_folder(), Path.home() / ".cache" / "clip", torch_home / "hub" / "checkpoints"]


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fetch(wanted: Published) -> Path:
    """The file: from a known folder if it exists there, else downloaded. Raises FetchError."""
    for folder in known_folders():
        if (path := right_one(folder / wanted.file, wanted)) is not None:
            return path
    target = cache_folder() / wanted.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            return right_one(target, wanted) or download(wanted, target)
    except OSError as error:
        raise FetchError(f"{target}: cannot write: {error.strerror or error}") from error


def right_one(path: Path, wanted: Published) -> Path | None:
    """The path if it is a file with the wanted hash, else None."""
    if not path.is_file():
        return None
    if (found := sha256(path)).startswith(wanted.sha256):
        return path
    print(f"{path}: ignored, since its SHA-256 is {found}, not {wanted.sha256}", file=sys.stderr)
    return None


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Locks the download for one process at a time. The empty lock file remains, but not the lock of a dead process."""
    with open(target.with_name(target.name + ".lock"), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{target}: another process is downloading it; waiting for it to finish", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def download(wanted: Published, target: Path) -> Path:
    partial = target.with_name(target.name + ".partial")
    resumed = partial.is_file() and partial.stat().st_size > 0
    receive_persistently(wanted, partial)
    found = sha256(partial)
    if found.startswith(wanted.sha256):
        return partial.replace(target)
    partial.unlink()
    if resumed:  # the partial file may have been from another file
        print(f"{wanted.file}: the partial download does not match; starting over", file=sys.stderr)
        return download(wanted, target)
    raise FetchError(f"{wanted.url}: wrong or damaged file: its SHA-256 is {found}, not {wanted.sha256}")


def receive_persistently(wanted: Published, partial: Path) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        why, may_pass = receive(wanted, partial)
        if not why:
            return
        there = partial.stat().st_size if partial.is_file() else 0
        if attempt == ATTEMPTS or not may_pass:
            rest = f"run the same command again to resume at {megabytes(there)}, or " if there else ""
            raise FetchError(f"cannot download {wanted.url}: {why}; {rest}download it yourself into {cache_folder()}")
        pause = PAUSE * 2 ** (attempt - 1)
        print(f"{wanted.file}: {why} at {megabytes(there)}; retrying in {pause:.0f} s", file=sys.stderr)
        time.sleep(pause)


def receive(wanted: Published, partial: Path) -> tuple[str, bool]:
    """Downloads the rest of the file. Returns why that failed (empty on success), and whether a retry may help."""
    print(f"downloading {wanted.url} ({megabytes(wanted.size)})", file=sys.stderr)
    progress = ["--progress-bar"] if sys.stderr.isatty() else ["--silent"]
    limits = ["--connect-timeout", str(TIMEOUT), "--speed-time", str(TIMEOUT), "--speed-limit", "1"]
    command = ["curl", "--fail", "--location", "--continue-at", "-", *progress, *limits, "--output", str(partial),
               "--write-out", "%{http_code} %{errormsg}", wanted.url]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    except FileNotFoundError:
        return "curl is not installed", False
    status, _, message = done.stdout.partition(" ")
    if done.returncode == 0 or status == NOTHING_BEYOND:  # the hash is checked later
        return "", False
    if done.returncode == CANNOT_RESUME:
        partial.unlink()
        return "the server does not support resuming", True
    if done.returncode == HTTP_ERROR:
        return f"HTTP {status}", status >= "500" or status in ("408", "429")
    return MAY_PASS.get(done.returncode, message or f"curl's exit code {done.returncode}"), done.returncode in MAY_PASS


def megabytes(size: int | None) -> str:
    return "size unknown" if size is None else f"{size / 1e6:,.1f} MB"
