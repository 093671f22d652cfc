"""Tests tise_eval.export.all and the export scripts, from the download to `tise-eval models --verify`, with seeded
networks in place of the published ones. Needs the environment of tests/parity, and TISE_EVAL."""

import functools
import http.server
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests" / "parity")]
HERE = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("clip") is not None

CLIP_SIZES = (64, 64, 2, 128, 16, 77, 49408, 64, 1, 2)  # embedding, side, image tower, context, vocabulary, text tower


def script_of(kind):
    return [sys.executable, str(ROOT / "scripts" / f"export_{kind}.py")]


def make_clip(path, seed):
    import openai_archive
    import torch
    from clip.model import CLIP

    torch.manual_seed(seed)
    openai_archive.save(CLIP(*CLIP_SIZES).eval(), path)


def make_inception(path):
    import torch
    from torchvision.models import inception_v3

    torch.manual_seed(0)
    network = inception_v3(weights=None, num_classes=1008, aux_logits=False, init_weights=False)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):  # otherwise the outputs are almost 0
            torch.nn.init.kaiming_normal_(module.weight)
    torch.save(network.state_dict(), path)


def make_maskrcnn(path):
    import torch
    from torchvision.models.detection import maskrcnn_resnet50_fpn

    torch.manual_seed(0)
    torch.save(maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict(), path)


@unittest.skipUnless(HERE and "TISE_EVAL" in os.environ, "needs the environment of tests/parity, and TISE_EVAL")
class FromFetchToVerified(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from dataclasses import replace

        from tise_eval.export import all as get_models, fetching
        from tise_eval.export.published import Published

        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.home = Path(folder.name)
        published = cls.home / "published"
        published.mkdir()
        files = {"clip": "ViT-B-32.pt", "clip-large": "ViT-L-14.pt", "inception": "inception.pth",
                 "maskrcnn": "maskrcnn.pth"}
        make_clip(published / files["clip"], 1)
        make_clip(published / files["clip-large"], 2)
        make_inception(published / files["inception"])
        make_maskrcnn(published / files["maskrcnn"])

        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(published))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        handler.func.log_message = lambda *_: None
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        models = {key: replace(model, weights=Published(f"http://127.0.0.1:{server.server_address[1]}/{files[key]}",
                                                        fetching.sha256(published / files[key])))
                  for key, model in get_models.MODELS.items()}
        environment = {"HOME": str(cls.home), "XDG_CACHE_HOME": str(cls.home / "cache"), "no_proxy": "127.0.0.1"}
        cls.models = cls.home / "models"
        with mock.patch.dict(os.environ, environment), mock.patch.object(get_models, "MODELS", models):
            get_models.export(script_of, ["--output", str(cls.models)])  # raises if an export or a verification fails
        cls.published = published

    def test_both_folders_have_all_models(self):
        for folder in (self.models, self.models / "ViT-L-14"):
            done = subprocess.run([os.environ["TISE_EVAL"], "models", "--models", str(folder), "--verify"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            for name in ("clip.pt", "inception.pt", "maskrcnn.pt"):
                self.assertIn(name, done.stdout)

    def test_a_half_precision_clip_from_a_gpu_computes_what_the_package_computes(self):
        import clip
        import torch

        theirs, _ = clip.load(str(self.published / "ViT-B-32.pt"), device="cpu")  # in float32
        ours = torch.jit.load(str(self.models / "clip.pt"), map_location="cpu")
        images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(3))
        tokens = clip.tokenize(["two red circles", "a dog", "x " * 100], truncate=True)
        with torch.no_grad():
            torch.testing.assert_close(ours.image(images), theirs.encode_image(images), rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(ours.text(tokens), theirs.encode_text(tokens), rtol=1e-4, atol=1e-5)
        self.assertGreater((ours.image(images)[0] - ours.image(images)[1]).abs().max().item(), 1e-2)


@unittest.skipUnless(HERE, "needs the environment of tests/parity")
class BareWeightsOfAFineTunedClip(unittest.TestCase):
    """A state dict of OpenAI's package. Unlike its published files it contains no facts about the network."""

    def export(self, *options):
        command = [*script_of("clip"), "--weights", str(self.weights), "--output", str(self.archive), *options]
        return subprocess.run(command, capture_output=True, text=True)

    def test_need_an_explicit_gelu(self):
        import torch
        from clip.model import CLIP

        with tempfile.TemporaryDirectory() as folder:
            self.weights, self.archive = Path(folder) / "epoch_3.pt", Path(folder) / "clip.pt"
            torch.manual_seed(4)
            network = CLIP(*CLIP_SIZES).eval()
            torch.save(network.state_dict(), self.weights)

            refused = self.export()
            self.assertEqual(refused.returncode, 1)
            self.assertIn("pass --quick-gelu for", refused.stderr)
            self.assertIn("--no-quick-gelu", refused.stderr)
            self.assertFalse(self.archive.exists())

            images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))
            for option, is_theirs in (("--quick-gelu", True), ("--no-quick-gelu", False)):
                done = self.export(option)
                self.assertEqual(done.returncode, 0, done.stderr)
                with torch.no_grad():
                    ours = torch.jit.load(str(self.archive)).image(images)
                    close = torch.allclose(ours, network.encode_image(images), rtol=1e-4, atol=1e-5)
                self.assertEqual(close, is_theirs, option)


if __name__ == "__main__":
    unittest.main()
