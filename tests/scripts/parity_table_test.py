#!/usr/bin/env python3
"""Tests the page of results that tests/parity/run.sh --write writes."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))
from table import PARTS, Row, Run, Table, page  # noqa: E402

RUN = Run(("texts", "objects"), "2026-01-02", "abc1234", "tests/parity/run.sh --write", "tise-eval 0.1.0 (def5678)",
          "2 cores and 8 GiB of memory", ("torch 2.11.0", "numpy 2.4.6"))
CLOSE = Row("FID", "torch-fidelity", "3.5", "3.5", 1e-6, 1e-4)


def lines(text: str) -> str:
    return " ".join(text.split())


class Page(unittest.TestCase):
    def test_states_what_the_results_were_measured_with(self) -> None:
        text = lines(page({"texts": Table([CLOSE])}, RUN))
        self.assertIn("- texts, objects: measured on 2026-01-02 by `tests/parity/run.sh --write` at commit abc1234, "
                      "with tise-eval 0.1.0 (def5678), on a machine with 2 cores and 8 GiB of memory. Packages: torch 2.11.0, "
                      "numpy 2.4.6.", text)

    def test_has_a_section_for_each_measured_part_in_the_order_of_the_parts(self) -> None:
        text = page({"objects": Table([CLOSE]), "texts": Table([CLOSE])}, RUN)
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        self.assertEqual(headings, ["## Texts", "## Objects"])
        self.assertIn(lines(PARTS["texts"]), lines(text))

    def test_counts_rows_that_are_out_of_tolerance(self) -> None:
        noticed, missed = (Row("FID, mutant", "", "", "", apart, 1e-4, must_differ=True) for apart in (1e-2, 1e-6))
        missing = Row("IS", "", "", "none", float("nan"), 1e-4)
        self.assertIn("2 rows, all within tolerance", page({"texts": Table([CLOSE, noticed])}, RUN))
        text = page({"texts": Table([CLOSE, noticed]), "objects": Table([missed, missing])}, RUN)
        self.assertIn("4 rows, 2 OUT OF tolerance", text)
        self.assertEqual(text.count("| NO "), 2)


if __name__ == "__main__":
    unittest.main()
