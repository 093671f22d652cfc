"""Forty small inputs in the forms that people have, six images each, and twenty that are ambiguous or broken.

Each has its format and source, the images' names, the files, the flags, and the expected result: a caption for each image,
or a message. `docs/inputs.md` contains the table that `table()` makes of the first forty.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field

SIX = ["A red bus, parked", 'Two dogs on a "sofa"', "a café at night", "Three cats; one sleeps", "a green bench", "the sea"]
PAIRS = SIX[:3]
"""Of three prompts with two images each."""


@dataclass
class Good:
    """`images` are in the order in which they have the captions.

    `format` is one of `FORMATS`, `source` where such files come from, `pattern` how the images are found; empty by their names.
    """

    format: str
    source: str
    images: list[str]
    files: dict[str, str | bytes]
    pattern: str
    flags: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=lambda: list(SIX))
    references: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    archive: str = ""
    columns: str = ""  # for the table: the fields or what else is special

    def arguments(self) -> list[str]:
        captions = [] if "--captions" in self.flags else ["--captions", next(iter(self.files))]
        return ["--images", self.archive or "img", *captions, *self.flags]


@dataclass
class Bad:
    what: str
    images: list[str]
    files: dict[str, str | bytes]
    message: str
    flags: list[str] = field(default_factory=list)
    code: int = 3

    def arguments(self) -> list[str]:
        captions = [] if "--captions" in self.flags else ["--captions", next(iter(self.files))]
        return ["--images", "img", *captions, *self.flags]


def table_text(rows: list[list[object]], separator: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()


def tsv(rows: list[list[object]]) -> str:
    """As PartiPrompts has it: nothing is quoted."""
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def lines(texts: list[str]) -> str:
    return "".join(text + "\n" for text in texts)


def json_lines(records: list[object]) -> str:
    return lines([json.dumps(record) for record in records])


def numbered(name: str, count: int = 6, first: int = 0) -> list[str]:
    return [name.format(i) for i in range(first, first + count)]


def copies(name: str) -> list[str]:
    """Of three prompts, two each."""
    return [name.format(i, k) for i in range(3) for k in range(2)]


def twice(texts: list[str]) -> list[str]:
    return [text for text in texts for _ in range(2)]


IDS = [203564, 179765, 322141, 16977, 106140, 22192]
HASHES = ["7c1b9a", "00aa3e", "f00d12", "09be77", "abcdef", "1e2d3c"]
VAL = [f"COCO_val2014_{i:012}.jpg" for i in IDS]


def karpathy() -> str:
    images = [{"filepath": "val2014", "filename": VAL[i], "imgid": i, "cocoid": IDS[i], "split": "test",
               "sentences": [{"raw": SIX[i], "tokens": []}, {"raw": f"another {i}", "tokens": []}]} for i in range(6)]  # fmt: skip
    return json.dumps({"images": images, "dataset": "coco"})


ANOTHER = [[f"another {i}"] for i in range(6)]


def coco() -> str:
    return json.dumps({
        "images": [{"id": IDS[i], "file_name": VAL[i]} for i in range(6)],
        "annotations": [{"image_id": IDS[i], "id": 10 * i, "caption": SIX[i]} for i in range(6)]
        + [{"image_id": IDS[i], "id": 10 * i + 1, "caption": f"another {i}"} for i in range(6)]})  # fmt: skip


GOOD = {
    "map": Good("map", "jmhessel/clipscore", [f"{h}.png" for h in HASHES],
                {"c.json": json.dumps(dict(zip(HASHES, SIX)))}, ""),
    "list": Good("list", "", numbered("{}.png"),
                 {"c.json": json.dumps([{"image": f"{i}.png", "caption": SIX[i]} for i in range(6)])}, "",
                 columns="`image`, `caption`"),
    "file_name_prompt": Good("list", "", numbered("a/{:03}.jpg"),
                             {"c.json": json.dumps([{"file_name": f"a/{i:03}.jpg", "prompt": SIX[i]} for i in range(6)])},
                             "", columns="`file_name`, `prompt`"),
    "imagefolder_jsonl": Good("jsonl", "Hugging Face's imagefolder",
                              numbered("{:04}.png"),
                              {"img/metadata.jsonl": json_lines([{"file_name": f"{i:04}.png", "text": SIX[i]} for i in range(6)])},
                              "", ["--captions", "img"], columns="`metadata.jsonl` in the folder"),
    "imagefolder_csv": Good("csv", "Hugging Face's imagefolder, Nota-NetsPresso/BK-SDM", VAL,
                            {"metadata.csv": table_text([["file_name", "text"], *zip(VAL, SIX)])}, "", columns="`metadata.csv`"),
    "evalscope": Good("jsonl", "modelscope/evalscope", numbered("image{}.jpg"),
                      {"e.jsonl": json_lines([{"id": i, "prompt": SIX[i], "image_path": f"/home/u/out/image{i}.jpg"}
                                              for i in range(6)])}, "{image}", columns="`prompt`, `image_path`"),
    "folder_in_names": Good("csv", "scripts that save relative paths", numbered("{:02}.png"),
                            {"c.csv": table_text([["image", "caption"], *((f"img/{i:02}.png", SIX[i]) for i in range(6))])},
                            "{image}"),
    "coco_image_id": Good("csv", "boomb0om/text2image-benchmark", [f"{i}.jpeg" for i in IDS],
                          {"c.csv": table_text([["image_id", "text"], *zip(IDS, SIX)])}, "{image_id}", columns="`image_id`, `text`"),
    "coco_image_id_names": Good("csv", "rohitgandikota/erasing's coco_30k.csv", VAL,
                                {"c.csv": table_text([["image_id", "source", "prompt", "evaluation_seed"],
                                                      *((f"{IDS[i]:012}", "coco", SIX[i], i) for i in range(6))])},
                                "COCO_*_{image_id}"),
    "coco_rows": Good("csv", "zju-pi/diff-sampler", numbered("{:06}.png"),
                      {"c.csv": table_text([["image_id", "text"], *zip(IDS, SIX)])}, "{index}"),
    "coco": Good("coco", "cocodataset.org", VAL, {"c.json": coco()}, "",
                 references=dict(zip(VAL, ANOTHER))),
    "coco_by_id": Good("coco", "scripts that save `id.png`", [f"{i}.png" for i in IDS],
                       {"c.json": coco()}, "{image_id}",
                       references={f"{i}.png": other for i, other in zip(IDS, ANOTHER)}),
    "coco_results": Good("list", "tylin/coco-caption", [f"{i:012}.jpg" for i in IDS],
                         {"c.json": json.dumps([{"image_id": IDS[i], "caption": SIX[i]} for i in range(6)])},
                         "{image_id}", columns="`image_id`, `caption`"),
    "karpathy": Good("karpathy", "cs.stanford.edu/people/karpathy/deepimagesent", VAL,
                     {"dataset_coco.json": karpathy()}, "{image}",
                     references=dict(zip(VAL, ANOTHER))),
    "blip": Good("list", "salesforce/BLIP's coco_karpathy_test.json",
                 [f"val2014/{name}" for name in VAL],
                 {"c.json": json.dumps([{"image": f"val2014/{VAL[i]}", "caption": [SIX[i], f"another {i}"]}
                                        for i in range(6)])}, "",
                 references={f"val2014/{name}": other for name, other in zip(VAL, ANOTHER)}, columns="`caption` is a list"),
    "flickr": Good("flickr", "Flickr8k, Flickr30k", numbered("10000{}.jpg"),
                   {"results.token": lines([line for i in range(6) for line in
                                            (f"10000{i}.jpg#0\t{SIX[i]}", f"10000{i}.jpg#1\tanother {i}")])}, "",
                   references={f"10000{i}.jpg": ANOTHER[i] for i in range(6)}),
    "esd": Good("csv", "rohitgandikota/erasing", copies("{}_{}.png"),
                {"c.csv": table_text([["", "case_number", "prompt", "evaluation_seed"],
                                      *((i, i, PAIRS[i], 42) for i in range(3))])}, "{case_number}_{k}",
                captions=twice(PAIRS), columns="`case_number`, `prompt`"),
    "mlperf": Good("tsv", "mlcommons/inference's captions_source.tsv", VAL,
                   {"captions_source.tsv": table_text([["id", "image_id", "caption", "height", "width", "file_name"],
                                                       *((9 + i, IDS[i], SIX[i], 480, 640, VAL[i]) for i in range(6))], "\t")},
                   "", columns="`file_name`, `caption`"),
    "mlperf_by_id": Good("tsv", "mlcommons/training's val2014_30k.tsv",
                         [f"{i}.png" for i in IDS],
                         {"val.tsv": tsv([["image_id", "id", "caption"], *((IDS[i], 7 * i, SIX[i]) for i in range(6))])},
                         "{image_id}", columns="`image_id`, `caption`"),
    "lines": Good("lines", "FoundationVision/LlamaGen, mingukkang/GigaGAN", numbered("{:06}.png"),
                  {"captions.txt": lines(SIX)}, "{index}"),
    "lines_unpadded": Good("lines", "", numbered("{}.jpg", 12),
                           {"captions.txt": lines([f"{i} boats" for i in range(12)])}, "{index}",
                           captions=[f"{i} boats" for i in range(12)]),
    "lines_from_one": Good("lines", "scripts that count from 1", numbered("sample_{}.png", first=1),
                           {"captions.txt": lines(SIX)}, "sample_{number}"),
    "mjhq": Good("objects", "playgroundai/MJHQ-30K", [f"people/{h}.jpg" for h in HASHES],
                 {"meta_data.json": json.dumps({h: {"category": "people", "prompt": text} for h, text in zip(HASHES, SIX)})},
                 "*/{image}"),
    "parti": Good("tsv", "google-research/parti", copies("{:05}_{}.png"),
                  {"PartiPrompts.tsv": tsv([["Prompt", "Category", "Challenge", "Note"],
                                            *((text, "Abstract", "Basic", "") for text in ["a café ", '"G" in ink', 'a "b"'])])},
                  "{index}_{k}", captions=twice(["a café ", '"G" in ink', 'a "b"']), columns="`Prompt`, quotes are text"),
    "drawbench": Good("csv", "DrawBench", numbered("{:05}.jpg"),
                      {"drawbench.csv": table_text([["Prompts", "Category"], *((text, "Colors") for text in SIX)])},
                      "{index}", columns="`Prompts`"),
    "hpd": Good("strings", "tgxs002/HPSv2", numbered("{:05}.jpg"), {"anime.json": json.dumps(SIX)},
                "{index}"),
    "geneval_file": Good("jsonl", "djghosh13/geneval's evaluation_metadata.jsonl",
                         copies("{:05}/samples/{:04}.png"),
                         {"e.jsonl": json_lines([{"tag": "counting", "include": [], "prompt": text} for text in PAIRS])},
                         "{index}/samples/{k}", captions=twice(PAIRS)),
    "geneval_folders": Good("geneval", "djghosh13/geneval",
                            [*copies("{:05}/samples/{:05}.png"), "00000/grid.png"],
                            {f"img/{i:05}/metadata.jsonl": json.dumps({"tag": "counting", "include": [], "prompt": PAIRS[i]})
                             for i in range(3)},
                            "{image}/samples/{k}", ["--captions", "img"], captions=twice(PAIRS),
                            unused=["00000/grid.png"], columns="`grid.png` is left out"),
    "geneval2": Good("paths", "facebookresearch/GenEval2", numbered("x{}.png"),
                     {"paths.json": json.dumps({text: f"img/x{i}.png" for i, text in enumerate(SIX)})},
                     "{image}"),
    "dpg": Good("csv", "TencentQQGYLab/ELLA's DPG-Bench, j-min/DSG",
                [f"partiprompts{i}.png" for i in range(6)],
                {"dpg_bench.csv": table_text([["item_id", "text", "keywords", "proposition_id"],
                                              *((f"partiprompts{i}", SIX[i], "", q) for i in range(6) for q in range(3))])},
                "{item_id}", columns="`item_id`, `text`, one row per question"),
    "dpg_prompts": Good("prompts", "TencentQQGYLab/ELLA's DPG-Bench", [f"{h}.png" for h in HASHES],
                        {f"prompts/{h}.txt": text for h, text in zip(HASHES, SIX)}, "",
                        ["--captions", "prompts"]),
    "oneig": Good("csv", "OneIG-Bench/OneIG-Benchmark",
                  [f"{kind}/model/{i:03}.webp" for kind in ("Portrait", "General_Object") for i in range(3)],
                  {"o.csv": table_text([["category", "id", "prompt_en", "type"],
                                        *((kind, f"{i:03}", SIX[3 * j + i], "T")
                                          for j, kind in enumerate(("Portrait", "General_Object")) for i in range(3))])},
                  "{category}/*/{id}.webp", ["--image-pattern", "{category}/*/{id}.webp"], columns="ids repeat, so it needs the pattern"),
    "wise": Good("list", "PKU-YuanGroup/WISE", numbered("{}.png", first=701),
                 {"w.json": json.dumps([{"Prompt": SIX[i], "Explanation": "x", "Category": "y", "prompt_id": 701 + i}
                                        for i in range(6)])}, "{prompt_id}", columns="`Prompt`, `prompt_id`"),
    "compbench": Good("lines", "Karine-Huang/T2I-CompBench",
                      [f"samples/{text}_{i:06}.png" for i, text in enumerate(twice(["a green bench", "the sea.", "a café"]))],
                      {"color_val.txt": "a green bench\r\nthe sea.\r\na café"}, "*/{prompt}_{k}",
                      captions=twice(["a green bench", "the sea.", "a café"])),
    "compbench_names": Good("names", "Karine-Huang/T2I-CompBench",
                            [f"{text}_{i:06}.png" for i, text in enumerate(twice(["a green bench", "the sea.", "a café"]))],
                            {}, "", ["--captions", "img"],
                            captions=twice(["a green bench", "the sea.", "a café"]), columns="`a red dog_000007.png`"),
    "webdataset": Good("sidecars", "rom1504/img2dataset's WebDataset shards", numbered("{:09}.jpg"),
                       {f"img/{i:09}.{end}": SIX[i] if end == "txt" else json.dumps({"caption": SIX[i], "key": f"{i:09}", "width": 8})
                        for i in range(6) for end in ("txt", "json")},
                       "", ["--captions", "img.tar"], archive="img.tar"),
    "txt_beside": Good("sidecars", "kohya-ss/sd-scripts", numbered("a/{}.png"),
                       {f"img/a/{i}.txt": SIX[i] + "\n" for i in range(6)}, "", ["--captions", "img"]),
    "json_beside": Good("sidecars", "scripts that save their settings", numbered("{}.png"),
                        {f"img/{i}.json": json.dumps({"prompt": SIX[i], "seed": i}) for i in range(6)}, "",
                        ["--captions", "img"]),
    "semicolons": Good("csv", "spreadsheets", numbered("{}.png"),
                       {"c.csv": table_text([["Image", "Caption"], *((f"{i}.png", SIX[i]) for i in range(6))], ";",
                                            end="\r\n").encode("utf-16")}, "", columns="semicolons, UTF-16"),
    "bom": Good("csv", "spreadsheets", copies("{}-{}.png"),
                {"c.csv": b"\xef\xbb\xbf" + table_text([["ID", "Prompt"], *enumerate(PAIRS)], end="\r\n").encode()},
                "{id}-{k}", captions=twice(PAIRS), columns="byte order mark, CRLF"),
    "one_column": Good("csv", "FoundationVision/LlamaGen's coco_captions.csv",
                       numbered("{:06}.png"), {"c.csv": lines(["Prompt", *SIX])}, "{index}", columns="one column, commas are text"),
    "kaggle_bars": Good("csv", "Flickr30k on Kaggle", numbered("10000{}.jpg"),
                        {"results.csv": lines(["image_name| comment_number| comment",
                                               *(f"10000{i}.jpg| 0|{SIX[i]}" for i in range(6))])}, "",
                        columns="`image_name| comment_number| comment`"),
    "other_field": Good("csv", "eslambakr/HRS_benchmark",
                        copies("{:05d}_{:02d}.png"),
                        {"h.csv": table_text([["meta_prompt", "synthetic_prompt"], *((text, "") for text in PAIRS)])},
                        "{index}_{k}", ["--caption-field", "meta_prompt"], captions=twice(PAIRS), columns="`--caption-field meta_prompt`"),
    "in_seeds": Good("lines", "scripts that write one folder per seed",
                     [f"seed{k}/{i:05}.png" for i in range(3) for k in range(2)], {"p.txt": lines(PAIRS)},
                     "*/{index}", captions=twice(PAIRS)),
}  # fmt: skip


BAD = {
    "from_zero_or_one": Bad("numbers that fit rows from 0 and from 1", numbered("{}.png", 5, 1), {"c.txt": lines(SIX)},
                            'can be matched in two ways; choose one with --image-pattern:\n  by row number from 0 (--image-pattern '
                            '\'{index}\'): 1.png is "Two dogs on a "sofa"", 2.png is "a café at night", 3.png is "Three cats; '
                            'one sleeps"\n  by row number from 1 (--image-pattern \'{number}\'): 1.png is "A red bus, parked"'),
    "numbered_on": Bad("four images a prompt, numbered through", numbered("{:05}.png", 12), {"c.txt": lines(PAIRS)},
                       'has 3 captions, but image numbers go beyond that, such as "00011.png"; name copies ROW_COPY (0_0, '
                       "0_1, …), pass a table with image and prompt, or choose images with --image-pattern:\n  by row number from 0 (--image-pattern '{index}'): 00000.png is"),
    "counts_as_ids": Bad("a field that fits, and isn't what images are called by", numbered("{}.png", 12),
                         {"c.json": json.dumps([{"prompt": f"prompt {i}", "number": i % 3} for i in range(12)])},
                         "by number (--image-pattern '{field.number}'): 0.png is"),
    "two_texts": Bad("a .txt and a .caption that differ", ["0.png"],
                            {"img/0.txt": "1dog, solo", "img/0.caption": "a dog"},
                            'captions img/0.txt: contains "1dog, solo", but img/0.caption contains "a dog"; remove one of them',
                            ["--captions", "img"]),
    "quote_over_lines": Bad("a quote in a TSV that isn't closed on its line", numbered("{}.png", 3),
                            {"c.tsv": 'Prompt\tNote\n"Wow\tx\na 27"\ty\nnext\tz\n'},
                            "captions c.tsv: line 2: a quote is not closed on its line"),
    "ids_or_rows": Bad("ids from 1, images from 0", numbered("{}.png"),
                       {"c.json": json.dumps([{"prompt": SIX[i], "prompt_id": i + 1} for i in range(6)])},
                       "by prompt_id (--image-pattern '{prompt_id}'): 1.png is"),
    "prompt_or_copy": Bad("rows and copies that may be exchanged", [f"{a}/{b}.png" for a in range(3) for b in range(3)],
                          {"c.txt": lines(PAIRS)}, "by row number from 0 (--image-pattern '*/{index}')"),
    "half_from_zero_or_one": Bad("a subset that fits rows from 0 and from 1", ["2.png", "3.png"], {"c.txt": lines(SIX)},
                                 "by row number from 1 (--image-pattern '{number}'): 2.png is", ["--subset"]),
    "two_captions": Bad("two fields that may be the caption", numbered("{}.png"),
                        {"c.json": json.dumps([{"prompt": SIX[i], "text": f"t{i}"} for i in range(6)])},
                        'item 1 ("t0"): both "text" ("t0") and "prompt" ("A red bus, parked") may be its caption; '
                        "choose with --caption-field text or --caption-field prompt"),
    "txt_and_json_differ": Bad("a .txt and a .json that disagree", ["0.png"],
                               {"img/0.txt": "a dog", "img/0.json": json.dumps({"caption": "a cat"})},
                               'captions img/0.txt: contains "a dog", but "caption" in the .json next to it is "a cat"; remove '
                               "one of them", ["--captions", "img"]),
    "no_names": Bad("a list, images whose names say nothing", ["bus.png", "dogs.png"], {"c.txt": lines(SIX[:2])},
                    'names no images for its captions ("image", "file_name" or "caption_id"), and no rule fits image names such '
                    "as \"bus.png\"; describe the names with --image-pattern, such as '{index:05}_{k}.png'"),
    "unknown_column": Bad("a table without a column of captions", numbered("{}.png"),
                          {"c.csv": "img_file,description_of_it\n0.png,a dog\n1.png,a cat\n"},
                          "looks like a table, but its first line names no caption column"),
    "no_header": Bad("a table without a header", numbered("{}.png"), {"c.tsv": "0.png\ta dog\n1.png\ta cat\n"},
                     "looks like a table, but its first line names no caption column"),
    "all_quoted": Bad("a text of quoted lines", numbered("{}.png", 2), {"c.txt": '"a dog"\n"a cat"\n'},
                      "each line is in quotes; if this is a CSV, add a first line `caption`; to read each line as a caption anyway, "
                      "pass --captions-format lines"),
    "blank_line": Bad("a blank line among captions", numbered("{}.png", 3), {"c.txt": "a dog\n\na cat\n"},
                      'captions c.txt: line 2: is empty; remove it, or write empty captions as "" in a CSV'),
    "mixture": Bad("some items with an image, some without", numbered("{}.png", 2),
                   {"c.json": json.dumps([{"image": "0.png", "caption": "a"}, {"caption": "b"}])},
                   'captions c.json: item 2: has no image ("image", "file_name" or "caption_id"), but 1 of 2 items has one; '
                   "name an image in all items, or in none"),
    "missing": Bad("prompts without images", numbered("{:05}_0.png", 5), {"c.txt": lines(SIX)},
                   '1 of 6 images is missing (--subset evaluates only the captions whose images exist):\n  "5_*"'),
    "nothing_fits": Bad("a pattern that no image follows", numbered("{}.png"), {"c.txt": lines(SIX)},
                        "no image matches --image-pattern sample_{index:03}.png (expected \"sample_000\", found "
                        '"0.png")', ["--image-pattern", "sample_{index:03}.png"]),
    "broken_pattern": Bad("a pattern that isn't one", numbered("{}.png"), {"c.txt": lines(SIX)},
                          "--image-pattern {index: a { has no closing }", ["--image-pattern", "{index"], 2),
    "no_such_field": Bad("a pattern's field that captions lack", numbered("{}.png"), {"c.txt": lines(SIX)},
                         'captions c.txt: line 1: has no field "seed" (--image-pattern {seed}.png)',
                         ["--image-pattern", "{seed}.png"]),
    "no_such_caption_field": Bad("a caption field that isn't there", numbered("{}.png"),
                                 {"c.json": json.dumps([{"prompt": "a"}])}, 'item 1 ("a"): has no caption ("description")',
                                 ["--caption-field", "description"]),
    "no_such_format": Bad("a format that there isn't", numbered("{}.png"), {"c.txt": lines(SIX)},
                          '--captions-format: "yaml" is not one of coco|csv|', ["--captions-format", "yaml"], 2),
    "wrong_format": Bad("a format that the file hasn't", numbered("{}.png"), {"c.txt": lines(SIX)},
                        "captions c.txt: line 1, column 1: not JSON", ["--captions-format", "list"]),
    "no_captions": Bad("a folder without captions", numbered("{}.png"), {},
                              'no captions found: no image has a text file next to it, and "0.png" has no prompt in its name, '
                              'unlike "a red dog_000007.png"', ["--captions", "img"]),
    "html": Bad("a page in place of a file", numbered("{}.png"), {"c.csv": "<!DOCTYPE html><p>not found"},
                "captions c.csv: neither JSON nor CSV with a header row"),
    "half_utf16": Bad("UTF-16 that was cut", numbered("{}.png"), {"c.csv": "image,caption\n".encode("utf-16")[:-1]},
                      "captions c.csv: starts like UTF-16 but is not valid UTF-16; save it as UTF-8"),
    "broken_lines": Bad("JSON Lines with a line that isn't", numbered("{}.png"),
                        {"c.jsonl": '{"prompt": "a"}\n{"prompt": \n'}, "captions c.jsonl: line 2, column 12: not JSON"),
    "torn_row": Bad("a row with a cell too few", numbered("10000{}.jpg"),
                    {"r.csv": "image_name| comment_number| comment\n100000.jpg| 0| a dog\n100001.jpg| 4 a cat\n"},
                    "captions r.csv: line 3: 2 cells, but the header has 3"),
}  # fmt: skip


FORMATS = {
    "map": '`{"image id": "caption"}`',
    "objects": '`{"image id": {"prompt": "…", "category": "…"}}`',
    "paths": '`{"caption": "path/of/its/image.png"}`',
    "list": '`[{"image": "a.png", "caption": "…"}, …]`',
    "strings": '`["…", …]`',
    "jsonl": '`{"image": "a.png", "caption": "…"}`, one per line',
    "csv": "a header row, then one caption per row; separated by commas, semicolons or bars",
    "tsv": "the same, separated by tabs",
    "lines": "one caption per line",
    "coco": '`{"images": [{"id": 9, "file_name": "…"}], "annotations": [{"image_id": 9, "caption": "…"}]}`',
    "karpathy": '`{"images": [{"filename": "…", "cocoid": 9, "sentences": [{"raw": "…"}]}]}`',
    "flickr": "`1000092795.jpg#0`, a tab, the caption",
    "sidecars": "a folder or archive with `a.txt`, `a.caption` or `a.json` next to `a.png`",
    "geneval": "a folder or archive with `00000/metadata.jsonl`, `00001/metadata.jsonl`, …",
    "names": "a folder or archive of images that are named by their prompts",
    "prompts": "a folder or archive of texts without images, one caption each",
}
"""What each format looks like. The last four have no --captions-format: they are places, not files."""

PLACES = ("sidecars", "geneval", "names", "prompts")


def example(one: Good) -> str:
    """A cell's text: `google-research/parti (Prompt): {index}_{k}`."""
    columns = f" ({one.columns})" if one.source and one.columns else one.columns
    pattern = f": `{one.pattern}`" if one.pattern else ""
    return one.source + columns + pattern if one.source or one.columns else ""


def table() -> str:
    rows = ["| format | looks like | tested with |", "|---|---|---|"]
    for format, looks in FORMATS.items():
        name = "(folder)" if format in PLACES else f"`{format}`"
        examples = "<br>".join(filter(None, (example(one) for one in GOOD.values() if one.format == format)))
        cells = (cell.replace("|", "\\|") for cell in (name, looks, examples))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"
