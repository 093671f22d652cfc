#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files.h"
#include "tise/data/captions.h"

namespace tise::data {
namespace {

using testing::captions_of;
using testing::complaint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::size_t add(Captions& captions, std::string_view content) {
  const testing::TempFolder folder;
  testing::write(folder / "refs.json", content);
  return add_references(captions, folder / "refs.json").unknown;
}

std::string complaint_about_references(std::string_view content) {
  Captions captions = captions_of(R"({"a.png": "x", "b": "y"})");
  return complaint([&] { add(captions, content); });
}

TEST(References, find_their_items_with_and_without_extension) {
  Captions captions = captions_of(R"({"a.png": "x", "b": "y", "c.jpg": "z"})");
  EXPECT_EQ(add(captions, R"({"b.png": ["2", "3"], "a": ["1"], "d": ["none"]})"), 1U);
  EXPECT_THAT(captions.items[0].references, ElementsAre("1"));
  EXPECT_THAT(captions.items[1].references, ElementsAre("2", "3"));
  EXPECT_THAT(captions.items[2].references, IsEmpty());
}

TEST(References, go_to_every_caption_of_an_image_after_those_it_has) {
  Captions captions = captions_of(
      R"([{"image": "a", "caption": "x", "references": ["own"]}, {"image": "a", "caption": "y"}])");
  EXPECT_EQ(add(captions, R"({"a": ["1"]})"), 0U);
  EXPECT_THAT(captions.items[0].references, ElementsAre("own", "1"));
  EXPECT_THAT(captions.items[1].references, ElementsAre("1"));
}

TEST(References, from_a_coco_file_are_all_captions_of_an_image) {
  Captions captions = captions_of(R"({"COCO_9": "x"})");
  add(captions, R"({"images": [{"id": 9, "file_name": "COCO_9.jpg"}],
                    "annotations": [{"image_id": 9, "caption": "1"}, {"image_id": 9, "caption": "2"}]})");
  EXPECT_THAT(captions.items[0].references, ElementsAre("1", "2"));
}

TEST(BadReferences, a_bare_string_names_its_key) {
  EXPECT_EQ(complaint_about_references(R"({"a": "one"})"),
            "references refs.json: key \"a\": must be a list of strings, is a string");
  EXPECT_THAT(complaint_about_references(R"({"a": [1]})"),
              HasSubstr("key \"a\": must be a list of strings, has a number"));
}

TEST(BadReferences, a_list_is_not_a_map) {
  EXPECT_EQ(complaint_about_references("[]"),
            "references refs.json: must be {\"image id\": [\"…\"]} or COCO captions, is a list");
}

TEST(BadReferences, an_empty_map_is_refused) {
  EXPECT_EQ(complaint_about_references("{}"), "references refs.json: has no references");
}

TEST(BadReferences, without_any_image_of_the_captions_are_refused) {
  EXPECT_EQ(
      complaint_about_references(R"({"z": ["1"]})"),
      "references refs.json: none of its image ids matches an image of the captions (the first id is \"z\")");
}

TEST(BadReferences, an_image_that_matches_two_keys_is_ambiguous) {
  EXPECT_EQ(complaint_about_references(R"({"b.png": ["1"], "b.jpg": ["2"]})"),
            "references refs.json: image \"b\" of the captions matches both \"b.png\" and \"b.jpg\"");
}

}  // namespace
}  // namespace tise::data
