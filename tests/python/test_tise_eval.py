"""Tests the Python package as installed from its wheel: python -m unittest tests/python/test_tise_eval.py"""

import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import tise_eval
from tise_eval import _built_with, _evaluate, _program

WORLD = _program.PACKAGE / "share" / "tise-eval" / "examples" / "shapes"
logging.getLogger("tise_eval").addHandler(logging.NullHandler())


def small_world(folder: Path, images: int = 24) -> dict[str, Path]:
    """Copies some of the demo's images with their captions, and some real images."""
    captions = json.loads((WORLD / "captions.json").read_text(encoding="utf-8"))[:images]
    for name, source, files in (("images", WORLD / "miscounting", [item["image"] for item in captions]),
                                ("real", WORLD / "real", sorted(os.listdir(WORLD / "real"))[:images])):
        (folder / name).mkdir()
        for file in files:
            shutil.copy(source / file, folder / name / file)
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")
    return {name: folder / name for name in ("images", "real")} | {"captions": folder / "captions.json"}


def as_parquet(world: dict[str, Path], path: Path) -> Path:
    """Writes the world's images and captions as Parquet, in the captions' order."""
    import pyarrow
    import pyarrow.parquet

    items = json.loads(world["captions"].read_text(encoding="utf-8"))
    images = [(world["images"] / item["image"]).read_bytes() for item in items]
    table = pyarrow.table({"image": images, "caption": [item["caption"] for item in items]})
    pyarrow.parquet.write_table(table, path)
    return path


class InTempFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Evaluate(InTempFolder):
    def setUp(self) -> None:
        super().setUp()
        self.world = small_world(self.folder)

    def embeddings(self, store: str) -> list[bytes]:
        return sorted(row.tobytes() for row in tise_eval.Store(self.folder / store).tensor("clip", "embeddings"))

    def evaluate(self, **more: object) -> tise_eval.Report:
        return tise_eval.evaluate(self.world["images"], captions=self.world["captions"], models="shapes", **more)

    def test_returns_what_the_program_writes(self) -> None:
        report = self.evaluate(real=self.world["real"], metrics=["CLIP-S", "FID", "CA"])
        output = self.folder / "report.json"
        subprocess.run([_program.PROGRAM, "--images", self.world["images"], "--captions", self.world["captions"],
                        "--models", "shapes", "--real", self.world["real"], "--metrics", "CLIP-S,FID,CA", "--output",
                        output, "--quiet"], env=_program.environment(), check=True, capture_output=True)
        written = tise_eval.Report.read(output)
        self.assertEqual(dict(report), dict(written))
        self.assertEqual(report.signature, written.signature)
        self.assertEqual(report["FID"].details["n_real"], 24)
        self.assertFalse(report["CA"].higher_is_better)

    @unittest.skipUnless(importlib.util.find_spec("pyarrow"), "needs pyarrow")
    def test_images_in_parquet_give_the_same_values_as_files(self) -> None:
        images = as_parquet(self.world, self.folder / "images.parquet")
        flags = {"models": "shapes", "metrics": ["CLIP-S", "FID"]}
        report = tise_eval.evaluate(images, captions=images, real=images, store=self.folder / "parquet", **flags)
        from_files = self.evaluate(real=self.world["images"], metrics=["CLIP-S", "FID"], store=self.folder / "files")
        self.assertEqual(self.embeddings("parquet"), self.embeddings("files"))  # bitwise equal, in any order
        self.assertAlmostEqual(report["CLIP-S"].value, from_files["CLIP-S"].value)
        self.assertAlmostEqual(report["FID"].value, from_files["FID"].value)
        without_captions = tise_eval.evaluate(images, models="shapes", metrics="IS")
        self.assertEqual(without_captions.content["inputs"]["images"]["count"], 24)
        with self.assertRaisesRegex(tise_eval.InputError, "no column picture"):
            tise_eval.evaluate(tise_eval.Parquet(images, image="picture"), models="shapes")

    def test_real_may_be_several(self) -> None:
        real = self.folder / "real.npz"
        tise_eval.run(["stats", "--models", "shapes", "--metrics", "FID", "--images", self.world["real"], "--output",
                       real])
        one = self.evaluate(real=real, metrics="FID")
        self.assertEqual(self.evaluate(real=[self.world["real"], f"inception={real}"], metrics="FID")["FID"], one["FID"])
        self.assertEqual(self.evaluate(real={"inception": real}, metrics="FID")["FID"], one["FID"])

    def test_a_metric_without_a_value_has_a_reason(self) -> None:
        fid = self.evaluate()["FID"]
        self.assertIsNone(fid.value)
        self.assertEqual(fid.reason, "no real images given")

    def test_samples_come_in_the_captions_order(self) -> None:
        report = self.evaluate(metrics="CLIP-S,CA", samples=True)
        captions = json.loads(self.world["captions"].read_text(encoding="utf-8"))
        self.assertEqual([sample.image for sample in report.samples], [item["image"] for item in captions])
        self.assertEqual(set(report.samples[0].scores), {"CLIP-S", "CA"})
        self.assertTrue(report.samples[0].detections)

    def test_pandas(self) -> None:
        report = self.evaluate(metrics=["CLIP-S", "PA"], samples=True)
        frame = report.to_pandas()
        self.assertEqual(list(frame.index), ["CLIP-S", "PA"])
        self.assertEqual(frame.loc["CLIP-S", "value"], report["CLIP-S"].value)
        samples = report.samples_to_pandas()
        self.assertEqual(len(samples), 24)
        self.assertAlmostEqual(samples["CLIP-S"].mean(), report["CLIP-S"].value, places=6)

    def test_a_failed_gate_is_in_the_report(self) -> None:
        crossed = self.evaluate(metrics="CLIP-S", fail_under={"CLIP-S": 2.4, "clip-s": 0.1})
        self.assertEqual(len(crossed.gates_crossed), 1)
        self.assertEqual(self.evaluate(metrics="CLIP-S", fail_under={"CLIP-S": 0.1}).gates_crossed, [])

    def test_errors_are_raised_by_kind(self) -> None:
        with self.assertRaisesRegex(tise_eval.InputError, "nowhere: no such folder"):
            tise_eval.evaluate("nowhere", models="shapes")
        with self.assertRaisesRegex(tise_eval.UsageError, "did you mean --models"):
            tise_eval.evaluate(self.world["images"], modles="shapes")
        with self.assertRaises(tise_eval.ModelError):
            tise_eval.evaluate(self.world["images"], models=self.folder)

    def test_the_programs_messages_are_logged(self) -> None:
        with self.assertLogs("tise_eval", "INFO") as logs:
            self.evaluate(metrics="CLIP-S")
        self.assertIn("INFO:tise_eval:24 images, 24 captions: computing CLIP-S", logs.output)

    def test_a_store_opens_as_arrays(self) -> None:
        path = self.folder / "store"
        self.evaluate(metrics="CLIP-S,IS", store=path)
        store = tise_eval.Store(path)
        self.assertLessEqual({"clip", "inception", "texts@clip"}, set(store.groups))
        self.assertEqual(tuple(store.tensor("inception", "features").shape), (24, 128))
        names = [name for chunk in store.chunks("clip") for name in chunk["names"]]
        self.assertEqual(sorted(names), sorted(os.listdir(self.world["images"])))
        self.assertEqual(store.info["precision"], "fp32")
        with self.assertRaisesRegex(tise_eval.InputError, "no chunks of 'crops'"):
            next(store.chunks("crops"))
        texts = [text for chunk in store.chunks("texts@clip") for text in chunk["texts"]]
        self.assertIn("A photo depicts " + json.loads(self.world["captions"].read_text())[0]["caption"], texts)
        with self.assertRaisesRegex(tise_eval.InputError, "'clip' has no column 'feature'"):
            store.tensor("clip", "feature")
        self.check_that_no_torch_is_needed(path)
        self.check_with_safetensors(path / "clip-000000.safetensors")

    def check_that_no_torch_is_needed(self, path: Path) -> None:
        script = ("import sys, tise_eval; store = tise_eval.Store(sys.argv[1]); store.tensor('clip', 'embeddings'); "
                  "assert 'torch' not in sys.modules")
        subprocess.run([sys.executable, "-c", script, path], check=True)

    def check_with_safetensors(self, path: Path) -> None:
        from safetensors.numpy import load_file

        embeddings, whole = load_file(path)["embeddings"], path.read_bytes()
        self.assertEqual(embeddings.dtype, "float32")
        self.assertEqual(embeddings.tolist(), tise_eval.Chunk(path)["embeddings"].tolist())
        place = whole.index(embeddings.tobytes())
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
        self.assertEqual(len(tise_eval.Chunk(path)["names"]), 24)
        with self.assertRaisesRegex(tise_eval.InputError, "clip-000000.safetensors: damaged: embeddings"):
            tise_eval.Chunk(path)["embeddings"]
        for byte in range(8 + int.from_bytes(whole[:8], "little")):
            path.write_bytes(whole[:byte] + bytes([whole[byte] ^ 1 << byte % 8]) + whole[byte + 1:])
            with self.assertRaisesRegex(tise_eval.InputError, "clip-000000.safetensors: ", msg=f"header, byte {byte}"):
                tise_eval.Chunk(path)
        path.write_bytes(whole[:100])
        with self.assertRaisesRegex(tise_eval.InputError, "store chunk .*clip-000000.safetensors: "):
            tise_eval.Chunk(path)

    def test_a_store_of_an_incompatible_version_is_refused(self) -> None:
        (self.folder / "store.json").write_text('{"schema": 3}')
        with self.assertRaisesRegex(tise_eval.InputError, "made by an incompatible version"):
            tise_eval.Store(self.folder)

    def test_recipes_are_listed(self) -> None:
        self.assertIn("coco30k-256", tise_eval.run(["recipes"]))

    def test_other_commands_run(self) -> None:
        path = self.folder / "real.npz"
        tise_eval.run(["stats", "--models", "shapes", "--images", self.world["real"], "--output", path,
                       "--metrics", "FID"])
        self.assertTrue(path.is_file())
        self.assertIn("ready", tise_eval.run(["doctor", "--models", "shapes"]))
        with self.assertRaisesRegex(tise_eval.GateCrossed, "CLIP-S at least 2.4"):
            tise_eval.run(["--images", self.world["images"], "--captions", self.world["captions"], "--models", "shapes",
                           "--metrics", "CLIP-S", "--fail-under", "CLIP-S=2.4"])


class Arguments(unittest.TestCase):
    def test_are_converted_to_command_line_flags(self) -> None:
        flags = {"batch_size": 8, "subset": True, "force": False, "store": None, "metrics": ["IS", "FID"],
                 "fail_over": {"FID": 20}, "against": [Path("a.json"), "b.json"], "prompt": ""}
        self.assertEqual(_evaluate.as_arguments(flags),
                         ["--batch-size", "8", "--subset", "--metrics", "IS,FID", "--fail-over", "FID=20",
                          "--against", "a.json", "--against", "b.json", "--prompt", ""])


class Torch(InTempFolder):
    """The command's errors before the program starts, if torch is missing or unsuitable."""

    def command(self, version: str | None) -> subprocess.CompletedProcess:
        site = self.folder / "site"
        shutil.copytree(_program.PACKAGE, site / "tise_eval", ignore=shutil.ignore_patterns("share", "bin"))
        if version is not None:
            (site / "torch" / "lib").mkdir(parents=True)
            (site / "torch" / "version.py").write_text(f"__version__ = '{version}'\n")
            (site / "torch" / "__init__.py").touch()
        script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tise_eval._program import main; main()"
        return subprocess.run([sys.executable, "-S", "-c", script, site, "--version"], capture_output=True, text=True)

    def expect_one_line(self, version: str | None, said: str) -> None:
        outcome = self.command(version)
        self.assertEqual(outcome.returncode, 4)
        self.assertEqual(len(outcome.stderr.splitlines()), 1, outcome.stderr)
        self.assertIn(said, outcome.stderr)
        self.assertIn("pip install 'torch==", outcome.stderr)

    def test_missing(self) -> None:
        self.expect_one_line(None, "none is installed")

    def test_of_another_version(self) -> None:
        self.expect_one_line("2.1.0+cpu", "2.1.0 is installed")

    def test_without_its_libraries(self) -> None:
        self.expect_one_line(f"{_built_with.TORCH_MINOR}.0", "no lib/libtorch_cpu.so")

    def test_in_another_folder_is_found(self) -> None:
        with mock.patch.object(_program, "NEIGHBOUR", self.folder / "not here"):
            environment = _program.environment()
        self.assertTrue(environment["LD_LIBRARY_PATH"].startswith(str(_program.torch_folder() / "lib")))


class Commands(InTempFolder):
    def run_command(self, *words: object) -> subprocess.CompletedProcess:
        command = Path(sys.executable).with_name(str(words[0]))
        return subprocess.run([command, *words[1:]], capture_output=True, text=True)

    def test_export_lists_its_exports(self) -> None:
        self.assertIn("maskrcnn", self.run_command("tise-export", "--help").stdout)
        self.assertIn("--weights", self.run_command("tise-export", "clip", "--help").stdout)
        self.assertIn("no such export", self.run_command("tise-export", "clap").stderr)

    def test_an_export_makes_an_archive_that_verifies(self) -> None:
        import torch

        weights, merges, archive = (self.folder / name for name in ("weights.pt", "merges.txt", "clip.pt"))
        torch.save(small_clip(), weights)
        merges.write_text("#version: 0.2\nt h\nth e</w>\n")
        export = ("tise-export", "clip", "--weights", weights, "--merges", merges, "--output", archive)
        self.assertIn("pass --quick-gelu", self.run_command(*export).stderr)  # the weights don't tell which GELU it is
        done = self.run_command(*export, "--no-quick-gelu")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("verified", tise_eval.run(["models", "--models", self.folder, "--verify"]))

    def test_import_reads_files_of_other_tools(self) -> None:
        self.assertIn("torch-fidelity", self.run_command("tise-import", "--help").stdout)
        self.assertIn("--metric", self.run_command("tise-import", "edm2", "--help").stdout)
        self.assertIn("tise-import: captions nowhere.pkl: ", self.run_command("tise-import", "nowhere.pkl").stderr)

    @unittest.skipUnless(importlib.util.find_spec("pyarrow"), "needs pyarrow")
    def test_parquet_becomes_a_tar_that_the_program_reads(self) -> None:
        images = as_parquet(small_world(self.folder), self.folder / "images.parquet")
        tar = self.run_command("tise-parquet", images, "--output", self.folder / "images.tar")
        self.assertEqual(tar.returncode, 0, tar.stderr)
        output = self.folder / "images.tar"
        self.assertIn("24 prompts", tise_eval.run(["inputs", "--images", output, "--captions", output]))


def small_clip() -> dict:
    """A state dict in OpenAI's layout: 64 channels, one block per tower, 16 tokens, the vocabulary of two merges."""
    import torch

    def tower(name: str) -> dict:
        block = f"{name}transformer.resblocks.0."
        shapes = {"attn.in_proj_weight": (192, 64), "attn.in_proj_bias": (192,), "attn.out_proj.weight": (64, 64),
                  "attn.out_proj.bias": (64,), "mlp.c_fc.weight": (256, 64), "mlp.c_fc.bias": (256,),
                  "mlp.c_proj.weight": (64, 256), "mlp.c_proj.bias": (64,), "ln_1.weight": (64,), "ln_1.bias": (64,),
                  "ln_2.weight": (64,), "ln_2.bias": (64,)}
        return {block + key: shape for key, shape in shapes.items()}

    shapes = {"visual.class_embedding": (64,), "visual.positional_embedding": (17, 64), "visual.proj": (64, 32),
              "visual.conv1.weight": (64, 3, 8, 8), "token_embedding.weight": (516, 64), "logit_scale": (),
              "positional_embedding": (16, 64), "text_projection": (64, 32), **tower("visual."), **tower("")}
    for norm in ("visual.ln_pre", "visual.ln_post", "ln_final"):
        shapes |= {f"{norm}.weight": (64,), f"{norm}.bias": (64,)}
    torch.manual_seed(0)
    return {key: torch.randn(shape) * 0.1 for key, shape in shapes.items()}


if __name__ == "__main__":
    unittest.main()
