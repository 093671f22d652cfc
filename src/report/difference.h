#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tise/metrics/clusters.h"
#include "tise/report/compare.h"

namespace tise::report {

/// The label that lines share if they vary together; empty if a line varies alone.
std::string cluster_of(const SampleLine& line);

/// The clusters of a run's lines.
metrics::Clusters clusters_of(const SampleSet& set);

/// One run of a comparison. Labels mean the same on both sides.
struct Side {
  const SampleSet& set;
  std::vector<std::size_t> captions;  ///< label of each line; empty captions match if their ids do
  metrics::Clusters clusters;         ///< what varies together on this side
  metrics::Clusters matched;          ///< what varies together on either side
};

/// Two runs, side by side. Lines with the same caption are matched: first by id, then in order. If one side
/// has more of them, the other side's lines are reused in turn. Matched lines and all lines that vary
/// together with them, on either side, form one cluster.
struct Sides {
  Side baseline;
  Side other;

  /// The metric in the baseline and in the other run.
  std::pair<const SampledMetric&, const SampledMetric&> metric(const std::string& key) const {
    return {baseline.set.metrics.at(key), other.set.metrics.at(key)};
  }
};
Sides sides_of(const SampleSet& baseline, const SampleSet& other);

/// The lines that influence a metric and whose captions do so on both sides.
struct SharedLines {
  std::vector<std::size_t> baseline;
  std::vector<std::size_t> other;
};
SharedLines shared_lines(const Sides& sides, const std::string& metric);

/// The difference of a metric between two runs that both have it, with its p-value or the reason why it has
/// none. The p-value isn't adjusted, and the verdict is still missing.
Difference difference_of(const std::string& metric, const Sides& sides);

/// The number of lines that have an influence.
std::size_t lines_in(const metrics::Influence& influence);

/// How much of a difference unequal sample counts alone may explain.
struct OfSizes {
  double leeway = 0;  ///< at most this much
  std::string why;    ///< why there is a leeway or no test at all; empty if the counts don't matter
};

/// `error` is the standard error of the difference.
OfSizes made_by_sizes(const SampledMetric& baseline, const SampledMetric& other, double error);

}  // namespace tise::report
