#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/report/compare.h"
#include "tise/report/report.h"

namespace tise::report {

/// A bound that a run must keep.
struct Gate {
  enum class Kind {
    kFailUnder,    ///< crossed where the value is below the limit
    kFailOver,     ///< crossed where it is above
    kFailIfWorse,  ///< crossed where it is significantly worse than the baseline's
  };
  Kind kind = Kind::kFailUnder;
  std::string metric;
  double limit = 0;
  /// Whether it is for a metric that the user named: then one that can't be judged crosses it.
  bool is_named = true;

  /// `FID at most 20`, `CA not worse than main`
  std::string name(const std::string& baseline) const;
  /// `--fail-under`
  std::string_view flag() const;
};

/// `CLIP-S=0.7`: a metric, spelt as the registry does, and its limit, which must be a value that the metric
/// can have. Throws UsageError that names the flag.
Gate parse_gate(Gate::Kind kind, const std::string& flag, const std::string& text);

struct GateResult {
  std::string name;
  bool crossed = false;
  std::string message;  ///< one line: `FID at most 20: 23.1 ± 0.4`
};

/// Looks at each gate; a metric without value crosses its gate. `comparison` is with the baseline, where
/// there is one.
std::vector<GateResult> check_gates(const std::vector<Gate>& gates, const Report& report,
                                    const std::optional<Comparison>& comparison, const std::string& baseline);

/// The gates as test cases, for what shows JUnit's XML.
std::string to_junit(const std::vector<GateResult>& results, const std::string& suite, double seconds);

/// A summary for a pull request: metrics with errors, the comparison, the gates.
std::string to_markdown(const Report& report, const std::optional<Comparison>& comparison,
                        const std::string& baseline, const std::vector<GateResult>& gates);

}  // namespace tise::report
