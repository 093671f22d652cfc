// How much of a ranking is chance: RS of the same generators, evaluated anew on other captions of the kind.
//
// A value's deviation is, to first order, the sum of its clusters' contributions. With a Gaussian number for
// each cluster (a multiplier bootstrap; van der Vaart, Wellner, "Weak Convergence and Empirical Processes",
// 1996, section 2.9), the same for all metrics and for all runs on the same captions, all values of all runs
// are drawn together, ranked, and summed up: 10,000 times. Their deviations are then jointly Gaussian with
// the covariance Σ_g u_g u_gᵀ over the clusters g, u_g being the contributions to all values: that is what is
// drawn from, which is the same and takes no number for each cluster.

#include "variation.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "scores.h"
#include "sides.h"
#include "tise/base/concat.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/influence.h"

namespace tise::report {
namespace {

constexpr std::int64_t kDraws = 10000;
constexpr std::uint64_t kSeed = 2020;
/// More of a run than that isn't one draw among many.
constexpr std::size_t kLargestInverse = 10;

/// The clusters of a run: of each line which, and their names, the same in each run on the same captions.
struct RunClusters {
  metrics::Clusters varying;
  std::vector<std::size_t> of_line;
  std::vector<std::string> names;
  std::size_t largest = 0;  ///< lines
};

RunClusters clusters_of_run(const SampleSet& set, std::size_t run) {
  RunClusters clusters{clusters_of(set), {}, {}};
  const bool is_fixed = !clusters.varying.prompt.empty();
  clusters.of_line = is_fixed ? clusters.varying.image : metrics::components_of(clusters.varying);
  std::vector<std::set<std::string>> captions;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < set.lines.size(); ++i) {
    const std::size_t cluster = clusters.of_line[i];
    captions.resize(std::max(captions.size(), cluster + 1));
    sizes.resize(captions.size());
    std::string name = is_fixed ? "" : cluster_of(set.lines[i]);
    if (name.empty()) name = concat("run ", run, " image ", set.lines[i].image);
    captions[cluster].insert(std::move(name));
    ++sizes[cluster];
  }
  for (const auto& all : captions) {
    std::string& name = clusters.names.emplace_back();
    for (const std::string& one : all) name += one + '\n';
  }
  clusters.largest = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  return clusters;
}

/// What each cluster contributes to the deviation of a value.
std::vector<double> contributions(const SampledMetric& metric, const RunClusters& clusters) {
  const bool is_fixed = !clusters.varying.prompt.empty();
  const metrics::Influence influence =
      is_fixed ? metrics::centred_by_prompt(metric.influence, clusters.varying) : metric.influence;
  std::vector<double> sums(clusters.names.size(), 0.0);
  std::set<std::size_t> used;
  double lines = 0.0;
  for (std::size_t i = 0; i < influence.size(); ++i) {
    if (!influence[i]) continue;
    sums[clusters.of_line[i]] += *influence[i];
    used.insert(clusters.of_line[i]);
    ++lines;
  }
  const auto count = static_cast<double>(used.size());
  const double correction = is_fixed ? 1.0 : std::sqrt(count / (count - 1.0));
  const double scale = count > 1.0 ? correction * *metric.widening / lines : 0.0;
  for (double& sum : sums) sum *= scale;
  return sums;
}

/// Why an entry's values can't be drawn; empty where they can.
std::string why_fixed(const RankEntry& entry, const std::vector<std::string>& keys) {
  if (!entry.samples)
    return concat(entry.name, " has no samples, only values (give its --samples file or its store)");
  for (const std::string& key : keys) {
    if (!entry.samples->metrics.contains(key))
      return concat(entry.name, ": no sample has an influence on ", key);
    if (!entry.samples->metrics.at(key).widening)
      return concat(entry.name, ": ", key, ": ", entry.samples->metrics.at(key).poor_expansion);
  }
  return "";
}

/// The covariance of the values' deviations, [values, values] float64.
class Covariance {
 public:
  explicit Covariance(std::size_t values) : values_(values) {}

  void add(const std::string& cluster, std::size_t value, double contribution) {
    const auto [known, is_new] = rows_.try_emplace(cluster, rows_.size());
    if (is_new) contributions_.resize(contributions_.size() + values_);
    contributions_[known->second * values_ + value] += contribution;
  }
  at::Tensor matrix() const {
    const auto rows = static_cast<std::int64_t>(rows_.size());
    const at::Tensor all = at::from_blob(const_cast<double*>(contributions_.data()),
                                         {rows, static_cast<std::int64_t>(values_)}, at::kDouble);
    return at::matmul(all.t(), all);
  }

 private:
  std::size_t values_;
  std::unordered_map<std::string, std::size_t> rows_;
  std::vector<double> contributions_;
};

/// [draws, values] float64 of a Gaussian.
at::Tensor drawn(const at::Tensor& covariance) {
  const auto [variances, axes] = at::linalg_eigh(covariance);
  const at::Tensor numbers =
      at::randn({kDraws, covariance.size(0)}, at::make_generator<at::CPUGeneratorImpl>(kSeed), at::kDouble);
  return at::matmul(numbers, (axes * variances.clamp_min(0.0).sqrt()).t()).contiguous();
}

/// RS of each entry in each draw.
std::vector<std::vector<double>> scores_of(const at::Tensor& deviations,
                                           const std::vector<RankedEntry*>& ranked,
                                           const std::vector<std::string>& keys) {
  std::vector<std::vector<double>> scores(ranked.size());
  for (std::int64_t draw = 0; draw < kDraws; ++draw) {
    const auto* deviation = deviations.const_data_ptr<double>() + draw * deviations.size(1);
    std::vector<double> sums(ranked.size(), 0.0);
    for (std::size_t m = 0; m < keys.size(); ++m) {
      std::vector<double> values;
      for (std::size_t e = 0; e < ranked.size(); ++e)
        values.push_back(ranked[e]->entry.values.at(keys[m]) + deviation[e * keys.size() + m]);
      const std::vector<double> ranks = ranks_of(keys[m], values);
      for (std::size_t e = 0; e < ranked.size(); ++e) sums[e] += weight_of(keys[m], keys) * ranks[e];
    }
    for (std::size_t e = 0; e < ranked.size(); ++e) scores[e].push_back(sums[e]);
  }
  return scores;
}

/// How often each entry has each place; entries with equal scores share theirs.
void count_places(const std::vector<std::vector<double>>& scores, const std::vector<RankedEntry*>& ranked) {
  for (RankedEntry* entry : ranked) entry->chances.assign(ranked.size(), 0.0);
  for (std::int64_t draw = 0; draw < kDraws; ++draw) {
    for (std::size_t e = 0; e < ranked.size(); ++e) {
      const double own = scores[e][static_cast<std::size_t>(draw)];
      std::size_t before = 0;
      std::size_t equal = 0;
      for (const auto& others : scores) {
        before += others[static_cast<std::size_t>(draw)] > own + kEqualScores ? 1U : 0U;
        equal += std::abs(others[static_cast<std::size_t>(draw)] - own) <= kEqualScores ? 1U : 0U;
      }
      for (std::size_t place = before; place < before + equal; ++place)
        ranked[e]->chances[place] += 1.0 / static_cast<double>(equal);
    }
  }
  for (RankedEntry* entry : ranked) {
    for (double& chance : entry->chances) chance /= static_cast<double>(kDraws);
  }
}

std::array<double, 2> middle_95(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  return {scores[kDraws / 40], scores[kDraws - 1 - kDraws / 40]};
}

}  // namespace

void add_variation(Leaderboard& board, const std::vector<RankedEntry*>& ranked) {
  const std::vector<std::string>& keys = board.metrics;
  Covariance covariance(ranked.size() * keys.size());
  for (std::size_t run = 0; run < ranked.size(); ++run) {
    const RankEntry& entry = ranked[run]->entry;
    board.no_variation = why_fixed(entry, keys);
    if (!board.no_variation.empty()) return;
    const RunClusters clusters = clusters_of_run(*entry.samples, run);
    if (clusters.largest * kLargestInverse > entry.samples->lines.size()) {
      board.no_variation = concat(entry.name, ": over a tenth of its samples vary together");
      return;
    }
    for (std::size_t m = 0; m < keys.size(); ++m) {
      const std::vector<double> sums = contributions(entry.samples->metrics.at(keys[m]), clusters);
      for (std::size_t i = 0; i < sums.size(); ++i)
        covariance.add(clusters.names[i], run * keys.size() + m, sums[i]);
    }
  }
  const auto scores = scores_of(drawn(covariance.matrix()), ranked, keys);
  for (std::size_t e = 0; e < ranked.size(); ++e) ranked[e]->interval = middle_95(scores[e]);
  count_places(scores, ranked);
}

}  // namespace tise::report
