// How much of a ranking is chance: RS of the same generators, re-evaluated on other captions of the same
// kind.
//
// To first order, a value's deviation is the sum of its clusters' contributions. Each cluster gets a Gaussian
// number (a multiplier bootstrap; van der Vaart, Wellner, "Weak Convergence and Empirical Processes", 1996,
// section 2.9) from a generator that is seeded with the hash of the cluster's name. So the number is the same
// for all metrics and for all runs on the same captions, whatever else is ranked. This is repeated 10,000
// times; each time all values are ranked and summed up to RS.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "difference.h"
#include "ranking.h"
#include "tise/base/concat.h"
#include "tise/base/files.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/influence.h"

namespace tise::report {
namespace {

constexpr std::int64_t kDraws = 10000;
/// Sums of the same ranks in different orders differ by less than this.
constexpr double kEqualScores = 1e-9;

/// The clusters of a run. Their names are the same in each run on the same captions.
struct RunClusters {
  metrics::Clusters varying;
  std::vector<std::size_t> of_line;
  std::vector<std::string> names;
  std::size_t largest = 0;  ///< lines in the largest cluster
};

RunClusters clusters_of_run(const SampleSet& set) {
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
    if (name.empty()) name = concat("run ", set.path, " image ", set.lines[i].image);
    captions[cluster].insert(std::move(name));
    ++sizes[cluster];
  }
  clusters.names = mapped(captions, [](const auto& all) { return joined(all, "\n") + "\n"; });
  clusters.largest = sizes.empty() ? 0 : *std::ranges::max_element(sizes);
  return clusters;
}

/// The contribution of each cluster to the deviation of a value.
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

/// Why an entry's values can't be drawn; empty if they can.
std::string why_not_drawn(const RankEntry& entry, const RankEntry& first,
                          const std::vector<std::string>& keys) {
  if (!entry.samples)
    return concat(entry.name, " has only values, no samples; pass its --samples file or its store instead");
  if (entry.samples->prompts != first.samples->prompts)
    return concat("--prompts is fixed in only one of ", first.name, " and ", entry.name);
  for (const std::string& key : keys) {
    const SampledMetric* metric = find_in(entry.samples->metrics, key);
    if (metric == nullptr) return concat(entry.name, ": no sample has an influence on ", key);
    if (!metric->widening)
      return concat(entry.name, ": the standard error of ", key, " is unreliable (", metric->poor_expansion,
                    ")");
  }
  return "";
}

/// A cluster's contribution to the value with this index. Contributions are sorted by cluster name, so that
/// the order of files doesn't matter.
struct Contribution {
  std::int64_t value = 0;
  double size = 0;
};
using Contributions = std::map<std::string, std::vector<Contribution>>;

/// The cluster's Gaussian numbers, one for each draw.
at::Tensor numbers_of(const std::string& cluster) {
  const std::uint64_t seed = std::stoull(sha256_hex(cluster).substr(0, 16), nullptr, 16);
  return at::randn({kDraws}, at::make_generator<at::CPUGeneratorImpl>(seed), at::kDouble);
}

/// The deviations of all values: [draws, values], with the values of a run next to each other.
at::Tensor drawn(const Contributions& of_cluster, std::int64_t values) {
  constexpr std::size_t kBlock = 256;
  at::Tensor sums = at::zeros({kDraws, values}, at::kDouble);
  for (auto next = of_cluster.begin(); next != of_cluster.end();) {
    std::vector<at::Tensor> numbers;
    const at::Tensor sizes = at::zeros({static_cast<std::int64_t>(kBlock), values}, at::kDouble);
    for (; numbers.size() < kBlock && next != of_cluster.end(); ++next) {
      for (const auto& [value, size] : next->second)
        sizes[static_cast<std::int64_t>(numbers.size())][value] = size;
      numbers.push_back(numbers_of(next->first));
    }
    const at::Tensor all = at::stack(numbers, 1);
    sums.addmm_(all, sizes.narrow(0, 0, all.size(1)));
  }
  return sums;
}

/// RS of each entry in each draw.
std::vector<std::vector<double>> scores_of(const at::Tensor& deviations,
                                           const std::vector<RankedEntry*>& ranked,
                                           const std::vector<std::string>& keys) {
  const auto weights = mapped(keys, [&](const std::string& key) { return weight_of(key, keys); });
  std::vector<std::vector<double>> scores(ranked.size(), std::vector<double>(kDraws, 0.0));
  for (std::size_t m = 0; m < keys.size(); ++m) {
    for (std::int64_t draw = 0; draw < kDraws; ++draw) {
      const auto* deviation = deviations.const_data_ptr<double>() + draw * deviations.size(1);
      std::vector<double> values;
      for (std::size_t e = 0; e < ranked.size(); ++e)
        values.push_back(ranked[e]->values.at(keys[m]) + deviation[e * keys.size() + m]);
      const std::vector<double> ranks = ranks_of(keys[m], values);
      for (std::size_t e = 0; e < ranked.size(); ++e)
        scores[e][static_cast<std::size_t>(draw)] += weights[m] * ranks[e];
    }
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
  std::ranges::sort(scores);
  return {scores[kDraws / 40], scores[kDraws - 1 - kDraws / 40]};
}

}  // namespace

void add_variation(Leaderboard& board, const std::vector<RankedEntry*>& ranked) {
  const std::vector<std::string>& keys = board.metrics;
  Contributions of_cluster;
  for (std::size_t run = 0; run < ranked.size(); ++run) {
    const RankEntry& entry = *ranked[run];
    board.no_variation = why_not_drawn(entry, *ranked.front(), keys);
    if (!board.no_variation.empty()) return;
    const RunClusters clusters = clusters_of_run(*entry.samples);
    if (clusters.largest * metrics::kLargestInverse > entry.samples->lines.size()) {
      board.no_variation = concat(entry.name, ": more than a tenth of its samples vary together");
      return;
    }
    for (std::size_t m = 0; m < keys.size(); ++m) {
      const std::vector<double> sizes = contributions(entry.samples->metrics.at(keys[m]), clusters);
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] == 0.0) continue;
        of_cluster[clusters.names[i]].push_back({static_cast<std::int64_t>(run * keys.size() + m), sizes[i]});
      }
    }
  }
  const auto scores =
      scores_of(drawn(of_cluster, static_cast<std::int64_t>(ranked.size() * keys.size())), ranked, keys);
  for (std::size_t e = 0; e < ranked.size(); ++e) ranked[e]->interval = middle_95(scores[e]);
  count_places(scores, ranked);
}

}  // namespace tise::report
