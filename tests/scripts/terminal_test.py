#!/usr/bin/env python3
"""Tests the program's output on a terminal: color, unless NO_COLOR is set. TISE_EVAL is the program."""

import os
import pty
import select
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ESCAPE = "\x1b["


def on_a_terminal(arguments: list, **variables: str) -> str:
    """The stderr of a run with a terminal as stderr."""
    ours, its = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", **variables}
    process = subprocess.Popen([os.environ["TISE_EVAL"], *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=its,
                               env=environment)
    os.close(its)
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end was closed
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

    def test_an_error_is_in_color(self) -> None:
        said = on_a_terminal(self.WRONG)
        self.assertIn(ESCAPE, said)
        self.assertIn("did you mean --images", said)

    def test_a_warning_is_in_color_and_information_is_not(self) -> None:
        lines = on_a_terminal(self.RUN).splitlines()
        self.assertTrue(any(ESCAPE in line and "warning: " in line for line in lines), lines)
        self.assertTrue(any(line.startswith("300 images") and ESCAPE + "3" not in line for line in lines), lines)

    def test_no_color_disables_color(self) -> None:
        for arguments in (self.WRONG, [*self.RUN, "--quiet"]):
            self.assertNotIn(ESCAPE, on_a_terminal(arguments, NO_COLOR="1"))

    def test_json_has_no_color(self) -> None:
        self.assertNotIn(ESCAPE, on_a_terminal([*self.WRONG, "--log-json"]))

    @unittest.skipUnless(shutil.which("zsh"), "needs zsh")
    def test_zsh_completes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            script = subprocess.run([os.environ["TISE_EVAL"], "completion", "zsh"], capture_output=True, text=True)
            Path(folder, "_tise-eval").write_text(script.stdout)
            zsh = Zsh(folder)
            for typed, completed in (("ra", "rank "), ("--proto", "--protocol "), ("--protocol t", "--protocol tise "),
                                     ("--metrics IS,F", "--metrics IS,FID,"), ("--fail-over FI", "--fail-over FID="),
                                     ("stats --ou", "stats --output "), ("--models sh", "--models shapes ")):
                self.assertTrue(zsh.line(f"tise-eval {typed}\t").endswith(f"tise-eval {completed}"), typed)
            zsh.end()


class Zsh:
    """An interactive zsh with the completion script in a folder."""

    def __init__(self, folder: str) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.update(TERM="dumb", PATH=f"{os.path.dirname(os.environ['TISE_EVAL'])}:/usr/bin:/bin")
            os.execvp("zsh", ["zsh", "-f", "-i"])
        self.line(f"PS1='> '; fpath=({folder} $fpath); autoload -U compinit; compinit -D -u; unsetopt beep; echo re''ady\n",
                  until="ready")

    def line(self, typed: str, until: str | None = None) -> str:
        """Types something and returns the terminal's output when it stops; then clears the line."""
        os.write(self.terminal, typed.encode())
        said = ""
        while select.select([self.terminal], [], [], 1.5)[0] or (until and until not in said):
            said += os.read(self.terminal, 65536).decode(errors="replace")
        os.write(self.terminal, b"\x15")
        while select.select([self.terminal], [], [], 0.5)[0]:
            os.read(self.terminal, 65536)
        return said

    def end(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.process, 0)


if __name__ == "__main__":
    unittest.main()
