"""benchmarks/portable.py: archives come out of the pack as they went in. Needs the environment of tests/parity."""

import importlib.util
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
HERE = importlib.util.find_spec("torch") is not None


def network():
    """Large tensors of every kind: normal, even, rounded to half, changed after the draw; and small ones."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.even = torch.nn.Linear(256, 256)
            self.normal = torch.nn.Parameter(torch.nn.init.normal_(torch.empty(1024, 256), std=0.1))
            self.rounded = torch.nn.Parameter(torch.nn.init.normal_(torch.empty(256, 256), mean=1, std=0.5).half())
            self.changed = torch.nn.Parameter(torch.nn.init.normal_(torch.empty(256, 256)) * 0.5)

        def forward(self, x):
            x = self.even(x) @ self.normal.t()
            return x.sum() + self.rounded.float().sum() + self.changed.sum()

    return torch.jit.script(Net())


@unittest.skipUnless(HERE, "needs torch")
class Portable(unittest.TestCase):
    def setUp(self):
        import portable
        import torch

        self.portable = portable
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        draws = []
        with portable.recorded(draws):
            torch.jit.save(network(), str(self.folder / "net.pt"), _extra_files={"card.json": '{"kind": "clip"}'})
        portable.save_draws(draws, self.folder / "draws.json")
        (self.folder / "generated").mkdir()
        (self.folder / "generated" / "0.jpg").write_bytes(b"a picture")
        self.packed = self.folder / "inputs.tar.gz"
        portable.pack([self.folder / "net.pt"], portable.load_draws(self.folder / "draws.json"),
                      [self.folder / "generated"], self.packed)  # fmt: skip

    def test_archives_come_out_as_they_went_in_out_of_a_fraction_of_their_size(self):
        import torch

        work = self.folder / "work"
        self.portable.unpack(self.packed, work)
        with zipfile.ZipFile(self.folder / "net.pt") as before, zipfile.ZipFile(work / "models" / "net.pt") as after:
            self.assertEqual(before.namelist(), after.namelist())
            for name in before.namelist():
                self.assertEqual(before.read(name), after.read(name), name)
        x = torch.ones(1, 256)
        before, after = (torch.jit.load(str(path))(x) for path in (self.folder / "net.pt", work / "models" / "net.pt"))
        self.assertTrue(torch.equal(before, after))
        self.assertEqual((work / "pictures" / "generated" / "0.jpg").read_bytes(), b"a picture")
        # The one that was changed after it was drawn is packed whole: 256 KiB.
        self.assertLess(self.packed.stat().st_size, 300 << 10)
        self.assertGreater((self.folder / "net.pt").stat().st_size, 1600 << 10)

    def test_what_is_there_stays(self):
        work = self.folder / "work"
        (work / "models").mkdir(parents=True)
        self.portable.unpack(self.packed, work)
        self.assertEqual(list((work / "models").iterdir()), [])

    def test_a_torch_that_draws_otherwise_is_found_out(self):
        import torch

        original = torch.randint
        self.addCleanup(setattr, torch, "randint", original)
        torch.randint = lambda *args, **kwargs: original(*args, **kwargs) + 1
        with self.assertRaisesRegex(SystemExit, "drawn otherwise by this torch"):
            self.portable.unpack(self.packed, self.folder / "work")
        self.assertFalse((self.folder / "work" / "models").exists())

    def test_draws_are_spread_as_asked(self):
        numbers = self.portable.Draw(3, 1 << 18, mean=2.0, deviation=0.5).tensor()
        self.assertAlmostEqual(numbers.mean().item(), 2.0, delta=0.01)
        self.assertAlmostEqual(numbers.std().item(), 0.5, delta=0.01)


if __name__ == "__main__":
    unittest.main()
