#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"
#include "tise/metrics/step.h"

namespace tise::testing {

/// How a group deals out its rows.
struct Dealing {
  std::size_t chunk = 1000;   ///< images per chunk
  std::uint32_t shuffle = 0;  ///< seed of the images' order; 0: not shuffled
};

using Columns = std::map<std::string, at::Tensor>;

/// A group with the rows of matrices: one row per image or, with `lengths`, one row per object, where image i
/// has lengths[i] objects. Visitors see only the columns that they ask for.
inline metrics::GroupRows group_of(const Columns& columns, Dealing dealing = {},
                                   const std::vector<std::int64_t>& lengths = {}) {
  std::vector<std::int64_t> first{0};
  std::partial_sum(lengths.begin(), lengths.end(), std::back_inserter(first));
  const auto images = static_cast<std::size_t>(lengths.empty() ? columns.begin()->second.size(0)
                                                               : static_cast<std::int64_t>(lengths.size()));
  const auto deal = [=](const metrics::ColumnNames& names, const metrics::RowVisitor& visit) {
    std::vector<std::size_t> order(images);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (dealing.shuffle != 0) std::shuffle(order.begin(), order.end(), std::mt19937(dealing.shuffle));
    for (std::size_t i = 0; i < order.size(); i += dealing.chunk) {
      metrics::Rows rows;
      std::vector<std::int64_t> picked;
      for (const std::size_t image : std::span(order).subspan(i, std::min(dealing.chunk, order.size() - i))) {
        rows.images.push_back(image);
        if (!lengths.empty()) rows.lengths.push_back(lengths[image]);
        const auto begin = lengths.empty() ? static_cast<std::int64_t>(image) : first[image];
        for (std::int64_t k = 0; k < (lengths.empty() ? 1 : lengths[image]); ++k) picked.push_back(begin + k);
      }
      for (const std::string& name : names)
        rows.columns[name] = columns.at(name).index_select(0, torch::tensor(picked, at::kLong));
      visit(rows);
    }
  };
  return {deal, {lengths.begin(), lengths.end()}};
}

/// The rows of a matrix at their places, in one block or more.
inline metrics::PlacedRows placed(const at::Tensor& rows, std::int64_t block = 1000) {
  return {.count = static_cast<std::size_t>(rows.size(0)),
          .width = rows.size(1),
          .visit = [=](const metrics::BlockVisitor& visit) {
            for (std::int64_t first = 0; first < rows.size(0); first += block) {
              metrics::RowBlock shown{{}, {}, rows.slice(0, first, std::min(first + block, rows.size(0)))};
              for (std::int64_t i = 0; i < shown.rows.size(0); ++i)
                shown.places.push_back(static_cast<std::size_t>(first + i));
              shown.images = shown.places;
              visit(shown);
            }
          }};
}

/// What a metric reads from samples whose groups are named after roles and whose texts are `clip`.
inline metrics::Reading reading_of(const metrics::Metric& metric, const metrics::Samples& samples,
                                   const metrics::Settings& settings,
                                   const metrics::RealFeatures* real = nullptr) {
  const bool is_detected = metric.role == &metrics::kCounts && !samples.groups.contains("counts");
  const bool is_of_rows = metric.real == metrics::OfReal::kRows && samples.groups.contains("rows");
  const metrics::GroupRows& rows = samples.groups.at(is_detected  ? "detector"
                                                     : is_of_rows ? "rows"
                                                                  : std::string(metric.role->key));
  const auto& maker = is_detected ? metrics::kCounts.makers.back() : metric.role->makers.front();
  return {.metric = metric.key,
          .samples = samples,
          .settings = settings,
          .rows = &rows,
          .column = std::string(metric.column.empty() ? maker.column : metric.column),
          .objects = metric.role->finder == nullptr ? nullptr : &samples.groups.at("detector"),
          .texts = metric.texts == nullptr ? nullptr : &samples.texts.at("clip"),
          .real = real};
}

/// The result of a metric, given by its key, for such samples. Throws UsageError if there is no such metric.
inline metrics::Result compute(std::string_view key, const metrics::Samples& samples,
                               const metrics::Settings& settings = {},
                               const metrics::RealFeatures* real = nullptr) {
  const metrics::Metric& metric = *metrics::metric_named("compute", key).metric;
  return metrics::finish({metric.start(reading_of(metric, samples, settings, real))}).front();
}

inline metrics::Settings tise_protocol() {
  metrics::Settings settings;
  settings.protocol = metrics::Protocol::kTise;
  return settings;
}

inline std::vector<std::string> names_of(std::int64_t n) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < n; ++i) names.push_back("image " + std::to_string(100000 + i));
  return names;
}

/// Images without captions.
inline metrics::Samples images_with_features(const at::Tensor& features, Dealing dealing = {}) {
  metrics::Samples samples;
  samples.images = names_of(features.size(0));
  samples.groups["features"] = group_of({{"features", features}}, dealing);
  return samples;
}

inline metrics::Samples images_with_logits(const at::Tensor& logits, Dealing dealing = {}) {
  metrics::Samples samples;
  samples.images = names_of(logits.size(0));
  samples.groups["inception"] = group_of({{"logits", logits}}, dealing);
  return samples;
}

/// Texts with the rows of a matrix, not yet assigned to pairs.
inline metrics::Texts texts_of(const at::Tensor& texts) {
  metrics::Texts result;
  result.read = [texts](std::span<const std::size_t> rows) {
    return texts.index_select(0, torch::tensor(std::vector<std::int64_t>(rows.begin(), rows.end())));
  };
  return result;
}

/// The rows of each pair's texts.
inline std::vector<metrics::PairTexts>& pair_texts(metrics::Samples& samples) {
  return samples.texts.at("clip").of_pair;
}

/// Adds a pair whose caption is this text, with the prompt and without.
inline void add_pair(metrics::Samples& samples, const std::string& id, std::size_t image, std::size_t text) {
  metrics::SamplePair& pair = samples.pairs.emplace_back();
  pair.id = id;
  pair.image = image;
  pair.caption = text;
  metrics::PairTexts& texts = pair_texts(samples).emplace_back();
  texts.prompted = texts.bare = text;
}

/// One pair per image: the caption of image i is text i.
inline metrics::Samples images_with_captions(const at::Tensor& images, const at::Tensor& texts,
                                             Dealing dealing = {}) {
  metrics::Samples samples;
  samples.images = names_of(images.size(0));
  samples.texts["clip"] = texts_of(texts);
  samples.groups["clip"] = group_of({{"embeddings", images}}, dealing);
  for (std::size_t i = 0; i < samples.images.size(); ++i) add_pair(samples, samples.images[i], i, i);
  return samples;
}

/// Rows by the formula of make_golden.py: [n, width] float32.
inline at::Tensor golden_rows(std::uint32_t seed, std::int64_t n, std::int64_t width) {
  const at::Tensor rows = torch::empty({n, width});
  float* out = rows.data_ptr<float>();
  std::uint64_t state = seed;
  for (std::int64_t i = 0; i < n * width; ++i) {
    state = (1103515245 * state + 12345) % (1ULL << 31U);
    const double value = static_cast<double>(state >> 15U) / 65536 - 0.5;
    out[i] = static_cast<float>(value * static_cast<double>(1 + i % width % 5));
  }
  return rows;
}

/// Results of the reference implementations (make_golden.py).
inline nlohmann::json golden(const std::string& key) {
  std::ifstream file(std::string(TISE_TEST_DATA) + "/metrics/golden.json");
  return nlohmann::json::parse(file).at(key);
}

}  // namespace tise::testing
