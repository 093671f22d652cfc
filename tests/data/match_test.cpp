#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "data/files.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

using testing::captions_of;
using testing::complaint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<ImageFile> folder_of(std::initializer_list<const char*> names) {
  std::vector<ImageFile> images;
  for (const char* name : names) images.push_back({name, std::string("samples/") + name});
  return images;
}

Dataset match(std::initializer_list<const char*> names, std::string_view captions,
              Missing missing = Missing::kFail) {
  Captions read = captions_of(captions);
  read.path = "c.json";
  return data::match(folder_of(names), std::move(read), missing);
}

/// `image <- id`, in the captions' order.
std::vector<std::string> pairs_of(const Dataset& dataset) {
  std::vector<std::string> pairs;
  for (const Pair& pair : dataset.pairs)
    pairs.push_back(dataset.images[pair.image].name + " <- " + pair.item.id);
  return pairs;
}

std::vector<std::string> names_of(const Dataset& dataset) {
  std::vector<std::string> names;
  for (const ImageFile& image : dataset.images) names.push_back(image.name);
  return names;
}

TEST(Match, a_file_named_in_full_is_not_used_for_another_caption) {
  const Dataset dataset = match({"a.png"}, R"({"a.jpg": "1", "a.png": "2"})", Missing::kSkip);
  EXPECT_THAT(pairs_of(dataset), ElementsAre("a.png <- a.png"));
  EXPECT_THAT(dataset.missing, ElementsAre("a.jpg"));
}

TEST(Match, an_image_id_may_have_no_extension_or_another_one) {
  const Dataset dataset = match({"a/b.png", "c.png", "d.v2.png"},
                                R"({"d.v2": "4", "c.jpg": "3", "a/b": "2", "./a//b.png": "1"})");
  EXPECT_THAT(pairs_of(dataset), ElementsAre("d.v2.png <- d.v2.png", "c.png <- c.png", "a/b.png <- a/b.png",
                                             "a/b.png <- a/b.png#2"));
}

constexpr const char* kComposed = "caf\u00E9.jpg";
constexpr const char* kDecomposed = "cafe\u0301.jpg";

TEST(Match, a_name_in_another_unicode_form_is_the_same_name) {
  const std::string composed_id = std::string(R"({")") + kComposed + R"(": "1"})";
  EXPECT_THAT(names_of(match({kDecomposed, "b.jpg"}, composed_id)), ElementsAre(kDecomposed));
  EXPECT_THAT(names_of(match({kComposed}, std::string(R"({")") + kDecomposed + R"(": "1"})")),
              ElementsAre(kComposed));
  EXPECT_THAT(names_of(match({kDecomposed}, "{\"caf\u00E9\": \"1\"}")), ElementsAre(kDecomposed));
  EXPECT_THAT(names_of(match({"cafe\u0301.png"}, composed_id)), ElementsAre("cafe\u0301.png"));
  // A code point of its own that becomes an ASCII letter in form C.
  EXPECT_THAT(names_of(match({"K.png"}, "{\"\u212A.png\": \"1\"}")), ElementsAre("K.png"));
}

TEST(Match, a_name_as_written_goes_before_one_in_another_unicode_form) {
  for (const char* name : {kComposed, kDecomposed}) {
    const std::string id = std::string(R"({")") + name + R"(": "1"})";
    EXPECT_THAT(names_of(match({kComposed, kDecomposed}, id)), ElementsAre(name));
  }
}

TEST(Match, an_exact_name_goes_before_one_without_extension) {
  EXPECT_THAT(pairs_of(match({"a", "a.png"}, R"({"a": "1"})")), ElementsAre("a <- a"));
  EXPECT_THAT(pairs_of(match({"a.jpg", "a.png"}, R"({"a.png": "1"})")), ElementsAre("a.png <- a.png"));
}

TEST(Match, pairs_are_in_the_captions_order_and_images_in_that_of_their_names) {
  const Dataset dataset = match({"c.png", "b.png", "a.png"}, R"({"c": "3", "a": "1"})");
  EXPECT_THAT(names_of(dataset), ElementsAre("a.png", "c.png"));
  EXPECT_THAT(pairs_of(dataset), ElementsAre("c.png <- c.png", "a.png <- a.png"));
  EXPECT_THAT(dataset.unused, ElementsAre("b.png"));
  EXPECT_THAT(dataset.missing, IsEmpty());
}

TEST(Match, further_captions_of_an_image_are_numbered_and_given_ids_kept) {
  const Dataset dataset = match({"a.png"}, R"([{"image": "a", "caption": "1"},
      {"image": "a", "caption": "2", "id": "mine"}, {"image": "a", "caption": "3"}])");
  EXPECT_THAT(names_of(dataset), ElementsAre("a.png"));
  EXPECT_THAT(pairs_of(dataset), ElementsAre("a.png <- a.png", "a.png <- mine", "a.png <- a.png#3"));
}

TEST(Match, a_subset_keeps_what_exists_and_lists_what_is_missing) {
  const Dataset dataset = match({"b.png"}, R"([{"image": "x", "caption": "1"}, {"image": "b", "caption": "2"},
      {"image": "x", "caption": "3"}])",
                                Missing::kSkip);
  EXPECT_THAT(pairs_of(dataset), ElementsAre("b.png <- b.png"));
  EXPECT_THAT(dataset.missing, ElementsAre("x"));
}

TEST(Match, without_captions_every_image_is_used_in_order) {
  const Dataset dataset = without_captions(folder_of({"b.png", "a.png"}));
  EXPECT_THAT(names_of(dataset), ElementsAre("a.png", "b.png"));
  EXPECT_THAT(dataset.pairs, IsEmpty());
  EXPECT_THAT(dataset.unused, IsEmpty());
}

TEST(BadMatch, missing_images_are_counted_listed_and_the_flag_named) {
  EXPECT_EQ(complaint([] { match({"a.png"}, R"({"a": "1", "b": "2", "c": "3"})"); }),
            "captions c.json: 2 of 3 images are missing (--subset evaluates only the captions whose images "
            "exist):\n  \"b\"\n  \"c\"");
}

TEST(BadMatch, nothing_in_common_is_an_error_with_and_without_subset) {
  for (const Missing missing : {Missing::kFail, Missing::kSkip}) {
    EXPECT_EQ(complaint([&] { match({"z.png"}, R"({"a": "1", "b": "2"})", missing); }),
              "captions c.json: none of its 2 images exists (expected \"a\", found \"z.png\")");
  }
}

TEST(BadMatch, an_id_that_matches_two_files_names_both) {
  EXPECT_EQ(complaint([] {
              match({"a.jpg", "a.png"}, R"({"a": "1"})");
            }),
            "captions c.json: key \"a\": image \"a\" matches both \"a.jpg\" and \"a.png\"");
}

TEST(BadMatch, an_id_that_fits_two_unicode_forms_names_both) {
  // The dot below and the circumflex, in neither of the orders that the files have.
  const char* composed = "\u1ED9.jpg";
  const char* half = "\u00F4\u0323.jpg";
  EXPECT_EQ(
      complaint([&] {
        match({composed, half}, "{\"o\u0302\u0323.jpg\": \"1\"}");
      }),
      std::string("captions c.json: key \"o\u0302\u0323.jpg\": image \"o\u0302\u0323.jpg\" matches both \"") +
          composed + "\" and \"" + half +
          "\", which are the same name in two Unicode forms (NFC, NFD); rename one");
}

TEST(BadMatch, a_duplicate_pair_is_refused_even_if_the_ids_differ) {
  EXPECT_EQ(complaint([] {
              match({"a.png"}, R"([{"image": "a", "caption": "dog", "id": "1"},
                                   {"image": "a.png", "caption": "dog", "id": "2"}])");
            }),
            "captions c.json: duplicate pairs:\n  item 1 and item 2: image \"a.png\", caption \"dog\"");
}

TEST(BadMatch, a_duplicate_id_is_refused) {
  EXPECT_THAT(complaint([] {
                match({"a.png", "b.png"}, R"([{"image": "a", "caption": "dog", "id": "1"},
                                              {"image": "b", "caption": "cat", "id": "1"}])");
              }),
              HasSubstr("duplicate ids:\n  item 1 and item 2: id \"1\""));
  EXPECT_THAT(complaint([] {
                match({"a.png", "b.png"}, R"([{"image": "a", "caption": "dog", "id": "b.png"},
                                              {"image": "b", "caption": "cat"}])");
              }),
              HasSubstr("item 1 and item 2: id \"b.png\""));
}

}  // namespace
}  // namespace tise::data
