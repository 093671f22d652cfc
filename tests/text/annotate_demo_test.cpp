// The demo captions state all annotations. Those derived from their texts must be the same.

#include <gtest/gtest.h>

#include "tise/data/captions.h"
#include "tise/text/annotate.h"

namespace tise::text {
namespace {

Lexicon shapes() {
  std::vector<std::string> labels;
  for (const char* shape : {"circle", "square", "triangle", "star", "cross", "diamond"}) {
    for (const char* colour : {"red", "green", "blue", "yellow", "purple", "orange"}) {
      labels.push_back(std::string(colour) + " " + shape);
    }
  }
  return Lexicon(labels, {});
}

TEST(AnnotatedDemo, derived_annotations_equal_the_stated_ones) {
  const data::Captions captions = data::read_captions(TISE_SOURCE_DIR "/examples/shapes/captions.json");
  const Lexicon lexicon = shapes();
  ASSERT_EQ(captions.items.size(), 300U);
  for (const data::Item& item : captions.items) {
    const Annotation derived = annotate(item.caption, lexicon);
    EXPECT_EQ(derived.position, item.position) << item.caption;
    EXPECT_EQ(derived.opposite, item.opposite) << item.caption;
    EXPECT_EQ(derived.counts, item.counts) << item.caption;
    EXPECT_EQ(derived.objects, item.objects) << item.caption;
  }
}

}  // namespace
}  // namespace tise::text
