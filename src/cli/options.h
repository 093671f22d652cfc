#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tise/report/gates.h"
#include "tise/run/run.h"

/// Of commands that others use too: `demo` runs four of them.
namespace tise::cli {

/// What a run must keep, and where it is said for CI.
struct GateOptions {
  std::vector<report::Gate> limits;                       ///< --fail-under, --fail-over
  std::optional<std::filesystem::path> baseline;          ///< samples, or a store
  std::optional<std::vector<std::string>> fail_if_worse;  ///< metrics; empty: all that the baseline has
  double alpha = 0.05;                                    ///< of "significantly"
  std::optional<std::filesystem::path> junit;
  std::optional<std::filesystem::path> markdown;
};

/// What becomes of a run's report.
struct ReportOptions {
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> samples;
  std::optional<std::filesystem::path> html;
  std::vector<std::filesystem::path> against;  ///< the reports that RS ranks this run among
  bool force = false;                          ///< rank, or compare, what isn't comparable
  GateOptions gates;
};

struct EvaluateOptions {
  run::Spec spec;
  ReportOptions report;
};

struct StatsOptions {
  run::StatisticsSpec spec;
  std::filesystem::path output;
};

struct RankOptions {
  std::vector<std::filesystem::path> reports;
  std::optional<std::filesystem::path> over_time;  ///< a folder of reports, in place of a ranking
  std::vector<std::string> metrics;                ///< of RS, over time of all; empty: all
  bool force = false;
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> html;
};

struct CompareOptions {
  std::vector<std::filesystem::path> samples;  ///< files of --samples, or stores; the first is the baseline
  std::vector<std::string> metrics;            ///< empty: all
  double alpha = 0.05;
  bool force = false;
  bool fail_if_worse = false;
  std::optional<std::filesystem::path> output;
};

}  // namespace tise::cli
