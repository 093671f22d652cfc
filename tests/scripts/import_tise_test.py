"""Tests scripts/import_tise.py as a user runs it. With TISE_EVAL set, the program also reads its output."""

import base64
import collections
import json
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "import_tise.py"

# [{"caption_id": int64(42), "caption": str_("a dög"), "counting_info": {"dog": float32(2.5), "cat": big-endian
# int16(1)}, "mismatched_captions": array(["a cat", "two cats"]), "object": array(["x", "y"], dtype=object)}],
# written by numpy 2.4 with protocols 2 and 4.
NUMPY_PICKLES = [base64.b64decode(text) for text in (
    "gAJdcQB9cQEoWAoAAABjYXB0aW9uX2lkcQJjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpzY2FsYXIKcQNjbnVtcHkKZHR5cGUKcQRYAgAAAGk4"
    "cQWJiIdxBlJxByhLA1gBAAAAPHEITk5OSv////9K/////0sAdHEJYmNfY29kZWNzCmVuY29kZQpxClgIAAAAKgAAAAAAAABxC1gGAAAAbGF0"
    "aW4xcQyGcQ1ScQ6GcQ9ScRBYBwAAAGNhcHRpb25xEWgDaARYAgAAAFU1cRKJiIdxE1JxFChLA2gITk5OSxRLBEsIdHEVYmgKWBUAAABhAAAA"
    "IAAAAGQAAADDtgAAAGcAAABxFmgMhnEXUnEYhnEZUnEaWA0AAABjb3VudGluZ19pbmZvcRt9cRwoWAMAAABkb2dxHWgDaARYAgAAAGY0cR6J"
    "iIdxH1JxIChLA2gITk5OSv////9K/////0sAdHEhYmgKWAQAAAAAACBAcSJoDIZxI1JxJIZxJVJxJlgDAAAAY2F0cSdoA2gEWAIAAABpMnEo"
    "iYiHcSlScSooSwNoCE5OTkr/////Sv////9LAHRxK2JoClgCAAAAAQBxLGgMhnEtUnEuhnEvUnEwdVgTAAAAbWlzbWF0Y2hlZF9jYXB0aW9u"
    "c3ExY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEyY251bXB5Cm5kYXJyYXkKcTNLAIVxNGgKWAEAAABicTVoDIZxNlJx"
    "N4dxOFJxOShLAUsChXE6aARYAgAAAFU4cTuJiIdxPFJxPShLA2gITk5OSyBLBEsIdHE+YoloClhAAAAAYQAAACAAAABjAAAAYQAAAHQAAAAA"
    "AAAAAAAAAAAAAAB0AAAAdwAAAG8AAAAgAAAAYwAAAGEAAAB0AAAAcwAAAHE/aAyGcUBScUF0cUJiWAYAAABvYmplY3RxQ2gyaDNLAIVxRGg3"
    "h3FFUnFGKEsBSwKFcUdoBFgCAAAATzhxSImIh3FJUnFKKEsDWAEAAAB8cUtOTk5K/////0r/////Sz90cUxiiV1xTShYAQAAAHhxTlgBAAAA"
    "eXFPZXRxUGJ1YS4=",
    "gASVRgIAAAAAAABdlH2UKIwKY2FwdGlvbl9pZJSMFm51bXB5Ll9jb3JlLm11bHRpYXJyYXmUjAZzY2FsYXKUk5SMBW51bXB5lIwFZHR5cGWU"
    "k5SMAmk4lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGJDCCoAAAAAAAAAlIaUUpSMB2NhcHRpb26UaAVoCIwCVTWUiYiHlFKUKEsD"
    "aAxOTk5LFEsESwh0lGJDFGEAAAAgAAAAZAAAAPYAAABnAAAAlIaUUpSMDWNvdW50aW5nX2luZm+UfZQojANkb2eUaAVoCIwCZjSUiYiHlFKU"
    "KEsDaAxOTk5K/////0r/////SwB0lGJDBAAAIECUhpRSlIwDY2F0lGgFaAiMAmkylImIh5RSlChLA2gMTk5OSv////9K/////0sAdJRiQwIB"
    "AJSGlFKUdYwTbWlzbWF0Y2hlZF9jYXB0aW9uc5RoA4wMX3JlY29uc3RydWN0lJOUaAaMB25kYXJyYXmUk5RLAIWUQwFilIeUUpQoSwFLAoWU"
    "aAiMAlU4lImIh5RSlChLA2gMTk5OSyBLBEsIdJRiiUNAYQAAACAAAABjAAAAYQAAAHQAAAAAAAAAAAAAAAAAAAB0AAAAdwAAAG8AAAAgAAAA"
    "YwAAAGEAAAB0AAAAcwAAAJR0lGKMBm9iamVjdJRoLWgvSwCFlGgxh5RSlChLAUsChZRoCIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv//"
    "//9LP3SUYoldlCiMAXiUjAF5lGV0lGJ1YS4=",
)]


class Evil:
    """Creates a folder when it is unpickled normally."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.mkdir, (str(self.file),)


class ImportTise(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def pickled(self, name, data, protocol=2):
        content = data if isinstance(data, bytes) else pickle.dumps(data, protocol=protocol)
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, encoding="utf-8")

    def records(self, *arguments):
        outcome = self.run_script(*arguments)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return [json.loads(line) for line in outcome.stdout.splitlines()]

    def assert_refused(self, arguments, *parts, code=3):
        outcome = self.run_script(*arguments)
        self.assertEqual(outcome.returncode, code)
        self.assertEqual(outcome.stdout, "")
        self.assertEqual(outcome.stderr.count("\n"), 1, outcome.stderr)
        for part in parts:
            self.assertIn(part, outcome.stderr)

    def test_positional_words_are_the_names_of_image_folders(self):
        data = {"on top of": [{"caption_id": 7, "caption": "a dog on top of a car", "false_caption": "under"}],
                "left": [{"caption_id": "8", "caption": "left of it", "false_caption": "right of it", "x": 1}]}
        self.assertEqual(self.records(self.pickled("PA_input_captions.pkl", data)), [
            {"image": "on top of/7.png", "caption": "a dog on top of a car", "position": "on top of",
             "opposite": "under", "metrics": ["PA"]},
            {"image": "left/8.png", "caption": "left of it", "position": "left", "opposite": "right of it",
             "metrics": ["PA"]}])

    def test_mismatched_captions_are_the_distractors_of_rp(self):
        data = [{"caption_id": 7, "caption": "a dog", "mismatched_captions": ["a cat", "a car"]}]
        self.assertEqual(self.records(self.pickled("any.pkl", data)), [
            {"image": "7.png", "caption": "a dog", "distractors": ["a cat", "a car"], "metrics": ["RP"]}])

    def test_counting_info_is_the_counts_of_ca(self):
        data = [{"caption_id": 7, "caption": "two dogs", "counting_info": {"dog": 2}}]
        self.assertEqual(self.records(self.pickled("any.pkl", data)), [
            {"image": "7.png", "caption": "two dogs", "counts": {"dog": 2}, "metrics": ["CA"]}])

    def test_captions_without_other_fields_are_for_image_realism(self):
        data = [{"caption_id": 7, "caption": "zwei Häuser"}]
        self.assertEqual(self.records(self.pickled("any.pkl", data)), [
            {"image": "7.png", "caption": "zwei Häuser", "metrics": ["IS", "IS*", "FID", "O-IS", "O-FID"]}])

    def test_soas_class_comes_from_the_files_number(self):
        self.pickled("label_52_hotdog.pkl", [{"caption_id": 7, "caption": "a hot dog"}])
        self.pickled("label_00_person.pkl", [{"caption_id": 8, "caption": "a man"}])
        records = self.records(str(self.folder))
        self.assertEqual([record["image"] for record in records],
                         [f"label_00_person/8_{copy}.png" for copy in range(3)] +
                         [f"label_52_hotdog/7_{copy}.png" for copy in range(3)])
        self.assertEqual(records[0], {"image": "label_00_person/8_0.png", "caption": "a man", "objects": ["person"],
                                      "metrics": ["SOA-C", "SOA-I"]})
        self.assertEqual(records[3]["objects"], ["hot dog"])

    def test_images_of_soas_original_files_without_caption_id_are_numbered(self):
        data = [{"idx": [5, 1], "image_id": 391584, "id": 806893, "caption": "a bicycle"},
                {"idx": [5, 2], "image_id": 391584, "id": 813418, "caption": "a bike"}]
        path = self.pickled("label_01_bicycle.pkl", data)
        self.assertEqual([record["image"] for record in self.records(path)],
                         ["label_01_bicycle/image_0.png", "label_01_bicycle/image_1.png"])
        self.assertEqual([record["image"] for record in
                          self.records(path, "--image", "{label}/{id}-{copy}", "--copies", "2")],
                         ["label_01_bicycle/806893-0", "label_01_bicycle/806893-1",
                          "label_01_bicycle/813418-0", "label_01_bicycle/813418-1"])

    def test_images_and_metrics_can_be_given(self):
        path = self.pickled("any.pkl", [{"caption_id": 7, "caption": "a bird"}])
        self.assertEqual(self.records(path, "--image", "cub/{caption_id}.jpg", "--metrics", "IS*, FID"),
                         [{"image": "cub/7.jpg", "caption": "a bird", "metrics": ["IS*", "FID"]}])
        self.assertEqual(self.records(path, "--metrics", "all"), [{"image": "7.png", "caption": "a bird"}])

    def test_writes_to_a_file(self):
        path = self.pickled("any.pkl", [{"caption_id": 7, "caption": "a bird"}])
        output = self.folder / "captions.jsonl"
        self.assertEqual(self.records(path, "--output", str(output)), [])
        self.assertEqual(json.loads(output.read_text(encoding="utf-8"))["image"], "7.png")

    def test_a_bad_item_leaves_no_file_behind(self):
        good = {"caption_id": 7, "caption": "two dogs", "counting_info": {"dog": 2}}
        path = self.pickled("any.pkl", [good, {"caption_id": 8, "caption": "a cat"}])
        self.assert_refused([path, "--output", str(self.folder / "captions.jsonl")], "'a cat': counting_info is")
        self.assertEqual([file.name for file in self.folder.iterdir()], ["any.pkl"])

    def test_numpys_numbers_texts_and_arrays_are_read_without_numpy(self):
        for content in (*NUMPY_PICKLES, NUMPY_PICKLES[0].replace(b"numpy._core", b"numpy.core")):
            self.assertEqual(self.records(self.pickled("any.pkl", content)), [
                {"image": "42.png", "caption": "a dög", "distractors": ["a cat", "two cats"], "metrics": ["RP"]}])

    def test_numpys_numbers_keep_size_sign_and_byte_order(self):
        def scalar(code, order, data):
            return (b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(X\x02\0\0\0" + code + b"K\0K\x01tR(K\x03X\x01\0\0\0" +
                    order + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tbC" + bytes([len(data)]) + data + b"tR")
        counts = (b"}(X\x01\0\0\0a" + scalar(b"i2", b">", b"\x01\x02") + b"X\x01\0\0\0b" +
                  scalar(b"f8", b"<", b"\0\0\0\0\0\0\x04\x40") + b"u")
        item = b"}(X\x0a\0\0\0caption_idK\x07X\x07\0\0\0captionX\x01\0\0\0xX\x0d\0\0\0counting_info" + counts + b"u"
        self.assertEqual(self.records(self.pickled("any.pkl", b"\x80\x03](" + item + b"e."))[0]["counts"],
                         {"a": 258, "b": 2.5})

    def test_dictionaries_of_collections_are_read_as_plain_ones(self):
        counts = collections.Counter({"dog": 2})
        words = collections.defaultdict(list, {"left": [collections.OrderedDict(
            caption_id=7, caption="left", false_caption="right")]})
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            data = [{"caption_id": 7, "caption": "two dogs", "counting_info": counts}]
            self.assertEqual(self.records(self.pickled("ca.pkl", data, protocol))[0]["counts"], {"dog": 2})
            self.assertEqual(self.records(self.pickled("pa.pkl", words, protocol))[0]["image"], "left/7.png")

    def test_a_pickle_that_would_run_code_is_refused_by_name_and_not_run(self):
        file = self.folder / "made-by-the-pickle"
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            evil = [{"caption_id": 7, "caption": "a dog", "x": Evil(file)}]
            path = self.pickled("evil.pkl", evil, protocol)
            self.assert_refused([path], f"captions {path}", f"{os.mkdir.__module__}.mkdir", "nothing was run")
            self.assertFalse(file.exists())
        pickle.loads((self.folder / "evil.pkl").read_bytes())
        self.assertTrue(file.exists(), "the pickle is not malicious, the test shows nothing")

    def test_names_similar_to_admitted_ones_are_refused(self):
        for name in ("builtins\neval", "builtins\ngetattr", "numpy\nload", "collections\nnamedtuple",
                     "numpy.core.multiarray\nscalar.__globals__"):
            path = self.pickled("evil.pkl", b"c" + name.encode() + b"\n.")
            self.assert_refused([path], name.replace("\n", "."))

    def test_a_call_of_a_name_that_is_not_a_function_is_refused(self):
        self.assert_refused([self.pickled("evil.pkl", b"cbuiltins\nlist\n)R.")], "not a pickle, or damaged")

    def test_damaged_files_give_one_line(self):
        whole = pickle.dumps([{"caption_id": 7, "caption": "a dog"}])
        for content in (b"", b"this is no pickle", whole[:-4], whole[:20]):
            path = self.pickled("bad.pkl", content)
            self.assert_refused([path], f"captions {path}", "not a pickle, or damaged")
        self.assert_refused([str(self.folder / "none.pkl")], "none.pkl", "No such file")

    def test_other_pickles_are_refused(self):
        for data in ([], {}, 3, [1], [{"caption_id": 7}], {"left": 3}, {3: []}, {"left": []}):
            self.assert_refused([self.pickled("other.pkl", data)], "other.pkl: ")
        self.assert_refused([self.pickled("other.pkl", [{"caption": "a dog"}])], "'a dog' has no caption_id", "--image")
        self.assert_refused([self.pickled("label_80_none.pkl", [{"caption": "x"}])], "label 80")

    def test_kinds_are_imported_one_at_a_time(self):
        realism = self.pickled("a.pkl", [{"caption_id": 7, "caption": "a dog"}])
        ca = self.pickled("b.pkl", [{"caption_id": 7, "caption": "a dog", "counting_info": {"dog": 1}}])
        self.assert_refused([realism, ca], "one at a time")

    def test_copies_need_a_placeholder_in_the_name(self):
        path = self.pickled("a.pkl", [{"caption_id": 7, "caption": "a dog"}])
        self.assert_refused([path, "--copies", "2"], "{copy}", code=2)
        self.assert_refused([path, "--copies", "0"], "at least 1", code=2)

    @unittest.skipUnless("TISE_EVAL" in os.environ, "needs TISE_EVAL")
    def test_imported_captions_give_the_same_rp(self):
        original = ROOT / "examples" / "shapes" / "captions.json"
        items = json.loads(original.read_text(encoding="utf-8"))
        others = [item["caption"] for item in items]
        data = [{"caption_id": Path(item["image"]).stem, "caption": item["caption"],
                 "mismatched_captions": others[:i] + others[i + 1:]} for i, item in enumerate(items)]
        imported = self.folder / "rp.jsonl"
        self.records(self.pickled("rp.pkl", data), "--output", str(imported))

        def rp(captions):
            report = subprocess.run(
                [os.environ["TISE_EVAL"], "--models", "shapes", "--images", str(ROOT / "examples/shapes/misplacing"),
                 "--captions", str(captions), "--metrics", "RP", "--quiet"], capture_output=True, check=True)
            return json.loads(report.stdout)["metrics"]["RP"]["value"]
        self.assertEqual(rp(imported), rp(original))


if __name__ == "__main__":
    unittest.main()
