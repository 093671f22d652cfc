#pragma once

#include <cstddef>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Metrics over some of the pairs, such as those of one category.

/// Whether the metric gives each pair a score, so that it has a value over any subset of the pairs.
bool has_scores_of_pairs(const Result& whole);

/// Such a metric over some of the pairs (rising indices), from its result over all pairs: the mean of their
/// scores by the metric's own weights, or the mean over the strata that occur among them, with standard error
/// and interval. RP's scores stay those among all captions. Undefined if the metric uses none of the pairs.
/// `some` has only these pairs; the result's influences belong to it.
Result over_pairs(const Metric& metric, const Result& whole, const std::vector<std::size_t>& pairs,
                  const Samples& some, Prompts prompts);

/// The samples without their pairs and texts.
Samples without_pairs(const Samples& samples);
/// Replaces the pairs of `some` with these pairs of `samples`.
void take_pairs(Samples& some, const Samples& samples, const std::vector<std::size_t>& pairs);

}  // namespace tise::metrics
