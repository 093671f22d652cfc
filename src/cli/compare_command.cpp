// `tise-eval compare`: is one run better than another? Reads the samples of finished runs.

#include <algorithm>
#include <iterator>
#include <memory>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/report/compare.h"

namespace tise::cli {

void add_compare(CommandLine& line) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App& command =
      line.add("compare", "is B better than A? paired differences between runs, with errors and tests",
               "tise-eval compare main.jsonl branch.jsonl\n"
               "tise-eval compare main.jsonl branch.jsonl --metrics FID,PA --fail-if-worse",
               [options](World world) {
                 if (options->samples.size() < 2)
                   throw UsageError("compare needs two or more --samples files or stores");
                 options->metrics = run::asked(options->metrics).keys;
                 return compare(*options, world);
               });
  add(command, kInputs, "samples FILE|DIR", options->samples,
      "two or more --samples files or stores; each is compared with the first")
      ->required();
  add_metrics(command, options->metrics, "comma-separated list [all that both runs have]")->default_str("");
  add_alpha(command, options->alpha);
  add(command, kGates, "--fail-if-worse", options->fail_if_worse,
      "exit 1 if a metric is significantly worse than the first run's");
  add(command, kReports, "--output FILE", options->output, "the comparison, as JSON [stdout]");
  add_force(command, options->force);
  add_settings(command, line);
}

ExitCode compare(const CompareOptions& options, World world) {
  check_deliverable(options.output, "comparison");
  const auto sets = report::read_sample_sets(options.samples);
  const report::CompareSettings settings{options.metrics, options.alpha, options.force, {}};
  report::Comparisons comparisons{sets.front().name, options.alpha, {}};
  std::vector<std::string> crossed;
  for (std::size_t i = 1; i < sets.size(); ++i) {
    comparisons.others.push_back(report::compare(sets.front(), sets[i], settings));
    const report::Comparison& other = comparisons.others.back();
    for (const std::string& warning : other.warnings) world.console.warn(other.name + ": " + warning);
    for (const std::string& line : other.lacking(options.metrics)) {
      world.console.warn(line);
      crossed.push_back(line);
    }
    std::ranges::copy(other.worse(options.metrics), std::back_inserter(crossed));
  }
  world.console.print(report::to_table(comparisons));
  for (const report::Comparison& other : comparisons.others) {
    for (const std::string& note : other.notes) world.console.info(other.name + ": " + note);
  }
  deliver(options.output, "comparison", report::to_json(comparisons));
  if (!options.fail_if_worse || crossed.empty()) return ExitCode::kOk;
  for (const std::string& line : crossed) world.console.error("gate failed: " + line);
  return ExitCode::kGateCrossed;
}

}  // namespace tise::cli
