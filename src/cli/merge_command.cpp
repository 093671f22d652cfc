// `tise-eval merge`: makes one report from the stores of a run's parts, or scores a whole run's store again.

#include <memory>

#include "commands.h"
#include "flags.h"
#include "reporting.h"

namespace tise::cli {
namespace {

struct MergeOptions {
  run::MergeSpec spec;
  ReportOptions report;
};

}  // namespace

void add_merge(CommandLine& line) {
  const auto options = std::make_shared<MergeOptions>();
  run::MergeSpec& spec = options->spec;
  CLI::App& command = line.add(
      "merge", "make one report from the stores of all parts (--shard), or from a whole run",
      "tise-eval merge part-*/ --output report.json", [options](World world) {
        options->spec.metrics = resolve_report(options->report, options->spec.metrics.keys);
        return report_on(options->report, options->spec.metrics, world, [&](run::Listener& listener) {
          return std::optional(run::merge(options->spec, listener));
        });
      });
  add(command, kInputs, "stores DIR", spec.stores, "--store folders, in any order")->required();
  add_metrics(command, spec.metrics.keys, "comma-separated list [all that the stores were made for]")
      ->default_str("");
  add_real(command, spec.real, spec.real_objects,
           "statistics of real images (.npz), if they have moved or to use others");
  add_report(command, options->report);
  add_device_and_threads(command, spec.encoding);
  add_settings(command, line);
}

}  // namespace tise::cli
