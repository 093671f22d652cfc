"""Tests tise-parquet, and Parquet in evaluate: python tests/python/test_parquet.py

Run it with the package installed, or in the source tree with PYTHONPATH=python. Needs pyarrow. Doesn't run the program.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import tise_eval
from tise_eval import Parquet, _evaluate, _parquet

try:
    import pyarrow
    import pyarrow.parquet
except ImportError:
    pyarrow = None

COMMAND = "from tise_eval._parquet import main; main()"
IMAGES = [b"\x89PNG\r\n\x1a\n" + bytes([i]) * (500 + 7 * i) for i in range(4)] + [b"\xff\xd8\xff" + bytes(40)]
CAPTIONS = ["a dog", "zwei Häuser", "a cat", "a \"red\" car", "x\ny"]


class InTempFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def table(self, name: str, columns: dict, **how: object) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.table(columns), path, **how)
        return path

    def images(self, name: str = "images.parquet") -> Path:
        return self.table(name, {"image": IMAGES, "caption": CAPTIONS})

    def structs(self, rows: list) -> "pyarrow.Array":
        kind = pyarrow.struct([("path", pyarrow.string()), ("bytes", pyarrow.binary())])
        return pyarrow.array([row and {"bytes": row[0], "path": row[1]} for row in rows], kind)

    def tar(self, places: object, **options: object) -> bytes:
        tar = io.BytesIO()
        Parquet(places, **options).write(tar)
        return tar.getvalue()

    def members(self, places: object, **options: object) -> dict[str, bytes]:
        with tarfile.open(fileobj=io.BytesIO(self.tar(places, **options))) as tar:
            return {member.name: tar.extractfile(member).read() for member in tar}

    def sidecars(self, places: object, **options: object) -> list[dict]:
        members = self.members(places, **options)
        return [json.loads(content) for name, content in members.items() if name.endswith(".json")]

    def contents(self, places: object, **options: object) -> list[bytes]:
        members = self.members(places, **options)
        return [content for name, content in members.items() if not name.endswith(".json")]

    def assert_refused(self, message: str, places: object, **options: object) -> None:
        with self.assertRaisesRegex(tise_eval.InputError, message):
            self.tar(places, **options)


@unittest.skipUnless(pyarrow, "needs pyarrow")
class Tar(InTempFolder):
    def test_has_the_bytes_of_each_row_under_its_number(self) -> None:
        structs = self.structs([(image, "a.png") for image in IMAGES])
        for column in (IMAGES, pyarrow.array(IMAGES, pyarrow.large_binary()), structs):
            members = self.members(self.table("a.parquet", {"image": column, "caption": CAPTIONS}))
            self.assertEqual(list(members)[:3], ["00000000.png", "00000000.json", "00000001.png"])
            self.assertEqual(list(members)[-2:], ["00000004.jpg", "00000004.json"])
            self.assertEqual([members[name] for name in members if not name.endswith("json")], IMAGES)
            self.assertEqual([json.loads(members[name]) for name in members if name.endswith("json")],
                             [{"caption": caption} for caption in CAPTIONS])

    def test_is_the_same_each_time_and_names_no_user(self) -> None:
        path = self.images()
        self.assertEqual(self.tar(path), self.tar(path))
        with tarfile.open(fileobj=io.BytesIO(self.tar(path))) as tar:
            of_members = {(one.mtime, one.uid, one.gid, one.uname, one.mode) for one in tar}
        self.assertEqual(of_members, {(0, 0, 0, "", 0o644)})

    def test_has_scalars_next_to_the_caption(self) -> None:
        columns = {"image": IMAGES[:2], "prompt": ["a", "b"], "seed": [1, None], "cfg": [7.5, float("nan")],
                   "ok": [True, False], "style": pyarrow.array(["x", "y"]).dictionary_encode(),
                   "scores": [[1.0], [2.0]], "mask": [b"a", b"b"], "position": [1, 2], "id": ["p", "q"],
                   "cluster": [0.5, 1.0], "counts": [3, 4], "text": [1, 2]}
        self.assertEqual(self.sidecars(self.table("a.parquet", columns)),
                         [{"caption": "a", "seed": 1, "cfg": 7.5, "ok": True, "style": "x", "id": "p"},
                          {"caption": "b", "ok": False, "style": "y", "id": "q"}])

    def test_has_no_json_without_a_caption(self) -> None:
        self.assertEqual(self.sidecars(self.table("a.parquet", {"image": IMAGES[:2], "seed": [1, 2]})), [])
        path = self.table("b.parquet", {"image": IMAGES[:2], "caption": [None, "a"]})
        self.assertEqual(list(self.members(path)), ["00000000.png", "00000001.png", "00000001.json"])
        self.assertEqual(self.sidecars(path, caption=""), [])

    def test_takes_further_captions_as_references(self) -> None:
        path = self.table("a.parquet", {"image": IMAGES[:2], "captions": [["a", "b", "c"], ["d"]]})
        self.assertEqual(self.sidecars(path), [{"caption": "a", "references": ["b", "c"]}, {"caption": "d"}])

    def test_has_all_images_of_a_list(self) -> None:
        lists = [IMAGES[:2], [IMAGES[2]]]
        for column in (lists, pyarrow.array([[{"bytes": one, "path": None} for one in row] for row in lists])):
            members = self.members(self.table("a.parquet", {"images": column, "caption": ["a", "b"]}))
            self.assertEqual([name for name in members if name.endswith("png")],
                             ["00000000_0.png", "00000000_1.png", "00000001_0.png"])
            self.assertEqual([json.loads(members[f"0000000{name}.json"])["caption"] for name in ("0_0", "0_1", "1_0")],
                             ["a", "a", "b"])

    def test_rows_without_an_image_are_named_or_skipped(self) -> None:
        for column in ([*IMAGES[:3], None], self.structs([(one, None) for one in IMAGES[:3]] + [(None, None)]),
                       self.structs([(one, None) for one in IMAGES[:3]] + [None]),
                       [[one] for one in IMAGES[:3]] + [[]]):
            path = self.table("a.parquet", {"picture": column})
            self.assert_refused(r"a.parquet: row 3 \(from 0\), column picture: no image; pass --skip-missing", path)
            self.assertEqual(self.contents(path, skip_missing=True), IMAGES[:3])
        path = self.table("a.parquet", {"picture": [IMAGES[0], b"<html>"]})
        self.assert_refused("row 1 .*not an image .starts with b'<html>'", path, skip_missing=True)

    def test_reads_paths_below_the_file(self) -> None:
        (self.folder / "img").mkdir()
        for number, image in enumerate(IMAGES):
            (self.folder / "img" / f"{number}.dat").write_bytes(image)
        paths = [f"img/{number}.dat" for number in range(5)]
        for column in (paths, self.structs([(None, path) for path in paths])):
            path = self.table("a.parquet", {"file": column, "other": paths[::-1]})
            self.assertEqual(self.contents(path, image="file"), IMAGES)
        self.assertEqual(self.contents(self.table("a.parquet", {"file": paths, "note": ["a"] * 5})), IMAGES)
        for wrong in ("../x.png", "/etc/passwd", "http://a/b.png", "img/none.png", "a\0b"):
            path = self.table("sub/a.parquet", {"file": [wrong]})
            self.assert_refused("row 0 .*, column file: ", path, image="file")
            self.assert_refused("no column has images", path)

    def test_images_are_preferred_to_their_paths(self) -> None:
        path = self.table("a.parquet", {"image": self.structs([(IMAGES[0], "none.png")])})
        self.assertEqual(self.contents(path), IMAGES[:1])

    def test_a_truncated_one_is_not_mistaken_for_complete(self) -> None:
        path, tar = self.table("a.parquet", {"image": [*IMAGES[:2], None]}), io.BytesIO()
        with self.assertRaises(tise_eval.InputError):
            Parquet(path).write(tar)
        tar.seek(0)
        with self.assertRaises(tarfile.ReadError), tarfile.open(fileobj=tar, mode="r|") as members:
            list(members)


@unittest.skipUnless(pyarrow, "needs pyarrow")
class Columns(InTempFolder):
    def test_several_that_fit_are_listed(self) -> None:
        path = self.table("a.parquet", {"jpg_0": IMAGES, "jpg_1": IMAGES[::-1], "text": CAPTIONS, "Prompt": CAPTIONS})
        self.assert_refused("jpg_0 and jpg_1 have images; choose one with --image", path)
        self.assert_refused("text and Prompt may be the caption; choose one with --caption", path, image="jpg_1")
        self.assertEqual(self.contents(path, image="jpg_1", caption="Prompt"), IMAGES[::-1])
        self.assertEqual(self.sidecars(path, image="jpg_1", caption="Prompt")[1], {"caption": CAPTIONS[1]})

    def test_named_columns_must_exist_and_fit(self) -> None:
        path = self.table("a.parquet", {"image": IMAGES, "seed": range(5)})
        self.assert_refused("no column img; its columns are image, seed", path, image="img")
        self.assert_refused("column seed has the type int64, not images", path, image="seed")
        self.assert_refused("column seed has the type int64, not captions", path, caption="seed")
        self.assert_refused("no column has images; its columns are seed", self.table("b.parquet", {"seed": [1]}))

    def test_texts_that_are_not_utf_8_and_names_that_repeat_are_refused(self) -> None:
        bad = pyarrow.array([b"a\xff"]).view(pyarrow.string())
        self.assert_refused("a.parquet: .*utf-8", self.table("a.parquet", {"image": IMAGES[:1], "caption": bad}))
        self.assert_refused("a.parquet: .*utf-8", self.table("a.parquet", {"file": bad}), image="file")
        twice = pyarrow.table([IMAGES, IMAGES], names=["image", "image"])
        pyarrow.parquet.write_table(twice, self.folder / "b.parquet")
        self.assert_refused("b.parquet: several columns have the same name", self.folder / "b.parquet")

    def test_without_images_are_ignored(self) -> None:
        path = self.table("a.parquet", {"sound": self.structs([(b"RIFF0000WAVE", None)]), "empty": self.structs([None]),
                                        "hash": [b"abcd"], "image": [IMAGES[0]]})
        self.assertEqual(self.contents(path), IMAGES[:1])

    def test_are_chosen_by_hugging_faces_metadata(self) -> None:
        features = {"image": {"_type": "Image"}, "mask": {"_type": "Value", "dtype": "binary"}, "n": {"_type": "Image"}}
        for feature in ({"_type": "Image"}, {"_type": "List", "feature": {"_type": "Image"}}, [{"_type": "Image"}]):
            features["image"] = feature
            table = pyarrow.table({"image": IMAGES, "mask": IMAGES, "n": range(5)}).replace_schema_metadata(
                {"huggingface": json.dumps({"info": {"features": features}})})
            pyarrow.parquet.write_table(table, self.folder / "a.parquet")
            self.assertEqual(self.contents(self.folder / "a.parquet"), IMAGES)

    def test_must_exist_in_all_files(self) -> None:
        self.images("d/0.parquet")
        self.table("d/1.parquet", {"picture": IMAGES})
        self.assert_refused("1.parquet: no column image", self.folder / "d")


@unittest.skipUnless(pyarrow, "needs pyarrow")
class Shards(InTempFolder):
    def shards(self, *names: str) -> None:
        for number, name in enumerate(names):
            self.table(name, {"image": [IMAGES[number]], "caption": [name]})

    def captions(self, place: object = None, **options: object) -> list[str]:
        return [one["caption"] for one in self.sidecars(self.folder if place is None else place, **options)]

    def test_come_in_natural_order(self) -> None:
        names = ["a/x2.parquet", "a/x10.parquet", "b.parquet"]
        self.shards(*reversed(names))
        (self.folder / "notes.txt").touch()
        self.assertEqual(self.captions(), names)
        self.assertEqual(self.captions([self.folder / "b.parquet", self.folder / "a"]), [names[2], *names[:2]])
        self.assertEqual(list(self.members(self.folder))[2], "00000001.png")

    def test_of_one_split_are_chosen(self) -> None:
        train = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002-0123456789abcdef.parquet"]
        self.shards(*train, "data/test-00000-of-00001.parquet")
        self.assert_refused("several splits; choose one of data/test, data/train with --split", self.folder)
        self.assert_refused("no split dev; choose one of data/test, data/train", self.folder, split="dev")
        for name in ("train", "data/train"):
            self.assertEqual(self.captions(split=name), train)

    def test_splits_are_recognized_by_folders_and_names(self) -> None:
        self.shards(*(f"{folder}/0000.parquet" for folder in ("default/train", "default/test", "other/train")),
                    "val.parquet")
        self.assert_refused("default/test, default/train, other/train, val with", self.folder, split="train")
        self.assertEqual(self.captions(split="default/train"), ["default/train/0000.parquet"])
        self.assertEqual(self.captions(split="val"), ["val.parquet"])

    def test_numbered_files_of_one_folder_are_not_splits(self) -> None:
        self.shards("00000.parquet", "00001.parquet")
        self.assertEqual(len(self.captions()), 2)

    def test_that_are_not_parquet_are_refused(self) -> None:
        self.assert_refused("nowhere: no such file or folder", self.folder / "nowhere")
        self.assert_refused("contains no .parquet files", self.folder)
        whole = self.images().read_bytes()
        for content in (b"", b"PAR1", whole[:-20], whole[200:]):
            (self.folder / "bad.parquet").write_bytes(content)
            self.assert_refused("bad.parquet: not a Parquet file, or damaged", self.folder / "bad.parquet")


@unittest.skipUnless(pyarrow, "needs pyarrow")
class Command(InTempFolder):
    def run_command(self, *arguments: object, **how: object) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-c", COMMAND, *map(str, arguments)], stderr=subprocess.PIPE,
                              **{"stdout": subprocess.PIPE, **how})

    def test_writes_to_standard_output_or_a_file(self) -> None:
        path, output = self.images(), self.folder / "out.tar"
        done = self.run_command(path)
        self.assertEqual((done.returncode, done.stdout), (0, self.tar(path)))
        self.assertEqual(done.stderr.decode(), "5 images from 5 rows, column image; captions from column caption\n")
        self.assertEqual(self.run_command(path, "--output", output).returncode, 0)
        self.assertEqual(output.read_bytes(), done.stdout)

    def assert_one_line(self, done: subprocess.CompletedProcess, code: int, part: str) -> None:
        said = done.stderr.decode()
        self.assertEqual((done.returncode, said.count("\n")), (code, 1), said)
        self.assertTrue(said.startswith("tise-parquet: "), said)
        self.assertIn(part, said)

    def test_errors_are_one_line_and_leave_no_file(self) -> None:
        bad, output = self.table("a.parquet", {"image": [*IMAGES, None]}), self.folder / "out.tar"
        self.assert_one_line(self.run_command(bad, "--output", output), 3, "row 5")
        self.assertEqual(os.listdir(self.folder), ["a.parquet"])
        self.assert_one_line(self.run_command(), 2, "PLACE")
        self.assert_one_line(self.run_command(bad, "--output", self.folder / "none" / "a.tar"), 3, "output ")
        with open("/dev/full", "wb") as full:
            self.assert_one_line(self.run_command(self.images(), stdout=full), 3, "standard output: No space left")

    def test_writes_no_tar_to_a_terminal(self) -> None:
        _, terminal = os.openpty()
        self.assert_one_line(self.run_command(self.images(), stdout=terminal), 2, "--images -")

    def test_ends_quietly_with_its_reader(self) -> None:
        path = self.table("a.parquet", {"image": [IMAGES[0] + bytes(1 << 20)] * 4})
        command = [sys.executable, "-c", COMMAND, path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.read(10)
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.returncode, -signal.SIGPIPE)

    def test_without_pyarrow_the_error_names_it(self) -> None:
        script = "import sys; sys.modules['pyarrow'] = None; " + COMMAND
        done = subprocess.run([sys.executable, "-c", script, self.images()], capture_output=True)
        self.assert_one_line(done, 4, "pip install pyarrow")


@unittest.skipUnless(pyarrow, "needs pyarrow")
class Feeding(InTempFolder):
    """Feeds a shell script in place of the program."""

    def follow(self, script: str, feed: Parquet) -> tuple:
        program = self.folder / "program"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        with mock.patch.object(_evaluate, "PROGRAM", program), \
                mock.patch.object(_evaluate, "environment", lambda: None):
            return _evaluate.follow([], lambda *_: self.fail("stopped by progress"), feed=feed)

    def large(self) -> Parquet:
        return Parquet(self.table("large.parquet", {"image": [IMAGES[0] + bytes(1 << 20)] * 4 + [None]}))

    def test_the_program_reads_the_tar(self) -> None:
        path = self.images()
        self.assertEqual(self.follow(f"cat > {self.folder}/got", Parquet(path)), (0, []))
        self.assertEqual((self.folder / "got").read_bytes(), self.tar(path))

    def test_a_program_that_ends_early_reports_its_error(self) -> None:
        self.assertEqual(self.follow("echo 'tise-eval: no' >&2; exit 2", self.large()), (2, ["no"]))

    def test_an_error_in_the_feed_ends_the_program_and_is_raised(self) -> None:
        with self.assertRaisesRegex(tise_eval.InputError, "row 4 .*no image"):
            self.follow("cat > /dev/null; exec sleep 60", self.large())

    def test_an_exception_from_progress_ends_the_program(self) -> None:
        line = '{"event": "progress", "stage": "clip", "done": 1, "total": 2}'
        with self.assertRaisesRegex(AssertionError, "stopped by progress"):
            self.follow(f"echo '{line}' >&2; exec sleep 60", self.large())


@unittest.skipUnless(pyarrow, "needs pyarrow")
class Arguments(InTempFolder):
    def test_folders_are_parquet_if_they_contain_no_other_images(self) -> None:
        path = self.images("d/sub/a.parquet")
        for place in (path, str(path), self.folder / "d"):
            self.assertEqual(_parquet.parquet_of(place).places, (Path(place),))
        self.assertIsNone(_parquet.parquet_of(self.folder / "none"))
        self.assertIsNone(_parquet.parquet_of("shards/{00000..00001}.tar"))
        (self.folder / "d" / "00000.tar").touch()
        self.assertIsNone(_parquet.parquet_of(self.folder / "d"))

    def test_captions_come_from_the_images_if_requested(self) -> None:
        path = self.images()
        feed = Parquet(path, image="image")
        self.assertEqual(_evaluate.with_captions(feed, None), (Parquet(path, image="image", caption=""), None))
        self.assertEqual(_evaluate.with_captions(feed, "captions.json")[1], "captions.json")
        for captions in (path, str(path), feed, "-"):
            self.assertEqual(_evaluate.with_captions(feed, captions), (feed, "-"))
        named = Parquet(path, caption="caption")
        self.assertEqual(_evaluate.with_captions(Parquet(path), named), (named, "-"))
        self.assertEqual(_evaluate.with_captions(None, "captions.json"), (None, "captions.json"))
        for images in (None, Parquet("other.parquet")):
            with self.assertRaisesRegex(tise_eval.UsageError, "captions=images"):
                _evaluate.with_captions(images, path)


if __name__ == "__main__":
    unittest.main()
