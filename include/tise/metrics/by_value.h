#pragma once

#include <cstddef>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Metrics over some of the pairs, such as those of one category.

/// Whether a metric gives each pair a score, so that it has a value over any of them.
bool has_scores_of_pairs(const Result& whole);

/// Of such a metric, with its result over all pairs: the mean of the scores of some (indices, rising), by the
/// metric's own weights, or over the strata that they have, with standard error and interval. RP's scores are
/// those among all captions. Undefined if the metric uses none of them. `some` are the samples with these
/// pairs alone, to which the result's influences belong.
Result over_pairs(const Metric& metric, const Result& whole, const std::vector<std::size_t>& pairs,
                  const Samples& some, Prompts prompts);

/// The samples without their pairs and texts.
Samples without_pairs(const Samples& samples);
/// Gives such samples some of the pairs in place of those that they have.
void take_pairs(Samples& some, const Samples& samples, const std::vector<std::size_t>& pairs);

}  // namespace tise::metrics
