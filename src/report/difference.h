#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tise/metrics/clusters.h"
#include "tise/report/compare.h"

namespace tise::report {

/// What lines that vary together have in common; empty where a line is alone.
std::string cluster_of(const SampleLine& line);

/// Of a run's lines.
metrics::Clusters clusters_of(const SampleSet& set);

/// A run of a comparison, in labels that are the same on both sides.
struct Side {
  const SampleSet& set;
  std::vector<std::size_t> captions;  ///< of each line; an empty caption is the same where ids are
  metrics::Clusters clusters;         ///< what varies together on this side
  metrics::Clusters matched;          ///< and on either
};

/// Two runs, side by side. Lines of the same caption are matched: by their ids, the others in their order,
/// and where one side has more, what is left goes round among those that were matched. What matched lines
/// vary together with, on whichever side, is one cluster.
struct Sides {
  Side baseline;
  Side other;

  /// The metric of the baseline, and that of the other run.
  std::pair<const SampledMetric&, const SampledMetric&> metric(const std::string& key) const {
    return {baseline.set.metrics.at(key), other.set.metrics.at(key)};
  }
};
Sides sides_of(const SampleSet& baseline, const SampleSet& other);

/// The lines that a metric rests on, of captions that both sides have it for.
struct SharedLines {
  std::vector<std::size_t> baseline;
  std::vector<std::size_t> other;
};
SharedLines shared_lines(const Sides& sides, const std::string& metric);

/// How a metric differs between two runs that both have it, with its p-value, or with the reason why nothing
/// can be said. Neither adjusted nor judged.
Difference difference_of(const std::string& metric, const Sides& sides);

/// How many lines have an influence.
std::size_t lines_in(const metrics::Influence& influence);

/// What numbers of samples alone may make of a difference.
struct OfSizes {
  double leeway = 0;  ///< at most
  std::string why;    ///< why there is one, or why nothing can be said; empty where they make nothing of it
};

/// Of a difference that has this error.
OfSizes made_by_sizes(const SampledMetric& baseline, const SampledMetric& other, double error);

}  // namespace tise::report
