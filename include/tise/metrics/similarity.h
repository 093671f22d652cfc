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

  const at::Tensor& rows() const { return rows_; }  ///< [n, D] float32 on the CPU
  /// [k, D] float32: the chosen rows divided by their norms; a row of zeros stays one.
  at::Tensor unit_rows(std::span<const std::size_t> rows) const;

 private:
  at::Tensor rows_;  // [n, D] float32, contiguous
  std::vector<double> norms_;
};

/// 0 where either row is all zeros; NaN where either has a value that isn't finite.
double cosine(const Embeddings& a, std::size_t row_a, const Embeddings& b, std::size_t row_b);

/// A difference of cosines within this is a tie (RP, PA), so that counts don't hang on rounding.
inline constexpr double kTie = 1e-6;

/// A pair, and where its image's embedding is within a block.
struct PairRow {
  std::size_t pair;  ///< index into Samples::pairs
  std::size_t row;   ///< row of the block
};

/// Calls `visit` with blocks of image embeddings and at most `kPairBlock` pairs whose images they are; each
/// of `pairs` comes once. Throws std::logic_error where the stream lacks an image of theirs.
void visit_pairs(const Samples& samples, const std::vector<std::size_t>& pairs,
                 const std::function<void(const Embeddings&, std::span<const PairRow>)>& visit);

/// Blocks of so many pairs, so that the texts which belong to a block fit into memory.
inline constexpr std::size_t kPairBlock = 128;

/// The mean of the pairs' scores, where they have one, and their influences on it; undefined where an
/// embedding wasn't finite.
Result mean_of_pairs(const Samples& samples, std::vector<std::optional<double>> scores);

/// The cosine of each pair's image and its own text, such as `&SamplePair::bare`: by index
/// into Samples::pairs, 0 where `pairs` lacks the index.
std::vector<double> own_cosines(const Samples& samples, const std::vector<std::size_t>& pairs,
                                std::size_t SamplePair::*text);

/// The texts of a block of pairs, each embedding once.
class BlockTexts {
 public:
  BlockTexts(const TextSource& texts, std::vector<std::size_t> rows);
  /// Where the embedding of a row of Samples::texts stands in `embeddings`.
  std::size_t at(std::size_t row) const;
  const Embeddings& embeddings() const { return embeddings_; }

 private:
  std::vector<std::size_t> rows_;  // sorted
  Embeddings embeddings_;
};

}  // namespace tise::metrics
