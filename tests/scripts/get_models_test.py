"""Tests tise_eval.export.fetching and .all, which scripts/get_models.py runs, with a local server. Exports no
archives."""

import contextlib
import hashlib
import http.server
import io
import json
import os
import sys
import tempfile
import threading
import unittest
import zipfile
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from tise_eval.export import all as get_models, fetching  # noqa: E402
from tise_eval.export.published import Published  # noqa: E402

CONTENT = bytes(range(256)) * 4096  # 1 MiB
HASH = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT. The first responses end after `breaks` bytes; `ranges` is whether it supports resuming."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.status, self.breaks, self.ranges = CONTENT, 200, [], True
        self.asked = []

    def url(self, file):
        return f"http://127.0.0.1:{self.server_address[1]}/{file}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.server.status != 200:
            return self.send_error(self.server.status)
        content = self.server.content
        start = int(asked[len("bytes="):-1]) if asked and self.server.ranges else 0
        if start and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        self.wfile.write(body[:self.server.breaks.pop(0)] if self.server.breaks else body)

    def log_message(self, *_):
        pass


class Served(unittest.TestCase):
    """Sets up a temporary home folder and a server with one file."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        environment = {"HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache"),
                       "XDG_DATA_HOME": str(self.home / "data"), "TORCH_HOME": str(self.home / "torch"),
                       "no_proxy": "127.0.0.1"}
        for patch in (mock.patch.dict(os.environ, environment), mock.patch.object(fetching, "PAUSE", 0.0)):
            patch.start()
            self.addCleanup(patch.stop)
        os.environ.pop("TISE_EVAL", None)
        self.server = Server()
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.wanted = Published(self.server.url("weights.pt"), HASH, len(CONTENT))
        self.target = self.home / "cache" / "tise-eval" / "weights" / "weights.pt"
        self.partial = self.target.with_name("weights.pt.partial")
        self.said = io.StringIO()


class Fetching(Served):
    def fetch(self, wanted=None):
        with contextlib.redirect_stderr(self.said):
            return fetching.fetch(wanted or self.wanted)

    def failure(self, wanted=None):
        with self.assertRaises(fetching.FetchError) as caught:
            self.fetch(wanted)
        self.assertNotIn("\n", str(caught.exception))
        return str(caught.exception)

    def test_fetches_once(self):
        self.assertEqual(self.fetch(), self.target)
        self.assertEqual(self.target.read_bytes(), CONTENT)
        self.assertEqual(self.fetch(), self.target)
        self.assertEqual(self.server.asked, [None])
        self.assertFalse(self.partial.exists())

    def test_part_of_a_hash_is_enough(self):
        self.assertEqual(self.fetch(Published(self.wanted.url, HASH[:8])), self.target)

    def test_a_broken_connection_is_resumed(self):
        self.server.breaks = [1000, 5000]
        self.assertEqual(self.fetch().read_bytes(), CONTENT)
        self.assertEqual(self.server.asked, [None, "bytes=1000-", "bytes=6000-"])

    def test_a_partial_file_of_an_earlier_run_is_resumed(self):
        self.server.breaks = [1000] * fetching.ATTEMPTS
        self.assertIn("run the same command again to resume at", self.failure())
        self.assertEqual(self.partial.stat().st_size, 1000 * fetching.ATTEMPTS)
        self.assertFalse(self.target.exists())
        self.assertEqual(self.fetch().read_bytes(), CONTENT)
        self.assertEqual(self.server.asked[-1], f"bytes={1000 * fetching.ATTEMPTS}-")

    def test_a_complete_partial_file_is_only_renamed(self):
        self.partial.parent.mkdir(parents=True)
        self.partial.write_bytes(CONTENT)
        self.assertEqual(self.fetch().read_bytes(), CONTENT)
        self.assertEqual(self.server.asked, [f"bytes={len(CONTENT)}-"])

    def test_a_partial_file_longer_than_the_whole_is_discarded(self):
        self.partial.parent.mkdir(parents=True)
        self.partial.write_bytes(CONTENT + b"more")
        self.assertEqual(self.fetch().read_bytes(), CONTENT)

    def test_without_resuming_the_server_sends_the_file_again(self):
        self.server.ranges = False
        self.server.breaks = [1000]
        self.assertEqual(self.fetch().read_bytes(), CONTENT)
        self.assertEqual(self.server.asked, [None, "bytes=1000-", None])

    def test_the_beginning_of_another_file_is_downloaded_again(self):
        self.partial.parent.mkdir(parents=True)
        self.partial.write_bytes(b"another file's beginning")
        self.assertEqual(self.fetch().read_bytes(), CONTENT)
        self.assertEqual(self.server.asked, ["bytes=24-", None])

    def test_a_wrong_hash_is_an_error_and_leaves_nothing(self):
        self.server.content = b"an error page"
        message = self.failure()
        self.assertIn(hashlib.sha256(b"an error page").hexdigest(), message)
        self.assertIn(HASH, message)
        self.assertFalse(self.target.exists() or self.partial.exists())

    def test_a_missing_file_is_requested_once(self):
        self.server.status = 404
        message = self.failure()
        self.assertIn("HTTP 404", message)
        self.assertIn(str(self.target.parent), message)
        self.assertEqual(len(self.server.asked), 1)

    def test_a_busy_server_is_retried(self):
        self.server.status = 503
        self.assertIn("HTTP 503", self.failure())
        self.assertEqual(len(self.server.asked), fetching.ATTEMPTS)

    def test_files_that_other_packages_downloaded_are_found(self):
        for folder in (self.home / ".cache" / "clip", self.home / "torch" / "hub" / "checkpoints"):
            folder.mkdir(parents=True)
            (folder / "weights.pt").write_bytes(CONTENT)
            self.assertEqual(self.fetch(), folder / "weights.pt")
            (folder / "weights.pt").write_bytes(b"another file of this name")
        self.assertEqual(self.fetch(), self.target)
        self.assertIn("ignored, since its SHA-256", self.said.getvalue())

    def test_without_curl_the_error_names_it(self):
        with mock.patch.dict(os.environ, {"PATH": str(self.home)}):
            self.assertIn("curl is not installed", self.failure())

    def test_a_cache_that_is_a_file_is_named(self):
        (self.home / "cache").write_text("")
        self.assertIn(str(self.target), self.failure())


class GetModels(Served):
    """What it downloads, what it keeps and what it prints."""

    def setUp(self):
        super().setUp()
        self.exported = []
        model = get_models.Model("clip.pt", "A network", self.wanted, "clip", ("--name", "A"), "MIT")
        large = get_models.Model("large/clip.pt", "A large one", self.wanted, "clip", (), "MIT")
        other = get_models.Model("inception.pt", "Another", self.wanted, "inception", (), "MIT")
        for patch in (mock.patch.object(get_models, "MODELS", {"clip": model, "inception": other, "large": large}),
                      mock.patch.object(get_models, "subprocess", mock.Mock(run=self.export))):
            patch.start()
            self.addCleanup(patch.stop)
        self.models = self.home / "data" / "tise-eval" / "models"

    def export(self, command, **_):
        self.exported.append(command)
        weights, output = (Path(command[command.index(option) + 1]) for option in ("--weights", "--output"))
        with zipfile.ZipFile(output, "w") as file:
            file.writestr("clip/extra/card.json", json.dumps({"source": {"sha256": fetching.sha256(weights)}}))
        return mock.Mock(returncode=0)

    def get(self, *options):
        with contextlib.redirect_stderr(self.said), contextlib.redirect_stdout(self.said):
            get_models.main(lambda kind: ["export", kind], list(options))

    def test_all_go_to_the_folder_in_which_the_program_looks(self):
        self.get()
        self.assertTrue((self.models / "clip.pt").is_file() and (self.models / "inception.pt").is_file())
        self.assertEqual(self.server.asked, [None])  # they share their weights here
        self.assertIn("not verified", self.said.getvalue())

    def test_another_clip_gets_a_folder_with_all_models(self):
        self.get()
        link = self.models / "large" / "inception.pt"
        self.assertTrue(link.is_symlink())
        self.assertTrue(link.samefile(self.models / "inception.pt"))
        self.assertFalse((self.models / "large" / "clip.pt").is_symlink())

    def test_existing_archives_are_not_made_again(self):
        self.get()
        self.get()
        self.assertEqual(len(self.exported), 3)
        self.assertIn("already made from", self.said.getvalue())

    def test_a_broken_archive_is_made_again(self):
        self.models.mkdir(parents=True)
        (self.models / "clip.pt").write_bytes(b"PK half of an archive")
        self.get("clip")
        self.assertEqual(len(self.exported), 1)

    def test_an_archive_of_other_weights_is_made_again(self):
        self.models.mkdir(parents=True)
        with zipfile.ZipFile(self.models / "clip.pt", "w") as file:
            file.writestr("clip/extra/card.json", json.dumps({"source": {"sha256": "0"}}))
        self.get("clip")
        self.assertEqual(len(self.exported), 1)

    def test_a_failed_export_names_its_command(self):
        with mock.patch.object(get_models.subprocess, "run", lambda *_, **__: mock.Mock(returncode=1)):
            with self.assertRaises(SystemExit) as caught:
                self.get("clip")
        self.assertIn("export clip --weights", str(caught.exception.code))

    def test_a_failed_verification_is_an_error(self):
        os.environ["TISE_EVAL"] = "tise-eval"

        def run(command, **options):
            return mock.Mock(returncode=3) if command[0] == "tise-eval" else self.export(command, **options)

        with mock.patch.object(get_models.subprocess, "run", run), self.assertRaises(SystemExit) as caught:
            self.get("clip")
        self.assertIn(str(self.models), str(caught.exception.code))

    def test_an_unknown_model_is_a_usage_error(self):
        with self.assertRaises(SystemExit) as caught:
            self.get("resnet")
        self.assertEqual(caught.exception.code, 2)

    def test_list_prints_url_size_hash_and_license(self):
        self.get("--list")
        for part in (self.wanted.url, "1.0 MB", HASH, "license: MIT"):
            self.assertIn(part, self.said.getvalue())
        self.assertEqual(self.server.asked, [])


if __name__ == "__main__":
    unittest.main()
