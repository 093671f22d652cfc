#include "splits.h"

#include <ATen/ATen.h>

#include <cmath>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

SplitMeans means_of(const Probabilities& of, const std::vector<std::int64_t>& rows) {
  const at::Tensor index = at::tensor(rows, at::kLong);
  return {static_cast<std::int64_t>(rows.size()), of.p.index_select(0, index).mean(0),
          of.p_log_p.index_select(0, index).mean().item<double>()};
}

}  // namespace

std::vector<std::size_t> split_of_places(std::size_t count, Cut cut, const Settings& settings) {
  const auto splits = static_cast<std::size_t>(settings.splits);
  const std::size_t used = cut == Cut::kEqual ? count - count % splits : count;
  const std::vector<std::size_t> order =
      cut == Cut::kPermuted ? numpy_permutation(settings.seed, count) : numbers_below(count);
  std::vector<std::size_t> split_of(count, kDropped);
  for (std::size_t split = 0; split < splits; ++split) {
    const std::size_t end = (split + 1) * used / splits;
    for (std::size_t i = split * used / splits; i < end; ++i) split_of[order[i]] = split;
  }
  return split_of;
}

std::vector<std::vector<std::int64_t>> rows_of_splits(const RowBlock& block,
                                                      const std::vector<std::size_t>& split_of,
                                                      std::size_t splits) {
  std::vector<std::vector<std::int64_t>> rows(splits);
  for (std::size_t row = 0; row < block.places.size(); ++row) {
    const std::size_t split = split_of[block.places[row]];
    if (split != kDropped) rows[split].push_back(static_cast<std::int64_t>(row));
  }
  return rows;
}

Probabilities::Probabilities(const at::Tensor& logits, double temperature) {
  const at::Tensor log_p = at::log_softmax(logits.to(at::kCPU, at::kDouble) / temperature, 1);
  p = log_p.exp();
  p_log_p = (p * log_p).sum(1);
}

void SplitMeans::merge(const SplitMeans& other) {
  if (other.count == 0) return;
  if (count == 0) p = at::zeros_like(other.p);
  count += other.count;
  const double weight = static_cast<double>(other.count) / static_cast<double>(count);
  p = p + (other.p - p) * weight;
  p_log_p += (other.p_log_p - p_log_p) * weight;
}

double SplitMeans::divergence() const {
  const double mean = p_log_p - at::xlogy(p, p).sum().item<double>();
  return mean < kZeroDivergence ? 0.0 : mean;  // NaN stays
}

double SplitMeans::score() const { return std::exp(divergence()); }

void add_means(Halves& halves, const RowBlock& block, const std::vector<std::size_t>& split_of,
               double temperature, const Parts& parts) {
  const Probabilities of(block.rows, temperature);
  const std::size_t splits = halves[0].size();
  const auto rows = rows_of_splits(block, split_of, splits);
  for (std::size_t split = 0; split < splits; ++split) {
    std::array<std::vector<std::int64_t>, 2> of_half;
    for (const std::int64_t row : rows[split]) {
      const Part part = parts.of(block.images[static_cast<std::size_t>(row)]);
      of_half[part == Part::kOtherHalf ? 1 : 0].push_back(row);
    }
    for (std::size_t half = 0; half < of_half.size(); ++half) {
      if (!of_half[half].empty()) halves[half][split].merge(means_of(of, of_half[half]));
    }
  }
}

}  // namespace tise::metrics
