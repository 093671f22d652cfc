"""Reads the corpus with `tise-eval inputs`, as a user would, and compares the table in docs/inputs.md with it.

    inputs_test.py            # tests; TISE_EVAL is the program
    inputs_test.py --table    # prints the table
"""

import json
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import corpus  # noqa: E402

DOCS = Path(__file__).resolve().parents[2] / "docs" / "inputs.md"
PROGRAM = Path(os.environ.get("TISE_EVAL", "build/tise-eval")).resolve()


def png(shade: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 2, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes([0, shade, shade]))) + chunk(b"IEND", b"")


def lay_out(folder: Path, images: list[str], files: dict) -> None:
    for i, name in enumerate(images):
        path = folder / "img" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(i))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def read(one) -> tuple[int, dict, str]:
    """Exit code, what was understood, what was said."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder, one.images, one.files)
        if archive := getattr(one, "archive", ""):
            with tarfile.open(folder / archive, "w") as tar:
                for path in sorted((folder / "img").iterdir()):
                    tar.add(path, path.name)
        run = subprocess.run([PROGRAM, "inputs", *one.arguments(), "--output", "out.json"], cwd=folder, capture_output=True,
                             encoding="utf-8", errors="replace")  # fmt: skip
        output = folder / "out.json"
        return run.returncode, json.loads(output.read_text()) if output.exists() else {}, run.stderr


class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases = {**{("good", name): one for name, one in corpus.GOOD.items()}, **{("bad", name): one for name, one in corpus.BAD.items()}}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            cls.read = dict(zip(cases, pool.map(read, cases.values())))

    def test_there_are_forty_forms_and_twenty_that_are_refused(self):
        self.assertGreaterEqual(len(corpus.GOOD), 40)
        self.assertGreaterEqual(len(corpus.BAD), 20)

    def test_every_form_gives_the_same_pairs(self):
        for name, one in corpus.GOOD.items():
            with self.subTest(name):
                code, seen, said = self.read["good", name]
                self.assertEqual(code, 0, said)
                used = [image for image in one.images if image not in one.unused]
                pairs = {pair["image"]: pair["caption"] for pair in seen["pairs"]}
                self.assertEqual(len(seen["pairs"]), len(pairs))
                self.assertEqual(pairs, dict(zip(used, one.captions)))
                references = {pair["image"]: pair["references"] for pair in seen["pairs"] if "references" in pair}
                self.assertEqual(references, one.references)
                self.assertEqual(seen["images"]["unused"], one.unused)
                self.assertEqual(seen["captions"]["format"], one.format)
                self.assertEqual(seen["captions"]["pattern"], one.pattern)

    def test_what_is_ambiguous_or_broken_is_refused_and_says_why(self):
        for name, one in corpus.BAD.items():
            with self.subTest(name):
                code, _, said = self.read["bad", name]
                self.assertIn(one.message, said)
                self.assertEqual(code, one.code, said)

    def test_the_documentations_table_is_that_of_the_corpus(self):
        self.assertIn(corpus.table(), DOCS.read_text())


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(corpus.table(), end="")
    else:
        unittest.main()
