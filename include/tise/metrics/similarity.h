#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Embeddings with their norms, for cosines in float64. A cosine is summed in a fixed order from the two rows
/// alone, so it is the same to the last bit however the rows were chunked.
class Embeddings {
 public:
  /// `rows`: [n, D], any floating type, on any device.
  explicit Embeddings(const at::Tensor& rows);

  std::size_t size() const { return norms_.size(); }
  std::span<const float> row(std::size_t index) const;
  double norm(std::size_t index) const { return norms_[index]; }

  /// [k, D] float32: the chosen rows divided by their norms; a row of zeros stays one.
  at::Tensor unit_rows(std::span<const std::size_t> rows) const;

 private:
  at::Tensor rows_;  // [n, D] float32, contiguous
  std::vector<double> norms_;
};

/// 0 where either row is all zeros; NaN where either has a value that isn't finite.
double cosine(const Embeddings& a, std::size_t row_a, const Embeddings& b, std::size_t row_b);

/// A pair, and where its image's embedding is within a block.
struct PairRow {
  std::size_t pair;  ///< index into Samples::pairs
  std::size_t row;   ///< row of the block
};

/// Calls `visit` with blocks of image embeddings and the pairs whose images they are; each of `pairs` comes
/// once. Throws std::logic_error where the stream lacks an image of theirs.
void visit_pairs(const Samples& samples, const std::vector<std::size_t>& pairs,
                 const std::function<void(const Embeddings&, const std::vector<PairRow>&)>& visit);

/// The mean of the pairs' scores, where they have one; undefined where an embedding wasn't finite.
Result mean_of_pairs(const Samples& samples, std::vector<std::optional<double>> scores);

/// cos(image, prompt + caption) of each of `pairs`, in their order.
std::vector<double> image_caption_cosines(const Samples& samples, const std::vector<std::size_t>& pairs);

}  // namespace tise::metrics
