#include "splits.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "tise/base/side_by_side.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// Sums over some rows, by the set that each row belongs to.
struct Sums {
  at::Tensor sets;     // [k] int64, rising
  at::Tensor counts;   // [k, 1] number of rows
  at::Tensor p;        // [k, C]
  at::Tensor p_log_p;  // [k, 1]
};

/// `set_of`: the set of each row of logits.
Sums sums_of(const at::Tensor& logits, std::span<const std::size_t> set_of, double temperature) {
  const Probabilities of(logits, temperature);
  const std::vector<std::size_t> sets = sorted_set({set_of.begin(), set_of.end()});
  at::Tensor belongs = at::zeros({static_cast<std::int64_t>(sets.size()), logits.size(0)}, at::kDouble);
  auto* const cell = belongs.mutable_data_ptr<double>();  // 1 if the row belongs to the set
  for (std::size_t row = 0; row < set_of.size(); ++row) {
    const auto place = std::ranges::lower_bound(sets, set_of[row]) - sets.begin();
    cell[static_cast<std::size_t>(place) * set_of.size() + row] = 1.0;
  }
  return {at::tensor(std::vector<std::int64_t>(sets.begin(), sets.end())), belongs.sum(1, /*keepdim=*/true),
          at::mm(belongs, of.p), at::mm(belongs, of.p_log_p.unsqueeze(1))};
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

Probabilities::Probabilities(const at::Tensor& logits, double temperature) {
  at::Tensor log_p = logits.to(at::kCPU, at::kDouble, /*non_blocking=*/false, /*copy=*/true);
  log_p.sub_(log_p.amax(1, /*keepdim=*/true)).div_(temperature);
  p = log_p.exp();
  const at::Tensor sum = p.sum(1, /*keepdim=*/true);
  p.div_(sum);
  p_log_p = log_p.mul_(p).sum(1) - sum.squeeze(1).log();
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

void SetMeans::add(const RowBlock& block, const std::vector<std::size_t>& set_of, double temperature) {
  std::vector<std::size_t> sets;
  std::vector<std::int64_t> rows;
  for (std::size_t row = 0; row < block.places.size(); ++row) {
    if (const std::size_t set = set_of[block.places[row]]; set != kDropped) {
      sets.push_back(set);
      rows.push_back(static_cast<std::int64_t>(row));
    }
  }
  const at::Tensor logits =
      rows.size() == block.places.size()
          ? block.rows
          : block.rows.index_select(0, at::tensor(rows, block.rows.options().dtype(at::kLong)));
  std::vector<Sums> sums((rows.size() + kLogitRows - 1) / kLogitRows);
  side_by_side_in(logits.size(0), kLogitRows, [&](std::int64_t begin, std::int64_t end) {
    const auto own =
        std::span(sets).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    sums[static_cast<std::size_t>(begin / kLogitRows)] =
        sums_of(logits.slice(0, begin, end), own, temperature);
  });
  if (!counts_.defined()) {
    counts_ = at::zeros({sets_, 1}, at::kDouble);
    p_ = at::zeros({sets_, block.rows.size(1)}, at::kDouble);
    p_log_p_ = at::zeros({sets_, 1}, at::kDouble);
  }
  for (const Sums& some : sums) {
    counts_.index_add_(0, some.sets, some.counts);
    const at::Tensor count = counts_.index_select(0, some.sets);
    const auto move = [&](at::Tensor& means, const at::Tensor& sum) {
      means.index_add_(0, some.sets, (sum - some.counts * means.index_select(0, some.sets)) / count);
    };
    move(p_, some.p);
    move(p_log_p_, some.p_log_p);
  }
}

SplitMeans SetMeans::of(std::size_t set) const {
  if (!counts_.defined()) return {};
  const auto i = static_cast<std::int64_t>(set);
  return {static_cast<std::int64_t>(counts_[i].item<double>()), p_[i], p_log_p_[i].item<double>()};
}

}  // namespace tise::metrics
