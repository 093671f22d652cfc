#pragma once

#include <cstddef>
#include <vector>

#include "tise/metrics/clusters.h"
#include "tise/report/compare.h"

namespace tise::report {

/// A run of a comparison, and which of its lines vary together.
struct Side {
  const SampleSet& set;
  metrics::Clusters clusters;        ///< labels of captions are those of the other side's same ones
  std::vector<std::size_t> matched;  ///< labels in place of the images', the same on both sides where matched

  const SampledMetric& metric(const std::string& key) const { return set.metrics.at(key); }
};

/// Two runs, side by side.
///
/// Lines of the same caption are of one cluster on both sides; empty captions are the same where ids are, and
/// lines without captions are all alone. Within a caption lines are matched by their ids, the others in their
/// order; where one side has more, what is left goes round among those that were matched. Images vary
/// together where their lines are matched, whichever side is the baseline.
struct Sides {
  Sides(const SampleSet& baseline_set, const SampleSet& other_set);

  Side baseline;
  Side other;
};

/// The lines that a metric rests on, of captions that both sides have it for.
struct SharedLines {
  std::vector<std::size_t> baseline;
  std::vector<std::size_t> other;
};
SharedLines shared_lines(const Sides& sides, const std::string& metric);

}  // namespace tise::report
