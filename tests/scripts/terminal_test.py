#!/usr/bin/env python3
"""What the program says on a terminal: colour, unless NO_COLOR is set. TISE_EVAL names it."""

import os
import pty
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ESCAPE = "\x1b["


def on_a_terminal(arguments: list, **variables: str) -> str:
    """What a run writes to a stderr that is a terminal."""
    ours, its = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "OMP_WAIT_POLICY": "PASSIVE", **variables}
    process = subprocess.Popen([os.environ["TISE_EVAL"], *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=its,
                               env=environment)
    os.close(its)
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # its end was closed
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    process.wait()
    return said.decode()


class Terminal(unittest.TestCase):
    WRONG = ["--imgaes", "x"]
    RUN = ["--models", "shapes", "--images", ROOT / "examples/shapes/collapsed", "--metrics", "IS"]

    def test_an_error_is_in_colour(self) -> None:
        said = on_a_terminal(self.WRONG)
        self.assertIn(ESCAPE, said)
        self.assertIn("did you mean --images", said)

    def test_a_warning_is_in_colour_and_information_is_not(self) -> None:
        lines = on_a_terminal(self.RUN).splitlines()
        self.assertTrue(any(ESCAPE in line and "warning: " in line for line in lines), lines)
        self.assertTrue(any(line.startswith("300 images") and ESCAPE + "3" not in line for line in lines), lines)

    def test_no_color_means_none(self) -> None:
        for arguments in (self.WRONG, [*self.RUN, "--quiet"]):
            self.assertNotIn(ESCAPE, on_a_terminal(arguments, NO_COLOR="1"))

    def test_json_has_none(self) -> None:
        self.assertNotIn(ESCAPE, on_a_terminal([*self.WRONG, "--log-json"]))


if __name__ == "__main__":
    unittest.main()
