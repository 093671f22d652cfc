#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::testing {

/// How a stream deals out its rows.
struct Dealing {
  std::size_t chunk = 1000;
  std::uint32_t shuffle = 0;  ///< seed of the order; 0: as they are
};

/// A stream over the rows of matrices; an undefined one is left out.
inline metrics::ImageStream stream_of(const at::Tensor& embeddings, const at::Tensor& features,
                                      const at::Tensor& logits, Dealing dealing = {}) {
  return [=](const std::function<void(const metrics::ImageRows&)>& visit) {
    const at::Tensor& any = embeddings.defined() ? embeddings : features.defined() ? features : logits;
    std::vector<std::size_t> order(static_cast<std::size_t>(any.size(0)));
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (dealing.shuffle != 0) std::shuffle(order.begin(), order.end(), std::mt19937(dealing.shuffle));
    for (std::size_t i = 0; i < order.size(); i += dealing.chunk) {
      metrics::ImageRows rows;
      rows.images.assign(
          order.begin() + static_cast<std::ptrdiff_t>(i),
          order.begin() + static_cast<std::ptrdiff_t>(std::min(i + dealing.chunk, order.size())));
      const at::Tensor index =
          torch::tensor(std::vector<std::int64_t>(rows.images.begin(), rows.images.end()));
      if (embeddings.defined()) rows.embeddings = embeddings.index_select(0, index);
      if (features.defined()) rows.features = features.index_select(0, index);
      if (logits.defined()) rows.logits = logits.index_select(0, index);
      visit(rows);
    }
  };
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
  samples.fid = stream_of({}, features, {}, dealing);
  return samples;
}

inline metrics::Samples images_with_logits(const at::Tensor& logits, Dealing dealing = {}) {
  metrics::Samples samples;
  samples.images = names_of(logits.size(0));
  samples.inception = stream_of({}, {}, logits, dealing);
  return samples;
}

/// The rows of a matrix.
inline metrics::TextSource texts_of(const at::Tensor& texts) {
  return [texts](std::span<const std::size_t> rows) {
    return texts.index_select(0, torch::tensor(std::vector<std::int64_t>(rows.begin(), rows.end())));
  };
}

/// One pair an image: the i-th image's caption is the i-th text, both with prompt and without.
inline metrics::Samples images_with_captions(const at::Tensor& images, const at::Tensor& texts,
                                             Dealing dealing = {}) {
  metrics::Samples samples;
  samples.images = names_of(images.size(0));
  samples.texts = texts_of(texts);
  samples.clip = stream_of(images, {}, {}, dealing);
  for (std::size_t i = 0; i < samples.images.size(); ++i) {
    metrics::SamplePair pair;
    pair.id = samples.images[i];
    pair.image = pair.caption = pair.prompted = pair.bare = i;
    samples.pairs.push_back(pair);
  }
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

/// What the reference implementations say (make_golden.py).
inline nlohmann::json golden(const std::string& key) {
  std::ifstream file(std::string(TISE_TEST_DATA) + "/metrics/golden.json");
  return nlohmann::json::parse(file).at(key);
}

}  // namespace tise::testing
