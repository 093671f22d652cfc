// One report from the stores of a run's parts, or again from the store of a whole run: nothing beside them is
// needed.

#include <algorithm>
#include <utility>

#include "choose_metrics.h"
#include "commands.h"
#include "notices.h"
#include "run_record.h"
#include "scoring.h"
#include "tise/base/concat.h"
#include "tise/base/paths.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

/// The run's own options with what merge was given: outputs, gates, where real images' statistics are now.
EvaluateOptions combined(const EvaluateOptions& run, const EvaluateOptions& given) {
  EvaluateOptions options = given;
  options.images = run.images;
  options.captions = run.captions;
  options.references = run.references;
  options.settings = run.settings;
  options.engine.detector_threshold = run.engine.detector_threshold;
  if (!given.real) options.real = run.real;
  if (!given.real_objects) options.real_objects = run.real_objects;
  return options;
}

/// Of what the run computes, what was asked for.
Plan chosen(const Plan& run, const EvaluateOptions& options) {
  Plan plan;
  for (const Planned& planned : run.metrics) {
    if (metrics::asked_for(options.metrics, planned.key())) plan.metrics.push_back(planned);
  }
  for (const std::string& key : options.metrics) {
    const auto found = std::ranges::find(plan.metrics, key, &Planned::key);
    if (!is_named(Planned{*metrics::find_chosen(key)}, options.metrics, options.and_all)) continue;
    if (found == plan.metrics.end())
      throw UsageError(key + ": none of the --metrics that the stores were made for");
    if (!found->is_computed()) throw UsageError(key + ": the stores were made with " + found->reason);
  }
  return plan;
}

/// Statistics of real images, from where the run had them, or from where they are now.
RealSource real_statistics(const EvaluateOptions& options, const Plan& plan) {
  const auto check = [](const std::optional<fs::path>& path, const char* flag) {
    if (!path) return;
    const PathKind kind = kind_of(*path, "real statistics");
    if (kind == PathKind::kFile) return;
    throw InputError(concat("real statistics ", path->string(), ": ",
                            kind == PathKind::kMissing ? "no such file" : "not a file", "; ", flag,
                            " FILE says where they are (tise-eval stats makes them)"));
  };
  if (!plan.reads_real()) return {};
  check(options.real, "--real");
  check(options.real_objects, "--real-objects");
  return open_real(options.real, options.real_objects);
}

/// The real images whose rows are in the stores.
RealSource stored_images(const EvaluateOptions& options, const RecordedRun& run) {
  const store::Reader& rows = *run.real;
  RealSource source = open_real(std::nullopt, options.real_objects);
  source.left_out = run.inputs.real.left_out;
  source.path = *options.real;
  for (std::string& name : rows.images()) source.images.push_back({std::move(name), ""});
  return source;
}

}  // namespace

ExitCode merge(const MergeOptions& given, World world) {
  RecordedRun run = read_runs(given.stores);
  if (given.evaluate.real) run.real.reset();
  const EvaluateOptions options = combined(run.options, given.evaluate);
  Scoring scoring(options, world);
  Plan plan = chosen(run.plan, options);
  Engine engine(options.engine, world);
  engine.recall(run.archives, run.precision);
  find_models(plan, options, engine);
  choose_settings(plan, options, engine);

  run.inputs.real = run.real ? stored_images(options, run) : real_statistics(options, plan);
  strike_out_without_real(plan, options, run.inputs.real, engine);
  verify_statistics(run.inputs.real, plan, engine);
  RealRows real = wanted_rows(run.inputs.real, plan, engine);
  real.store = std::move(run.real);
  if (real.store) real.bad = std::move(run.bad_real);

  for (const std::string& notice : run.inputs.notices) world.console.warn(notice);
  refuse_if_all_are_bad(run.bad, run.inputs.dataset.images.size() + run.bad.size(), "image", options.images);
  refuse_if_all_are_bad(real.bad, run.inputs.real.images.size() + real.bad.size(), "real image",
                        run.inputs.real.path);
  scoring.prepare(run.inputs, plan, engine);
  return scoring.deliver(run.inputs, plan, engine, {*run.store, run.bad, real});
}

}  // namespace tise::cli
