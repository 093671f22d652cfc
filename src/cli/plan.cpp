#include "plan.h"

#include <algorithm>

#include "tise/base/error.h"

namespace tise::cli {
namespace {

bool any_references(const data::Dataset& dataset) {
  return std::any_of(dataset.pairs.begin(), dataset.pairs.end(),
                     [](const data::Pair& pair) { return !pair.item.references.empty(); });
}

/// An input that a metric lacks, and how to give it.
struct Lack {
  std::string reason;  ///< empty: none
  std::string remedy;
};

Lack missing_input(const metrics::Metric& metric, const EvaluateOptions& options,
                   const data::Dataset& dataset, const RealSource& real) {
  const metrics::Needs& needs = metric.needs;
  if (needs.captions && !options.captions) return {"no captions given", "--captions FILE"};
  if (needs.references && !any_references(dataset)) {
    return {"no references given", "--references FILE, or references in the captions file"};
  }
  if (needs.real && !options.real) return {"no real images given", "--real DIR or FILE"};
  if (needs.real_objects && !options.real && !options.real_objects) {
    return {"no real images given", "--real DIR or FILE, or --real-objects FILE"};
  }
  if (needs.real_objects && real.images.empty() && !real.objects) {
    return {"the real statistics have no objects",
            "make them again with tise-eval stats and a detector, or give --real-objects FILE"};
  }
  return {};
}

}  // namespace

void Plan::update_needs() {
  needs = {};
  for (const auto& [metric, reason] : metrics) {
    if (reason.empty()) needs |= metric->needs;
  }
}

bool Plan::computes(std::string_view key) const {
  return std::any_of(metrics.begin(), metrics.end(),
                     [&](const auto& entry) { return entry.first->key == key && entry.second.empty(); });
}

void check_item_metrics(data::Dataset& dataset, const std::filesystem::path& captions) {
  for (data::Pair& pair : dataset.pairs) {
    if (!pair.item.metrics) continue;
    for (std::string& name : *pair.item.metrics) {
      const metrics::Metric* metric = metrics::find_metric(name);
      if (metric == nullptr) {
        throw InputError("captions " + captions.string() + ": " + pair.item.where + ": \"metrics\" has \"" +
                         name + "\", which is no metric; there are " + metrics::metric_keys());
      }
      name = metric->key;
    }
  }
}

Plan plan_metrics(const EvaluateOptions& options, const data::Dataset& dataset, const RealSource& real) {
  Plan plan;
  for (const metrics::Metric& metric : metrics::registry()) {
    if (!metrics::asked_for(options.metrics, metric.key)) continue;
    const Lack lack = missing_input(metric, options, dataset, real);
    if (!lack.reason.empty() && !options.metrics.empty()) {
      throw UsageError(std::string(metric.key) + ": " + lack.reason + " (" + lack.remedy + ")");
    }
    plan.metrics.emplace_back(&metric, lack.reason);
  }
  plan.update_needs();
  return plan;
}

void find_models(Plan& plan, const EvaluateOptions& options, Engine& engine) {
  const auto planned = [](const auto& entry) { return entry.second.empty(); };
  if (std::none_of(plan.metrics.begin(), plan.metrics.end(), planned)) return;
  engine.find(plan.needs);
  std::string missing;
  for (auto& [metric, reason] : plan.metrics) {
    if (!reason.empty()) continue;
    reason = engine.missing(metric->needs);
    if (reason.empty()) continue;
    missing = reason;
    if (!options.metrics.empty()) throw ModelError(std::string(metric->key) + ": " + reason);
  }
  if (!missing.empty() && std::none_of(plan.metrics.begin(), plan.metrics.end(), planned)) {
    throw ModelError(
        "models " + engine.folder().string() +
        ": none of the archives that the metrics need is there; make them with tise-export (in the source "
        "tree: "
        "scripts/get_models.sh, scripts/export_*.py), or give --models shapes for the demo models");
  }
  plan.update_needs();
}

}  // namespace tise::cli
