"""Tests tise_eval.export: preparations, DINOv2, CLIP ViT-L/14@336, any encoder: python tests/python/test_export.py

Run it with the package installed, or in the source tree with PYTHONPATH=python. Needs torch. Tests that need timm,
transformers or torchvision are skipped if that is missing.
"""

import contextlib
import importlib.util
import io
import json
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch
import torch.nn.functional as F
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import dinov2_weights  # noqa: E402
from dinov2_weights import Size  # noqa: E402
from tise_eval.export import ExportError, archive, clip_l336, dinov2, encoder, inception, originals  # noqa: E402
from tise_eval.export import preparation as prepare  # noqa: E402
from tise_eval.export.architectures.clip import Clip  # noqa: E402
from tise_eval.export.architectures.dinov2 import DinoV2, resampled  # noqa: E402

SIZES = {"plain": Size(128, 2), "registers": Size(128, 2, registers=4), "gated": Size(192, 2, gated=True),
         "gated with registers": Size(192, 2, registers=4, gated=True)}
TO_32 = prepare.card_input(prepare.squash(32, "pillow-bicubic"), *prepare.IMAGENET)


def needs(package: str):
    return unittest.skipUnless(importlib.util.find_spec(package), f"needs {package}")


def pictures(side: int, count: int = 2) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(5))


def card_of(path: Path) -> dict:
    files = {"card.json": ""}
    torch.jit.load(str(path), _extra_files=files)
    return json.loads(files["card.json"])


class InTempFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.output = self.folder / "other.pt"

    def export(self, module, *options: object) -> str:
        """Runs an export of tise-export, which raises ExportError if it fails. Returns its output."""
        printed = io.StringIO()
        output = ("--output", self.output) if self.output else ()
        words = [str(word) for word in ("tise-export", *options, *output)]
        with mock.patch.object(sys, "argv", words), contextlib.redirect_stdout(printed):
            module.export()
        return printed.getvalue()

    def assert_close(self, ours: torch.Tensor, theirs: torch.Tensor, tolerance: float = 1e-4) -> None:
        self.assertEqual(ours.shape, theirs.shape)
        self.assertLessEqual((ours - theirs).abs().max().item(), tolerance)


class Preparations(unittest.TestCase):
    given = json.loads((ROOT / "tests" / "models" / "steps.json").read_text(encoding="utf-8"))  # for card_test.cpp, too

    def test_of_the_shorter_side_truncates_the_longer(self) -> None:
        step = {"resize": "shorter", "size": 224, "filter": "pillow-bicubic"}
        self.assertEqual(prepare.size_after(step, 640, 427), (335, 224))  # 335.74
        self.assertEqual(prepare.size_after(step, 427, 640), (224, 335))

    def test_of_the_longer_side_rounds_the_shorter(self) -> None:
        step = {"resize": "longer", "size": 224, "filter": "pillow-bicubic"}
        self.assertEqual(prepare.size_after(step, 640, 428), (224, 150))  # 149.8
        self.assertEqual(prepare.size_after(step, 5000, 1), (224, 1))

    def test_have_one_size_if_every_picture_does(self) -> None:
        for steps, size in ((prepare.squash(224, "torch-bicubic"), (224, 224)),
                            (prepare.center_crop(64, "pillow-bilinear"), (64, 64)),
                            (prepare.square_first(336, "pillow-bicubic"), (336, 336)),
                            (prepare.letterbox(224, "pillow-lanczos"), (224, 224)),
                            ([{"crop": "center", "width": 30, "height": 20}], (30, 20)),
                            ([{"resize": "box", "size": 9, "filter": "pillow-box"}], (9, 9)),
                            ([{"crop": "square"}], None),
                            ([{"resize": "longer", "size": 224, "filter": "pillow-box"}], None),
                            ([], None)):
            with self.subTest(steps=steps):
                self.assertEqual(prepare.size_of(prepare.card_input(steps, *prepare.OPENAI)), size)

    def test_of_older_cards_are_read_as_steps(self) -> None:
        crop = {"width": 64, "height": 64, "resize": "pillow-bicubic", "fit": "shortest-side-center-crop"}
        self.assertEqual(prepare.steps_of(crop), prepare.center_crop(64, "pillow-bicubic"))
        stretch = {"width": 299, "height": 200, "resize": "pillow-bicubic-float", "fit": "stretch"}
        self.assertEqual(prepare.size_of(stretch), (299, 200))
        self.assertEqual(prepare.steps_of(stretch)[0]["filter"], "pillow-float-bicubic")
        self.assertEqual(prepare.steps_of({"resize": "none", "fit": "none"}), [])

    def test_are_those_that_the_program_takes(self) -> None:
        self.assertEqual(list(prepare.FILTERS), self.given["filters"])
        for steps in self.given["good"]:
            self.assertEqual(prepare.steps_of({"steps": steps}), steps)
            prepare.size_of({"steps": steps})
        for part, steps in self.given["bad"]:
            with self.subTest(steps=steps), self.assertRaisesRegex(ExportError, f"^input.*{re.escape(part)}"):
                prepare.steps_of({"steps": steps})

    def test_are_those_compared_with_the_reference_implementations(self) -> None:
        """The program's tests compare these, from tests/image/make_golden.py."""
        lines = json.loads((ROOT / "tests" / "image" / "data" / "prepare" / "expected.json").read_text(encoding="utf-8"))
        compared = {line["reference"]: line["input"] for line in lines}
        for name in ("dgm", "edm2", "prx"):
            self.assertEqual(dinov2.PREPARATIONS[name], compared[name])

    def test_without_one_size_are_refused_for_encoders(self) -> None:
        for steps in self.given["without_one_size"]:
            with self.subTest(steps=steps), self.assertRaisesRegex(ExportError, "different sizes|cannot be applied"):
                encoder(nn.Identity(), input=prepare.card_input(steps, *prepare.IMAGENET), output="never.pt")

    def test_are_refused_with_what_is_allowed(self) -> None:
        for steps, message in (
                ([{"crop": "square", "ofset": "floor"}], "ofset does not belong to crop: square; allowed: offset"),
                ([{"crop": "square", "offset": "up"}], "offset is 'up', expected one of half-to-even, floor"),
                (prepare.squash(5000, "pillow-box"), "width is 5000, expected 1 to 4096")):
            with self.subTest(steps=steps), self.assertRaises(ExportError) as caught:
                archive.save(nn.Identity(), {"kind": "detector", "input": {"steps": steps}}, Path("never.pt"))
            self.assertEqual(str(caught.exception), f"input.steps[0]: {message}")

    def test_in_two_ways_at_once_are_refused(self) -> None:
        with self.assertRaisesRegex(ExportError, "resize, fit next to steps"):
            prepare.size_of({"steps": [], "resize": "pillow-box", "fit": "none"})
        with self.assertRaisesRegex(ExportError, "fit is none, which ignores the filter pillow-box"):
            prepare.size_of({"resize": "pillow-box", "fit": "none"})

    def test_of_all_exports_give_one_size(self) -> None:
        for given in dinov2.PREPARATIONS.values():
            self.assertIn(prepare.size_of(given), ((224, 224), (518, 518)))
        for name in inception.PREPARATIONS:
            self.assertEqual(prepare.size_of(inception.input_of(name, "fid", True)), (299, 299))

    def test_give_the_same_probe_as_older_cards(self) -> None:
        for steps, fit in ((prepare.squash(40, "pillow-bicubic"), "stretch"),
                           (prepare.center_crop(40, "pillow-bicubic"), "shortest-side-center-crop")):
            new = prepare.card_input(steps, *prepare.OPENAI)
            old = {"width": 40, "height": 40, "resize": "pillow-bicubic", "fit": fit, "range": "0..1",
                   "mean": new["mean"], "std": new["std"]}
            self.assertTrue(torch.equal(archive.probe_image({"input": new}), archive.probe_image({"input": old})))
        any_size = prepare.card_input([], [0, 0, 0], [1, 1, 1])
        self.assertEqual(archive.probe_image({"input": any_size}).shape, (1, 3, 256, 256))


class PositionalTable(unittest.TestCase):
    def setUp(self) -> None:
        self.table = dinov2_weights.state(SIZES["plain"], 3)["pos_embed"]
        self.grid = self.table[:, 1:].reshape(1, 37, 37, -1).permute(0, 3, 1, 2)

    def assert_is(self, table: torch.Tensor, grid: torch.Tensor, tolerance: float = 0) -> None:
        expected = torch.cat([self.table[:, :1], grid.permute(0, 2, 3, 1).flatten(1, 2)], 1)
        self.assertLessEqual((table - expected).abs().max().item(), tolerance)

    def test_without_registers_is_resampled_by_a_factor_with_an_offset(self) -> None:
        factor = float(16 + 0.1) / 37
        grid = F.interpolate(self.grid, scale_factor=(factor, factor), mode="bicubic", antialias=False)
        self.assert_is(resampled(self.table, 16, False), grid)

    def test_with_registers_is_resampled_to_the_size_with_antialiasing(self) -> None:
        self.assert_is(resampled(self.table, 16, True),
                       F.interpolate(self.grid, size=(16, 16), mode="bicubic", antialias=True))

    def test_is_unchanged_at_518_pixels(self) -> None:
        self.assertTrue(torch.equal(resampled(self.table, 37, False), self.table))
        self.assertTrue(torch.equal(resampled(self.table, 37, True), self.table))

    def test_depends_on_the_offset_and_the_antialiasing(self) -> None:
        plain = resampled(self.table, 16, False)
        for grid in (F.interpolate(self.grid, size=(16, 16), mode="bicubic"),
                     F.interpolate(self.grid, size=(16, 16), mode="bicubic", antialias=True)):
            with self.assertRaises(AssertionError):
                self.assert_is(plain, grid, tolerance=0.1)


class DinoV2Archives(InTempFolder):
    def setUp(self) -> None:
        super().setUp()
        self.weights = self.folder / "dinov2_vits14_pretrain.pth"

    def state(self, size: Size) -> dict:
        state = dinov2_weights.state(size, 11)
        torch.save(state, self.weights)
        return state

    def test_go_to_the_models_folder_that_tise_eval_reads(self) -> None:
        self.state(SIZES["plain"])
        self.output = None
        for models, path in (("shapes", "tise-eval/models/dinov2.pt"), (str(self.folder / "own"), "own/dinov2.pt")):
            variables = {"XDG_DATA_HOME": str(self.folder), "TISE_MODELS": models}
            errors = io.StringIO()
            with self.subTest(models), mock.patch.dict(os.environ, variables), contextlib.redirect_stderr(errors):
                self.assertIn(f"{self.folder / path}: ", self.export(dinov2, "--weights", self.weights))
                self.assertEqual("TISE_MODELS=shapes: tise-eval reads the demo's models" in errors.getvalue(),
                                 models == "shapes")
                self.assertEqual(card_of(self.folder / path)["kind"], "encoder")
                with self.assertRaisesRegex(ExportError, "exists already; pass --output .*dinov2.pt to replace it"):
                    self.export(dinov2, "--weights", self.weights)

    def features(self, side: int) -> torch.Tensor:
        return torch.jit.load(str(self.output))(pictures(side))

    def test_return_the_normalized_class_token(self) -> None:
        for name, size in SIZES.items():
            for preparation, side in (("dgm", 224), ("prx", 518)):
                with self.subTest(name, side=side):
                    state = self.state(size)
                    self.export(dinov2, "--weights", self.weights, "--preparation", preparation)
                    features = self.features(side)
                    self.assert_close(features, DinoV2(state, side).eval()(pictures(side)), 0)
                    self.assertGreater((features[0] - features[1]).abs().max().item(), 0.1)

    def compare_with(self, package: str, peer: originals.Original, side: int) -> None:
        self.assertEqual(peer.name, package)
        self.assert_close(self.features(side), peer.outputs["features"])

    @needs("timm")
    def test_compute_the_same_as_timm_with_the_same_table(self) -> None:
        for name, size in SIZES.items():
            for preparation, side in (("edm2", 224), ("prx", 518)):
                with self.subTest(name, side=side):
                    state = self.state(size)
                    printed = self.export(dinov2, "--weights", self.weights, "--preparation", preparation)
                    self.assertIn("differs from timm by at most", printed)
                    self.compare_with("timm", originals.timm_features(DinoV2(state, side), pictures(side)), side)

    @needs("transformers")
    def test_compute_the_same_as_transformers_with_the_same_table(self) -> None:
        for name, size in SIZES.items():
            for preparation, side in (("torch-fidelity", 224), ("prx", 518)):
                with self.subTest(name, side=side):
                    state = self.state(size)
                    self.export(dinov2, "--weights", self.weights, "--preparation", preparation)
                    peer = originals.transformers_features(DinoV2(state, side), pictures(side))
                    self.compare_with("transformers", peer, side)

    @needs("timm")
    def test_compute_the_same_as_timm_when_it_reads_the_weights(self) -> None:
        from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn

        for registers in (0, 4):
            with self.subTest(registers=registers):
                state = self.state(Size(128, 2, registers))
                self.export(dinov2, "--weights", self.weights, "--preparation", "prx")
                peer = VisionTransformer(518, 14, num_classes=0, global_pool="token", embed_dim=128, depth=2,
                                         num_heads=2, init_values=1.0, reg_tokens=registers,
                                         no_embed_class=registers > 0).eval()
                peer.load_state_dict(checkpoint_filter_fn(state, peer))
                self.assert_close(self.features(518), peer(pictures(518)))

    def test_have_a_card_with_the_probe_output(self) -> None:
        self.state(SIZES["registers"])
        self.export(dinov2, "--weights", self.weights, "--preparation", "torch-fidelity")
        card = card_of(self.output)
        self.assertEqual((card["kind"], card["name"], card["feature_dim"]), ("encoder", "dinov2_vits14", 128))
        self.assertEqual(card["input"]["range"], "0..255")
        answer = torch.jit.load(str(self.output))(archive.probe_image(card))[0, :8]
        self.assert_close(answer, torch.tensor(card["probe"]["features"]), 1e-5)

    def test_in_half_precision_are_half_as_large(self) -> None:
        self.state(SIZES["plain"])
        self.export(dinov2, "--weights", self.weights)
        size, exact = self.output.stat().st_size, self.features(224)
        self.export(dinov2, "--weights", self.weights, "--half")
        self.assertLess(self.output.stat().st_size, 0.55 * size)
        rounded = torch.jit.load(str(self.output)).float()(pictures(224))
        self.assert_close(rounded, exact, 0.01)

    def test_are_not_made_from_other_weights(self) -> None:
        state = self.state(SIZES["plain"])
        timms = {("reg_token" if key == "mask_token" else key): value for key, value in state.items()}
        short = {**state, "pos_embed": state["pos_embed"][:, 1:]}
        fewer = {key: value for key, value in state.items() if key != "blocks.1.attn.proj.bias"}
        supervised = {key: value for key, value in state.items() if ".ls" not in key}
        for name, other in {"timm's": timms, "another table": short, "a key less": fewer, "no scale": supervised,
                            "none": {"weight": torch.zeros(3)}}.items():
            with self.subTest(name), self.assertRaisesRegex(ExportError, "not DINOv2 as published by its authors"):
                torch.save(other, self.weights)
                self.export(dinov2, "--weights", self.weights)
        self.assertFalse(self.output.exists())

    def test_without_weights_the_error_contains_the_url(self) -> None:
        with self.assertRaisesRegex(ExportError, "dinov2_vitl14/dinov2_vitl14_pretrain.pth"):
            self.export(dinov2)
        with self.assertRaisesRegex(ExportError, "dinov2_vitg14/dinov2_vitg14_reg4_pretrain.pth"):
            self.export(dinov2, "--name", "dinov2_vitg14_reg")
        with self.assertRaisesRegex(ExportError, "not among the published"):
            self.export(dinov2, "--name", "dinov2_vitx14")

    @needs("timm")
    def test_have_parameters_of_the_sizes_in_timm(self) -> None:
        """All eight networks at full size, on a device without memory: a strict load compares names and shapes."""
        import timm
        from timm.models.vision_transformer import checkpoint_filter_fn

        sizes = {"s": "small", "b": "base", "l": "large", "g": "giant"}
        for name, size in dinov2_weights.PUBLISHED.items():
            registers = "_reg4" if size.registers else ""
            with self.subTest(name), torch.device("meta"):
                state = dinov2_weights.state(size, 0)
                DinoV2(state, 518)
                peer = timm.create_model(f"vit_{sizes[name[10]]}_patch14{registers}_dinov2", num_classes=0)
                peer.load_state_dict(checkpoint_filter_fn(dict(state), peer), assign=True)


class ClipL336(InTempFolder):
    def state(self, side: int = 336) -> dict:
        """A CLIP in OpenAI's layout with one narrow block per tower and four patches."""
        def tower(name: str) -> dict:
            shapes = {"attn.in_proj_weight": (192, 64), "attn.in_proj_bias": (192,), "attn.out_proj.weight": (64, 64),
                      "attn.out_proj.bias": (64,), "mlp.c_fc.weight": (256, 64), "mlp.c_fc.bias": (256,),
                      "mlp.c_proj.weight": (64, 256), "mlp.c_proj.bias": (64,), "ln_1.weight": (64,),
                      "ln_1.bias": (64,), "ln_2.weight": (64,), "ln_2.bias": (64,)}
            return {f"{name}transformer.resblocks.0.{key}": shape for key, shape in shapes.items()}

        shapes = {"visual.class_embedding": (64,), "visual.positional_embedding": (5, 64), "visual.proj": (64, 768),
                  "visual.conv1.weight": (64, 3, side // 2, side // 2), "token_embedding.weight": (516, 64),
                  "positional_embedding": (16, 64), "text_projection": (64, 768), **tower("visual."), **tower("")}
        for norm in ("visual.ln_pre", "visual.ln_post", "ln_final"):
            shapes |= {f"{norm}.weight": (64,), f"{norm}.bias": (64,)}
        torch.manual_seed(0)
        return {key: torch.randn(shape) * 0.1 for key, shape in shapes.items()}

    def weights(self, state: dict, name: str = "weights.pt") -> Path:
        torch.save(state, self.folder / name)
        return self.folder / name

    def test_is_the_image_tower_with_the_preparation_of_cmmd(self) -> None:
        state = self.state()
        self.export(clip_l336, "--weights", self.weights(state), "--quick-gelu")
        card = card_of(self.output)
        self.assertEqual((card["kind"], card["feature_dim"]), ("encoder", 768))
        self.assertEqual(card["input"]["steps"],
                         [{"crop": "square", "offset": "floor"},
                          {"resize": "box", "width": 336, "height": 336, "filter": "pillow-bicubic"}])
        tower = Clip(state, quick_gelu=True).image.eval()
        self.assert_close(torch.jit.load(str(self.output))(pictures(336)), tower(pictures(336)), 0)

    def test_needs_an_explicit_gelu_for_bare_weights(self) -> None:
        with self.assertRaisesRegex(ExportError, "pass --quick-gelu"):
            self.export(clip_l336, "--weights", self.weights(self.state()))
        self.export(clip_l336, "--weights", self.weights(self.state(), "ViT-L-14-336-quickgelu.pt"))
        self.assertTrue(card_of(self.output)["quick_gelu"])

    def test_of_another_size_is_refused(self) -> None:
        with self.assertRaisesRegex(ExportError, "a CLIP for 224×224 pixels"):
            self.export(clip_l336, "--weights", self.weights(self.state(224)), "--quick-gelu")


class Answering(nn.Module):
    """A small network; `answer` computes its output from its map [N, 4, 8, 8]."""

    def __init__(self, answer, norm: nn.Module | None = None):
        super().__init__()
        torch.manual_seed(2)
        self.conv = nn.Conv2d(3, 4, 4, stride=4)
        self.norm = norm or nn.Identity()
        self.answer = answer

    def forward(self, *images: torch.Tensor):  # TorchScript can't script this signature
        return self.answer(self.norm(self.conv(images[0])))


class Encoders(InTempFolder):
    def encoder(self, module: nn.Module, input: dict = TO_32, **options: object) -> dict:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            card = encoder(module, input=input, output=self.output, **options)
        self.printed = printed.getvalue()
        return card

    def expect(self, message: str, module: nn.Module, **options: object) -> None:
        self.output.write_text("what was there before")
        with self.assertRaisesRegex(ExportError, message):
            self.encoder(module, **options)
        self.assertEqual([path.name for path in self.folder.iterdir()], [self.output.name])
        self.assertEqual(self.output.read_text(), "what was there before")

    def answers(self, **options: object) -> torch.Tensor:
        return torch.jit.load(str(self.output)).float()(pictures(32, 5))

    def test_are_scripted(self) -> None:
        module = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.Dropout(), nn.ReLU(), nn.Flatten()).eval()
        card = self.encoder(module)
        self.assertEqual((card["kind"], card["name"], card["feature_dim"]), ("encoder", "other", 256))
        self.assertEqual(card_of(self.output), card)
        self.assert_close(self.answers(), module(pictures(32, 5)), 1e-6)
        self.assertIn("differs from the module by at most", self.printed)

    def test_are_traced_if_they_cannot_be_scripted(self) -> None:
        module = Answering(lambda x: x.flatten(1))
        self.encoder(module, name="Mine")
        self.assert_close(self.answers(), module(pictures(32, 5)), 1e-6)
        self.assertEqual(card_of(self.output)["name"], "Mine")

    def test_may_be_made_from_script_modules(self) -> None:
        script = torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.Flatten()).eval())
        self.encoder(script)
        self.assert_close(self.answers(), script(pictures(32, 5)), 1e-6)

    def test_do_not_change_the_module(self) -> None:
        module = Answering(lambda x: x.flatten(1)).half().train()
        before = {key: value.clone() for key, value in module.state_dict().items()}
        self.encoder(module, half=True)
        self.assertTrue(module.training)
        for key, value in module.state_dict().items():
            self.assertEqual(value.dtype, torch.float16)
            self.assertTrue(torch.equal(value, before[key]))
        self.assert_close(self.answers(), module.float()(pictures(32, 5)), 1e-6)

    def test_have_the_probe_output_in_the_card(self) -> None:
        card = self.encoder(Answering(lambda x: x.flatten(1)))
        answer = torch.jit.load(str(self.output))(archive.probe_image(card))[0, :8]
        self.assert_close(answer, torch.tensor(card["probe"]["features"]), 1e-6)

    def test_that_do_not_return_rows_of_features_are_refused(self) -> None:
        self.expect(r"returns float32 \[1, 4, 8, 8\], expected \[1, F\]", Answering(lambda x: x))
        self.expect("returns a tuple, not a tensor", Answering(lambda x: (x.flatten(1), x)))
        self.expect("returns 4 rows for a batch of 1", Answering(lambda x: x.flatten(0, 1).flatten(1)))
        self.expect("returns int64", Answering(lambda x: x.flatten(1).argmax(1, keepdim=True)))

    def test_whose_output_depends_on_the_batch_are_refused(self) -> None:
        module = Answering(lambda x: x.flatten(1), nn.BatchNorm2d(4))
        self.expect("in a batch of 3 than for the image alone; call its eval", module)
        self.encoder(module.eval())
        self.expect("in a batch of 3 than for the image alone$",
                    Answering(lambda x: (x - x.mean(0)).flatten(1)).eval())

    def test_whose_output_is_not_finite_are_refused(self) -> None:
        self.expect("not finite", Answering(lambda x: x.flatten(1).log()))

    def test_that_trace_to_one_batch_size_are_refused(self) -> None:
        self.expect("cannot be scripted: .*cannot be traced: it returns 3 rows for a batch of 1",
                    Answering(lambda x: x.flatten(1) + torch.zeros(len(x), 1) if len(x) else x))

    def test_that_refer_to_the_cpu_give_a_note(self) -> None:
        self.encoder(Answering(lambda x: x.flatten(1) + torch.arange(256, device=x.device)))
        self.assertIn("may not run on a GPU", self.printed)

    def test_need_a_file_name_that_metrics_can_refer_to(self) -> None:
        module = Answering(lambda x: x.flatten(1))
        for name in ("my net.pt", "net.pth", ".pt", ".net.pt", "netz-ä.pt"):
            with self.subTest(name), self.assertRaisesRegex(ExportError, "an archive's name"):
                self.output = self.folder / name
                self.encoder(module)
        with self.assertRaisesRegex(ExportError, "its folder .*nowhere does not exist; create it first"):
            self.output = self.folder / "nowhere" / "net.pt"
            self.encoder(module)
        (self.folder / "file").touch()
        with self.assertRaisesRegex(ExportError, "file is not a folder"):
            self.output = self.folder / "file" / "net.pt"
            self.encoder(module)

    def test_need_one_image_size_and_a_complete_input(self) -> None:
        module = Answering(lambda x: x.flatten(1))
        self.expect("different sizes", module, input=prepare.card_input([{"crop": "square"}], *prepare.IMAGENET))
        self.expect("different sizes", module, input=prepare.card_input([], *prepare.IMAGENET))
        self.expect("input: range, std missing", module, input={"steps": [], "mean": [0, 0, 0]})
        self.expect("the range is 0..2", module, input={**TO_32, "range": "0..2"})
        for key, wrong in (("mean", [0.5]), ("std", [1, 1]), ("std", [1, 0, 1])):
            self.expect("for each of three channels", module, input={**TO_32, key: wrong})

    def test_may_take_images_that_are_not_square(self) -> None:
        module = Answering(lambda x: x.mean((1, 2)))  # one number for each column of the map
        steps = [{"resize": "box", "width": 48, "height": 32, "filter": "torch-bilinear"}]
        self.assertEqual(self.encoder(module, input=prepare.card_input(steps, *prepare.IMAGENET))["feature_dim"], 12)


class ExamplesOfTheDocs(InTempFolder):
    """Runs the Python blocks of docs/models.md, with random weights in place of published ones."""

    def run_block(self, package: str) -> dict:
        text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
        blocks = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if package in block]
        self.assertEqual(len(blocks), 1)
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(blocks[0], "docs/models.md", "exec"), {})
        finally:
            os.chdir(before)
        (made,) = self.folder.glob("*.pt")
        return card_of(made)

    @needs("timm")
    def test_a_network_of_timm(self) -> None:
        import timm

        create = timm.create_model
        with mock.patch.object(timm, "create_model", lambda name, pretrained, **how: create(name, **how)):
            self.assertEqual(self.run_block("timm")["feature_dim"], 768)

    @needs("transformers")
    def test_a_network_of_transformers(self) -> None:
        from transformers import SiglipVisionConfig, SiglipVisionModel

        with mock.patch.object(SiglipVisionModel, "from_pretrained",
                               lambda name: SiglipVisionModel(SiglipVisionConfig(num_hidden_layers=2))):
            self.assertEqual(self.run_block("transformers")["feature_dim"], 768)

    @needs("torchvision")
    def test_a_network_of_torchvision(self) -> None:
        from torchvision import models

        create = models.resnet50
        with mock.patch.object(models, "resnet50", lambda weights: create()):
            card = self.run_block("torchvision")
        self.assertEqual(card["feature_dim"], 2048)
        self.assertEqual(prepare.size_of(card["input"]), (224, 224))


if __name__ == "__main__":
    unittest.main()
