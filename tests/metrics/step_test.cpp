// Metrics that read the same group share their passes over it, which doesn't affect their results.

#include "tise/metrics/step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

#include "metrics/drawn_world.h"
#include "metrics/samples_of.h"
#include "tise/metrics/metrics.h"

namespace tise::metrics {
namespace {

using testing::draw;
using testing::drawn_settings;
using ::testing::ElementsAre;
using testing::reading_of;

/// How often a group was visited, and for which columns each time.
struct Visits {
  std::vector<std::set<std::string>> columns;
  std::size_t count() const { return columns.size(); }
};

GroupRows watched(const GroupRows& rows, Visits& visits) {
  return {[rows, &visits](const ColumnNames& columns, const RowVisitor& visit) {
            visits.columns.emplace_back(columns.begin(), columns.end());
            rows.visit(columns, visit);
          },
          rows.lengths};
}

/// The visits to a group that all of these metrics read.
Visits visits_of(Samples samples, const std::string& group, const std::vector<const Metric*>& metrics) {
  Visits visits;
  samples.groups[group] = watched(samples.groups[group], visits);
  const Settings settings = drawn_settings(4);
  std::vector<Step> steps;
  for (const Metric* metric : metrics) {
    Reading reading = reading_of(*metric, samples, settings, testing::drawn_real(*metric));
    reading.rows = &samples.groups[group];
    steps.push_back(metric->start(reading));
  }
  for (const Result& result : finish(std::move(steps))) EXPECT_TRUE(result.value) << result.reason;
  return visits;
}

TEST(Steps, of_metrics_over_one_group_visit_it_as_often_as_the_one_that_needs_most) {
  const testing::Drawn drawn = draw(160, 1, 2);
  Samples samples = testing::samples_of(drawn);
  samples.groups["both"] = testing::group_of({{"features", drawn.features}, {"logits", drawn.logits}});
  const std::vector<const Metric*> of_images{find_metric("IS"), find_metric("IS*"), find_metric("FID")};
  for (const Metric* metric : of_images) EXPECT_EQ(visits_of(samples, "both", {metric}).count(), 2U);
  EXPECT_THAT(
      visits_of(samples, "both", of_images).columns,
      ElementsAre(std::set<std::string>{"features", "logits"}, std::set<std::string>{"features", "logits"}));

  EXPECT_EQ(visits_of(samples, "objects", {find_metric("O-IS"), find_metric("O-FID")}).count(), 2U);
  EXPECT_EQ(
      visits_of(samples, "detector", {find_metric("SOA-C"), find_metric("SOA-I"), find_metric("CA")}).count(),
      1U);

  EXPECT_EQ(visits_of(samples, "clip", {find_metric("CLIP-S")}).count(), 1U);
  const std::size_t of_rp = visits_of(samples, "clip", {find_metric("RP")}).count();
  EXPECT_GT(of_rp, 1U);
  EXPECT_EQ(visits_of(samples, "clip",
                      {find_metric("CLIP-S"), find_metric("RP"), find_metric("RefCLIP-S"), find_metric("PA")})
                .count(),
            of_rp);
}

TEST(Steps, of_a_metric_that_needs_no_rows_visit_nothing) {
  Samples samples = testing::samples_of(draw(160, 1, 2));
  samples.pairs.clear();
  Visits visits;
  samples.groups["clip"] = watched(samples.groups["clip"], visits);
  EXPECT_EQ(testing::compute("CLIP-S", samples).reason, "no pairs");
  EXPECT_EQ(visits.count(), 0U);
}

void expect_same(const Result& a, const Result& b, std::string_view key) {
  EXPECT_EQ(a.value, b.value) << key;
  EXPECT_EQ(a.n, b.n) << key;
  EXPECT_EQ(a.details, b.details) << key;
  EXPECT_EQ(a.warnings, b.warnings) << key;
  EXPECT_EQ(a.pair_scores, b.pair_scores) << key;
  EXPECT_EQ(a.influence, b.influence) << key;
  EXPECT_EQ(a.std_error, b.std_error) << key;
  EXPECT_EQ(a.ci95, b.ci95) << key;
  EXPECT_EQ(a.bias, b.bias) << key;
  EXPECT_EQ(a.widening, b.widening) << key;
  EXPECT_EQ(a.unreliable, b.unreliable) << key;
}

TEST(Steps, give_the_results_together_that_each_gives_alone) {
  const Samples samples = testing::samples_of(draw(160, 1, 2));
  for (const char* estimator : {"exact", "sampled"}) {
    Settings settings = drawn_settings(4);
    settings.words["--rp"] = estimator;
    std::vector<Step> steps;
    for (const Metric* metric : registry())
      steps.push_back(metric->start(reading_of(*metric, samples, settings, testing::drawn_real(*metric))));
    const std::vector<Result> together = finish(std::move(steps));
    for (std::size_t i = 0; i < together.size(); ++i) {
      const Metric& metric = *registry()[i];
      ASSERT_TRUE(together[i].value) << metric.key;
      expect_same(together[i], testing::compute_drawn(metric, samples, settings), metric.key);
    }
  }
}

TEST(Steps, give_the_same_whatever_the_order_and_the_chunks_of_rows) {
  const testing::Drawn drawn = draw(160, 1, 2);
  const Samples whole = testing::samples_of(drawn);
  const Samples pieces = testing::samples_of(drawn, {.chunk = 7, .shuffle = 5});
  for (const Metric* metric : registry()) {
    const Result a = testing::compute_drawn(*metric, whole, drawn_settings(4));
    const Result b = testing::compute_drawn(*metric, pieces, drawn_settings(4));
    EXPECT_NEAR(*a.value, *b.value, 1e-9 * *a.value) << metric->key;
    EXPECT_NEAR(*a.std_error, *b.std_error, 1e-5 * *a.std_error) << metric->key;
  }
}

TEST(Steps, of_a_group_with_a_missing_or_repeated_image_throw) {
  const testing::Drawn drawn = draw(160, 1, 2);
  Samples samples = testing::samples_of(drawn);
  samples.groups["features"] = testing::group_of({{"features", drawn.features.slice(0, 1)}});
  EXPECT_THROW(testing::compute_drawn(*find_metric("FID"), samples, {}), std::logic_error);
  const GroupRows whole = testing::group_of({{"features", drawn.features}});
  samples.groups["features"].visit = [&whole](const ColumnNames& columns, const RowVisitor& visit) {
    whole.visit(columns, visit);
    whole.visit(columns, visit);
  };
  EXPECT_THROW(testing::compute_drawn(*find_metric("FID"), samples, {}), std::logic_error);
}

/// The products of all pairs, assembled from tiles: images with images, images with real, real with real.
std::array<at::Tensor, 3> products_in(const at::Tensor& rows, const at::Tensor& real,
                                      std::int64_t panel_bytes) {
  const auto all = [](const at::Tensor& a, const at::Tensor& b) {
    return torch::full({a.size(0), b.size(0)}, NAN);
  };
  std::array<at::Tensor, 3> products{all(rows, rows), all(rows, real), all(real, real)};
  const auto add = [&](const Tile& tile, const std::vector<at::Tensor>& seen) {
    const auto put = [&](std::size_t row, std::size_t column, const at::Tensor& part) {
      at::Tensor place = products.at(static_cast<std::size_t>(tile.of))
                             .narrow(0, static_cast<std::int64_t>(row), part.size(0))
                             .narrow(1, static_cast<std::int64_t>(column), part.size(1));
      EXPECT_TRUE(place.isnan().all().item<bool>());
      place.copy_(part);
    };
    put(tile.row, tile.column, seen.front());
    if (tile.of != Tile::Of::kBoth && !tile.is_on_diagonal()) put(tile.column, tile.row, seen.front().t());
  };
  finish({Pairing{.which = {},
                  .images = testing::placed(rows, 300),
                  .real = testing::placed(real, 700),
                  .device = at::kCPU,
                  .panel_bytes = panel_bytes,
                  .look = [](const Tile& tile) { return std::vector{tile.products}; },
                  .add = add,
                  .then = []() -> Step { return Result::of(1, 1); }}});
  return products;
}

TEST(Pairs, of_rows_are_each_seen_once_however_many_fit_into_memory) {
  const at::Tensor rows = torch::randn({1700, 5});
  const at::Tensor real = torch::randn({1100, 5});
  const std::array<at::Tensor, 3> expected{rows.matmul(rows.t()), rows.matmul(real.t()),
                                           real.matmul(real.t())};
  const auto whole = products_in(rows, real, std::int64_t{1} << 30U);
  const auto panels = products_in(rows, real, 1);  // a tile each
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(torch::allclose(whole[i], expected[i], 1e-5, 1e-5)) << i;
    EXPECT_TRUE(torch::equal(whole[i], panels[i])) << i;
  }
}

/// What RP reads from samples with the encoder of this archive.
Reading rp_reading(const Samples& samples, const std::string& archive, const Settings& settings) {
  Reading reading = reading_of(*find_metric("RP"), samples, settings);
  reading.rows = &samples.groups.at(archive);
  reading.texts = &samples.texts.at(archive);
  return reading;
}

TEST(Steps, of_one_metric_with_two_encoders_give_what_each_gives_alone) {
  const testing::Drawn drawn = draw(160, 1, 2);
  testing::Drawn other = drawn;
  other.embeddings = testing::draw(160, 1, 3, {.noise = 0.5}).embeddings;
  other.texts = drawn.texts + 0.3 * drawn.references;
  const Samples first = testing::samples_of(drawn);
  const Samples second = testing::samples_of(other);
  Samples both = first;
  both.groups["clip2"] = second.groups.at("clip");
  both.texts["clip2"] = second.texts.at("clip");
  for (const char* estimator : {"exact", "sampled"}) {
    Settings settings;
    settings.words["--rp"] = estimator;
    const std::vector<Result> results =
        finish({find_metric("RP")->start(rp_reading(both, "clip", settings)),
                find_metric("RP")->start(rp_reading(both, "clip2", settings))});
    expect_same(results[0], testing::compute("RP", first, settings), "clip");
    expect_same(results[1], testing::compute("RP", second, settings), "clip2");
    EXPECT_NE(results[0].value, results[1].value);
  }
}

}  // namespace
}  // namespace tise::metrics
