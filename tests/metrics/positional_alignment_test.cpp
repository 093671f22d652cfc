#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "metrics/samples_of.h"

namespace tise::metrics {
namespace {

using testing::compute;
using testing::pair_texts;

/// An image and its texts on a circle: the cosine to the image is the cosine of the angle.
struct Foil {
  std::string word;
  float own, opposite;  ///< angles to the image
};

Samples samples_of(const std::vector<Foil>& foils) {
  const auto count = static_cast<std::int64_t>(foils.size());
  const at::Tensor texts = torch::empty({2 * count, 2});
  for (std::int64_t i = 0; i < count; ++i) {
    const Foil& foil = foils[static_cast<std::size_t>(i)];
    texts[i] = torch::tensor({std::cos(foil.own), std::sin(foil.own)});
    texts[count + i] = torch::tensor({std::cos(foil.opposite), std::sin(foil.opposite)});
  }
  Samples samples = testing::images_with_captions(torch::tensor({{2.0F, 0.0F}}).repeat({count, 1}), texts);
  for (std::size_t i = 0; i < foils.size(); ++i) {
    samples.pairs[i].position = foils[i].word;
    pair_texts(samples)[i].opposite = foils.size() + i;
  }
  return samples;
}

double value(const std::vector<Foil>& foils) { return compute("PA", samples_of(foils)).value.value(); }

TEST(PositionalAlignment, is_the_mean_over_words_not_over_captions) {
  const std::vector<Foil> foils{{"left", 0.1F, 0.2F},   // left: 1 of 1, a word with one caption
                                {"above", 0.1F, 0.2F},  // above: 1 of 3
                                {"above", 0.2F, 0.1F},
                                {"above", 0.2F, 0.1F}};
  const Result result = compute("PA", samples_of(foils));
  EXPECT_DOUBLE_EQ(result.value.value(), (1.0 + 1.0 / 3.0) / 2.0);
  EXPECT_EQ(result.n, 4U);
  EXPECT_EQ(result.details["words"]["above"]["k"], 1);
  EXPECT_EQ(result.details["words"]["above"]["N"], 3);
  EXPECT_THAT(result.pair_scores, ::testing::ElementsAre(1.0, 1.0, 0.0, 0.0));
}

TEST(PositionalAlignment, a_tie_counts_for_the_caption) {
  EXPECT_EQ(value({{"left", 0.3F, 0.3F}}), 1.0);
  EXPECT_EQ(value({{"left", 0.001F, 0.0F}}), 1.0);  // cosines 5e-7 apart
  EXPECT_EQ(value({{"left", 0.01F, 0.0F}}), 0.0);   // 5e-5
}

TEST(PositionalAlignment, of_the_tise_protocol_asks_for_a_minimum_lead) {
  // At a logit scale of 100, 0.6 of the softmax is a lead of log(1.5) / 100 = 0.0040547.
  const auto angle = [](double cosine) { return static_cast<float>(std::acos(cosine)); };
  const Samples samples =
      samples_of({{"left", angle(0.9042), angle(0.9)}, {"left", angle(0.9039), angle(0.9)}});
  EXPECT_EQ(compute("PA", samples).value, 1.0);
  EXPECT_THAT(compute("PA", samples, testing::tise_protocol()).pair_scores, ::testing::ElementsAre(1.0, 0.0));
  Settings sharper = testing::tise_protocol();
  sharper.logit_scale = 200;
  EXPECT_EQ(compute("PA", samples, sharper).value, 1.0);
}

TEST(PositionalAlignment, an_opposite_without_a_word_is_counted_as_unnamed) {
  const Result result = compute("PA", samples_of({{"", 0.1F, 0.2F}, {"left", 0.2F, 0.1F}}));
  EXPECT_DOUBLE_EQ(result.value.value(), 0.5);
  EXPECT_EQ(result.details["words"]["unnamed"]["N"], 1);
}

TEST(PositionalAlignment, leaves_out_captions_without_an_opposite) {
  Samples samples = samples_of({{"left", 0.1F, 0.2F}, {"above", 0.2F, 0.1F}});
  pair_texts(samples)[1].opposite = kNoRow;
  const Result result = compute("PA", samples);
  EXPECT_EQ(result.value, 1.0);
  EXPECT_EQ(result.n, 1U);
  pair_texts(samples)[0].opposite = kNoRow;
  EXPECT_EQ(compute("PA", samples).reason, "no caption has a positional word");
}

TEST(PositionalAlignment, of_an_embedding_that_is_not_finite_is_undefined) {
  EXPECT_THAT(compute("PA", samples_of({{"left", 0.1F, std::nanf("")}})).reason,
              ::testing::HasSubstr("not finite"));
}

TEST(PositionalAlignment, leaves_out_a_caption_that_has_the_tokens_of_its_opposite) {
  Samples samples = samples_of({{"left", 0.1F, 0.2F}, {"above", 0.1F, 0.2F}, {"above", 0.2F, 0.1F}});
  pair_texts(samples)[0].opposite = pair_texts(samples)[0].bare;
  const Result result = compute("PA", samples);
  EXPECT_DOUBLE_EQ(result.value.value(), 0.5);
  EXPECT_EQ(result.n, 2U);
  EXPECT_EQ(result.details.at("left_out"), 1);
  EXPECT_EQ(result.warnings.size(), 1U);
  for (PairTexts& texts : pair_texts(samples)) texts.opposite = texts.bare;
  EXPECT_EQ(compute("PA", samples).reason, "every caption has the same tokens as its opposite");
}

}  // namespace
}  // namespace tise::metrics
