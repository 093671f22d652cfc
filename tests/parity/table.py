"""The table that the suite prints: one row for each number that was compared."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

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
