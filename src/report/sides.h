#pragma once

#include <cstddef>
#include <string>
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

  const SampledMetric& metric(const std::string& key) const { return set.metrics.at(key); }
};

/// Two runs, side by side. Lines of the same caption are matched: by their ids, the others in their order,
/// and where one side has more, what is left goes round among those that were matched. What matched lines
/// vary together with, on whichever side, is one cluster.
struct Sides {
  Side baseline;
  Side other;
};
Sides sides_of(const SampleSet& baseline, const SampleSet& other);

/// The lines that a metric rests on, of captions that both sides have it for.
struct SharedLines {
  std::vector<std::size_t> baseline;
  std::vector<std::size_t> other;
};
SharedLines shared_lines(const Sides& sides, const std::string& metric);

}  // namespace tise::report
