"""Writes the images in Parquet files as a tar, for tise-eval --images -.

Images are copied unchanged and named by the number of their row, such as 00000000.png. Next to each, 00000000.json
contains the row's caption and other scalar columns. The same files always give the same tar.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Sequence, Union

from . import _commands
from ._errors import InputError, UsageError
from ._parquet_rows import FORMATS, check, find_columns, rows_of, schema_of

PathLike = Union[str, "os.PathLike[str]"]

DIGITS = 8  # least number of digits in an image's name
SHARD = re.compile(r"(?P<split>.+)-\d{5}-of-\d{5}(-[0-9a-f]{16})?")
# Extensions of files that tise-eval reads, other than Parquet.
OTHERS = (*FORMATS, "jpeg", "jpe", "jfif", "tiff", "dib", "pgm", "pbm", "pnm", "pfm", "zip", "tar", "tgz", "tbz2",
          "txz", "tzst", "gz", "bz2", "xz", "zst")
SPLITS = ("train", "training", "test", "testing", "validation", "valid", "val", "dev", "eval")


@dataclass(frozen=True)
class Parquet:
    """Images in Parquet files, or folders of them, for `evaluate`.

    `image` and `caption` name the columns; by default they are detected. `caption=""` means no captions. `split`
    chooses one of the splits in a folder. `skip_missing` skips rows without an image; by default they are an error.
    """

    places: PathLike | Sequence[PathLike]
    image: str | None = None
    caption: str | None = None
    split: str | None = None
    skip_missing: bool = False

    def __post_init__(self) -> None:
        places = [self.places] if isinstance(self.places, (str, os.PathLike)) else self.places
        object.__setattr__(self, "places", tuple(Path(place) for place in places))

    def write(self, file: BinaryIO) -> str:
        """Writes the tar and returns a line that describes it. Raises InputError, and ModelError without pyarrow."""
        paths = [path for place in self.places for path in shards_of(place, self.split)]
        schemas = [schema_of(path) for path in paths]
        columns = find_columns(paths[0], schemas[0][0], self.image, self.caption)
        for path, (schema, _) in zip(paths, schemas):
            check(path, schema, columns)
        rows = sum(count for _, count in schemas)
        digits = max(DIGITS, len(str(rows - 1)))
        number = images = missing = 0
        try:
            for path, (schema, _) in zip(paths, schemas):
                for found, text in rows_of(path, schema, columns, self.skip_missing):
                    for copy, extension, content in found:
                        stem = f"{number:0{digits}}{copy}"
                        add(file, f"{stem}.{extension}", content)
                        if text:
                            add(file, f"{stem}.json", text)
                    number, images, missing = number + 1, images + len(found), missing + (not found)
        except BaseException:
            # End the tar in the middle of a member, so that the reader notices that it is incomplete.
            file.write(header("cut-off", tarfile.BLOCKSIZE))
            raise
        file.write(bytes(2 * tarfile.BLOCKSIZE))
        left_out = f" ({missing} without an image skipped)" if missing else ""
        return (f"{images} images from {rows} rows{left_out}, column {columns.image}; "
                f"{'captions from column ' + columns.caption if columns.caption else 'no captions'}")


def parquet_of(images: PathLike | Parquet) -> Parquet | None:
    """Returns the images as Parquet; None if they aren't Parquet. A folder is Parquet if it contains .parquet files and
    no images or archives."""
    if isinstance(images, Parquet):
        return images
    names = (name for _, _, names in os.walk(images) for name in names) if os.path.isdir(images) else [images]
    is_parquet = False
    for name in names:
        extension = Path(name).suffix.lower()[1:]
        if extension in OTHERS:
            return None
        is_parquet |= extension == "parquet"
    return Parquet(images) if is_parquet else None


def shards_of(place: Path, split: str | None) -> list[Path]:
    """The Parquet files of a folder in natural order, or the file itself. Raises InputError."""
    if not place.is_dir():
        return [place] if place.exists() else fail(place, "no such file or folder")
    splits: dict[str, list[Path]] = {}
    for path in sorted(place.rglob("*.parquet"), key=natural):
        if path.is_file():
            splits.setdefault(split_of(path, place), []).append(path)
    if not splits:
        fail(place, "contains no .parquet files")
    chosen = [name for name in splits if split in (None, name, name.rpartition("/")[2])]
    if len(chosen) == 1:
        return splits[chosen[0]]
    names = ", ".join(name or "(others)" for name in splits)
    fail(place, f"has {'several splits' if chosen else 'no split ' + str(split)}; choose one of {names} with --split")


def natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", str(path))]


def split_of(path: Path, folder: Path) -> str:
    """The split in a path: `data/train` for `data/train-00000-of-00002.parquet` and `data/train/0000.parquet`; empty
    for other names."""
    parent = path.parent.relative_to(folder)
    shard = SHARD.fullmatch(path.stem)
    if shard or path.stem in SPLITS:
        return (parent / (shard["split"] if shard else path.stem)).as_posix()
    return parent.as_posix() if path.stem.isdecimal() and parent != Path() else ""


def fail(place: Path, why: str) -> NoReturn:
    raise InputError(f"images {place}: {why}")


def header(name: str, size: int) -> bytes:
    """A tar header without a time or a user."""
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT)


def add(tar: BinaryIO, name: str, content: Any) -> None:
    size = memoryview(content).nbytes
    tar.write(header(name, size))
    tar.write(content)
    tar.write(bytes(-size % tarfile.BLOCKSIZE))


def arguments() -> argparse.Namespace:
    parser = _commands.Parser(prog="tise-parquet", description=__doc__,
                              formatter_class=argparse.RawDescriptionHelpFormatter,
                              epilog="example: tise-parquet data/ | tise-eval --images - --captions -")
    parser.add_argument("places", nargs="+", metavar="PLACE", help="a Parquet file, or a folder of them")
    parser.add_argument("--image", metavar="COLUMN", help="column of images [the only one that contains images]")
    parser.add_argument("--caption", metavar="COLUMN",
                        help="column of captions, or '' for no captions [caption, text, prompt, …]")
    parser.add_argument("--split", metavar="NAME", help="split to read, if a folder has several")
    parser.add_argument("--skip-missing", action="store_true", help="skip rows without an image")
    parser.add_argument("--output", metavar="FILE", default="-", help="tar file to write, - for standard output [-]")
    return parser.parse_args()


def command() -> None:
    options = vars(arguments())
    output = options.pop("output")
    parquet = Parquet(**options)
    if output != "-":
        with _commands.written(Path(output), "output", mode="wb") as file:
            done = parquet.write(file)
    elif sys.stdout.isatty():
        raise UsageError("standard output is a terminal; pipe it to tise-eval --images -, or pass --output FILE")
    else:
        try:
            with open(sys.stdout.fileno(), "wb", closefd=False) as file:
                done = parquet.write(file)
        except OSError as error:
            raise InputError(f"standard output: {error.strerror}") from None
    print(done, file=sys.stderr)


def main() -> None:
    """Runs the command tise-parquet."""
    _commands.run("tise-parquet", command)
