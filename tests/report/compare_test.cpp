#include "tise/report/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <numeric>

#include "support/pictures.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/metrics/significance.h"

namespace tise::report {
namespace {

using ::testing::HasSubstr;

/// A run with one metric, the mean of some scores, with one line and one image per score.
SampleSet run_with(const std::string& name, const std::string& key, const std::vector<double>& scores,
                   bool higher_is_better = true) {
  SampleSet set;
  set.name = set.path = name;
  set.signature = "metrics:" + key + "|precision:fp32|captions:abc|n:" + std::to_string(scores.size());
  const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
  SampledMetric& metric = set.metrics[key];
  metric.value = mean;
  metric.n = scores.size();
  metric.higher_is_better = higher_is_better;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::string id = "image " + std::to_string(i);
    set.lines.push_back({id, id, "caption " + std::to_string(i), {}});
    metric.influence.emplace_back(scores[i] - mean);
  }
  return set;
}

TEST(Compare, of_means_over_the_same_captions_is_the_paired_t_test) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65});
  const SampleSet b = run_with("b", "CLIP-S", {0.66, 0.77, 0.58, 0.94, 0.75});
  const Difference difference = compare(a, b, {}).differences.at(0);
  // The differences are 0.06, 0.02, 0.08, 0.04, 0.10: mean 0.06, deviation sqrt(0.001), over sqrt(5).
  EXPECT_NEAR(difference.difference, 0.06, 1e-12);
  EXPECT_NEAR(difference.std_error, std::sqrt(0.001 / 5.0), 1e-12);
  EXPECT_NEAR(difference.p.value(), 0.0132, 5e-5);  // t = 4.243 with 4 degrees of freedom, from a table
  EXPECT_TRUE(difference.paired);
  EXPECT_EQ(difference.n, 5U);
  EXPECT_EQ(difference.verdict, Verdict::kBetter);
  EXPECT_EQ(difference.words(), "CLIP-S 0.060 ± 0.014 higher: better");
}

TEST(Compare, knows_which_direction_is_better) {
  const std::vector<double> low{1.0, 1.2, 1.1, 1.3, 0.9};
  const std::vector<double> high{2.0, 2.3, 2.1, 2.2, 2.0};
  EXPECT_EQ(
      compare(run_with("a", "CA", low, false), run_with("b", "CA", high, false), {}).differences[0].verdict,
      Verdict::kWorse);
  EXPECT_EQ(
      compare(run_with("a", "CA", high, false), run_with("b", "CA", low, false), {}).differences[0].verdict,
      Verdict::kBetter);
}

TEST(Compare, widens_the_test_of_an_error_that_is_too_small_but_not_the_reported_error) {
  const SampleSet a = run_with("a", "IS", {3.0, 3.5, 3.2, 3.9});
  SampleSet b = run_with("b", "IS", {3.1, 3.9, 3.1, 4.2});
  const Difference usual = compare(a, b, {}).differences[0];
  b.metrics["IS"].widening = 1.5;
  for (const Difference& widened : {compare(a, b, {}).differences[0], compare(b, a, {}).differences[0]}) {
    EXPECT_DOUBLE_EQ(widened.std_error, usual.std_error);
    EXPECT_DOUBLE_EQ(widened.p.value(), metrics::two_sided_p(usual.difference / usual.std_error / 1.5, 3.0));
    EXPECT_NEAR(widened.ci95[1] - widened.ci95[0], 1.5 * (usual.ci95[1] - usual.ci95[0]), 1e-12);
  }
}

TEST(Compare, gives_the_reason_of_the_run_with_the_larger_error) {
  SampleSet a = run_with("a", "IS", {2.0, 3.0, 4.0, 5.0});
  SampleSet b = run_with("b", "IS", {3.0, 3.0, 4.0, 7.0});
  const auto reason = [](const SampleSet& baseline, const SampleSet& other) {
    return compare(baseline, other, {}).differences[0].unreliable;
  };
  a.metrics["IS"].std_error = 0.3;
  a.metrics["IS"].poor_expansion = "at least 102 are needed";
  EXPECT_EQ(reason(a, b), "at least 102 are needed");
  EXPECT_EQ(reason(b, a), "at least 102 are needed");
  b.metrics["IS"].std_error = 0.1;
  b.metrics["IS"].poor_expansion = "at least 40 are needed";
  EXPECT_EQ(reason(a, b), "at least 102 are needed");
  EXPECT_EQ(reason(b, a), "at least 102 are needed");
}

/// 40 captions that mention one class each, of which the images show `found`.
SampleSet run_of_thin_strata(const std::string& name, std::size_t found) {
  std::vector<double> scores(40, 0.0);
  std::fill_n(scores.begin(), found, 1.0);
  SampleSet set = run_with(name, "SOA-C", scores);
  SampledMetric& metric = set.metrics["SOA-C"];
  metric.poor_expansion = "fewer than 5 samples in the typical class";
  metric.widening = std::nullopt;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    metric.influence[i] = 0.0;  // each class agrees with its own mean
    metric.strata.names.push_back("class " + std::to_string(i));
    metric.strata.of_pair.push_back({{i, scores[i]}});
  }
  return set;
}

TEST(Compare, does_not_center_outcomes_in_strata) {
  const auto compared = [](std::size_t found) {
    return compare(run_of_thin_strata("a", 20), run_of_thin_strata("b", found), {}).differences[0];
  };
  // One of 40 differences is -1: their root mean square over the root of 39 is as large as their mean.
  EXPECT_NEAR(compared(19).std_error, std::sqrt(1.0 / 40.0 * 40.0 / 39.0) / std::sqrt(40.0), 1e-12);
  EXPECT_NEAR(compared(19).p.value(), 0.33, 0.01);
  EXPECT_EQ(compared(19).verdict, Verdict::kNoDifference);
  EXPECT_EQ(compared(4).verdict, Verdict::kWorse);
  EXPECT_EQ(compared(4).unreliable, "");
}

TEST(Compare, does_not_judge_thin_strata_of_other_captions) {
  SampleSet other = run_of_thin_strata("b", 4);
  for (SampleLine& line : other.lines) line.caption = "another " + *line.caption;
  const Difference difference = compare(run_of_thin_strata("a", 20), other, {}).differences[0];
  EXPECT_EQ(difference.verdict, Verdict::kNotJudged);
  EXPECT_THAT(difference.not_judged, HasSubstr("fewer than 5 samples in the typical class"));
  EXPECT_FALSE(difference.p_adjusted);
}

TEST(Compare, of_a_run_with_itself_finds_nothing) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50});
  const Difference difference = compare(a, a, {}).differences.at(0);
  EXPECT_EQ(difference.difference, 0.0);
  EXPECT_EQ(difference.p, 1.0);
  EXPECT_EQ(difference.words(), "CLIP-S 0 apart: no significant difference");
}

TEST(Compare, flips_signs_if_all_samples_change_alike) {
  const auto worse = [](std::size_t n) {
    return compare(run_with("a", "RP", std::vector(n, 1.0)), run_with("b", "RP", std::vector(n, 0.0)), {})
        .differences.at(0);
  };
  EXPECT_DOUBLE_EQ(worse(3).p.value(), 0.25);  // two of eight outcomes: all three down, or all three up
  EXPECT_EQ(worse(3).verdict, Verdict::kNoDifference);
  EXPECT_DOUBLE_EQ(worse(8).p.value(), 1.0 / 128.0);
  EXPECT_EQ(worse(8).verdict, Verdict::kWorse);
  std::vector<double> nearly(7, 0.577);
  nearly[3] += 1e-15;  // rounding, which isn't a spread
  const Difference alike =
      compare(run_with("a", "CA", std::vector(7, 0.0), false), run_with("b", "CA", nearly, false), {})
          .differences[0];
  EXPECT_DOUBLE_EQ(alike.p.value(), 1.0 / 64.0);
}

TEST(Compare, compares_the_shared_samples_of_runs_that_overlap) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65, 0.10});
  SampleSet b = run_with("b", "CLIP-S", {0.66, 0.77, 0.58, 0.94, 0.75});
  const Comparison comparison = compare(a, b, {});
  EXPECT_NEAR(comparison.differences[0].difference, 0.06, 1e-12);
  EXPECT_NEAR(comparison.differences[0].std_error, std::sqrt(0.001 / 5.0), 1e-12);
  EXPECT_THAT(comparison.notes,
              ::testing::ElementsAre(HasSubstr("values are for the whole runs: CLIP-S (5 of 6)")));
  EXPECT_EQ(comparison.differences[0].value, *b.metrics["CLIP-S"].value);  // of the whole run
}

TEST(Compare, of_other_numbers_of_images_per_caption_leaves_none_out) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50});
  SampleSet b = run_with("b", "CLIP-S", {0.66, 0.77, 0.58, 0.94, 0.75, 0.80});
  for (std::size_t i = 0; i < 6; ++i) b.lines[i].caption = "caption " + std::to_string(i / 2);
  EXPECT_TRUE(compare(a, b, {}).notes.empty());
}

TEST(Compare, treats_runs_on_other_captions_as_independent) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65});
  SampleSet b = run_with("b", "CLIP-S", {0.66, 0.77, 0.58, 0.94, 0.75});
  for (SampleLine& line : b.lines) line.caption = "another " + *line.caption;
  const Comparison comparison = compare(a, b, {});
  const Difference& difference = comparison.differences[0];
  EXPECT_FALSE(difference.paired);
  // Welch's test: variances 0.0232 + 0.01 / 5, sums of squares by hand.
  double squares_a = 0.0;
  for (const double score : {0.60, 0.75, 0.50, 0.90, 0.65}) squares_a += (score - 0.68) * (score - 0.68);
  double squares_b = 0.0;
  for (const double score : {0.66, 0.77, 0.58, 0.94, 0.75}) squares_b += (score - 0.74) * (score - 0.74);
  EXPECT_NEAR(difference.std_error, std::sqrt((squares_a + squares_b) / 4.0 / 5.0), 1e-12);
  EXPECT_THAT(comparison.notes, ::testing::ElementsAre(HasSubstr("not paired")));
  EXPECT_GT(difference.p.value(), 0.3);
}

TEST(Compare, counts_pairs_of_one_image_as_one_sample) {
  SampleSet a = run_with("a", "CLIP-S", {0.60, 0.60, 0.50, 0.50, 0.65, 0.65});
  SampleSet b = run_with("b", "CLIP-S", {0.66, 0.66, 0.58, 0.58, 0.60, 0.60});
  for (SampleSet* set : {&a, &b}) {
    for (std::size_t i = 0; i < 6; ++i) set->lines[i].image = "image " + std::to_string(i / 2);
  }
  const Difference whole = compare(a, b, {}).differences[0];
  const Difference halves =
      compare(run_with("a", "CLIP-S", {0.60, 0.50, 0.65}), run_with("b", "CLIP-S", {0.66, 0.58, 0.60}), {})
          .differences[0];
  EXPECT_NEAR(whole.std_error, halves.std_error, 1e-12);
  EXPECT_NEAR(whole.p.value(), halves.p.value(), 1e-12);
}

TEST(Compare, counts_images_of_one_caption_as_one_sample) {
  const std::vector<double> first{0.60, 0.50, 0.65, 0.40};
  const std::vector<double> second{0.66, 0.58, 0.60, 0.45};
  const auto four_of_each = [](const std::string& name, const std::vector<double>& scores) {
    std::vector<double> repeated;
    for (const double score : scores) repeated.insert(repeated.end(), 4, score);
    SampleSet set = run_with(name, "CLIP-S", repeated);
    for (std::size_t i = 0; i < set.lines.size(); ++i)
      set.lines[i].caption = "caption " + std::to_string(i / 4);
    return set;
  };
  const Difference whole = compare(four_of_each("a", first), four_of_each("b", second), {}).differences[0];
  const Difference one_each =
      compare(run_with("a", "CLIP-S", first), run_with("b", "CLIP-S", second), {}).differences[0];
  EXPECT_NEAR(whole.std_error, one_each.std_error, 1e-12);
  EXPECT_NEAR(whole.p.value(), one_each.p.value(), 1e-12);
}

/// The scores of two runs of six lines, where each score comes twice.
constexpr std::array<double, 6> kFirstTwice{0.60, 0.60, 0.50, 0.50, 0.65, 0.65};
constexpr std::array<double, 6> kSecondTwice{0.66, 0.66, 0.58, 0.58, 0.60, 0.60};

SampleSet clustered(const std::array<double, 6>& scores, const std::array<const char*, 6>& clusters) {
  SampleSet set = run_with("run", "CLIP-S", {scores.begin(), scores.end()});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (clusters[i] != nullptr) set.lines[i].cluster = clusters[i];
  }
  return set;
}

TEST(Compare, counts_lines_of_one_cluster_as_one_sample_whichever_side_has_it) {
  const Difference halves =
      compare(run_with("a", "CLIP-S", {0.60, 0.50, 0.65}), run_with("b", "CLIP-S", {0.66, 0.58, 0.60}), {})
          .differences[0];
  const std::array<const char*, 6> none{};
  const std::array<const char*, 6> all{"x", "x", "y", "y", "z", "z"};
  const std::array<const char*, 6> some{"x", "x", "y", "y"};
  const std::array<const char*, 6> others{nullptr, nullptr, nullptr, nullptr, "z", "z"};
  for (const auto& [first, second] : {std::pair{all, none}, {none, all}, {all, all}, {some, others}}) {
    const Difference whole =
        compare(clustered(kFirstTwice, first), clustered(kSecondTwice, second), {}).differences[0];
    EXPECT_NEAR(whole.std_error, halves.std_error, 1e-12);
    EXPECT_NEAR(whole.p.value(), halves.p.value(), 1e-12);
  }
}

TEST(Compare, does_not_take_a_cluster_for_a_caption) {
  const SampleSet a =
      clustered(kFirstTwice, {"caption 1", nullptr, "caption 3", nullptr, "caption 5", nullptr});
  const SampleSet b = clustered(kSecondTwice, {});
  const Difference with = compare(a, b, {}).differences[0];
  const Difference without = compare(clustered(kFirstTwice, {}), b, {}).differences[0];
  EXPECT_EQ(with.std_error, without.std_error);
}

TEST(Compare, does_not_depend_on_which_side_is_the_baseline) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65, 0.55});
  SampleSet b = run_with("b", "CLIP-S", {0.66, 0.77, 0.58, 0.94, 0.75, 0.50});
  for (std::size_t i = 0; i < 6; ++i)
    b.lines[i].image = "image " + std::to_string(i / 2);  // two captions each
  const Difference there = compare(a, b, {}).differences[0];
  const Difference back = compare(b, a, {}).differences[0];
  EXPECT_DOUBLE_EQ(there.difference, -back.difference);
  EXPECT_DOUBLE_EQ(there.std_error, back.std_error);
  EXPECT_DOUBLE_EQ(there.p.value(), back.p.value());
}

TEST(Compare, of_a_run_with_half_of_itself_finds_nothing) {
  const SampleSet whole = run_with("a", "CLIP-S", {0.61, 0.75, 0.53, 0.97, 0.65, 0.11, 0.43, 0.77});
  const SampleSet half = run_with("b", "CLIP-S", {0.61, 0.75, 0.53, 0.97});
  EXPECT_EQ(compare(whole, half, {}).differences[0].p, 1.0);
  EXPECT_EQ(compare(half, whole, {}).differences[0].p, 1.0);
}

TEST(Compare, treats_a_difference_within_rounding_as_none) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65});
  SampleSet b = a;
  *b.metrics["CLIP-S"].value += 4.9e-9;
  for (std::size_t i = 0; i < 5; ++i) *b.metrics["CLIP-S"].influence[i] += i % 2 == 0 ? 1e-9 : -1.5e-9;
  const Difference difference = compare(a, b, {}).differences[0];
  EXPECT_EQ(difference.difference, 0.0);
  EXPECT_EQ(difference.std_error, 0.0);
  EXPECT_EQ(difference.ci95, (std::array{0.0, 0.0}));
  EXPECT_EQ(difference.p, 1.0);
  EXPECT_FALSE(difference.detectable);
  EXPECT_EQ(difference.words(), "CLIP-S 0 apart: no significant difference");
}

TEST(Compare, keeps_the_error_of_values_that_are_equal_by_chance) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65});
  SampleSet b = run_with("b", "CLIP-S", {0.75, 0.60, 0.90, 0.50, 0.65});
  *b.metrics["CLIP-S"].value += 4.9e-9;
  const Difference difference = compare(a, b, {}).differences[0];
  EXPECT_EQ(difference.words(), "CLIP-S 0.00 ± 0.14 apart: no significant difference");
  EXPECT_TRUE(difference.detectable);
}

TEST(Compare, allows_more_rounding_if_large_terms_cancel) {
  SampleSet a = run_with("a", "KID", {0.0006, 0.00075, 0.0005, 0.0009, 0.00065});
  SampleSet b = a;
  *b.metrics["KID"].value += 4.9e-9;
  for (std::size_t i = 0; i < 5; ++i) *b.metrics["KID"].influence[i] += i % 2 == 0 ? 1e-9 : -1.5e-9;
  EXPECT_LT(compare(a, b, {}).differences[0].p, 0.01);
  a.metrics["KID"].terms = 1.2;
  EXPECT_EQ(compare(a, b, {}).differences[0].p, 1.0);
}

TEST(Compare, refuses_runs_with_other_choices_unless_forced) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50});
  SampleSet b = run_with("b", "CLIP-S", {0.66, 0.77, 0.58});
  b.signature = "metrics:CLIP-S|precision:bf16|captions:abc|n:3";
  try {
    compare(a, b, {});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("precision:fp32 in a, precision:bf16 in b"));
  }
  EXPECT_EQ(compare(a, b, {.metrics = {}, .force = true}).warnings.size(), 1U);
}

TEST(Compare, allows_other_captions_orders_and_numbers_of_images) {
  SampleSet a = run_with("a", "IS", {0.60, 0.75, 0.50});
  a.signature = "metrics:IS|precision:fp32|captions:abc|order:1|n:3|left-out:1@abc";
  SampleSet b = run_with("b", "IS", {0.66, 0.77, 0.58});
  b.signature = "metrics:IS|precision:fp32|captions:def|order:2|n:30|left-out:2@abc";
  EXPECT_NO_THROW(compare(a, b, {}));
}

TEST(Compare, does_not_judge_what_unequal_sample_counts_may_explain) {
  SampleSet a = run_with("a", "FID", {2.0, 2.5, 2.2, 2.9, 2.4, 2.6}, false);
  SampleSet b = run_with("b", "FID", {3.1, 3.9, 3.0}, false);
  a.metrics["FID"].bias = 0.3;  // 1.8/6, so 0.6 at 3
  b.metrics["FID"].bias = 0.5;
  const Difference difference = compare(a, b, {}).differences[0];
  EXPECT_EQ(difference.verdict, Verdict::kNotJudged);
  EXPECT_EQ(difference.not_judged,
            "the runs have 6 and 3 samples; this alone shifts the value by about 0.3000");
  *b.metrics["FID"].value += 9.0;  // far beyond
  EXPECT_EQ(compare(a, b, {}).differences[0].verdict, Verdict::kWorse);
  a.metrics["FID"].bias = b.metrics["FID"].bias = 1e-4;
  EXPECT_NE(compare(a, b, {}).differences[0].verdict, Verdict::kNotJudged);
  b.metrics["FID"].bias = std::nullopt;
  EXPECT_THAT(compare(a, b, {}).differences[0].not_judged, HasSubstr("is unknown"));
}

TEST(Compare, does_not_judge_what_has_no_error) {
  SampleSet a = run_with("a", "FID", {9.0, 11.0}, false);
  SampleSet b = run_with("b", "FID", {48.0, 52.0}, false);
  for (SampleSet* set : {&a, &b}) {
    for (SampleLine& line : set->lines) line.caption = "a dog";
  }
  const Difference difference = compare(a, b, {}).differences[0];
  EXPECT_EQ(difference.verdict, Verdict::kNotJudged);
  EXPECT_EQ(difference.not_judged, "a spread needs at least two clusters of samples");
  EXPECT_EQ(difference.unreliable, "");
  EXPECT_TRUE(json_of(compare(a, b, {}), "a", 0.05)["metrics"]["FID"]["std_error"].is_null());
}

TEST(Compare, does_not_judge_ranks_among_unequal_numbers_of_others) {
  SampleSet a = run_with("a", "RP", {0.5, 0.6, 0.7});
  SampleSet b = run_with("b", "RP", {0.6, 0.7, 0.9});
  a.metrics["RP"].choices = 99;
  b.metrics["RP"].choices = 59;
  EXPECT_EQ(compare(a, b, {}).differences[0].not_judged,
            "ranked among 99 others in one run and 59 in the other");
}

/// A run with two metrics of the same scores.
SampleSet run_with_two(const std::string& name, const std::vector<double>& scores) {
  SampleSet set = run_with(name, "CLIP-S", scores);
  set.metrics["RefCLIP-S"] = set.metrics["CLIP-S"];
  return set;
}

TEST(Compare, adjusts_over_the_named_metrics_and_judges_no_others) {
  const SampleSet a = run_with_two("a", {0.60, 0.75, 0.50, 0.90, 0.65});
  const SampleSet b = run_with_two("b", {0.66, 0.77, 0.58, 0.94, 0.75});
  const auto both = compare(a, b, {}).differences;
  EXPECT_DOUBLE_EQ(both[0].p_adjusted.value(), 2.0 * both[0].p.value());
  CompareSettings settings;
  settings.judged = {"CLIP-S"};
  const auto one = compare(a, b, settings).differences;
  EXPECT_DOUBLE_EQ(one[0].p_adjusted.value(), both[0].p.value());
  EXPECT_EQ(one[1].verdict, Verdict::kNotJudged);
  EXPECT_EQ(one[1].not_judged, "not named");
  EXPECT_EQ(one[1].p, both[1].p);
}

TEST(Compare, reports_the_smallest_difference_found_with_80_percent_power) {
  const Difference difference = compare(run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65}),
                                        run_with("b", "CLIP-S", {0.66, 0.77, 0.58, 0.94, 0.75}), {})
                                    .differences[0];
  // Student's t with 4 degrees of freedom, from a table: 2.776 for 0.975, 0.941 for 0.8.
  EXPECT_NEAR(difference.detectable.value(), (2.776 + 0.941) * difference.std_error, 1e-4);
}

TEST(Compare, pairs_captions_if_one_run_has_more_images_of_each) {
  SampleSet a = run_with("a", "CLIP-S", {0.60, 0.66, 0.50, 0.54, 0.70, 0.74, 0.40, 0.42});
  for (std::size_t i = 0; i < a.lines.size(); ++i) a.lines[i].caption = "caption " + std::to_string(i / 2);
  const SampleSet b = run_with("b", "CLIP-S", {0.68, 0.56, 0.79, 0.44});
  const SampleSet means = run_with("a", "CLIP-S", {0.63, 0.52, 0.72, 0.41});
  const Difference expected = compare(means, b, {}).differences[0];
  for (const Difference& difference : {compare(a, b, {}).differences[0], compare(b, a, {}).differences[0]}) {
    EXPECT_TRUE(difference.paired);
    EXPECT_NEAR(std::abs(difference.difference), expected.difference, 1e-12);
    EXPECT_NEAR(difference.std_error, expected.std_error, 1e-12);
    EXPECT_NEAR(difference.p.value(), expected.p.value(), 1e-12);
  }
}

TEST(Compare, of_fixed_prompts_treats_images_as_independent) {
  SampleSet a = run_with("a", "CLIP-S", {0.60, 0.66, 0.50, 0.54, 0.70, 0.74, 0.40, 0.42});
  SampleSet b = run_with("b", "CLIP-S", {0.64, 0.72, 0.60, 0.50, 0.76, 0.82, 0.46, 0.42});
  for (SampleSet* set : {&a, &b}) {
    set->prompts = metrics::Prompts::kFixed;
    for (std::size_t i = 0; i < set->lines.size(); ++i)
      set->lines[i].caption = "caption " + std::to_string(i / 2);
  }
  const Difference difference = compare(a, b, {}).differences[0];
  // With two images each: half of the squared differences, times two.
  const double first = 0.06 * 0.06 + 0.04 * 0.04 + 0.04 * 0.04 + 0.02 * 0.02;
  const double second = 0.08 * 0.08 + 0.10 * 0.10 + 0.06 * 0.06 + 0.04 * 0.04;
  EXPECT_NEAR(difference.std_error, std::sqrt(first + second) / 8.0, 1e-12);
  b.prompts = metrics::Prompts::kSampled;
  EXPECT_THROW(compare(a, b, {}), InputError);
}

TEST(Compare, pairs_captions_whose_images_have_other_names) {
  const SampleSet a = run_with("a", "CLIP-S", {0.60, 0.75, 0.50, 0.90, 0.65});
  SampleSet b = run_with("b", "CLIP-S", {0.66, 0.77, 0.58, 0.94, 0.75});
  const Difference expected = compare(a, b, {}).differences[0];
  for (SampleLine& line : b.lines) line.id = line.image = "other " + line.id;
  const Difference difference = compare(a, b, {}).differences[0];
  EXPECT_TRUE(difference.paired);
  EXPECT_NEAR(difference.std_error, expected.std_error, 1e-12);
}

TEST(Compare, refuses_other_references_only_for_the_same_captions) {
  const auto run = [](const std::string& captions, const std::string& references) {
    SampleSet set = run_with("run", "RefCLIP-S", {0.60, 0.75, 0.50});
    set.signature = "captions:" + captions + "|references:" + references;
    return set;
  };
  EXPECT_THROW(compare(run("abc", "1"), run("abc", "2"), {}), InputError);
  EXPECT_NO_THROW(compare(run("abc", "1"), run("abd", "2"), {}));
}

TEST(Compare, refuses_runs_without_a_common_metric) {
  EXPECT_THROW(compare(run_with("a", "FID", {1.0, 2.0}), run_with("b", "IS", {1.0, 2.0}), {}), InputError);
}

TEST(Holm, multiplies_the_smallest_p_values_most) {
  using metrics::holm;
  const auto adjusted = holm({0.01, std::nullopt, 0.04, 0.03, 0.6});
  EXPECT_NEAR(adjusted[0].value(), 0.04, 1e-15);
  EXPECT_FALSE(adjusted[1]);
  EXPECT_NEAR(adjusted[2].value(), 0.09, 1e-15);  // not below the one before it
  EXPECT_NEAR(adjusted[3].value(), 0.09, 1e-15);
  EXPECT_NEAR(adjusted[4].value(), 0.6, 1e-15);
}

TEST(StudentsT, has_the_values_of_a_table) {
  EXPECT_NEAR(metrics::two_sided_p(2.776, 4.0), 0.05, 1e-4);
  EXPECT_NEAR(metrics::two_sided_p(-12.706, 1.0), 0.05, 1e-4);
  EXPECT_NEAR(metrics::interval_95(0.0, 1.0, 9.0)[1], 2.262, 1e-3);
  EXPECT_NEAR(metrics::welch_degrees(0.3, 10, 0.3, 10), 18.0, 1e-12);
}

class SampleFiles : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) {
    const auto path = folder_ / "samples.jsonl";
    std::ofstream(path) << text;
    return path;
  }
  std::string error_of(const std::string& text) {
    try {
      read_sample_sets({write(text)});
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  testing::TempFolder folder_;
};

constexpr const char* kFirst =
    R"({"id":"a","image":"a.png","caption":"x","influence":{"IS":0.5},"run":{"schema":1,"signature":"n:2",)"
    R"("metrics":{"IS":{"value":3.0,"n":2,"higher_is_better":true,"bias":-0.5,"widening":1.2}}}})"
    "\n";

TEST_F(SampleFiles, are_read_with_what_the_first_line_states_about_the_run) {
  const auto sets = read_sample_sets(
      {write(std::string(kFirst) + R"({"id":"b","image":"b.png","cluster":"x","influence":{}})")});
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].name, "samples");
  EXPECT_EQ(sets[0].signature, "n:2");
  EXPECT_EQ(sets[0].lines.size(), 2U);
  EXPECT_EQ(sets[0].lines[0].caption, "x");
  EXPECT_FALSE(sets[0].lines[1].caption);
  EXPECT_FALSE(sets[0].lines[0].cluster);
  EXPECT_EQ(sets[0].lines[1].cluster, "x");
  EXPECT_EQ(sets[0].metrics.at("IS").value, 3.0);
  EXPECT_THAT(sets[0].metrics.at("IS").influence, ::testing::ElementsAre(0.5, std::nullopt));
}

TEST_F(SampleFiles, that_are_broken_are_refused_with_the_line) {
  EXPECT_THAT(error_of(""), HasSubstr("has no lines"));
  EXPECT_THAT(error_of("{}\n"), HasSubstr("was not written by --samples; pass a file that was"));
  EXPECT_THAT(error_of("{\n \"schema\": 2\n}\n"), HasSubstr("instead of a report"));
  EXPECT_THAT(error_of(std::string(kFirst) + "oops\n"), HasSubstr("line 2: is not a JSON object"));
  EXPECT_THAT(error_of(std::string(kFirst) + "{\"id\": 3}\n"),
              HasSubstr("line 2: \"id\", \"image\" or \"influence\" is missing"));
  EXPECT_THAT(error_of(std::string(kFirst) + kFirst), HasSubstr("the id \"a\" appears twice"));
  EXPECT_THAT(error_of(std::string(kFirst) + std::string(101, '[')),
              HasSubstr("line 2: nested more than 100 deep"));
  EXPECT_THROW(read_sample_sets({folder_ / "nowhere.jsonl"}), InputError);
  EXPECT_THROW(read_sample_sets({std::filesystem::path(folder_ / "")}),
               InputError);  // a store without samples
}

TEST_F(SampleFiles, with_an_impossible_value_are_refused) {
  std::string below = kFirst;
  below.replace(below.find("3.0"), 3, "0.5");
  EXPECT_THAT(error_of(below), HasSubstr("the value of IS is 0.5, but IS is at least 1"));
}

TEST_F(SampleFiles, cut_off_at_the_end_of_a_line_are_refused) {
  std::string whole = kFirst;
  whole.insert(whole.find("\"schema\""), "\"lines\":2,");
  const std::string second = R"({"id":"b","image":"b.png","influence":{"IS":-0.5}})";
  EXPECT_EQ(error_of(whole + second), "");
  EXPECT_THAT(error_of(whole), HasSubstr("has 1 of the 2 lines that its run wrote"));
}

TEST_F(SampleFiles, are_named_apart_by_extensions_and_folders) {
  const auto names = [](const std::vector<std::filesystem::path>& files) {
    std::vector<std::string> all;
    for (const SampleSet& set : read_sample_sets(files)) all.push_back(set.name);
    return all;
  };
  for (const char* name : {"a/run.jsonl", "a/run.txt", "b/run.jsonl", "b/sd1.4.jsonl", "sd1.5/samples.jsonl"})
    testing::write_file(folder_ / name, kFirst);
  EXPECT_THAT(names({folder_ / "a/run.jsonl", folder_ / "b/sd1.4.jsonl"}),
              ::testing::ElementsAre("run", "sd1.4"));
  EXPECT_THAT(names({folder_ / "a/run.jsonl", folder_ / "b/run.jsonl"}),
              ::testing::ElementsAre("a/run", "b/run"));
  EXPECT_THAT(names({folder_ / "a/run.jsonl", folder_ / "a/run.txt"}),
              ::testing::ElementsAre("run.jsonl", "run.txt"));
  EXPECT_THAT(names({folder_ / "sd1.5", folder_ / "b/sd1.4.jsonl"}),
              ::testing::ElementsAre("sd1.5", "sd1.4"));
}

}  // namespace
}  // namespace tise::report
