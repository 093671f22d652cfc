#!/usr/bin/env python3
"""Tests the page of measurements that benchmarks/page.py writes, and how benchmarks save a measurement."""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAVE = """
from argparse import Namespace
from measure import Measurement, Results, Table
results = Results(Namespace(save=True, json=None))
for name, seconds in (("memory", "7.25"), ("new", "8.25")):
    table = Table(("images", "seconds"), [("1,000", seconds)], "Of one run:")
    results.add(Measurement(name, f"Saved as {name}", "Seconds of the process.", [table]))
"""


def title(section: str) -> str:
    return section.splitlines()[0]


class MeasurementsPage(unittest.TestCase):
    def setUp(self) -> None:
        """Copies the page, its data and its scripts."""
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.page = self.folder / "docs" / "dev" / "measurements.md"
        self.data = self.folder / "benchmarks" / "measurements"
        self.page.parent.mkdir(parents=True)
        shutil.copytree(ROOT / "benchmarks" / "measurements", self.data)
        for name in ("benchmarks/page.py", "benchmarks/measure.py", "docs/dev/measurements.md"):
            shutil.copy(ROOT / name, self.folder / name)

    def python(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, *arguments], cwd=self.folder / "benchmarks", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True)

    def save(self) -> dict:
        """Saves two measurements. Returns what the file of the first contains."""
        done = self.python("-c", SAVE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((self.data / "memory.json").read_text(encoding="utf-8"))

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True, stdout=subprocess.PIPE,
                              universal_newlines=True).stdout.strip()

    def test_is_up_to_date(self) -> None:
        done = self.python("page.py", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_is_out_of_date_after_one_cell_changes(self) -> None:
        path = self.data / "memory.json"
        measurement = json.loads(path.read_text(encoding="utf-8"))
        measurement["tables"][0]["rows"][0][1] += "1"
        path.write_text(json.dumps(measurement), encoding="utf-8")
        done = self.python("page.py", "--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("run benchmarks/page.py", done.stderr)
        self.assertEqual(self.python("page.py").returncode, 0)
        self.assertEqual(self.python("page.py", "--check").returncode, 0)

    def test_has_what_a_benchmark_saved_and_keeps_the_rest(self) -> None:
        sections = self.page.read_text(encoding="utf-8").split("\n## ")
        self.save()
        after = self.page.read_text(encoding="utf-8").split("\n## ")
        self.assertEqual(self.python("page.py", "--check").returncode, 0)
        self.assertEqual([title(one) for one in sections if one not in after], ["Memory"])
        self.assertEqual([title(one) for one in after if one not in sections], ["Saved as memory", "Saved as new"])
        self.assertEqual(title(after[-1]), "Saved as new", "names that page.py doesn't list come last")
        self.assertIn("\n\nSeconds of the process.\n\nOf one run:\n\n| images | seconds |\n|---|---|\n| 1,000 | 8.25 |",
                      after[-1])

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_has_the_commit_and_whether_the_tree_differs_from_it(self) -> None:
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "all")
        commit = self.git("rev-parse", "--short", "HEAD")
        self.assertEqual(self.save()["commit"], commit)
        self.assertEqual(self.save()["commit"], commit, "the files of a saved measurement don't count as changes")
        with open(self.folder / "benchmarks" / "measure.py", "a", encoding="utf-8") as script:
            script.write("# changed\n")
        self.assertEqual(self.save()["commit"], f"{commit}+changes")
        self.assertIn(f" at commit {commit}+changes; ", " ".join(self.page.read_text(encoding="utf-8").split()))


if __name__ == "__main__":
    unittest.main()
