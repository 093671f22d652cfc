// `tise-eval merge`: one report from the stores of a run's parts, or again from that of a whole run.

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
      "merge", "one report from the stores of all parts (--shard), or again from a whole run's",
      "tise-eval merge part-*/ --output report.json", [options](World world) {
        options->spec.metrics = resolve_report(options->report, options->spec.metrics.keys);
        return report_on(options->report, options->spec.metrics, world, [&](run::Listener& listener) {
          return std::optional(run::merge(options->spec, listener));
        });
      });
  add(command, kInputs, "stores DIR", spec.stores, "folders of --store, in any order")->required();
  add_metrics(command, spec.metrics.keys, "all that the stores were made for, or a comma list");
  add_real(command, spec.real, spec.real_objects,
           "where the statistics of real images are now (.npz), or others");
  add_report(command, options->report);
  add_device(command, spec.encoding);
  add_settings(command, line);
}

}  // namespace tise::cli
