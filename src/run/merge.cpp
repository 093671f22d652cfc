// Makes one report from the stores of all parts of a run, or a new report from the store of a whole run.
// Nothing else is needed.

#include <algorithm>
#include <chrono>
#include <utility>

#include "choose_metrics.h"
#include "notices.h"
#include "run_record.h"
#include "scoring.h"
#include "tise/base/clock.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/paths.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;

/// Those of the run's metrics that were requested.
Plan chosen(const Plan& run, const Asked& asked) {
  Plan plan;
  plan.precision = run.precision;
  plan.opening = run.opening;
  for (const Planned& planned : run.metrics) {
    if (asked.keys.empty() || asked.has(planned.key())) plan.metrics.push_back(planned);
  }
  for (const std::string& key : asked.keys) {
    const auto found = std::ranges::find(plan.metrics, key, &Planned::key);
    if (!asked.names(*metrics::find_chosen(key)) || asked.by_group.contains(key)) continue;
    if (found == plan.metrics.end())
      throw UsageError(
          key + ": the stores were not made for this metric; rerun the evaluation with it in --metrics");
    if (!found->is_computed())
      throw UsageError(key + ": not computed by the run that made the stores: " + found->reason);
  }
  refuse_vain_groups(plan, asked);
  return plan;
}

/// Whether rows of real images are in the stores, and --real doesn't replace them.
bool has_real_rows(const MergeSpec& spec, const RecordedRun& run) { return run.real && spec.real.empty(); }

/// The run's real images. --real and --real-objects replace their sources, for example if statistics were
/// moved.
RealSource real_source(const MergeSpec& spec, const RecordedRun& run, const Plan& plan) {
  const RealSource& then = run.inputs.real;
  std::optional<fs::path> objects = spec.real_objects;
  if (!objects && !then.objects_path.empty()) objects = then.objects_path;
  if (!plan.reads_real()) return {};
  if (objects && kind_of(*objects, "real statistics") != PathKind::kFile) {
    throw InputError(concat(
        "real statistics ", objects->string(),
        ": no such file; pass --real-objects FILE if it was moved, or remake it with tise-eval stats"));
  }
  if (!spec.real.empty()) return open_real(spec.real, objects);
  RealSource source = reopen_real(then.given, objects,
                                  has_real_rows(spec, run) ? run.real->images() : std::vector<std::string>());
  source.left_out = then.left_out;
  source.path = then.path;
  return source;
}

}  // namespace

Outcome merge(const MergeSpec& spec, Listener& listener) {
  const auto start = std::chrono::steady_clock::now();
  RecordedRun run = read_runs(spec.stores);
  Plan plan = chosen(run.plan, spec.metrics);
  Archives archives(std::nullopt);
  archives.recall(run.archives);
  find_models(plan, spec.metrics, archives);
  const Devices devices = find_devices(spec.encoding);
  devices.use_threads();
  choose_settings(plan, run.settings, devices.first());

  run.inputs.real = real_source(spec, run, plan);
  strike_out_without_real(plan, spec.metrics, run.inputs.real);
  for (const std::string& warning : verify_statistics(run.inputs.real, plan)) listener.warn(warning);
  RealRows real = wanted_rows(run.inputs.real, plan);
  if (has_real_rows(spec, run)) {
    real.store = std::move(run.real);
    real.bad = std::move(run.bad_real);
  } else if (run.inputs.real.is_store && real.any()) {
    take_store(real, run.inputs.real, plan, devices.first());
  }

  for (const std::string& notice : run.inputs.notices) listener.warn(notice);
  refuse_if_all_are_bad(run.bad, run.inputs.dataset.images.size() + run.bad.size(), "image",
                        run.inputs.images);
  refuse_if_all_are_bad(real.bad, run.inputs.real.images.size() + real.bad.size(), "real image",
                        run.inputs.real.path);
  report::Report report = begin_report(run.inputs, plan, run.settings, std::nullopt, listener);
  note_recipe(report, run.recipe);
  Outcome outcome = score(std::move(report), std::move(run.inputs), plan, {*run.store, run.bad, real});
  outcome.report.run.device = devices.names();
  outcome.report.run.seconds = seconds_since(start);
  return outcome;
}

}  // namespace tise::run
