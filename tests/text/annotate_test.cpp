#include "tise/text/annotate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tise/base/error.h"

namespace tise::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Counts = std::map<std::string, double>;

const Lexicon& coco() {
  static const Lexicon lexicon(coco_labels(), {});
  return lexicon;
}

std::string position(std::string_view caption) {
  const auto found = find_position(caption);
  return found ? found->word : "none";
}

std::string opposite(std::string_view caption) {
  const auto found = find_position(caption);
  return found ? found->opposite : "none";
}

Counts counts(std::string_view caption) { return annotate(caption, coco()).counts; }
std::vector<std::string> objects(std::string_view caption) { return annotate(caption, coco()).objects; }

TEST(Annotation, each_of_the_fifteen_positional_words_has_its_opposite) {
  EXPECT_EQ(opposite("a cup above a book"), "a cup below a book");
  EXPECT_EQ(opposite("a cup below a book"), "a cup above a book");
  EXPECT_EQ(opposite("a cup right of a book"), "a cup left of a book");
  EXPECT_EQ(opposite("a cup to the left of a book"), "a cup to the right of a book");
  EXPECT_EQ(opposite("a cup far from a book"), "a cup near a book");
  EXPECT_EQ(opposite("a cup near a book"), "a cup far from a book");
  EXPECT_EQ(opposite("a cup outside a box"), "a cup inside a box");
  EXPECT_EQ(opposite("a cup inside a box"), "a cup outside a box");
  EXPECT_EQ(opposite("a cup between two books"), "a cup away from two books");
  EXPECT_EQ(opposite("a cup on top of a book"), "a cup under a book");
  EXPECT_EQ(opposite("a cup at the bottom of a box"), "a cup at the top of a box");
  EXPECT_EQ(opposite("a cup in front of a book"), "a cup behind a book");
  EXPECT_EQ(opposite("a cup behind a book"), "a cup in front of a book");
  EXPECT_EQ(opposite("a cup on a book"), "a cup under a book");
  EXPECT_EQ(opposite("a cup under a book"), "a cup on top of a book");
}

TEST(Annotation, positional_words_are_whole_words_in_any_case) {
  EXPECT_EQ(position("an upright onion, contrary to nearby leftovers"), "none");
  EXPECT_EQ(position("a left-handed batter"), "none");
  EXPECT_EQ(position("a hands-on lesson"), "none");
  EXPECT_EQ(opposite("Above a table: a lamp"), "Below a table: a lamp");
  EXPECT_EQ(opposite("A CAT IN FRONT OF A DOG"), "A CAT BEHIND A DOG");
  EXPECT_EQ(opposite("In front of a dog, a cat."), "Behind a dog, a cat.");
}

TEST(Annotation, white_space_inside_a_phrase_is_flexible_and_elsewhere_kept) {
  EXPECT_EQ(position("a cat  on \t top\nof a  sofa"), "on top of");
  EXPECT_EQ(opposite("a cat  on \t top\nof a  sofa"), "a cat  under a  sofa");
  EXPECT_EQ(position("a cat on, top of a sofa"), "on");
}

TEST(Annotation, the_first_word_counts_and_the_longest_if_several_begin_there) {
  EXPECT_EQ(opposite("a cat on a box behind a dog on a mat"), "a cat under a box behind a dog on a mat");
  EXPECT_EQ(position("a cat on top of a box"), "on top of");
}

TEST(Annotation, letters_of_all_scripts_are_kept) {
  EXPECT_EQ(opposite("Eine Käseglocke 🧀 above «naïve» ÉCLAIRS"),
            "Eine Käseglocke 🧀 below «naïve» ÉCLAIRS");
  EXPECT_EQ(position("ｏｎ a table"), "none");
}

TEST(Annotation, a_side_is_the_position_and_not_the_on_before_it) {
  EXPECT_EQ(opposite("the man on the left waves"), "the man on the right waves");
  EXPECT_EQ(opposite("a book on the bottom shelf"), "a book on the top shelf");
  EXPECT_EQ(position("a cake with a cherry on top"), "none");
  EXPECT_EQ(position("a cherry on the top of a cake"), "on");
}

TEST(Annotation, left_and_right_that_are_not_sides_are_skipped) {
  EXPECT_EQ(position("a suitcase left on a bench"), "on");
  EXPECT_EQ(position("a cat right next to a dog"), "none");
  EXPECT_EQ(position("a cat right behind a dog"), "behind");
  EXPECT_EQ(position("as far as the eye can see"), "none");
}

TEST(Annotation, opposites_are_english) {
  EXPECT_EQ(opposite("a boat far away from the pier"), "a boat near the pier");
  EXPECT_EQ(opposite("a boat far away"), "a boat nearby");
  EXPECT_EQ(opposite("the pier is near."), "the pier is far away.");
  EXPECT_EQ(opposite("a car in between two trucks"), "a car away from two trucks");
  EXPECT_EQ(opposite("a man with a dog behind."), "a man with a dog in front.");
}

TEST(Annotation, count_words_and_their_nouns_agree_in_number) {
  EXPECT_EQ(counts("a dog, an elephant, one cat, two cows, three birds and four people"),
            (Counts{{"dog", 1}, {"elephant", 1}, {"cat", 1}, {"cow", 2}, {"bird", 3}, {"person", 4}}));
  EXPECT_EQ(counts("a dogs and two bench"), (Counts{}));
  EXPECT_EQ(counts("four sheep and a sheep"), (Counts{{"sheep", 5}}));
  EXPECT_EQ(counts("five dogs, 2 cats and several cows"), (Counts{}));
}

TEST(Annotation, adjectives_and_nouns_may_stand_between) {
  EXPECT_EQ(counts("a very large brown and white dog"), (Counts{{"dog", 1}}));
  EXPECT_EQ(counts("two old wooden park benches"), (Counts{{"bench", 2}}));
  EXPECT_EQ(counts("a man with dogs"), (Counts{{"person", 1}}));
}

TEST(Annotation, repeated_counts_add_up) {
  EXPECT_EQ(counts("a man and a woman"), (Counts{{"person", 2}}));
  EXPECT_EQ(counts("a knife, fork and spoon"), (Counts{{"knife", 1}, {"fork", 1}, {"spoon", 1}}));
  const Lexicon shapes({"red circle"}, {});
  EXPECT_EQ(annotate("a red circle and a red circle", shapes).counts, (Counts{{"red circle", 2}}));
}

TEST(Annotation, one_noun_may_have_two_adjectives_with_a_count_word_each) {
  EXPECT_EQ(counts("one black and one white cat"), (Counts{{"cat", 2}}));
  EXPECT_EQ(counts("one orange and one apple"), (Counts{{"orange", 1}, {"apple", 1}}));
}

TEST(Annotation, an_animals_kin_are_animals) {
  EXPECT_EQ(counts("a mother and baby elephant"), (Counts{{"elephant", 2}}));
  EXPECT_THAT(objects("a giraffe and her baby"), ElementsAre("giraffe"));
  EXPECT_THAT(objects("a giraffe eats beside its mother"), ElementsAre("giraffe"));
  EXPECT_THAT(objects("a woman and her baby with a dog"), ElementsAre("person", "dog"));
}

TEST(Annotation, groups_pairs_and_parts_are_not_counts) {
  EXPECT_EQ(counts("a group of dogs"), (Counts{}));
  EXPECT_EQ(counts("a bunch of bananas"), (Counts{}));
  EXPECT_EQ(counts("a pair of skis"), (Counts{}));
  EXPECT_EQ(counts("a slice of pizza"), (Counts{}));
  EXPECT_EQ(counts("a few sheep"), (Counts{}));
  EXPECT_EQ(counts("a couple on a bench"), (Counts{{"bench", 1}}));
  EXPECT_EQ(counts("two of the dogs"), (Counts{}));
  EXPECT_EQ(counts("two pairs of scissors"), (Counts{{"scissors", 2}}));
}

TEST(Annotation, a_mention_is_not_a_count) {
  EXPECT_EQ(counts("the dog sleeps"), (Counts{}));
  EXPECT_EQ(counts("a dog runs. The dog is wet."), (Counts{{"dog", 1}}));
  EXPECT_EQ(counts("two horses; the two horses graze"), (Counts{{"horse", 2}}));
}

TEST(Annotation, a_class_with_further_objects_of_unknown_number_has_no_count) {
  EXPECT_EQ(counts("a man in front of several people with a dog"), (Counts{{"dog", 1}}));
  EXPECT_EQ(counts("a cow and the other cow"), (Counts{}));
  EXPECT_EQ(counts("a man holds a phone and looks at his phone"), (Counts{{"person", 1}, {"cell phone", 1}}));
}

TEST(Annotation, objects_come_in_the_order_of_their_first_mention_once_each) {
  EXPECT_THAT(objects("Two dogs, a cat and another dog near a puppy"), ElementsAre("dog", "cat"));
  EXPECT_THAT(objects("nothing to see here"), IsEmpty());
  EXPECT_THAT(objects(""), IsEmpty());
}

TEST(Annotation, a_compound_never_counts_as_its_parts) {
  EXPECT_THAT(objects("a hot dog"), ElementsAre("hot dog"));
  EXPECT_THAT(objects("a hot-dog"), ElementsAre("hot dog"));
  EXPECT_THAT(objects("a teddy bear"), ElementsAre("teddy bear"));
  EXPECT_THAT(objects("a fire hydrant"), ElementsAre("fire hydrant"));
  EXPECT_THAT(objects("a fire truck"), ElementsAre("truck"));
  EXPECT_THAT(objects("a baseball bat"), ElementsAre("baseball bat"));
  EXPECT_THAT(objects("a computer mouse"), ElementsAre("mouse"));
  EXPECT_THAT(objects("a carrot cake"), ElementsAre("cake"));
  EXPECT_THAT(objects("a baby elephant"), ElementsAre("elephant"));
  for (const char* caption :
       {"a dog house", "a doghouse", "cat food", "a train station", "a bus stop", "a car park",
        "toilet paper", "an orange shirt", "orange juice", "an apple laptop bag"}) {
    EXPECT_THAT(objects(caption), IsEmpty()) << caption;
  }
}

TEST(Annotation, words_in_different_clauses_are_not_a_compound) {
  EXPECT_THAT(objects("Very hot. Dog asleep."), ElementsAre("dog"));
  EXPECT_THAT(objects("A bus. Stop here."), ElementsAre("bus"));
}

TEST(Annotation, dots_make_no_difference_in_an_abbreviation) {
  EXPECT_EQ(counts("A couch and a T.V. set."), (Counts{{"couch", 1}, {"tv", 1}}));
  EXPECT_THAT(objects("a t.v. on a bed"), ElementsAre("tv", "bed"));
}

TEST(Annotation, a_fruit_that_is_also_a_color_is_told_by_its_context) {
  EXPECT_THAT(objects("an orange and a knife"), ElementsAre("orange", "knife"));
  EXPECT_THAT(objects("an orange and white cat"), ElementsAre("cat"));
  EXPECT_THAT(objects("peeled oranges"), ElementsAre("orange"));
  EXPECT_THAT(objects("painted orange"), IsEmpty());
}

TEST(Annotation, absent_things_and_likenesses_are_not_objects) {
  EXPECT_THAT(objects("a street with no cars or people"), IsEmpty());
  EXPECT_THAT(objects("a desk without a mouse"), ElementsAre("dining table"));
  EXPECT_THAT(objects("a cake shaped like a train"), ElementsAre("cake"));
}

/// Items of a captions file.
class Completion : public ::testing::Test {
 protected:
  static data::Item item(const std::string& caption) {
    data::Item item;
    item.image = "1.png";
    item.caption = caption;
    item.where = "item 17";
    return item;
  }
  static std::string complaint(data::Item item) {
    try {
      complete(item, coco(), "captions.json");
    } catch (const InputError& error) {
      return error.what();
    }
    return "none";
  }
};

TEST_F(Completion, what_an_item_does_not_state_is_derived) {
  data::Item two_dogs = item("two dogs on a bench");
  complete(two_dogs, coco(), "captions.json");
  EXPECT_EQ(two_dogs.position, "on");
  EXPECT_EQ(two_dogs.opposite, "two dogs under a bench");
  EXPECT_EQ(two_dogs.counts, (Counts{{"dog", 2}, {"bench", 1}}));
  EXPECT_THAT(*two_dogs.objects, ElementsAre("dog", "bench"));
}

TEST_F(Completion, what_an_item_states_stays) {
  data::Item stated = item("two dogs on a bench");
  stated.position = "upon";
  stated.opposite = "no dogs";
  stated.counts = Counts{{"cat", 9}};
  stated.objects = std::vector<std::string>{};
  complete(stated, coco(), "captions.json");
  EXPECT_EQ(stated.position, "upon");
  EXPECT_EQ(stated.opposite, "no dogs");
  EXPECT_EQ(stated.counts, (Counts{{"cat", 9}}));
  EXPECT_THAT(*stated.objects, IsEmpty());
}

TEST_F(Completion, a_stated_opposite_gets_the_captions_position) {
  data::Item stated = item("two dogs on a bench");
  stated.opposite = "two dogs beside a bench";
  complete_position(stated, "captions.json");
  EXPECT_EQ(stated.position, "on");
  EXPECT_EQ(stated.opposite, "two dogs beside a bench");
  data::Item none = item("two dogs");
  none.opposite = "three dogs";
  complete_position(none, "captions.json");
  EXPECT_EQ(none.position, std::nullopt);
}

TEST_F(Completion, a_stated_position_gets_its_opposite) {
  data::Item stated = item("two dogs on a bench near a cat");
  stated.position = "Near";
  complete_position(stated, "captions.json");
  EXPECT_EQ(stated.position, "near");
  EXPECT_EQ(stated.opposite, "two dogs on a bench far from a cat");
  EXPECT_EQ(stated.counts, std::nullopt);
}

TEST_F(Completion, a_stated_position_without_an_opposite_is_bad_input) {
  data::Item stated = item("two dogs on a bench");
  stated.position = "behind";
  EXPECT_EQ(
      complaint(stated),
      "captions captions.json: item 17 (\"two dogs on a b…\"): \"position\" is \"behind\", which the caption "
      "does not contain; state its \"opposite\" too");
  stated.position = "beside";
  EXPECT_EQ(
      complaint(stated),
      "captions captions.json: item 17 (\"two dogs on a b…\"): \"position\" is \"beside\", for which no "
      "opposite is known; state its \"opposite\" too");
}

TEST_F(Completion, stated_names_become_labels) {
  data::Item stated = item("");
  stated.counts = Counts{{"women", 1}, {"man", 2}};
  stated.objects = std::vector<std::string>{"Man", "puppy", "people"};
  complete(stated, coco(), "captions.json");
  EXPECT_EQ(stated.counts, (Counts{{"person", 3}}));
  EXPECT_THAT(*stated.objects, ElementsAre("person", "dog"));
}

TEST_F(Completion, a_class_that_is_not_known_is_bad_input) {
  data::Item stated = item("two dogs on a bench");
  stated.counts = Counts{{"doggo", 2}};
  EXPECT_EQ(
      complaint(stated),
      "captions captions.json: item 17 (\"two dogs on a b…\"): unknown class \"doggo\" in \"counts\"; the "
      "closest of the detector's 80 classes is \"dog\"");
  stated.counts.reset();
  stated.objects = std::vector<std::string>{"bentch"};
  EXPECT_EQ(
      complaint(stated),
      "captions captions.json: item 17 (\"two dogs on a b…\"): unknown class \"bentch\" in \"objects\"; "
      "the closest of the detector's 80 classes is \"bench\"");
}

}  // namespace
}  // namespace tise::text
