#include "tise/data/pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files.h"

namespace tise::data {
namespace {

using testing::complaint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;
using testing::write;

std::vector<ImageFile> folder_of(const std::vector<std::string>& names) {
  std::vector<ImageFile> images;
  for (const std::string& name : names) images.push_back({name, "samples/" + name});
  std::ranges::sort(images, {}, &ImageFile::name);
  return images;
}

struct Paired {
  Pairing pairing;
  std::vector<std::string> pairs;  ///< `image: caption`, in the captions' order
};

Paired pair(std::string_view content, const std::vector<std::string>& names,
            const std::optional<std::string>& pattern = {}) {
  const TempFolder folder;
  write(folder / "c.txt", content);
  Captions captions = read_captions(
      folder / "c.txt", {.fields = pattern ? fields_of_pattern(*pattern) : std::vector<std::string>()});
  captions.path = "c.txt";
  Paired paired{pair_images(captions, folder_of(names), pattern), {}};
  for (const Item& item : captions.items) paired.pairs.push_back(item.image + ": " + item.caption);
  return paired;
}

TEST(Pairing, names_that_items_give_go_before_all_rules) {
  // Rows would give 1.png the second caption.
  const Paired paired = pair(R"({"1": "a", "0": "b"})", {"0.png", "1.png"});
  EXPECT_EQ(paired.pairing.rule, "by name");
  EXPECT_THAT(paired.pairs, ElementsAre("1: a", "0: b"));
}

TEST(Pairing, an_id_goes_before_the_row) {
  const Paired paired = pair(R"([{"id": 1, "prompt": "a"}, {"id": 0, "prompt": "b"}])", {"0.png", "1.png"});
  EXPECT_EQ(paired.pairing.rule, "by id");
  EXPECT_THAT(paired.pairs, ElementsAre("1.png: a", "0.png: b"));
}

TEST(Pairing, copies_are_in_the_order_of_their_numbers) {
  std::vector<std::string> names;
  for (int k = 0; k < 11; ++k) names.push_back("0_" + std::to_string(k) + ".png");
  const Paired paired = pair("a dog\n", names);
  EXPECT_EQ(paired.pairing.pattern, "{index}_{k}");
  EXPECT_EQ(paired.pairing.most, 11U);
  EXPECT_EQ(paired.pairs[2], "0_2.png: a dog");
  EXPECT_EQ(paired.pairs[10], "0_10.png: a dog");
}

TEST(Pairing, a_number_is_the_same_with_zeros_and_without) {
  EXPECT_THAT(pair(R"([{"case_number": "007", "prompt": "a"}, {"case_number": "10", "prompt": "b"}])",
                   {"7-0.png", "010-0.png"})
                  .pairs,
              ElementsAre("7-0.png: a", "010-0.png: b"));
}

TEST(Pairing, a_coco_name_is_an_id_and_not_the_image_of_a_prompt) {
  const std::vector<std::string> names{"COCO_val2014_000000000001.jpg", "COCO_val2014_000000000000.jpg"};
  EXPECT_THAT(pair(R"([{"image_id": 1, "caption": "a"}, {"image_id": 0, "caption": "b"}])", names).pairs,
              ElementsAre("COCO_val2014_000000000001.jpg: a", "COCO_val2014_000000000000.jpg: b"));
}

TEST(Pairing, a_prompt_is_found_by_its_letters_and_by_its_start_if_a_name_is_cut) {
  EXPECT_THAT(pair("A dog, on a sofa\na cat\n", {"a_dog_on_a_sofa_0.png", "a_cat_1.png"}).pairs,
              ElementsAre("a_dog_on_a_sofa_0.png: A dog, on a sofa", "a_cat_1.png: a cat"));
  const std::string prompt(300, 'x');
  const std::string cut = prompt.substr(0, 251) + ".png";
  EXPECT_THAT(pair(prompt + "\na cat\n", {cut, "a cat.png"}).pairs,
              ElementsAre(cut + ": " + prompt, "a cat.png: a cat"));
}

TEST(Pairing, rows_that_ask_several_questions_about_a_prompt_are_one_item) {
  const Paired paired =
      pair("item_id,text\nx1,a dog\nx1,a dog\nx2,a cat\n", {"x1_0.png", "x1_1.png", "x2_0.png"});
  EXPECT_THAT(paired.pairs, ElementsAre("x1_0.png: a dog", "x1_1.png: a dog", "x2_0.png: a cat"));
  EXPECT_EQ(paired.pairing.prompts, 2U);
  EXPECT_EQ(paired.pairing.fewest, 1U);
  EXPECT_EQ(paired.pairing.most, 2U);
}

TEST(Pairing, the_same_prompt_in_two_rows_is_two_items_if_rows_count) {
  EXPECT_THAT(pair("a dog\na dog\n", {"0.png", "1.png"}).pairs, ElementsAre("0.png: a dog", "1.png: a dog"));
}

TEST(Pairing, captions_without_images_keep_a_name_that_is_missing) {
  EXPECT_THAT(pair("a\nb\nc\n", {"0_0.png", "1_0.png"}).pairs,
              ElementsAre("0_0.png: a", "1_0.png: b", "2_*: c"));
}

TEST(Pairing, ids_that_fit_a_few_images_by_accident_dont_conflict_with_rows_that_fit_all) {
  std::string captions = "image_id,text\n";
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    captions +=
        std::to_string(i < 9 ? 19 - i : 1000 + i) + ",a" + std::to_string(i) + "\n";  // 9 of 20 are rows too
    names.push_back(std::to_string(i) + ".png");
  }
  EXPECT_EQ(pair(captions, names).pairing.pattern, "{index}");
  captions += "0,b\n1,c\n";  // 11 of 22, and 22 images
  names.insert(names.end(), {"20.png", "21.png"});
  EXPECT_THAT(complaint([&] { pair(captions, names); }),
              HasSubstr("by image_id (--image-pattern '{image_id}')"));
}

TEST(Pairing, rows_dont_find_images_for_items_that_name_others) {
  const Paired paired = pair(R"({"x": "a", "y": "b"})", {"0.png", "1.png"});
  EXPECT_EQ(paired.pairing.rule, "by name");
  EXPECT_THAT(paired.pairs, ElementsAre("x: a", "y: b"));  // `match` reports them as missing
}

TEST(Pairing, a_field_of_the_captions_is_distinguished_from_the_row) {
  const char* captions = R"([{"index": 1, "prompt": "a"}, {"index": 2, "prompt": "b"}])";
  EXPECT_EQ(pair(captions, {"1.png", "2.png"}).pairing.pattern, "{field.index}");
  EXPECT_THAT(complaint([&] {
                pair(captions, {"0.png", "1.png"});
              }),
              HasSubstr("by index (--image-pattern '{field.index}'): 1.png is \"a\"\n  by row number from 0 "
                        "(--image-pattern '{index}'): 1.png is \"b\""));
  EXPECT_THAT(pair(captions, {"0.png", "1.png"}, "{index}").pairs, ElementsAre("0.png: a", "1.png: b"));
  EXPECT_THAT(pair(captions, {"1.png", "2.png"}, "{field.index}").pairs, ElementsAre("1.png: a", "2.png: b"));
}

TEST(Pairing, a_pattern_has_the_names_of_images_without_their_extensions) {
  EXPECT_THAT(pair(R"({"a.png": "1", "b/c.jpg": "2"})", {"a-v2.png", "b/c-v2.png"}, "{image}-v2.jpg").pairs,
              ElementsAre("a-v2.png: 1", "b/c-v2.png: 2"));
}

TEST(Pairing, very_many_ways_to_cut_a_name_end) {
  const std::string name(5000, 'a');
  EXPECT_THAT(
      complaint([&] { pair(R"([{"x": "b", "y": "b", "z": "b", "prompt": "p"}])", {name}, "{x}*{y}*{z}*"); }),
      HasSubstr("no image matches --image-pattern"));
}

TEST(Pairing, a_pattern_decides) {
  const std::vector<std::string> names{"0.png", "1.png", "2.png"};
  EXPECT_THAT(pair("a\nb\n", names, "{index}.png").pairs, ElementsAre("0.png: a", "1.png: b"));
  EXPECT_THAT(pair("a\nb\n", names, "{number}").pairs, ElementsAre("1.png: a", "2.png: b"));
  EXPECT_THAT(
      pair("id,category,prompt\n0,x,a\n0,y,b\n", {"x/m/0.png", "y/m/0.png"}, "{category}/*/{id}").pairs,
      ElementsAre("x/m/0.png: a", "y/m/0.png: b"));
}

TEST(Pairing, a_pattern_matches_only_its_number_of_digits) {
  EXPECT_THAT(pair("a\nb\n", {"00000.png", "00001.png", "1.png"}, "{index:05}").pairs,
              ElementsAre("00000.png: a", "00001.png: b"));
  std::string lines;
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) {
    lines += "prompt " + std::to_string(i) + "\n";
    names.push_back((i < 10 ? "0" : "") + std::to_string(i) + ".png");
  }
  EXPECT_EQ(pair(lines, names, "{index:02}").pairs.back(), "11.png: prompt 11");
}

TEST(BadPairing, images_that_match_in_two_ways_show_both_and_the_flag) {
  EXPECT_EQ(complaint([] {
              pair("a\nb\nc\n", {"1.png", "2.png"});
            }),
            "captions c.txt: its images can be matched in two ways; choose one with --image-pattern:\n"
            "  by row number from 0 (--image-pattern '{index}'): 1.png is \"b\", 2.png is \"c\"\n"
            "  by row number from 1 (--image-pattern '{number}'): 1.png is \"a\", 2.png is \"b\"");
}

TEST(BadPairing, images_that_are_numbered_beyond_the_captions_are_not_guessed) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"0.png", "1.png", "2.png"}, {"1.png", "2.png", "3.png", "4.png"}}) {
    EXPECT_THAT(
        complaint([&] { pair("a\nb\n", names); }),
        HasSubstr("has 2 captions, but image numbers go beyond that, such as \"" + names.back() + "\""));
  }
}

TEST(BadPairing, an_invalid_pattern_says_why) {
  const auto about = [](const std::string& pattern) {
    try {
      pair("a\n", {"0.png"}, pattern);
      return std::string();
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(about("{index"), HasSubstr("a { has no closing }"));
  EXPECT_THAT(about("index}"), HasSubstr("a } has no opening {"));
  EXPECT_THAT(about("*_{k}"), HasSubstr("has no field that distinguishes captions"));
  EXPECT_THAT(about("{index:5}"), HasSubstr("write the number of digits as in {index:05}"));
  EXPECT_THAT(about("{index}_{index}"), HasSubstr("{index} appears twice"));
  EXPECT_THAT(about("{}{index}"), HasSubstr("a field has no name"));
  EXPECT_THAT(about("*a*b*c*d*e*f*{index}"), HasSubstr("has more than 6 fields and asterisks"));
}

TEST(Pairing, is_described_in_one_line) {
  Captions captions;
  captions.title = "TSV";
  captions.field = "Prompt";
  EXPECT_EQ(in_words(captions, {"by row number from 0", "{index}_{k}", 1632, 4, 4}, 6528),
            "captions: TSV (Prompt), 1,632 prompts; 6,528 images, 4 per prompt, by row number from 0, as "
            "{index}_{k}");
  EXPECT_EQ(in_words(captions, {"by id", "{id}/*", 2, 1, 3}, 4),
            "captions: TSV (Prompt), 2 prompts; 4 images, 1 to 3 per prompt, by id, as {id}/*");
}

}  // namespace
}  // namespace tise::data
