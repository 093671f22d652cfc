#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/similarity.h"

/// The parts of RP. Read them in this order: r_precision.cpp defines RP, rp_ranking.cpp counts how many
/// captions beat an image's own, rp_exact.cpp computes RP and its influences from these counts,
/// rp_sampled.cpp is the TISE toolbox's estimator.
namespace tise::metrics {

/// The number of captions that an image's own caption is ranked against.
inline constexpr std::size_t kDistractors = 99;

/// The reason if all of `items` items have the same caption.
std::string why_nothing_differs(std::size_t items);

/// RP of some pairs, expected over all draws of distractors from their distinct captions.
Step rp_exact(const Reading& reading, const std::vector<std::size_t>& pairs);

/// RP of some pairs, with each item's listed distractors or otherwise with one draw by the seed.
Step rp_sampled(const Reading& reading, const std::vector<std::size_t>& pairs);

/// The distinct captions of the items, from which distractors are drawn, as rows of Texts (texts with the
/// same tokens share a row).
struct DistinctTexts {
  std::vector<std::size_t> rows;   ///< rising
  std::vector<std::size_t> items;  ///< number of items with the caption

  std::size_t place(std::size_t row) const {
    return static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), row) - rows.begin());
  }
};

/// A block of the distinct captions.
struct TextBlock {
  TextBlock(const Texts& texts, std::span<const std::size_t> rows, c10::Device device);
  Embeddings embeddings;
  at::Tensor units;  ///< [n, D] float32 on the device, rows of length 1; a row of zeros stays zero
};

/// The rows of the distinct captions in blocks, one of which is in memory at a time.
std::vector<std::span<const std::size_t>> text_blocks(const DistinctTexts& texts, c10::Device device);

/// Captions per tile: their products with a tile of images stay in a core's cache.
inline constexpr std::int64_t kTextTile = 1024;

/// The values as a column [n, 1] float32.
at::Tensor column_of(const std::vector<double>& values, c10::Device device);

/// A caption of a pair's own image.
struct OwnCaption {
  std::size_t row = 0;
  bool beats = false;  ///< whether it beats the pair's caption
};

/// For each pair: the cosine of its caption, the number of other captions that it is ranked against (D), and
/// how many of these beat it (b). Everything referred to must outlive it.
class Ranking {
 public:
  Ranking(const Reading& reading, std::vector<std::size_t> pairs);

  const DistinctTexts& texts() const { return texts_; }
  double truth(std::size_t pair) const { return truths_[pair]; }
  std::size_t others(std::size_t pair) const { return texts_.rows.size() - own(pair).size(); }
  std::size_t better(std::size_t pair) const { return better_[pair]; }

  /// The distinct captions of the pair's image. None of them is a distractor for the pair.
  std::vector<OwnCaption> own(std::size_t pair) const;

  /// Passes over the images, once for the cosines of their own captions and once for each block of captions.
  /// Then continues with `then`.
  Pass look(std::function<Step()> then);

 private:
  Step look_at_block(std::size_t block, const std::function<Step()>& then);

  Reading reading_;
  std::vector<std::size_t> pairs_;
  DistinctTexts texts_;
  std::vector<std::vector<std::size_t>> pairs_of_image_;
  std::vector<double> truths_;
  std::vector<std::size_t> better_;
};

}  // namespace tise::metrics
