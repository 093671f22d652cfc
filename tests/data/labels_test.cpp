#include "tise/data/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/pictures.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"

namespace tise::data {
namespace {

using ::testing::HasSubstr;

Captions labels_of(std::string_view content) {
  const testing::TempFolder folder;
  testing::write_file(folder / "labels", std::string(content));
  return read_labels(folder / "labels");
}

std::string complaint_about_labels(std::string_view content) {
  try {
    labels_of(content);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Labels, are_numbers_or_names_in_any_format) {
  for (const char* content :
       {R"({"a.png": 3, "b/c": "red circle"})",
        R"([{"image": "a.png", "label": 3}, {"file_name": "b/c", "class": "red circle", "extra": []}])",
        "{\"image\": \"a.png\", \"label\": \"3\"}\n{\"image\": \"b/c\", \"label\": \"red circle\"}\n",
        "image,label\na.png,3\nb/c,red circle\n"}) {
    const Captions labels = labels_of(content);
    ASSERT_EQ(labels.items.size(), 2U) << content;
    EXPECT_EQ(labels.items[0].image, "a.png");
    EXPECT_EQ(labels.items[0].caption, "3");
    EXPECT_EQ(labels.items[1].image, "b/c");
    EXPECT_EQ(labels.items[1].caption, "red circle");
    EXPECT_EQ(labels.role, "labels");
  }
}

TEST(Labels, that_are_missing_or_of_another_type_are_refused_with_their_place) {
  EXPECT_THAT(complaint_about_labels(R"([{"image": "a.png"}])"),
              HasSubstr("item 1: has no label (\"label\" or \"class\")"));
  EXPECT_THAT(complaint_about_labels(R"({"a.png": 0.5})"),
              HasSubstr("key \"a.png\": \"label\" must be a string"));
  EXPECT_THAT(complaint_about_labels("image,caption\na,b\n"),
              HasSubstr("header row that names an image column (\"image\", \"file_name\" or \"caption_id\") "
                        "and a label column"));
  EXPECT_THAT(complaint_about_labels("[]"), HasSubstr("has no labels"));
}

}  // namespace
}  // namespace tise::data
