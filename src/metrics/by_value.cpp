#include "tise/metrics/by_value.h"

#include <map>

#include "tise/metrics/influence.h"

namespace tise::metrics {
namespace {

/// A pair that the metric uses, and its place among the chosen pairs.
struct Used {
  std::size_t pair = 0;
  std::size_t place = 0;
};

/// Σ w s / Σ w. A pair, one of n, has the influence n w (s − value) / Σ w.
void take_mean(Result& result, const Result& whole, const std::vector<Used>& used) {
  const auto weight = [&](std::size_t pair) {
    return whole.pair_trials.empty() ? 1.0 : static_cast<double>(whole.pair_trials[pair]);
  };
  double sum = 0.0;
  double weights = 0.0;
  for (const auto& [pair, place] : used) {
    sum += weight(pair) * *whole.pair_scores[pair];
    weights += weight(pair);
  }
  result.value = sum / weights;
  for (const auto& [pair, place] : used) {
    result.influence[place] = static_cast<double>(used.size()) * weight(pair) / weights *
                              (*whole.pair_scores[pair] - *result.value);
    if (!whole.pair_trials.empty()) result.trials += whole.pair_trials[pair];
  }
}

/// The mean over strata of their shares of successes (positional_alignment.cpp).
void take_mean_over_strata(Result& result, const Result& whole, const std::vector<Used>& used) {
  struct Share {
    double successes = 0.0;
    double count = 0.0;
    std::size_t place = 0;
  };
  std::map<std::size_t, Share> shares;  // by stratum
  for (const auto& [pair, place] : used) {
    for (const auto& [stratum, success] : whole.strata.of_pair[pair]) {
      shares[stratum].successes += success;
      shares[stratum].count += 1.0;
    }
  }
  result.strata = {whole.strata.noun, whole.strata.plural, {}, {}};
  double sum = 0.0;
  for (auto& [stratum, share] : shares) {
    share.place = result.strata.names.size();
    const std::string& name = result.strata.names.emplace_back(whole.strata.names[stratum]);
    result.details[whole.strata.plural][name] = {
        {"value", share.successes / share.count}, {"k", share.successes}, {"N", share.count}};
    sum += share.successes / share.count;
  }
  const auto strata = static_cast<double>(shares.size());
  result.value = sum / strata;
  result.strata.of_pair.resize(result.influence.size());
  for (const auto& [pair, place] : used) {
    double influence = 0.0;
    for (const auto& [stratum, success] : whole.strata.of_pair[pair]) {
      const Share& share = shares[stratum];
      influence += (success - share.successes / share.count) / (strata * share.count);
      result.strata.of_pair[place].push_back({share.place, success});
      if (whole.trials != 0) ++result.trials;
    }
    result.influence[place] = static_cast<double>(used.size()) * influence;
  }
}

}  // namespace

bool has_scores_of_pairs(const Result& whole) { return !whole.pair_scores.empty(); }

Result over_pairs(const Metric& metric, const Result& whole, const std::vector<std::size_t>& pairs,
                  const Samples& some, Prompts prompts) {
  std::vector<Used> used;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (whole.pair_scores[pairs[i]]) used.push_back({pairs[i], i});
  }
  if (used.empty()) return Result::undefined("the metric uses none of these captions");
  Result result;
  result.n = used.size();
  result.influence.resize(pairs.size());
  result.widening = whole.widening;
  if (whole.strata.empty()) {
    take_mean(result, whole, used);
  } else {
    take_mean_over_strata(result, whole, used);
  }
  add_standard_error(result, some, metric.range, prompts);
  return result;
}

Samples without_pairs(const Samples& samples) {
  return {.images = samples.images,
          .pairs = {},
          .classes = samples.classes,
          .groups = samples.groups,
          .texts = {}};
}

void take_pairs(Samples& some, const Samples& samples, const std::vector<std::size_t>& pairs) {
  some.pairs.clear();
  for (const std::size_t pair : pairs) some.pairs.push_back(samples.pairs[pair]);
}

}  // namespace tise::metrics
