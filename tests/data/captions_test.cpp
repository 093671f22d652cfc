#include "tise/data/captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files.h"
#include "tise/base/files.h"

namespace tise::data {
namespace {

using testing::captions_of;
using testing::complaint;
using testing::complaint_about;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::TempFolder;

std::vector<std::string> images_of(const Captions& captions) {
  std::vector<std::string> images;
  for (const Item& item : captions.items) images.push_back(item.image);
  return images;
}

TEST(Captions, a_map_keeps_the_files_order) {
  const Captions captions = captions_of(R"({"z": "last letter", "a/b": "", "m": "caffè"})");
  EXPECT_EQ(captions.format, "map");
  EXPECT_THAT(images_of(captions), ElementsAre("z", "a/b", "m"));
  EXPECT_EQ(captions.items[1].caption, "");
  EXPECT_EQ(captions.items[2].caption, "caffè");
  EXPECT_EQ(captions.items[1].where, "key \"a/b\"");
  EXPECT_THAT(captions.items[0].id, IsEmpty());
}

TEST(Captions, the_hash_is_that_of_the_file) {
  const std::string content = "\xEF\xBB\xBF{\"a\": \"b\"}";
  EXPECT_EQ(captions_of(content).sha256, sha256_hex(content));
}

TEST(Captions, a_byte_order_mark_is_skipped_in_every_format) {
  EXPECT_EQ(captions_of("\xEF\xBB\xBF{\"a\": \"b\"}").format, "map");
  EXPECT_EQ(captions_of("\xEF\xBB\xBF[{\"image\": \"a\", \"caption\": \"b\"}]").format, "list");
  EXPECT_EQ(
      captions_of("\xEF\xBB\xBF{\"image\": \"a\", \"caption\": \"b\"}\n{\"image\": \"b\", \"text\": \"b\"}")
          .format,
      "jsonl");
  EXPECT_EQ(captions_of("\xEF\xBB\xBF"
                        "file_name,text\na.png,b\n")
                .items[0]
                .image,
            "a.png");
}

TEST(Captions, coco_gives_the_first_caption_and_the_rest_as_references) {
  const Captions captions = captions_of(R"({"info": {}, "images": [
      {"id": 9, "file_name": "COCO_9.jpg"}, {"id": 2, "file_name": "COCO_2.jpg"}, {"id": 3, "file_name": "bare.jpg"}],
      "annotations": [{"image_id": 2, "id": 1, "caption": "two"}, {"image_id": 9, "id": 2, "caption": "nine"},
                      {"image_id": 9, "id": 0, "caption": "neuf"}, {"image_id": 9, "id": 5, "caption": "neun"}]})");
  EXPECT_EQ(captions.format, "coco");
  EXPECT_THAT(images_of(captions), ElementsAre("COCO_9.jpg", "COCO_2.jpg"));
  EXPECT_EQ(captions.items[0].caption, "nine");
  EXPECT_THAT(captions.items[0].references, ElementsAre("neuf", "neun"));
  EXPECT_THAT(captions.items[1].references, IsEmpty());
}

TEST(Captions, a_list_item_may_have_every_field) {
  const Captions captions = captions_of(R"([{"id": "x", "image": "a", "caption": "two dogs on a bed",
      "references": ["r"], "opposite": "two dogs under a bed", "position": "on", "counts": {"dog": 2, "bed": 1},
      "objects": ["dog", "bed"], "distractors": ["a cat"], "metrics": ["CA", "PA"], "split": "val"}])");
  EXPECT_EQ(captions.format, "list");
  const Item& item = captions.items.at(0);
  EXPECT_EQ(item.id, "x");
  EXPECT_THAT(item.references, ElementsAre("r"));
  EXPECT_EQ(item.opposite, "two dogs under a bed");
  EXPECT_EQ(item.position, "on");
  EXPECT_THAT(*item.counts, ElementsAre(::testing::Pair("bed", 1), ::testing::Pair("dog", 2)));
  EXPECT_THAT(*item.objects, ElementsAre("dog", "bed"));
  EXPECT_THAT(item.distractors, ElementsAre("a cat"));
  EXPECT_THAT(*item.metrics, ElementsAre("CA", "PA"));
  EXPECT_EQ(item.where, "item 1");
}

TEST(Captions, a_field_may_have_the_toolboxs_name) {
  const Captions captions = captions_of(R"([{"caption_id": 391895, "text": "a", "false_caption": "b",
      "counting_info": {"dog": 1}, "mismatched_captions": ["c"]}])");
  const Item& item = captions.items.at(0);
  EXPECT_EQ(item.image, "391895");
  EXPECT_EQ(item.caption, "a");
  EXPECT_EQ(item.opposite, "b");
  EXPECT_THAT(*item.counts, ElementsAre(::testing::Pair("dog", 1)));
  EXPECT_THAT(item.distractors, ElementsAre("c"));
}

TEST(Captions, a_cluster_is_any_string_in_every_format_with_named_fields) {
  const auto clusters = [](const std::string& content) {
    std::vector<std::string> labels;
    for (const Item& item : captions_of(content).items) labels.push_back(item.cluster.value_or("none"));
    return labels;
  };
  EXPECT_THAT(
      clusters(R"([{"image": "a", "caption": "b", "cluster": "scene 7"}, {"image": "b", "caption": "b"},
                           {"image": "c", "caption": "", "cluster": ""}, {"image": "d", "text": "", "cluster": 7}])"),
      ElementsAre("scene 7", "none", "", "7"));
  EXPECT_THAT(clusters("{\"file_name\": \"a\", \"text\": \"b\", \"cluster\": \"x\"}\n"
                       "{\"file_name\": \"b\", \"text\": \"b\", \"cluster\": null}"),
              ElementsAre("x", "none"));
  EXPECT_THAT(clusters("image,caption,cluster\na,b,7\nb,b,\n"), ElementsAre("7", "none"));
}

TEST(Captions, an_item_is_the_same_after_the_store) {
  const Item item = captions_of(R"([{"image": "a", "caption": "b", "cluster": "scene 7"}])").items.at(0);
  EXPECT_EQ(read_json_line(json_line(item, "a.png"), "store").cluster, "scene 7");
}

TEST(Captions, absent_and_null_annotations_are_distinguished_from_empty_ones) {
  const Captions captions =
      captions_of(R"([{"image": "a", "caption": "", "objects": [], "counts": null, "opposite": null}])");
  EXPECT_TRUE(captions.items[0].objects.has_value());
  EXPECT_FALSE(captions.items[0].counts.has_value());
  EXPECT_FALSE(captions.items[0].opposite.has_value());
  EXPECT_FALSE(captions.items[0].metrics.has_value());
}

TEST(Captions, json_lines_are_distinguished_from_a_map_by_their_fields) {
  const Captions captions = captions_of(
      "{\"file_name\": \"a.png\", \"text\": \"one\"}\r\n\n{\"file_name\": \"b.png\", \"text\": \"two\"}");
  EXPECT_EQ(captions.format, "jsonl");
  EXPECT_THAT(images_of(captions), ElementsAre("a.png", "b.png"));
  EXPECT_EQ(captions.items[1].where, "line 3");
  EXPECT_EQ(captions_of(R"({"image": "a", "caption": "b"})").format, "jsonl");
  EXPECT_EQ(captions_of(R"({"image": "b"})").format, "map");
}

TEST(Captions, csv_follows_rfc_4180) {
  const Captions captions = captions_of(
      "file_name,text,extra\r\n"
      "a.png,\"dogs, \"\"two\"\"\nof them\",1\r\n"
      "\r\n"
      "b.png,a 5\" disk,\r\n"
      "\"c,d.png\",,x");
  EXPECT_EQ(captions.format, "csv");
  EXPECT_THAT(images_of(captions), ElementsAre("a.png", "b.png", "c,d.png"));
  EXPECT_EQ(captions.items[0].caption, "dogs, \"two\"\nof them");
  EXPECT_EQ(captions.items[1].caption, "a 5\" disk");
  EXPECT_EQ(captions.items[1].where, "line 5");
  EXPECT_EQ(captions.items[2].caption, "");
}

TEST(Captions, csv_cells_hold_lists_and_objects_as_json) {
  const Captions captions = captions_of(
      "image,caption,counts,references,opposite\n"
      "a,b,\"{\"\"dog\"\": 2}\",\"[\"\"r\"\"]\",\n");
  EXPECT_THAT(*captions.items[0].counts, ElementsAre(::testing::Pair("dog", 2)));
  EXPECT_THAT(captions.items[0].references, ElementsAre("r"));
  EXPECT_FALSE(captions.items[0].opposite.has_value());
}

TEST(Captions, utf16_is_recognized_by_its_byte_order_mark) {
  const std::string little("\xFF\xFE[\0\"\0\xE9\0\x3D\xD8\x00\xDE\"\0]\0", 16);
  EXPECT_EQ(captions_of(little).items.at(0).caption, "\u00E9\U0001F600");
  std::string big = little;
  for (std::size_t i = 0; i < big.size(); i += 2) std::swap(big[i], big[i + 1]);
  EXPECT_EQ(captions_of(big).items.at(0).caption, "\u00E9\U0001F600");
}

TEST(Captions, a_field_may_have_other_common_names_in_any_case) {
  const Item item = captions_of(R"([{"Prompt": "a", "prompt_id": 7, "Image_Path": "b.png"}])").items.at(0);
  EXPECT_EQ(item.caption, "a");
  EXPECT_EQ(item.image, "b.png");
  // Other names don't count if ours are present.
  EXPECT_EQ(captions_of(R"([{"image": "x", "path": "y", "text": "a", "prompt": "b"}])").items.at(0).caption,
            "a");
  // A list of words that an image should show is not a caption.
  EXPECT_EQ(captions_of(R"([{"prompt": "a sign", "text": ["STOP"]}])").items.at(0).caption, "a sign");
}

TEST(Captions, the_first_of_a_list_of_captions_is_the_caption_and_the_rest_are_references) {
  const Item item =
      captions_of(R"([{"image": "a", "caption": ["one", "two"], "references": ["three"]}])").items.at(0);
  EXPECT_EQ(item.caption, "one");
  EXPECT_THAT(item.references, ElementsAre("two", "three"));
}

TEST(Captions, cells_between_tabs_are_quoted_only_if_the_quote_is_closed) {
  const Captions captions =
      captions_of("Prompt\tNote\n\"G I\" in ink\tx\n\"all\"\t\"a \"\"b\"\"\"\na 5\" disk\t\n");
  EXPECT_EQ(captions.format, "tsv");
  EXPECT_EQ(captions.items.at(0).caption, "\"G I\" in ink");
  EXPECT_EQ(captions.items.at(1).caption, "all");
  EXPECT_EQ(captions.items.at(2).caption, "a 5\" disk");
  EXPECT_EQ(captions.items.at(2).where, "line 4");
  EXPECT_THAT(complaint_about("Prompt\tNote\n\"two\nlines\"\tx\n"),
              HasSubstr("line 2: a quote is not closed on its line"));
}

TEST(Captions, records_and_maps_are_not_taken_for_other_forms) {
  EXPECT_EQ(captions_of(R"({"image": "a.png", "caption": "x", "annotations": []})").format, "jsonl");
  EXPECT_EQ(captions_of(R"({"path": "one", "prompt": "two"})").format, "map");
  EXPECT_EQ(captions_of(R"({"prompt": "two", "include": []})").format, "jsonl");
}

TEST(Captions, a_zero_byte_does_not_end_a_cell) {
  const std::string text("Prompt\r\na\r\0n\r\n", 14);
  EXPECT_EQ(captions_of(text).items.size(), 2U);
}

TEST(Captions, a_headers_cell_may_have_a_line_break) {
  EXPECT_EQ(captions_of("image,caption,\"note\n(mm)\"\na.png,x,1\n").items.at(0).where, "line 3");
}

TEST(Captions, the_caption_field_can_be_named_in_every_form) {
  const TempFolder folder;
  for (const char* content :
       {R"(["a"])", R"({"0": "a"})", "a\n", R"([{"image": "0", "said": "a", "caption": "b"}])",
        R"({"images": [{"id": 1, "file_name": "0"}], "annotations": [{"image_id": 1, "caption": "a"}]})"}) {
    testing::write(folder / "c", content);
    EXPECT_EQ(read_captions(folder / "c", {.caption_field = "said"}).items.at(0).caption, "a") << content;
  }
}

TEST(Captions, a_named_format_is_used) {
  const TempFolder folder;
  testing::write(folder / "c", "prompt\tnote,image\nx\ty,z\n");
  EXPECT_EQ(read_captions(folder / "c", {.format = "tsv"}).items.at(0).caption, "x");
  EXPECT_EQ(
      complaint([&] { read_captions(folder / "c", {.format = "csv"}); }),
      "captions c: its first line names no caption column (\"caption\", \"text\", \"prompt\", \"prompts\", "
      "\"prompt_en\", \"comment\" or \"captions\"): \"prompt note,image x y,z \"");
}

TEST(Captions, requested_fields_stay_with_the_item) {
  const TempFolder folder;
  testing::write(folder / "c.csv", "prompt,Category,seed\na,colour,1\n");
  const Item item = read_captions(folder / "c.csv", {.fields = {"category"}}).items.at(0);
  ASSERT_EQ(item.fields.size(), 1U);
  EXPECT_EQ(item.fields[0].name, "Category");
  const Item again = read_json_line(json_line(item, "a.png"), "store");
  ASSERT_EQ(again.fields.size(), 1U);
  EXPECT_EQ(again.fields[0].text, "colour");
}

TEST(Captions, unknown_fields_are_counted) {
  const Captions captions = captions_of(R"([
    {"image": "a", "caption": "b", "refrences": ["c"], "seed": 1},
    {"image": "b", "caption": "b", "refrences": ["c"], "seed": null, "captions": ["b"], "Objects": ["dog"]}])");
  std::vector<std::string> said;
  for (const UnknownField& field : captions.unknown_fields)
    said.push_back(field.name + " " + std::to_string(field.items) + " " + field.meant);
  // "captions" stands next to a caption, so it is not a misspelling.
  EXPECT_THAT(said, ElementsAre("Objects 1 objects", "captions 1 ", "refrences 2 references", "seed 1 "));
  EXPECT_THAT(captions_of(R"({"a": "b"})").unknown_fields, IsEmpty());
  EXPECT_EQ(captions_of("image,caption,count\na,b,x\n").unknown_fields.at(0).meant, "counts");
}

TEST(BadCaptions, a_misspelled_field_is_named) {
  EXPECT_EQ(complaint_about(R"([{"image": "a", "captoin": "b"}])"),
            "captions captions.txt: item 1: has no caption (\"caption\" or \"text\"), but a field "
            "\"captoin\"; did you mean \"caption\"?");
}

TEST(BadCaptions, a_missing_file_is_named) {
  EXPECT_EQ(complaint([] { read_captions("/nowhere/c.json"); }), "captions /nowhere/c.json: no such file");
}

TEST(BadCaptions, an_empty_file_is_not_an_empty_set) {
  EXPECT_EQ(complaint_about(""), "captions captions.txt: empty file");
  EXPECT_EQ(complaint_about(" \n"), "captions captions.txt: empty file");
}

TEST(BadCaptions, a_set_without_captions_is_refused_in_every_format) {
  for (const char* content : {"{}", "[]", "file_name,text\n", R"({"images": [], "annotations": []})"}) {
    EXPECT_EQ(complaint_about(content), "captions captions.txt: has no captions") << content;
  }
}

TEST(BadCaptions, a_type_error_names_file_item_caption_and_field) {
  EXPECT_EQ(complaint_about(R"([{"image": "a", "caption": "b"},
                                {"image": "c", "caption": "two dogs on a bed", "counts": "two"}])"),
            "captions captions.txt: item 2 (\"two dogs on a b…\"): \"counts\" must be an object of numbers, "
            "is a string");
}

TEST(BadCaptions, each_field_has_its_type) {
  const auto about = [](const std::string& field) {
    return complaint_about(R"([{"image": "a", "caption": "b", )" + field + "}]");
  };
  EXPECT_THAT(about(R"("counts": {"dog": "2"})"), HasSubstr(R"("counts.dog" must be a number, is a string)"));
  EXPECT_THAT(about(R"("counts": {"dog": -1})"), HasSubstr(R"("counts.dog" must be 0 or more, is -1)"));
  EXPECT_THAT(about(R"("references": "r")"),
              HasSubstr(R"("references" must be a list of strings, is a string)"));
  EXPECT_THAT(about(R"("objects": ["dog", 1])"),
              HasSubstr(R"("objects" must be a list of strings, has a number)"));
  EXPECT_THAT(about(R"("distractors": {})"),
              HasSubstr(R"("distractors" must be a list of strings, is an object)"));
  EXPECT_THAT(about(R"("metrics": true)"), HasSubstr(R"("metrics" must be a list of strings, is a boolean)"));
  EXPECT_THAT(about(R"("opposite": 1)"), HasSubstr(R"("opposite" must be a string, is a number)"));
  EXPECT_THAT(about(R"("position": [])"), HasSubstr(R"("position" must be a string, is a list)"));
  EXPECT_THAT(about(R"("cluster": ["x"])"), HasSubstr(R"("cluster" must be a string, is a list)"));
  EXPECT_THAT(about(R"("id": 1.5)"), HasSubstr(R"("id" must be a string, is a number)"));
}

TEST(BadCaptions, a_missing_caption_lists_the_accepted_fields) {
  EXPECT_EQ(complaint_about(R"([{"image": "b", "text": null}])"),
            "captions captions.txt: item 1: has no caption (\"caption\" or \"text\")");
  EXPECT_THAT(complaint_about(R"([{"image": "", "text": "b"}])"), HasSubstr("its image is an empty string"));
}

TEST(BadCaptions, one_field_under_two_names_is_refused) {
  EXPECT_THAT(complaint_about(R"([{"image": "a", "caption": "b", "text": "c"}])"),
              HasSubstr(R"(has both "caption" and "text", which mean the same)"));
}

TEST(BadCaptions, an_item_that_is_not_an_object_is_refused) {
  EXPECT_EQ(complaint_about(R"([["a dog"]])"), "captions captions.txt: item 1: must be an object, is a list");
}

TEST(BadCaptions, a_map_of_lists_points_to_references) {
  EXPECT_EQ(complaint_about(R"({"a/b": ["x"]})"),
            "captions captions.txt: key \"a/b\": the caption must be a string, is a list (pass references "
            "with --references)");
  EXPECT_THAT(complaint_about(R"({"a": 1})"), HasSubstr("the caption must be a string, is a number"));
  EXPECT_THAT(complaint_about(R"({"": "x"})"), HasSubstr("an image id must not be empty"));
}

TEST(BadCaptions, a_duplicate_key_is_refused_wherever_it_is) {
  EXPECT_EQ(complaint_about(R"({"a": "one", "b": "two", "a": "three"})"),
            "captions captions.txt: duplicate key \"a\"");
  EXPECT_THAT(complaint_about(R"([{"image": "a", "caption": "b", "caption": "c"}])"),
              HasSubstr("duplicate key \"caption\""));
  EXPECT_THAT(complaint_about("{\"image\": \"a\", \"caption\": \"b\"}\n{\"image\": \"b\", \"image\": \"b\"}"),
              HasSubstr("line 2: duplicate key \"image\""));
}

TEST(BadCaptions, broken_json_is_located_by_line_and_column) {
  EXPECT_EQ(complaint_about("{\n \"a\": \"b\",\n \"c\" \"d\"\n}"),
            "captions captions.txt: line 3, column 8: not JSON: unexpected string literal; expected ':'");
  EXPECT_THAT(complaint_about("[{\"image\": \"a\", "),
              StartsWith("captions captions.txt: line 1, column 17: not JSON"));
  EXPECT_THAT(
      complaint_about("{\"image\": \"a\", \"caption\": \"b\"}\n{\"image\": \"b\", \"caption\": oops}\n"),
      HasSubstr("line 2, column 27: not JSON: invalid literal"));
  EXPECT_THAT(complaint_about("{\"a\": 1e999}"), HasSubstr("not JSON"));
}

TEST(BadCaptions, broken_json_is_reported_on_one_line) {
  const std::string text = complaint_about("{\"a\": \"no end\nand more " + std::string(1000, 'x'));
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_LT(text.size(), 300U);
}

TEST(BadCaptions, text_that_is_not_utf8_is_located_by_line) {
  EXPECT_EQ(complaint_about("{\"a\":\n\"caf\xE9\"}"), "captions captions.txt: line 2: not valid UTF-8");
  EXPECT_THAT(complaint_about("{\"a\": \"\xC0\x80\"}"), HasSubstr("line 1: not valid UTF-8"));
  EXPECT_THAT(complaint_about("{\"a\": \"\xED\xA0\x80\"}"), HasSubstr("line 1: not valid UTF-8"));
}

TEST(BadCaptions, half_utf16_and_pickles_are_recognized) {
  EXPECT_THAT(complaint_about("\xFF\xFE{"),
              HasSubstr("starts like UTF-16 but is not valid UTF-16; save it as UTF-8"));
  EXPECT_THAT(complaint_about(std::string("a\0b\0", 4)),
              HasSubstr("starts with a zero byte; UTF-16 needs a byte order mark"));
  EXPECT_THAT(complaint_about("\x80\x04\x95"), HasSubstr("scripts/import_tise.py"));
}

TEST(BadCaptions, what_is_neither_json_nor_a_known_csv_is_shown) {
  EXPECT_EQ(
      complaint_about("<html><body>not found"),
      "captions captions.txt: neither JSON nor CSV with a header row that names an image column (\"image\", "
      "\"file_name\" or \"caption_id\") and a caption column (\"caption\" or \"text\"); it starts with "
      "\"<html><body>not found\"");
}

TEST(BadCaptions, a_csv_row_with_too_many_cells_is_located) {
  EXPECT_EQ(
      complaint_about("file_name,text\na,b\nc,d, e\n"),
      "captions captions.txt: line 3: 3 cells, but the header has 2 (put a caption with commas in quotes)");
}

TEST(BadCaptions, csv_quotes_must_close_and_end_their_cell) {
  EXPECT_THAT(complaint_about("file_name,text\na,\"b\nc,d\n"), HasSubstr("line 2: a quote is never closed"));
  EXPECT_THAT(complaint_about("file_name,text\na,\"b\" c\n"),
              HasSubstr("line 2: text follows a closing quote"));
}

TEST(BadCaptions, a_duplicate_csv_column_is_refused) {
  EXPECT_THAT(complaint_about("file_name,text,text\na,b,c\n"), HasSubstr("duplicate column \"text\""));
}

TEST(BadCaptions, a_structured_csv_cell_must_be_json) {
  EXPECT_THAT(complaint_about("image,caption,objects\na,b,dog\n"),
              HasSubstr("line 2: \"objects\" must be JSON in its cell, is \"dog\""));
}

TEST(BadCaptions, coco_files_are_checked) {
  EXPECT_THAT(complaint_about(R"({"images": [{"id": 1, "file_name": "a"}]})"),
              HasSubstr("has no \"annotations\""));
  EXPECT_THAT(complaint_about(R"({"annotations": []})"), HasSubstr("has no \"images\""));
  EXPECT_THAT(complaint_about(R"({"images": [{"id": 1}], "annotations": []})"),
              HasSubstr("image 1: has no \"file_name\""));
  EXPECT_THAT(complaint_about(R"({"images": [], "annotations": [{"image_id": 7, "caption": "a"}]})"),
              HasSubstr("annotation 1 (\"a\"): \"image_id\" 7 is not among the images"));
  EXPECT_THAT(
      complaint_about(R"({"images": [{"id": 1, "file_name": "a"}], "annotations": [{"image_id": 1}]})"),
      HasSubstr("annotation 1: has no \"caption\""));
  EXPECT_THAT(complaint_about(R"({"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}],
                                  "annotations": []})"),
              HasSubstr("image 2: duplicate \"id\" 1"));
}

}  // namespace
}  // namespace tise::data
