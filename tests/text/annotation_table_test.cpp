// How often the derived annotations match those of a careful reader (data/annotated_captions.jsonl).

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tise/data/captions.h"
#include "tise/text/annotate.h"

namespace tise::text {
namespace {

constexpr double kRight = 0.98;

using Counts = std::map<std::string, double>;

std::string shown(const Counts& counts) {
  std::string text;
  for (const auto& [label, number] : counts)
    text += label + " " + std::to_string(static_cast<int>(number)) + "; ";
  return text;
}

std::string shown(const std::vector<std::string>& objects) {
  std::string text;
  for (const std::string& object : objects) text += object + "; ";
  return text;
}

/// Counts right answers and keeps the wrong ones.
struct Score {
  std::size_t right = 0;
  std::string wrong;

  void add(const std::string& caption, const std::string& expected, const std::string& derived) {
    if (expected == derived) {
      ++right;
    } else {
      wrong += "\n  " + caption + "\n    expected: " + expected + "\n    derived:  " + derived;
    }
  }
  double share(std::size_t all) const { return static_cast<double>(right) / static_cast<double>(all); }
};

class AnnotationTable : public ::testing::Test {
 protected:
  AnnotationTable()
      : captions_(data::read_captions(TISE_TEST_DATA "/text/data/annotated_captions.jsonl")),
        lexicon_(coco_labels(), {}) {}

  void expect_right(const Score& score, const std::string& what) {
    const std::size_t all = captions_.items.size();
    RecordProperty(what, std::to_string(score.right) + " of " + std::to_string(all));
    EXPECT_GE(score.share(all), kRight) << score.right << " of " << all;
    if (!score.wrong.empty())
      std::printf("%s: %zu of %zu%s\n", what.c_str(), score.right, all, score.wrong.c_str());
  }

  data::Captions captions_;
  Lexicon lexicon_;
};

TEST_F(AnnotationTable, has_at_least_220_captions) { EXPECT_GE(captions_.items.size(), 220U); }

TEST_F(AnnotationTable, positions_and_opposites_are_right) {
  Score score;
  for (const data::Item& item : captions_.items) {
    const Annotation derived = annotate(item.caption, lexicon_);
    score.add(item.caption, item.position.value_or("none") + ": " + item.opposite.value_or(""),
              derived.position.value_or("none") + ": " + derived.opposite.value_or(""));
  }
  expect_right(score, "positions");
}

TEST_F(AnnotationTable, counts_are_right) {
  Score score;
  for (const data::Item& item : captions_.items) {
    score.add(item.caption, shown(*item.counts), shown(annotate(item.caption, lexicon_).counts));
  }
  expect_right(score, "counts");
}

TEST_F(AnnotationTable, objects_are_right) {
  Score score;
  for (const data::Item& item : captions_.items) {
    score.add(item.caption, shown(*item.objects), shown(annotate(item.caption, lexicon_).objects));
  }
  expect_right(score, "objects");
}

}  // namespace
}  // namespace tise::text
