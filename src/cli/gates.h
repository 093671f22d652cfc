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

/// The gates of a run, and what it is compared with.
class Gates {
 public:
  /// `options` must outlive it.
  Gates(const ReportOptions& options, const run::Asked& asked, std::optional<report::SampleSet> baseline,
        std::vector<report::Gate> gates);

  /// Refuses, before the long work, what could not be compared after it, and warns of gates that will be
  /// crossed since their metric can't be computed. Throws UsageError for a gate on a metric that isn't asked
  /// for.
  void check(const report::Report& expected, Console& console);

  /// Compares and checks: the report gets both. Where it turns out now that the runs can't be compared, it
  /// says so: what was computed isn't lost for it.
  void apply(report::Report& report, const data::Dataset& dataset);

  /// Says what came out, and writes what CI reads. Returns the run's exit code.
  ExitCode deliver(const report::Report& report, Console& console) const;

 private:
  std::string baseline_name() const { return baseline_ ? baseline_->name : ""; }
  report::CompareSettings settings() const;

  const ReportOptions& options_;
  std::vector<std::string> metrics_;  ///< that were asked for; empty: all
  std::optional<report::SampleSet> baseline_;
  std::vector<report::Gate> gates_;
  std::optional<report::Comparison> comparison_;
  std::vector<report::GateResult> results_;
};

/// Those of the options, once their outputs can be written and the baseline is read. Throws InputError.
Gates read_gates(const ReportOptions& options, const run::Asked& asked);

}  // namespace tise::cli
