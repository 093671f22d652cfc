// Captions count as the same if they ask the same of the images, no matter how the file is written.

#include <gtest/gtest.h>

#include "data/files.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

using testing::captions_of;

/// Captions matched with images of these names.
Dataset dataset_of(const std::vector<std::string>& names, std::string_view captions) {
  std::vector<ImageFile> images;
  for (const std::string& name : names) images.push_back({name, name});
  return match(std::move(images), captions_of(captions), Missing::kSkip);
}

const std::vector<std::string> kNames{"a.png", "b.png"};

std::string pairs(std::string_view captions, const std::vector<std::string>& names = kNames) {
  return hash_of_pairs(dataset_of(names, captions));
}

std::string references(std::string_view captions) { return hash_of_references(dataset_of(kNames, captions)); }

constexpr std::string_view kLines =
    R"({"id": "1", "image": "a.png", "caption": "two cats", "counts": {"cat": 2}, "objects": ["cat"]}
       {"id": "2", "image": "b.png", "caption": "a cat left of a dog", "position": "left"})";

TEST(HashOfPairs, does_not_depend_on_the_format_of_the_file) {
  const std::string hash = pairs(kLines);
  EXPECT_EQ(pairs(R"([{"caption":"two cats","objects":["cat"],"counts":{"cat":2.0},"image":"a"},
                      {"text":"a cat left of a dog","position":"left","file_name":"b.jpg","counts":null}])"),
            hash);
  EXPECT_EQ(pairs("image,caption,counts,objects,position\n"
                  "a.png,two cats,\"{\"\"cat\"\": 2}\",\"[\"\"cat\"\"]\",\n"
                  "b.png,a cat left of a dog,,,left\n"),
            hash);
}

TEST(HashOfPairs, does_not_depend_on_the_names_of_the_images) {
  EXPECT_EQ(pairs(R"({"z.png": "two cats", "a.png": "a dog"})", {"a.png", "z.png"}),
            pairs(R"({"0/x.png": "two cats", "1/x.png": "a dog"})", {"0/x.png", "1/x.png"}));
}

TEST(HashOfPairs, differs_if_anything_that_is_asked_differs) {
  const std::string hash = pairs(kLines);
  for (const auto& [text, other] :
       {std::pair{"two cats", "two  cats"}, std::pair{": 2}", ": 3}"}, std::pair{R"(["cat"])", R"(["dog"])"},
        std::pair{R"("left"})", R"("a"})"}, std::pair{R"("position")", R"("opposite")"},
        std::pair{"\"b.png\"", "\"a.png\""}}) {
    std::string changed(kLines);
    changed.replace(changed.find(text), std::string_view(text).size(), other);
    EXPECT_NE(pairs(changed), hash) << other;
  }
  EXPECT_NE(pairs(R"({"b.png": "a dog", "a.png": "two cats"})"),
            pairs(R"({"a.png": "two cats", "b.png": "a dog"})"));  // another order
}

TEST(HashOfPairs, is_of_the_captions_that_have_an_image) {
  EXPECT_EQ(pairs(R"({"c.png": "gone", "a.png": "x", "b.png": "y"})"),
            pairs(R"({"a.png": "x", "b.png": "y"})"));
}

TEST(HashOfReferences, does_not_depend_on_where_the_references_were_given) {
  const testing::TempFolder folder;
  testing::write(folder / "references.json", R"({"a": ["x", "y"]})");
  Captions captions = captions_of(R"({"a.png": "two cats", "b.png": "a dog"})");
  add_references(captions, folder / "references.json");
  const Dataset added = match({{"a.png", ""}, {"b.png", ""}}, std::move(captions), Missing::kFail);
  const std::string_view within = R"([{"image": "a.png", "caption": "two cats", "references": ["x", "y"]},
                                      {"image": "b.png", "caption": "a dog"}])";
  EXPECT_EQ(hash_of_references(added), references(within));
  EXPECT_EQ(hash_of_pairs(added), pairs(within));
  EXPECT_NE(references(R"({"a.png": "two cats", "b.png": "a dog"})"), references(within));
}

TEST(HashOfOrder, is_of_the_captions_by_the_names_of_their_images) {
  const auto order = [](const std::vector<std::string>& names, std::string_view captions) {
    return hash_of_order(dataset_of(names, captions));
  };
  const std::string hash = order({"a.png", "b.png"}, R"({"a.png": "x", "b.png": "y"})");
  EXPECT_EQ(order({"0.png", "7.png"}, R"({"0.png": "x", "7.png": "y"})"), hash);
  EXPECT_NE(order({"b.png", "c.png"}, R"({"c.png": "x", "b.png": "y"})"), hash);
}

TEST(HashOfOrder, without_captions_is_of_the_names) {
  const std::string hash = hash_of_order(without_captions({{"a.png", ""}, {"b.png", ""}}));
  EXPECT_EQ(hash_of_order(without_captions({{"b.png", "elsewhere/b.png"}, {"a.png", ""}})), hash);
  EXPECT_NE(hash_of_order(without_captions({{"a.png", ""}, {"c.png", ""}})), hash);
}

TEST(HashOfNumbers, of_parts_shows_which_pairs_they_have) {
  const std::string_view captions = R"({"c.png": "gone", "a.png": "x", "b.png": "y"})";
  Dataset first = dataset_of(kNames, captions);
  Dataset second = dataset_of(kNames, captions);
  keep_part(first, {0, 2});
  keep_part(second, {1, 2});
  EXPECT_EQ(first.pairs.front().number, 0U);
  EXPECT_EQ(second.pairs.front().number, 1U);
  EXPECT_NE(hash_of_numbers(first), hash_of_numbers(second));
}

}  // namespace
}  // namespace tise::data
