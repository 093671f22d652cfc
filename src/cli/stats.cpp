// Statistics of real images, and of objects in them, once, for every later --real.

#include "choose_metrics.h"
#include "commands.h"
#include "notices.h"
#include "outputs.h"
#include "run_store.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"

namespace tise::cli {
namespace {

/// The metrics that statistics are for, with their networks: those asked for, else all that are held against
/// real images. One that nobody named is left out if its networks are missing, unless none is left.
Plan plan_statistics(const StatsOptions& options, Engine& engine) {
  Plan plan;
  for (const metrics::Chosen& chosen : asked_metrics(options.metrics)) {
    if (!chosen.metric->reads_real) continue;
    Planned& planned = plan.metrics.emplace_back(Planned{chosen});
    planned.settings.protocol = options.protocol;
    planned.settings.detector_threshold = options.engine.detector_threshold;
    planned.settings.device = engine.device();
    planned.reason = engine.archives().cast(planned);
    if (!planned.is_computed() && is_named(planned, options.metrics, options.and_all))
      throw ModelError(planned.key() + ": " + planned.reason);
  }
  if (plan.computed().empty()) throw ModelError(plan.metrics.front().reason);
  return plan;
}

void announce(const Plan& plan, std::size_t images, Console& console) {
  std::vector<std::string> will;
  std::string wont;
  for (const Planned& planned : plan.metrics) {
    if (planned.is_computed()) {
      will.push_back(planned.key());
    } else {
      wont += concat("; none for ", planned.key(), ", ", planned.reason);
    }
  }
  console.info(concat(counted(images, "image"), ": statistics for ", joined(will), wont));
}

/// Why moments can't be written; empty if they can.
std::string why_too_few(const metrics::Moments& moments, std::size_t images, const Planned& planned) {
  if (moments.count >= 2) return "";
  const bool is_tise = planned.settings.protocol == metrics::Protocol::kTise;
  if (!planned.is_of_crops()) {
    return concat(counted(images, "image"), ": ",
                  images < 2 || !is_tise ? "covariance needs 2" : metrics::kNoFullBatch);
  }
  if (moments.count == 0 && is_tise) return concat("fewer than 50 objects found: ", metrics::kNoFullBatch);
  return concat(counted(moments.count, "object"), " found: covariance needs 2");
}

/// The statistics of each metric. Objects of which there are too few are left out with a warning, unless
/// their metric was named.
metrics::Statistics statistics_of(const StatsOptions& options, const Plan& plan,
                                  const LoadedReference& loaded, std::size_t images, Engine& engine,
                                  Console& console) {
  metrics::Statistics statistics;
  for (const Planned* planned : plan.computed()) {
    const std::string& field = planned->own().field;
    const metrics::Moments& moments = loaded.features.at(field).moments;
    if (const std::string why = why_too_few(moments, images, *planned); !why.empty()) {
      if (!planned->is_of_crops() || is_named(*planned, options.metrics, options.and_all)) {
        throw InputError(
            concat("real images ", options.images.string(), ": ", why,
                   planned->is_of_crops() ? "; leave " + planned->key() + " out of --metrics" : ""));
      }
      console.warn(concat(why, "; the statistics have none for ", planned->key()));
      continue;
    }
    statistics.sets[set_name(*planned)] = {moments, planned->own().archive->sha256,
                                           preparation_text(*planned, engine.precision_name()),
                                           loaded.input->sets.at(field).set, loaded.input->skipped};
  }
  return statistics;
}

std::string summary(const metrics::Statistics& statistics) {
  std::vector<std::string> sets;
  for (const auto& [name, set] : statistics.sets) {
    const bool is_of_objects = name.starts_with(metrics::kCropSets);
    sets.push_back(concat(counted(set.moments.count, is_of_objects ? "object" : "image"), ", ",
                          set.moments.mean.size(0), " dimensions"));
  }
  return joined(sets, "; ");
}

}  // namespace

ExitCode stats(const StatsOptions& options, World world) {
  check_writable(options.output, "statistics");
  const RealSource source = open_real(options.images, std::nullopt, "--images");
  if (source.statistics)
    throw InputError("real images " + options.images.string() + ": not a folder or archive of images");
  for (const std::string& notice : source.notices) world.console.warn(notice);
  Engine engine(options.engine, world);
  const Plan plan = plan_statistics(options, engine);
  announce(plan, source.images.size(), world.console);
  const StoreFolder folder(options.store, world.interrupt);
  RealRows rows = check_reference(source, plan, engine, folder.path());
  encode_reference(rows, engine);
  refuse_if_all_are_bad(rows.bad, source.images.size(), "real image", options.images);
  warn_of_skipped(rows.bad, source.images.size(), "real image", world.console);
  const LoadedReference loaded = load_reference(source, plan, rows, engine);
  const metrics::Statistics statistics = statistics_of(
      options, plan, loaded, usable_names(source.images, rows.bad).size(), engine, world.console);
  metrics::write_statistics(options.output, statistics);
  world.console.info(concat(summary(statistics),
                            rows.bad.empty() ? "" : concat(", ", rows.bad.size(), " skipped"), ": ",
                            options.output.string()));
  return ExitCode::kOk;
}

}  // namespace tise::cli
