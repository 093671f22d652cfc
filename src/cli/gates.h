#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options.h"
#include "tise/base/error.h"
#include "tise/cli/console.h"
#include "tise/report/compare.h"
#include "tise/report/gates.h"
#include "tise/report/report.h"

namespace tise::cli {

/// The gates of a run, and the baseline that it is compared with.
class Gates {
 public:
  /// `options` must outlive it.
  Gates(const ReportOptions& options, const run::Asked& asked, std::optional<report::SampleSet> baseline,
        std::vector<report::Gate> gates);

  /// Called before the long work. Warns of gates that will fail because their metric can't be computed, and
  /// of the baseline's metrics that get no gate.
  /// Throws UsageError for a gate on a metric that isn't computed, and InputError for a comparison that
  /// won't be possible.
  void check(const report::Report& expected, Console& console);

  /// Compares with the baseline, checks the gates and adds both to the report. If the runs turn out not to
  /// be comparable, adds a warning instead of throwing, so that the report isn't lost.
  void apply(report::Report& report, const data::Dataset& dataset);

  /// Prints the results and writes the files for CI. Returns the run's exit code.
  ExitCode deliver(const report::Report& report, Console& console) const;

 private:
  std::string baseline_name() const { return baseline_ ? baseline_->name : ""; }
  report::CompareSettings settings() const;
  /// Warns of the baseline's metrics that a --fail-if-worse without names can't gate.
  void warn_of_ungated(const report::Report& expected, Console& console) const;

  const ReportOptions& options_;
  std::vector<std::string> metrics_;  ///< requested metrics; empty means all
  std::optional<report::SampleSet> baseline_;
  std::vector<report::Gate> gates_;
  std::optional<report::Comparison> comparison_;
  std::vector<report::GateResult> results_;
};

/// Makes the gates of the options: checks that their outputs can be written and reads the baseline. Throws
/// InputError.
Gates read_gates(const ReportOptions& options, const run::Asked& asked);

}  // namespace tise::cli
