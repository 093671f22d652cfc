#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tise/report/gates.h"
#include "tise/run/run.h"

/// Options of commands that other commands run too: `demo` runs four of them.
namespace tise::cli {

/// The gates of a run, and where their results are written for CI.
struct GateOptions {
  std::vector<report::Gate> limits;                       ///< --fail-under, --fail-over
  std::optional<std::filesystem::path> baseline;          ///< a samples file or a store
  std::optional<std::vector<std::string>> fail_if_worse;  ///< metrics; empty means all that the baseline has
  double alpha = 0.05;                                    ///< significance level
  std::optional<std::filesystem::path> junit;
  std::optional<std::filesystem::path> markdown;
};

/// What is done with a run's report.
struct ReportOptions {
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> samples;
  std::optional<std::filesystem::path> html;
  std::vector<std::filesystem::path> against;  ///< reports that RS ranks this run among
  bool force = false;                          ///< rank or compare runs that aren't comparable
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
  std::optional<std::filesystem::path>
      over_time;                     ///< a folder of reports to show over time, instead of ranking
  std::vector<std::string> metrics;  ///< metrics of RS, or any with `over_time`; empty means all
  bool force = false;
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> html;
};

struct CompareOptions {
  std::vector<std::filesystem::path> samples;  ///< samples files or stores; the first is the baseline
  std::vector<std::string> metrics;            ///< empty means all
  double alpha = 0.05;
  bool force = false;
  bool fail_if_worse = false;
  std::optional<std::filesystem::path> output;
};

}  // namespace tise::cli
