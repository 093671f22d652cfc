"""Fetching published files: once, resumed where a connection broke, and never taken for whole before checked.

Needs nothing but Python's own library.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import re
import ssl
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from published import Published

TIMEOUT = 60  # seconds without a byte
ATTEMPTS = 5
PAUSE = 2.0  # seconds before the second attempt; twice as long before each next one
BLOCK = 1 << 20


class FetchError(Exception):
    """The file can't be had; the message is one line."""


class Broken(OSError):
    """The connection ended before the file did."""


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "tise-eval" / "weights"


def known_folders() -> list[Path]:
    """Ours, and where the `clip` package and torch keep what they fetched."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    torch_home = Path(os.environ.get("TORCH_HOME") or cache / "torch")
    return [cache_folder(), Path.home() / ".cache" / "clip", torch_home / "hub" / "checkpoints"]


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fetch(wanted: Published) -> Path:
    """The file, from a folder where it already is or from its address. Raises FetchError."""
    for folder in known_folders():
        if (path := right_one(folder / wanted.file, wanted)) is not None:
            return path
    target = cache_folder() / wanted.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            return right_one(target, wanted) or download(wanted, target)
    except OSError as error:
        raise FetchError(f"{target}: cannot be written: {error.strerror or error}") from error


def right_one(path: Path, wanted: Published) -> Path | None:
    """The path, where a file with the wanted hash is there."""
    if not path.is_file():
        return None
    if (found := sha256(path)).startswith(wanted.sha256):
        return path
    print(f"{path}: passed over, since its SHA-256 is {found}, not {wanted.sha256}", file=sys.stderr)
    return None


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """One process at a time. The empty file stays; a dead process doesn't hold it."""
    with open(target.with_name(target.name + ".lock"), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{target}: waiting for another process that fetches it", file=sys.stderr)
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
    if resumed:  # what lay there may have been of another file
        print(f"{wanted.file}: its first part was another file's; from the start", file=sys.stderr)
        return download(wanted, target)
    raise FetchError(f"{wanted.url}: its SHA-256 is {found}, not {wanted.sha256}: the file is damaged or another one")


def receive_persistently(wanted: Published, partial: Path) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return receive(wanted, partial)
        except (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, TimeoutError,
                ConnectionError, Broken) as error:
            there = partial.stat().st_size if partial.is_file() else 0
            if attempt == ATTEMPTS or not may_pass(error):
                rest = f"run this again to go on from {megabytes(there)}, or " if there else ""
                raise FetchError(f"cannot fetch {wanted.url}: {reason(error)}: {rest}fetch it elsewhere and put it "
                                 f"into {cache_folder()}") from error
            print(f"{wanted.file}: {reason(error)} at {megabytes(there)}; again in {PAUSE * 2 ** (attempt - 1):.0f} s",
                  file=sys.stderr)
            time.sleep(PAUSE * 2 ** (attempt - 1))


def may_pass(error: Exception) -> bool:
    """Whether it may go better the next time: not where the server knows no such file, or no server is known."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code >= 500 or error.code in (408, 416, 429)
    return not isinstance(error, urllib.error.URLError) or isinstance(error.reason, (TimeoutError, ConnectionError))


def reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    cause = getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause) or type(error).__name__


def receive(wanted: Published, partial: Path) -> None:
    """Appends to what is there; from the start, where the server can't go on from within the file."""
    there = partial.stat().st_size if partial.is_file() else 0
    request = urllib.request.Request(wanted.url, headers={"Range": f"bytes={there}-"} if there else {})
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and there:
            if error.headers.get("Content-Range", "").endswith(f"/{there}"):
                return  # nothing is missing
            partial.unlink()
        raise
    with answer:
        start = start_of(answer, there)
        length = answer.headers.get("Content-Length")
        whole = start + int(length) if length is not None else None
        place = f"on from {megabytes(start)} " if start else ""
        print(f"fetching {wanted.url} {place}({megabytes(whole)})", file=sys.stderr)
        with open(partial, "r+b" if start else "wb") as file:
            file.truncate(start)
            file.seek(start)
            copy(answer, file, whole)
        if whole is not None and partial.stat().st_size < whole:
            raise Broken("the connection broke off")


def start_of(answer, asked: int) -> int:
    """Where in the file the answer's first byte is."""
    said = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if answer.status != 206 or said is None:
        return 0
    if int(said[1]) != asked:
        raise Broken(f"the server went on from byte {said[1]}, not {asked}")
    return asked


def copy(answer, file, whole: int | None) -> None:
    shown = 0.0
    while block := answer.read(BLOCK):
        file.write(block)
        if sys.stderr.isatty() and time.monotonic() - shown > 0.2:
            shown = time.monotonic()
            print(f"\r  {megabytes(file.tell())} of {megabytes(whole)} ", end="", file=sys.stderr, flush=True)
    if shown:
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)


def megabytes(size: int | None) -> str:
    return "size unknown" if size is None else f"{size / 1e6:,.1f} MB"
