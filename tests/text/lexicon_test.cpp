#include "tise/text/lexicon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tise/text/annotate.h"

namespace tise::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Objects = std::vector<std::string>;

Lexicon coco_lexicon() { return Lexicon(coco_labels(), {}); }

nlohmann::ordered_json coco_file() {
  std::ifstream file(TISE_SOURCE_DIR "/src/text/coco_classes.json");
  return nlohmann::ordered_json::parse(file);
}

TEST(Lexicon, knows_cocos_80_classes) {
  EXPECT_EQ(coco_labels().size(), 80U);
  EXPECT_EQ(coco_labels().front(), "person");
  EXPECT_EQ(coco_labels().back(), "toothbrush");
}

TEST(Lexicon, a_name_means_its_label_in_any_case_and_number) {
  const Lexicon lexicon = coco_lexicon();
  EXPECT_EQ(lexicon.label_of("dog"), "dog");
  EXPECT_EQ(lexicon.label_of("Dogs"), "dog");
  EXPECT_EQ(lexicon.label_of("puppies"), "dog");
  EXPECT_EQ(lexicon.label_of("women"), "person");
  EXPECT_EQ(lexicon.label_of("hot-dogs"), "hot dog");
  EXPECT_EQ(lexicon.label_of("wine  glasses"), "wine glass");
  EXPECT_EQ(lexicon.label_of("glasses of wine"), "wine glass");
  EXPECT_EQ(lexicon.label_of("tomato"), std::nullopt);
  EXPECT_EQ(lexicon.label_of("bus stop"), std::nullopt);
  EXPECT_EQ(lexicon.label_of("dog food"), std::nullopt);
  EXPECT_EQ(lexicon.label_of(""), std::nullopt);
}

TEST(Lexicon, the_nearest_label_is_the_one_with_the_fewest_changes) {
  EXPECT_EQ(coco_lexicon().nearest("doggo"), "dog");
  EXPECT_EQ(coco_lexicon().nearest("Toilett"), "toilet");
  EXPECT_EQ(coco_lexicon().nearest("sport ball"), "sports ball");
}

TEST(Lexicon, gaps_among_the_labels_are_not_classes) {
  const Lexicon lexicon({"N/A", "person", "N/A", "dog"}, {});
  EXPECT_THAT(lexicon.labels(), ElementsAre("person", "dog"));
  EXPECT_EQ(lexicon.label_of("N/A"), std::nullopt);
}

TEST(Lexicon, custom_labels_have_synonyms_and_plurals) {
  const Lexicon lexicon({"red circle", "box"}, {{"box", {"crate", "carton"}}});
  EXPECT_EQ(lexicon.label_of("red circles"), "red circle");
  EXPECT_EQ(lexicon.label_of("boxes"), "box");
  EXPECT_EQ(lexicon.label_of("Crates"), "box");
  EXPECT_EQ(lexicon.label_of("dog"), std::nullopt);
}

TEST(Lexicon, given_labels_and_synonyms_win_over_cocos_words) {
  const Lexicon lexicon({"woman", "person"}, {{"person", {"teddy bear"}}});
  EXPECT_EQ(lexicon.label_of("women"), "woman");
  EXPECT_EQ(lexicon.label_of("man"), "person");
  EXPECT_EQ(lexicon.label_of("teddy bear"), "person");
}

TEST(Lexicon, a_compound_is_recognized_even_if_its_class_is_unknown) {
  const Lexicon lexicon({"dog", "bear"}, {});
  EXPECT_THAT(annotate("a hot dog and a teddy bear", lexicon).objects, IsEmpty());
}

TEST(Lexicon, every_word_of_every_class_is_found_in_singular_and_plural) {
  const Lexicon lexicon = coco_lexicon();
  const auto coco_json = coco_file();
  for (const auto& [label, entry] : coco_json.at("classes").items()) {
    auto words = entry.at("words").get<Objects>();
    words.push_back(label);
    for (const std::string& word : words) {
      EXPECT_THAT(annotate("a photo of the " + word, lexicon).objects, ElementsAre(label)) << word;
      const std::string last = word.substr(word.rfind(' ') + 1);
      if (word.find(" of ") != std::string::npos || !coco_json.at("plurals").contains(last)) continue;
      const std::string plural =
          word.substr(0, word.size() - last.size()) + coco_json.at("plurals").at(last).get<std::string>();
      EXPECT_THAT(annotate("a photo of the " + plural, lexicon).objects, ElementsAre(label)) << plural;
    }
  }
}

TEST(Lexicon, regular_plurals_are_found) {
  const Lexicon lexicon = coco_lexicon();
  const std::vector<std::pair<std::string, std::string>> plurals = {{"benches", "bench"},
                                                                    {"skateboards", "skateboard"},
                                                                    {"toothbrushes", "toothbrush"},
                                                                    {"ladies", "person"},
                                                                    {"boys", "person"},
                                                                    {"couches", "couch"},
                                                                    {"pizzas", "pizza"},
                                                                    {"buses", "bus"},
                                                                    {"ferries", "boat"},
                                                                    {"wine glasses", "wine glass"},
                                                                    {"cups of coffee", "cup"},
                                                                    {"foxes", ""}};
  for (const auto& [plural, label] : plurals) {
    const Objects expected = label.empty() ? Objects() : Objects{label};
    EXPECT_EQ(annotate("a photo of the " + plural, lexicon).objects, expected) << plural;
  }
}

TEST(Lexicon, no_class_is_found_inside_a_phrase_that_it_excludes) {
  const Lexicon lexicon = coco_lexicon();
  const auto coco_json = coco_file();
  for (const auto& [label, entry] : coco_json.at("classes").items()) {
    for (const std::string& phrase : entry.value("not", Objects())) {
      const Objects objects = annotate("a photo of the " + phrase, lexicon).objects;
      EXPECT_THAT(objects, ::testing::Not(::testing::Contains(label))) << phrase;
    }
  }
}

TEST(Lexicon, no_word_is_listed_for_two_classes) {
  std::map<std::string, std::string> owner;
  const auto coco_json = coco_file();
  for (const auto& [label, entry] : coco_json.at("classes").items()) {
    for (const std::string& word : entry.at("words").get<Objects>()) {
      EXPECT_TRUE(owner.emplace(word, label).second) << word << " of " << label << " and " << owner[word];
    }
  }
}

}  // namespace
}  // namespace tise::text
