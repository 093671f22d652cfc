"""Converts the TISE toolbox's caption pickles to a captions file (JSON Lines) for tise-eval.

The kind of a pickle is recognized by its content. Image names are those that the toolbox's README and scripts give
the generated files. `metrics` lists the metrics that use an item:

  pickle           recognized by         image                              metrics
  PA               a list for each word  {position}/{caption_id}.png        PA
  RP               mismatched_captions   {caption_id}.png                   RP
  CA               counting_info         {caption_id}.png                   CA
  SOA              name label_NN_*.pkl   {label}/{caption_id}_{copy}.png    SOA-C, SOA-I
                   without caption_id    {label}/image_{number}.png
  image realism    none of these         {caption_id}.png                   IS, IS*, FID, O-IS, O-FID

No code in a pickle is run: only plain data and numpy's numbers, strings and flat arrays are read, and a pickle that
contains anything else is refused.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from pathlib import Path
from typing import Any, Callable, Iterator, NoReturn, TextIO

from . import _commands
from ._errors import InputError, UsageError
from ._pickles import Array, Refused, Unpickler

# COCO's classes in the order of SOA's labels: label_00 is person.
COCO = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear",
    "hair drier", "toothbrush",
)

METRICS = {"PA": ["PA"], "RP": ["RP"], "CA": ["CA"], "SOA": ["SOA-C", "SOA-I"],
           "realism": ["IS", "IS*", "FID", "O-IS", "O-FID"]}
IMAGES = {"PA": "{position}/{caption_id}.png", "RP": "{caption_id}.png", "CA": "{caption_id}.png",
          "SOA": "{label}/{caption_id}_{copy}.png", "realism": "{caption_id}.png"}
SOA_NUMBERED = "{label}/image_{number}.png"
SOA_COPIES = 3  # number of images that the toolbox makes per caption

Record = dict[str, Any]


def fail(message: str) -> NoReturn:
    raise InputError(message)


# The factories of defaultdicts; they are never called.
FACTORIES = {f"{module}.{kind}": kind for module in ("builtins", "__builtin__")
             for kind in ("int", "float", "list", "dict", "str")}


class Plain:
    """Copies a value, converting arrays and tuples to lists. Refuses values that expand to more than MOST elements."""

    MOST = 50_000_000  # 30,000 captions with 99 others each are 3 million

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, value: Any) -> Any:
        self.seen += 1
        if self.seen > self.MOST:
            raise Refused(f"expands to more than {self.MOST:,} values: refused")
        if isinstance(value, Array):
            return self(value.elements())
        if isinstance(value, dict):
            return {key: self(element) for key, element in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(element) for element in value]
        return value


def read_pickle(path: Path) -> Any:
    try:
        with open(path, "rb") as file:
            return Plain()(Unpickler(file, FACTORIES).load())
    except Refused as error:
        fail(f"captions {path}: {error}")
    except OSError as error:
        fail(f"captions {path}: {error.strerror}")
    except Exception as error:  # a damaged pickle can raise any exception
        fail(f"captions {path}: not a pickle, or damaged: {type(error).__name__}: {error}".splitlines()[0])


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(is_text(element) for element in value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        is_text(key) and is_number(number) for key, number in value.items())


class Source:
    """A pickle: its kind, and its items by positional word."""

    def __init__(self, path: Path):
        self.path = path
        self.label = path.stem
        self.root = read_pickle(path)
        self.groups = self.find_groups()
        self.kind = self.find_kind()

    def fail(self, why: str) -> NoReturn:
        fail(f"captions {self.path}: {why}")

    def find_groups(self) -> dict[str | None, list]:
        """The lists of items by positional word; by None if the file has no words."""
        groups = self.root if isinstance(self.root, dict) else {None: self.root}
        for word, items in groups.items():
            of_word = "" if word is None else f" of {word!r}"
            if word is not None and not is_text(word):
                self.fail(f"not a TISE caption file: {word!r} is not a positional word")
            if not isinstance(items, list):
                self.fail(f"not a TISE caption file: expected a list of items{of_word}, got {type(items).__name__}")
            for number, item in enumerate(items, 1):
                if not isinstance(item, dict) or not isinstance(item.get("caption"), str):
                    self.fail(f"item {number}{of_word} has no caption")
        if not any(groups.values()):
            self.fail("has no items")
        return groups

    def find_kind(self) -> str:
        if isinstance(self.root, dict):
            return "PA"
        if "mismatched_captions" in self.root[0]:
            return "RP"
        if "counting_info" in self.root[0]:
            return "CA"
        return "SOA" if re.match(r"label_\d+", self.label) else "realism"

    def soa_class(self) -> str:
        number = int(re.match(r"label_(\d+)", self.label)[1])
        if number >= len(COCO):
            self.fail(f"label {number} is not one of COCO's {len(COCO)} classes")
        return COCO[number]

    def field(self, item: Record, name: str, what: str, good: Callable[[Any], bool]) -> Any:
        """A field that every item of this kind must have."""
        if not good(item.get(name)):
            self.fail(f"item {item['caption']!r}: {name} is missing or is not {what}")
        return item[name]

    def annotation(self, item: Record, position: str | None) -> Record:
        """The fields in addition to image and caption."""
        if self.kind == "PA":
            return {"position": position, "opposite": self.field(item, "false_caption", "a string", is_text)}
        if self.kind == "RP":
            return {"distractors": self.field(item, "mismatched_captions", "a list of strings", is_texts)}
        if self.kind == "CA":
            return {"counts": self.field(item, "counting_info", "a number per class", is_counts)}
        return {"objects": [self.soa_class()]} if self.kind == "SOA" else {}

    def image(self, pattern: str, values: Record) -> str:
        def value_of(match: re.Match) -> str:
            if not isinstance(values.get(match[1]), (str, int)):
                self.fail(f"item {values['caption']!r} has no {match[1]}; name the images with --image, which may "
                          f"use {', '.join(key for key in values if isinstance(values[key], (str, int)))}")
            return str(values[match[1]])
        return re.sub(r"\{(\w+)\}", value_of, pattern)

    def naming(self, pattern: str | None, copies: int | None) -> tuple[str, int]:
        """The pattern of image names, and the number of images per caption."""
        if pattern is None:
            numbered = self.kind == "SOA" and "caption_id" not in self.root[0]
            pattern = SOA_NUMBERED if numbered else IMAGES[self.kind]
        if copies is None:
            copies = SOA_COPIES if "{copy}" in pattern else 1
        if copies > 1 and "{copy}" not in pattern:
            raise UsageError(f"--copies {copies} needs {{copy}} in the image names, which are {pattern}; pass --image")
        return pattern, copies

    def records(self, pattern: str | None, copies: int | None, metrics: list[str] | None) -> Iterator[Record]:
        pattern, copies = self.naming(pattern, copies)
        for position, items in self.groups.items():
            for number, item in enumerate(items):
                annotation = self.annotation(item, position)
                for copy in range(copies):
                    named = {**item, "position": position, "label": self.label, "number": number, "copy": copy}
                    record = {"image": self.image(pattern, named), "caption": item["caption"], **annotation}
                    yield record if metrics is None else {**record, "metrics": metrics}


def sources_of(paths: list[Path]) -> list[Source]:
    files: list[Path] = []
    for path in paths:
        found = sorted(path.glob("*.pkl")) if path.is_dir() else [path]
        if not found:
            fail(f"captions {path}: contains no .pkl files")
        files += found
    sources = [Source(file) for file in files]
    for source in sources[1:]:
        if source.kind != sources[0].kind:
            fail(f"captions {sources[0].path}: is of kind {sources[0].kind}, but {source.path} is of kind "
                 f"{source.kind}; import them one at a time (JSON Lines files can be joined with cat)")
    return sources


def write_lines(records: Iterator[Record], file: TextIO) -> int:
    """Writes one line per record. Returns their number."""
    count = 0
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
        count += 1
    file.flush()
    return count


def write(records: Iterator[Record], output: Path | None) -> int:
    """Writes to a file, atomically, or to stdout. Returns the number of records."""
    if output is None:
        sys.stdout.reconfigure(encoding="utf-8")
        return write_lines(records, sys.stdout)
    with _commands.written(output, "captions file", mode="w", encoding="utf-8") as file:
        return write_lines(records, file)


def metrics_of(text: str | None, kind: str) -> list[str] | None:
    if text is None:
        return METRICS[kind]
    return None if text == "all" else [name.strip() for name in text.split(",")]


def arguments(name: str, given: list[str]) -> argparse.Namespace:
    parser = _commands.Parser(prog=name, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captions", type=Path, nargs="+", metavar="FILE",
                        help="pickles of one kind, or a folder of them (such as SOA's 80)")
    parser.add_argument("--output", type=Path, metavar="FILE",
                        help="captions file to write, such as pa.jsonl [stdout]")
    parser.add_argument("--metrics", metavar="LIST",
                        help="metrics that use these items, or `all` [as in the table above]")
    parser.add_argument("--image", metavar="PATTERN",
                        help="pattern of image names, such as 'pa/{position}/{caption_id}.jpg'; may use any "
                        "field of the items, and {label}, {position}, {number} (from 0) and {copy}")
    parser.add_argument("--copies", type=int, metavar="N",
                        help=f"images per caption [{SOA_COPIES} if the pattern has {{copy}}, else 1]")
    return parser.parse_args(given)


def run(options: argparse.Namespace) -> None:
    """Raises UsageError and InputError."""
    if options.copies is not None and options.copies < 1:
        raise UsageError(f"--copies {options.copies}: must be at least 1")
    sources = sources_of(options.captions)
    metrics = metrics_of(options.metrics, sources[0].kind)
    records = (record for source in sources for record in source.records(options.image, options.copies, metrics))
    try:
        count = write(records, options.output)
    except UnicodeEncodeError:
        fail(f"captions {sources[0].path}: a caption contains half of a surrogate pair, which is not valid text")
    print(f"wrote {count} items for {sources[0].kind} to {options.output or 'stdout'}", file=sys.stderr)


def main() -> None:
    """Runs scripts/import_tise.py."""
    name = Path(sys.argv[0]).name
    _commands.run(name, lambda: run(arguments(name, sys.argv[1:])))
