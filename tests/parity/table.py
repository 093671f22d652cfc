"""The suite's results: one table per part, one row for each number that was compared."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

PARTS = {  # in the order of the page, with what each compares
    "texts": "Token ids of random strings, compared with the tokenizers of the `clip` and open_clip packages. The "
             "difference is the share of strings whose ids differ.",
    "protocols": "IS, IS*, FID, O-IS, O-FID, RP, SOA-C, SOA-I, PA and CA of `--protocol paper` and `--protocol tise`, and RS, "
                 "on the demo world, compared with the published formulas in float64 on the same rows. Differences are "
                 "relative.",
    "images": "CLIP-S, RefCLIP-S, IS and FID of photographs, compared with the published implementations and with "
              "repeated runs. In rows of every pair, the difference is the largest absolute one of any pair, and theirs "
              "and ours are means. Other differences are relative. In rows of all metrics, the metric that differs most "
              "is shown.",
    "networks": "CLIP-S and RefCLIP-S of every pair with other CLIP networks, compared with the packages that publish "
                "these. The difference is the largest absolute one of any pair; theirs and ours are means.",
    "objects": "Detections, compared with torchvision's, and the metrics that depend on them, with their definitions in "
               "float64. Differences of counts, boxes and scores are absolute, of metrics relative.",
    "fidelity": "Features, FD, KID and MMD of DINOv2 and CLIP ViT-L/14@336, compared with those of packages. What no "
                "package has (preparations, CMMD) is repeated from the published code. The first rows are of KID and MMD "
                "alone, on the rows of our store. Differences are relative, those of features to the row's length.",
    "exports": "Archives, compared with the networks that they are made from, on noise, as each export does when it ends. "
               "The difference is the largest of any output, relative to its largest number, which is the column theirs.",
}
HEADINGS = ("metric", "peer", "theirs", "ours", "difference", "tolerance", "ok")


@dataclass(frozen=True)
class Row:
    metric: str
    peer: str
    theirs: str
    ours: str
    difference: float
    tolerance: float
    must_differ: bool = False  # for a mutant, which the comparison must notice

    @property
    def ok(self) -> bool:
        return self.difference > self.tolerance if self.must_differ else self.difference <= self.tolerance

    def cells(self) -> tuple[str, ...]:
        sign = ">" if self.must_differ else "≤"
        return (self.metric, self.peer, self.theirs, self.ours, f"{self.difference:.1e}",
                f"{sign} {self.tolerance:.0e}", "yes" if self.ok else "NO")


@dataclass
class Table:
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)

    @property
    def ok(self) -> bool:
        return bool(self.rows) and all(row.ok for row in self.rows)

    def markdown(self) -> str:
        lines = [HEADINGS, *(row.cells() for row in self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
        text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
        text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join(text)


Tables = Mapping[str, Table]  # by part


@dataclass(frozen=True)
class Run:
    """What the results of some parts were measured with."""

    parts: tuple[str, ...]
    date: str
    commit: str
    command: str
    program: str  # with its own commit: it may be older than the suite
    machine: str
    packages: tuple[str, ...]

    def markdown(self) -> str:
        return wrapped(f"- {', '.join(self.parts)}: measured on {self.date} by `{self.command}` at commit {self.commit}, "
                       f"with {self.program}, on a machine with {self.machine}. Packages: {', '.join(self.packages)}.", "  ")


def wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 110, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def page(tables: Tables, *runs: Run) -> str:
    """The text of docs/dev/parity-results.md."""
    rows = [row for table in tables.values() for row in table.rows]
    wrong = sum(not row.ok for row in rows)
    blocks = [
        "# Results of the parity suite",
        wrapped("Written by `tests/parity/run.sh --write`; don't edit it. [parity.md](parity.md) describes the method and "
                "the tolerances."),
        "\n".join(run.markdown() for run in runs),
        wrapped(f"{len(rows)} rows, {f'{wrong} OUT OF' if wrong else 'all within'} tolerance. If the tolerance begins "
                "with `>`, the row is for a mutant, a computation with one deliberate error, and must differ by more."),
    ]
    for part, what in PARTS.items():
        if part in tables:
            blocks += [f"## {part.capitalize()}", wrapped(what), tables[part].markdown()]
    return "\n\n".join(blocks) + "\n"


def say(text: str, start: float = time.monotonic()) -> None:
    print(f"[{time.monotonic() - start:4.0f} s] {text}", file=sys.stderr, flush=True)


def number(value: float) -> str:
    return f"{value:.7g}"


def relative(metric: str, peer: str, theirs: float, ours: float | None, tolerance: float,
             must_differ: bool = False) -> Row:
    """A row with the relative difference. NaN and missing values are out of tolerance, and don't pass for a mutant
    either."""
    difference = float("nan") if ours is None else abs(ours - theirs) / max(abs(theirs), 1e-12)
    return Row(metric, peer, number(theirs), "none" if ours is None else number(ours), difference, tolerance,
               must_differ)


def same_again(table: Table, label: str, peer: str, first: dict[str, float], again: dict[str, float],
               tolerance: float) -> None:
    """Adds a row for the metric that differs most, relatively, between two runs."""
    nan = float("nan")
    apart = {metric: abs(again.get(metric, nan) - value) / max(abs(value), 1e-12) for metric, value in first.items()}
    worst = max(apart, key=lambda metric: (apart[metric] != apart[metric], apart[metric]))  # NaN first
    table.add(Row(f"all {len(apart)} metrics, {label}", peer, number(first[worst]), number(again.get(worst, nan)),
                  apart[worst], tolerance))
