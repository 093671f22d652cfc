#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/report/compare.h"
#include "tise/report/report.h"

namespace tise::report {

/// A condition that a run must meet.
struct Gate {
  enum class Kind {
    kFailUnder,    ///< fails if the value is below the limit
    kFailOver,     ///< fails if the value is above the limit
    kFailIfWorse,  ///< fails if the value is significantly worse than the baseline's
  };
  Kind kind = Kind::kFailUnder;
  std::string metric;
  double limit = 0;
  /// Whether the user named the metric. If so, the gate also fails if the metric can't be judged.
  bool is_named = true;

  /// `FID at most 20`, `CA not worse than main`
  std::string name(const std::string& baseline) const;
  /// `--fail-under`
  std::string_view flag() const;
};

/// Parses `CLIP-S=0.7`. The metric, in any case, gets the registry's spelling; the limit must be a value that
/// the metric can have. Throws UsageError that names the flag.
Gate parse_gate(Gate::Kind kind, const std::string& flag, const std::string& text);

struct GateResult {
  std::string name;
  bool crossed = false;  ///< whether the gate failed
  std::string message;   ///< one line: `FID at most 20: 23.1 ± 0.4`
};

/// Checks each gate. A gate on a metric without a value fails. `comparison` is the one with the baseline, if
/// any.
std::vector<GateResult> check_gates(const std::vector<Gate>& gates, const Report& report,
                                    const std::optional<Comparison>& comparison, const std::string& baseline);

/// The gates as JUnit XML, one test case per gate.
std::string to_junit(const std::vector<GateResult>& results, const std::string& suite, double seconds);

/// A summary for a pull request: metrics with errors, the comparison, the gates.
std::string to_markdown(const Report& report, const std::optional<Comparison>& comparison,
                        const std::string& baseline, const std::vector<GateResult>& gates);

}  // namespace tise::report
