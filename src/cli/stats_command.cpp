// `tise-eval stats`: computes statistics of real images, and of the objects in them, once for every later
// --real.

#include <algorithm>
#include <memory>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"

namespace tise::cli {
namespace {

/// The metrics that compare with real images. Throws UsageError if a named one doesn't.
run::Asked resolve(const std::vector<std::string>& names) {
  run::Asked asked = run::asked(names);
  const auto needs_none = [](const std::string& key) {
    return !metrics::find_chosen(key)->metric->reads_real();
  };
  if (asked.and_all) std::erase_if(asked.keys, needs_none);
  const auto wrong = std::ranges::find_if(asked.keys, needs_none);
  if (wrong == asked.keys.end()) return asked;
  throw UsageError("--metrics: " + *wrong +
                   " needs no statistics of real images; metrics that do: " + metrics::keys_against_real());
}

std::string summary(const metrics::Statistics& statistics) {
  std::vector<std::string> sets;
  for (const auto& [name, set] : statistics.sets) {
    const bool is_of_objects = name.starts_with(metrics::kCropSets);
    sets.push_back(concat(counted(set.moments.count, is_of_objects ? "object" : "image"), ", ",
                          set.moments.mean.size(0), " dimensions"));
  }
  const std::size_t skipped = statistics.sets.empty() ? 0 : statistics.sets.begin()->second.skipped.size();
  return concat(joined(sets, "; "), skipped == 0 ? "" : concat(", ", skipped, " skipped"));
}

}  // namespace

void add_stats(CommandLine& line) {
  const auto options = std::make_shared<StatsOptions>();
  run::StatisticsSpec& spec = options->spec;
  CLI::App& command =
      line.add("stats", "compute statistics of real images once, for later use as --real",
               "tise-eval stats --images coco-val/ --output coco-val.npz", [options](World world) {
                 options->spec.metrics = resolve(options->spec.metrics.keys);
                 stats(*options, world);
                 return ExitCode::kOk;
               });
  add(command, kInputs, "--images DIR|FILE", spec.images,
      "real images: folder, archive, .npz, or - (stdin) (required)")
      ->required();
  add(command, kReports, "--output FILE", options->output, "the statistics (.npz) (required)")->required();
  add_store(command, spec.store);
  add_metrics(
      command, spec.metrics.keys,
      concat("metrics to make statistics for: a comma-separated list of ", metrics::keys_against_real(),
             ", also as FID@NAME; for ", metrics::keys_against_real(metrics::OfReal::kRows),
             " without --store, only FD's statistics are made [all that the installed models allow]"))
      ->default_str("");
  add_recipe(command, line);
  add_protocol(command, spec.settings);
  add_encoding(command, spec.encoding);
  add_threshold(command, spec.settings);
  add_settings(command, line);
}

void stats(const StatsOptions& options, World world) {
  check_writable(options.output, "statistics");
  TerminalListener listener(world);
  const metrics::Statistics statistics = run::statistics(options.spec, listener);
  metrics::write_statistics(options.output, statistics);
  world.console.info(concat(summary(statistics), ": ", options.output.string()));
}

}  // namespace tise::cli
