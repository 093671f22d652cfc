#include "plan.h"

#include <algorithm>

#include "tise/base/error.h"

namespace tise::cli {
namespace {

bool any_references(const data::Dataset& dataset) {
  return std::any_of(dataset.pairs.begin(), dataset.pairs.end(),
                     [](const data::Pair& pair) { return !pair.item.references.empty(); });
}

/// Which input a metric lacks, or nothing.
std::string missing_input(const metrics::Metric& metric, const EvaluateOptions& options,
                          const data::Dataset& dataset) {
  if (metric.needs.captions && !options.captions) return "no captions given";
  if (metric.needs.references && !any_references(dataset)) return "no references given";
  if (metric.needs.real && !options.real) return "no real images given";
  return {};
}

bool asked_for(const EvaluateOptions& options, const metrics::Metric& metric) {
  return options.metrics.empty() ||
         std::find(options.metrics.begin(), options.metrics.end(), metric.key) != options.metrics.end();
}

const char* flag_for(const std::string& reason) {
  if (reason == "no captions given") return " (--captions FILE)";
  if (reason == "no references given") return " (--references FILE, or references in the captions file)";
  return " (--real DIR or FILE)";
}

void update_needs(Plan& plan) {
  plan.clip = plan.inception = plan.real = false;
  for (const auto& [metric, reason] : plan.metrics) {
    if (!reason.empty()) continue;
    plan.clip = plan.clip || metric->needs.clip;
    plan.inception = plan.inception || metric->needs.inception;
    plan.real = plan.real || metric->needs.real;
  }
}

}  // namespace

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

Plan plan_metrics(const EvaluateOptions& options, const data::Dataset& dataset) {
  Plan plan;
  for (const metrics::Metric& metric : metrics::registry()) {
    if (!asked_for(options, metric)) continue;
    std::string reason = missing_input(metric, options, dataset);
    if (!reason.empty() && !options.metrics.empty()) {
      throw UsageError(std::string(metric.key) + ": " + reason + flag_for(reason));
    }
    plan.metrics.emplace_back(&metric, std::move(reason));
  }
  update_needs(plan);
  return plan;
}

void find_models(Plan& plan, const EvaluateOptions& options, Engine& engine) {
  engine.find(plan.clip, plan.inception);
  bool any = false;
  std::string missing;
  for (auto& [metric, reason] : plan.metrics) {
    if (!reason.empty()) continue;
    if (metric->needs.clip && engine.clip() == nullptr) reason = engine.missing("clip.pt");
    if (metric->needs.inception && engine.inception() == nullptr) reason = engine.missing("inception.pt");
    any = any || reason.empty();
    if (reason.empty()) continue;
    missing = reason;
    if (!options.metrics.empty()) throw ModelError(std::string(metric->key) + ": " + reason);
  }
  if (!any && !missing.empty()) {
    throw ModelError("models " + engine.folder().string() +
                     ": neither clip.pt nor inception.pt is there; export them (scripts/export_clip.py, "
                     "scripts/export_inception.py), or give --models shapes for the demo models");
  }
  update_needs(plan);
}

}  // namespace tise::cli
