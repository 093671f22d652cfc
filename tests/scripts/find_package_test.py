#!/usr/bin/env python3
"""Tests the project installed with `cmake --install`: the program runs from there, and examples/find_package builds
against it and computes the program's FID. TISE_BUILD is the build folder."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["TISE_BUILD"])
WORLD = ROOT / "examples" / "shapes"


def run(*command: object, **more: object) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.here = Path(cls.folder.name)
        cls.prefix = cls.here / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.program = cls.prefix / "bin" / "tise-eval"

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def test_the_program_finds_its_installed_demo_models(self) -> None:
        said = run(self.program, "doctor", "--models", "shapes")
        self.assertIn(str(self.prefix / "share" / "tise-eval" / "models" / "shapes"), said)
        self.assertEqual(os.listdir(self.program.parent), ["tise-eval"])

    def test_manual_pages_and_completions_are_installed(self) -> None:
        share = self.prefix / "share"
        for file in ("man/man1/tise-eval.1", "bash-completion/completions/tise-eval",
                     "zsh/site-functions/_tise-eval", "fish/vendor_completions.d/tise-eval.fish"):
            self.assertTrue("captions" in (share / file).read_text(encoding="utf-8"), file)

    def test_the_examples_compute_what_the_program_computes(self) -> None:
        examples = self.here / "examples"
        run("cmake", "-G", "Ninja", "-S", ROOT / "examples" / "find_package", "-B", examples,
            "-D", f"CMAKE_PREFIX_PATH={self.prefix}", "-D", "CMAKE_BUILD_TYPE=Release")
        run("cmake", "--build", examples)
        models, images, captions, real = ROOT / "models" / "shapes", WORLD / "blurred", WORLD / "captions.json", WORLD / "real"
        store = self.here / "store"
        report = run(self.program, "--models", models, "--images", images, "--captions", captions, "--real", real,
                     "--store", store)
        fid = run(examples / "fid_of_stores", store, store / "real")
        self.assertAlmostEqual(float(fid), json.loads(report)["metrics"]["FID"]["value"], places=6)
        in_process = run(examples / "evaluate", models, images, captions, real)
        self.assertEqual(lasting(in_process), lasting(report))
        self.assert_stops(examples / "evaluate", models, images, captions, real)

    def assert_stops(self, *command: object) -> None:
        """Checks that the command reports progress, and ends when interrupted."""
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            said = next((line for line in process.stderr if re.fullmatch(r"[a-z ]+: \d+ of \d+\n", line)), "")
            self.assertNotEqual(said, "")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.stderr.readlines()[-1], "interrupted\n")
            self.assertEqual(process.stdout.read(), "")
        self.assertEqual(process.returncode, 1)


def lasting(report: str) -> dict:
    """A report without the fields that differ between runs, and without RS, which only the command line computes."""
    content = json.loads(report)
    del content["run"]
    content["metrics"].pop("RS", None)
    return content


class MissingLibraries(unittest.TestCase):
    def test_are_all_reported_with_their_packages(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, "-D", "TISE_TESTS=OFF",
                                   "-D", "CMAKE_DISABLE_FIND_PACKAGE_spdlog=ON",
                                   "-D", "CMAKE_DISABLE_FIND_PACKAGE_LibArchive=ON"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("apt-get install libspdlog-dev libarchive-dev\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
