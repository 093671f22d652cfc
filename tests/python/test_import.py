"""Tests tise-import: python tests/python/test_import.py

Run it with the package installed, or in the source tree with PYTHONPATH=python. Needs numpy.
"""

import contextlib
import io
import os
import pickle
import random
import signal
import struct
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy

from tise_eval import InputError, _import, import_statistics

try:
    import torch
except ImportError:
    torch = None

FEATURES = numpy.random.default_rng(0).normal(size=(40, 6)).astype("float32")
MU, SIGMA = FEATURES.mean(0), numpy.cov(FEATURES, rowvar=False)


class Evil:
    """Calls a function when it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def numbers(*values: int) -> bytes:
    return b"(" + b"".join(b"J" + struct.pack("<i", value) for value in values) + b"t"


def tensor(shape, stride, offset: int = 0, storage: str = "FloatStorage") -> bytes:
    """The pickle that torch.save writes for a tensor."""
    place = b"(" + text("storage") + b"ctorch\n" + storage.encode() + b"\n" + text("0") + text("cpu") + b"K\0tQ"
    return (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + place + b"J" + struct.pack("<i", offset) +
            numbers(*shape) + numbers(*stride) + b"\x89ccollections\nOrderedDict\n)RtR.")


class Import(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(signal.signal, signal.SIGPIPE, signal.getsignal(signal.SIGPIPE))
        self.folder = Path(folder.name)
        self.output = self.folder / "out.npz"

    def file(self, name: str, content: object) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content))
        return path

    def zip(self, content: bytes, data: bytes = b"", folder: str = "archive", byteorder: bytes = b"little",
            **how: int) -> Path:
        """A zip file as written by torch.save."""
        path = self.folder / "cache.pt"
        with zipfile.ZipFile(path, "w", **how) as members:
            for name, member in (("data.pkl", content), ("byteorder", byteorder), ("data/0", data)):
                members.writestr(f"{folder}/{name}", member)
        return path

    def run_command(self, *arguments: object) -> SimpleNamespace:
        """Runs the command in this process."""
        out, errors, code = io.TextIOWrapper(io.BytesIO()), io.StringIO(), 0
        with mock.patch.object(sys, "argv", ["tise-import", *map(str, arguments)]), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                _import.main()
            except SystemExit as end:
                code = end.code
        out.flush()
        return SimpleNamespace(returncode=code, stdout=out.buffer.getvalue().decode(), stderr=errors.getvalue())

    def imported(self, kind: str, path: Path, *more: str) -> dict:
        done = self.run_command(kind, path, "--output", self.output, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        with numpy.load(self.output, allow_pickle=False) as arrays:
            return dict(arrays)

    def assert_refused(self, kind: str, path: Path, *parts: str, code: int = 3, more: tuple = ()) -> None:
        done = self.run_command(kind, path, "--output", self.output, *more)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("tise-import: "), done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertFalse(any("out.npz" in name for name in os.listdir(self.folder)))

    def assert_moments(self, arrays: dict, mu: numpy.ndarray = MU, sigma: numpy.ndarray = SIGMA) -> None:
        self.assertEqual({name: array.dtype for name, array in arrays.items()}, {"mu": "float64", "sigma": "float64"})
        numpy.testing.assert_allclose(arrays["mu"], mu, rtol=1e-6)
        numpy.testing.assert_allclose(arrays["sigma"], sigma, rtol=1e-6, atol=1e-9)


class Edm2(Import):
    def content(self) -> dict:
        return {"num_images": 40, "fid": {"mu": MU.astype("float64"), "sigma": SIGMA},
                "fd_dinov2": {"mu": MU[:2].astype("float64"), "sigma": SIGMA[:2, :2]}}

    def test_the_only_metric_needs_no_name(self) -> None:
        content = self.content()
        del content["fd_dinov2"]
        self.assert_moments(self.imported("edm2", self.file("a.pkl", content)))

    def test_one_of_several_is_named_and_all_protocols_are_read(self) -> None:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            for module in (b"numpy._core", b"numpy.core"):
                content = pickle.dumps(self.content(), protocol=protocol)
                if protocol < 4:  # names are stored without their length
                    content = content.replace(b"numpy._core", module)
                path = self.file("a.pkl", content)
                self.assert_moments(self.imported("edm2", path, "--metric", "fid"))
                self.assert_moments(self.imported("edm2", path, "--metric", "fd_dinov2"), MU[:2], SIGMA[:2, :2])

    def test_several_metrics_are_listed(self) -> None:
        path = self.file("a.pkl", self.content())
        self.assert_refused("edm2", path, "fid, fd_dinov2 with --metric")
        self.assert_refused("edm2", path, "no metric 'kid'", more=("--metric", "kid"))

    def test_other_content_is_refused(self) -> None:
        good = self.content()["fid"]
        for content, part in (([1], "expected a dict, got list"), ({"num_images": 3}, "no metric"),
                              ({"fid": {**good, "mu": 3}}, "no array 'mu'"),
                              ({"fid": {**good, "mu": MU[:4]}}, "mu of shape [4]"),
                              ({"fid": {**good, "sigma": SIGMA[0]}}, "sigma of shape [6]"),
                              ({"fid": {**good, "mu": MU * numpy.nan}}, "are not finite"),
                              ({"fid": {**good, "sigma": SIGMA + numpy.arange(6)}}, "is not symmetric"),
                              ({"fid": {**good, "mu": numpy.array([{}])}}, "not of floating-point numbers"),
                              ({"fid": {**good, "mu": numpy.arange(6)}}, "not of floating-point numbers")):
            self.assert_refused("edm2", self.file("a.pkl", content), "a.pkl: ", part)


class StyleGan3(Import):
    def content(self, **changes: object) -> dict:
        rows = FEATURES.astype("float64")
        return {"capture_all": False, "capture_mean_cov": True, "max_items": None, "num_items": 40, "num_features": 6,
                "all_features": [], "raw_mean": rows.sum(0), "raw_cov": rows.T @ rows, **changes}

    def test_sums_become_the_covariance_of_n_minus_1(self) -> None:
        self.assert_moments(self.imported("stylegan3", self.file("a.pkl", self.content())))

    def test_features_are_joined(self) -> None:
        content = self.content(capture_mean_cov=False, all_features=[FEATURES[:16], FEATURES[16:]])
        arrays = self.imported("stylegan3", self.file("a.pkl", content))
        numpy.testing.assert_array_equal(arrays["feats"], FEATURES)

    def test_other_content_is_refused(self) -> None:
        without = {"capture_mean_cov": False}
        for content, part in (({}, "no number 'num_items'"), (self.content(num_items=True), "no number 'num_items'"),
                              (self.content(num_items=1), "covariance needs at least 2"),
                              (self.content(raw_mean=None), "no array 'raw_mean'"),
                              (self.content(**without), "neither sums nor features"),
                              (self.content(**without, all_features=[FEATURES[:3]]), "differs from num_items"),
                              (self.content(**without, num_items=6, all_features=[FEATURES[0]]), "not [N, F]")):
            self.assert_refused("stylegan3", self.file("a.pkl", content), part)


class TorchFidelity(Import):
    def test_features_are_read_without_torch(self) -> None:
        content = tensor(FEATURES.shape, (6, 1))
        for folder in ("archive", "stem/of"):
            arrays = self.imported("torch-fidelity", self.zip(content, FEATURES.tobytes(), folder))
            numpy.testing.assert_array_equal(arrays["feats"], FEATURES)
        halves = self.zip(tensor((3, 2), (2, 1), 4, "HalfStorage"), numpy.arange(10, dtype="float16").tobytes())
        numpy.testing.assert_array_equal(self.imported("torch-fidelity", halves)["feats"], [[4, 5], [6, 7], [8, 9]])

    def test_statistics_are_read(self) -> None:
        content = pickle.dumps({"mu": MU, "sigma": SIGMA}, protocol=2)
        self.assert_moments(self.imported("torch-fidelity", self.zip(content)))

    @unittest.skipUnless(torch, "needs torch")
    def test_files_that_torch_saves_are_read(self) -> None:
        try:
            from torch_fidelity.utils_torch import torch_atomic_save as save
        except ImportError:
            save = torch.save
        path = self.folder / "a.pt"
        save({"mu": MU, "sigma": SIGMA}, str(path))
        self.assert_moments(self.imported("torch-fidelity", path))
        save(torch.from_numpy(FEATURES), str(path))
        numpy.testing.assert_array_equal(self.imported("torch-fidelity", path)["feats"], FEATURES)
        self.output.unlink()
        torch.save(torch.from_numpy(FEATURES), path, _use_new_zipfile_serialization=False)
        self.assert_refused("torch-fidelity", path, "before 1.6")

    def test_invalid_tensors_are_refused(self) -> None:
        data = FEATURES.tobytes()
        for content, part in ((tensor((40, 6), (1, 40)), "is not contiguous"),
                              (tensor((40, 7), (7, 1)), "only 960 bytes"),
                              (tensor((40, 6), (6, 1), 1), "only 960 bytes"), (tensor((40, 6), (6, 1), -1), "only 960"),
                              (tensor((240,), (1,)), "not [N, F]"), (tensor((0, 6), (6, 1)), "[0, 6]"),
                              (tensor((40, 6), (6, 1), storage="LongStorage"), "torch.LongStorage"),
                              (pickle.dumps(3), "got int")):
            self.assert_refused("torch-fidelity", self.zip(content, data), part)

    def test_files_of_another_kind_are_refused(self) -> None:
        good = tensor((40, 6), (6, 1)), FEATURES.tobytes()
        self.assert_refused("torch-fidelity", self.zip(*good, byteorder=b"big"), "big-endian")
        self.assert_refused("torch-fidelity", self.zip(*good, compression=zipfile.ZIP_DEFLATED), "compressed")
        old = self.file("a.pt", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")
        self.assert_refused("torch-fidelity", old, "before 1.6")
        numpy.savez(self.folder / "in.npz", mu=MU)
        self.assert_refused("torch-fidelity", self.folder / "in.npz", "was not written by torch.save")
        self.assert_refused("edm2", self.folder / "in.npz", "tise-eval reads it directly")


class Anything(Import):
    """Tests for all kinds."""

    def write(self, kind: str, content: bytes) -> Path:
        return self.zip(content) if kind == "torch-fidelity" else self.file("a.pkl", content)

    def test_pickles_that_would_run_code_are_refused_by_name(self) -> None:
        made = self.folder / "made"
        for evil, name in ((Evil(os.system, f"touch {made}"), f"{os.system.__module__}.system"),
                           (Evil(eval, f"open({str(made)!r}, 'w')"), "builtins.eval"),
                           (Evil(getattr, numpy, "load"), "builtins.getattr"), (Evil(numpy.load, "x"), "numpy.load")):
            for kind in ("edm2", "stylegan3", "torch-fidelity"):
                try:
                    content = pickle.dumps({"fid": {"mu": evil}})
                except TypeError:  # a module can't be pickled
                    content = b"cbuiltins\ngetattr\n."
                self.assert_refused(kind, self.write(kind, content), name, "refused, nothing was run")
                self.assertFalse(made.exists())
        pickle.loads(pickle.dumps(Evil(os.system, f"touch {made}")))
        self.assertTrue(made.exists(), "the pickle isn't malicious, the test shows nothing")

    def test_names_similar_to_admitted_ones_are_refused(self) -> None:
        for name in ("torch\nload", "torch._utils\n_rebuild_parameter", "numpy.core.multiarray\nfromfile",
                     "numpy\nfrombuffer", "_codecs\nlookup", "numpy\ndtype.__class__"):
            for kind in ("edm2", "torch-fidelity"):
                self.assert_refused(kind, self.write(kind, f"c{name}\n.".encode()), name.replace("\n", "."))

    def test_damaged_files_give_one_line_and_no_output(self) -> None:
        pickled = pickle.dumps({"fid": {"mu": MU, "sigma": SIGMA}})
        saved = self.zip(tensor(FEATURES.shape, (6, 1)), FEATURES.tobytes()).read_bytes()
        for kind, whole in (("edm2", pickled), ("torch-fidelity", saved)):
            for content in (b"", b"no pickle", whole[:20], whole[:len(whole) // 2], whole[:-10]):
                self.assert_refused(kind, self.file("cut.bin", content), "statistics ", "cut.bin: ")

    def test_changed_bytes_are_read_or_refused(self) -> None:
        rows = FEATURES.astype("float64")
        files = {"edm2": pickle.dumps({"fid": {"mu": MU, "sigma": SIGMA}}), "stylegan3": pickle.dumps(
            {"num_items": 40, "capture_mean_cov": True, "raw_mean": rows.sum(0), "raw_cov": rows.T @ rows}),
                 "torch-fidelity": self.zip(tensor(FEATURES.shape, (6, 1)), FEATURES.tobytes()).read_bytes()}
        choose = random.Random(2)
        with numpy.errstate(all="ignore"):
            for kind, whole in files.items():
                for _ in range(300):
                    changed = bytearray(whole)
                    changed[choose.randrange(len(whole))] ^= 1 << choose.randrange(8)
                    try:
                        import_statistics.read(kind, self.file("changed", bytes(changed)))
                    except InputError as error:
                        self.assertIn("changed: ", str(error))

    def test_wrong_usage_and_missing_files(self) -> None:
        path = self.file("a.pkl", {"fid": {"mu": MU, "sigma": SIGMA}})
        self.assert_refused("edm2", self.folder / "none.pkl", "none.pkl: No such file")
        self.assert_refused("edm2", self.folder, "Is a directory")
        self.assert_refused("edm2", path, "--nonsense", code=2, more=("--nonsense",))
        self.assert_refused("edm3", path, "expected one of edm2, stylegan3, torch-fidelity, tise", code=2)
        for arguments, part in (((), "expected one of"), (("edm2", path), "--output"),
                                (("edm2", path, "--output", "a.npy"), "must end in .npz")):
            done = self.run_command(*arguments)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
            self.assertIn(part, done.stderr)
        done = self.run_command("edm2", path, "--output", self.folder / "none" / "out.npz")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (3, 1), done.stderr)

    def test_the_toolboxs_captions_are_imported_with_and_without_naming_the_kind(self) -> None:
        path = self.file("any.pkl", [{"caption_id": 7, "caption": "a dog"}])
        named = self.run_command("tise", path)
        self.assertEqual(named.returncode, 0, named.stderr)
        self.assertIn('"caption": "a dog"', named.stdout)
        self.assertEqual(named.stdout, self.run_command(path).stdout)
        self.assertIn("tise-import: captions ", self.run_command("tise", "nowhere.pkl").stderr)


if __name__ == "__main__":
    unittest.main()
