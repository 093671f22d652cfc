#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/step.h"

namespace tise::metrics {

/// Embeddings with their norms, for cosines in float64. A cosine is summed in a fixed order from its two rows
/// alone, so it is the same to the last bit however the rows were chunked.
class Embeddings {
 public:
  /// `rows`: [n, D], any floating type, on any device.
  explicit Embeddings(const at::Tensor& rows);

  std::span<const float> row(std::size_t index) const;
  double norm(std::size_t index) const { return norms_[index]; }

  const at::Tensor& rows() const { return rows_; }  ///< [n, D] float32 on the CPU
  /// [k, D] float32: the chosen rows divided by their norms. A row of zeros stays zero.
  at::Tensor unit_rows(std::span<const std::size_t> rows) const;

 private:
  at::Tensor rows_;  // [n, D] float32, contiguous
  std::vector<double> norms_;
};

/// The dot product of two rows in float64. Uses eight partial sums, which is fast; their order depends only
/// on the length.
double dot(std::span<const float> a, std::span<const float> b);

/// The cosine of two rows: 0 if either is all zeros, NaN if either has a value that isn't finite.
double cosine(const Embeddings& a, std::size_t row_a, const Embeddings& b, std::size_t row_b);

/// Cosines that differ by at most this are a tie (RP, PA), so that counts don't depend on rounding.
inline constexpr double kTie = 1e-6;

/// A pair, and the row of its image's embedding in a block.
struct PairRow {
  std::size_t pair;  ///< index into Samples::pairs
  std::size_t row;   ///< row of the block
};
using PairVisitor = std::function<void(const Embeddings&, std::span<const PairRow>)>;

/// The mean over pairs of score(cos(image, text)). `text` selects the text of a pair, such as
/// `&PairTexts::bare`; every pair must have it.
Step mean_over_cosines(const Reading& reading, std::size_t PairTexts::*text, double (*score)(double cosine));

/// A pass over image embeddings that calls `visit` with blocks of them and the pairs that have these images.
/// Each of `pairs` is visited once.
Pass pass_over_pairs(const Reading& reading, const std::vector<std::size_t>& pairs, PairVisitor visit,
                     std::function<Step()> then);

/// Calls `visit` with parts of a block of pairs, several at once, each small enough for its texts to fit into
/// memory.
void visit_in_parts(std::span<const PairRow> block,
                    const std::function<void(std::span<const PairRow>)>& visit);

/// For each of Samples::pairs its score, if it has one.
using Scores = std::vector<std::optional<double>>;

/// The mean of the scores that exist, with the pairs' influences on it. Undefined if a score isn't finite,
/// since then an embedding wasn't.
Result mean_of_pairs(const Samples& samples, Scores scores);

/// Stores, for each pair of a block, the cosine of its image and its text. `text` selects the text, such as
/// `&PairTexts::bare`.
void put_cosines(std::vector<double>& cosines, const Reading& reading, std::size_t PairTexts::*text,
                 const Embeddings& images, std::span<const PairRow> block);

/// The distinct embeddings of the texts of a block of pairs.
class BlockTexts {
 public:
  BlockTexts(const Texts& texts, std::vector<std::size_t> rows);
  /// The place in `embeddings` of a row of Texts.
  std::size_t at(std::size_t row) const;
  const Embeddings& embeddings() const { return embeddings_; }

 private:
  std::vector<std::size_t> rows_;  // sorted
  Embeddings embeddings_;
};

}  // namespace tise::metrics
