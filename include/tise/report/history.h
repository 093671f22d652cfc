#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tise::report {

/// A metric's value at one checkpoint.
struct HistoryValue {
  double value = 0;
  std::optional<std::array<double, 2>> ci95;
  std::string unreliable;
};

/// A report of one checkpoint, and the step that its path names.
struct Checkpoint {
  std::int64_t step = 0;
  std::string path;  ///< relative to the folder
  std::string signature;
  std::map<std::string, HistoryValue> metrics;  ///< metrics that have a value
};

/// Reports over the steps of a training run.
struct History {
  std::string folder;
  std::vector<std::string> metrics;     ///< metrics that any checkpoint has, in the registry's order
  std::vector<Checkpoint> checkpoints;  ///< by ascending step
  std::vector<std::string> warnings;    ///< what would be an error without force
  std::vector<std::string> notes;
};

/// The step that a path names, in every possible reading; empty if the path has no whole number. The step is
/// the last number next to `step`, else next to `iter`, `kimg`, `epoch`, `checkpoint` or `ckpt`; else a
/// folder or file name that is just a number; else any number. `10k`, `1.5M`, `1e6` and `10,000` have one
/// reading; `10.000`, `1_000` and `3fa9` have several.
std::vector<std::int64_t> step_readings(const std::string& path);

/// Reads the reports among the JSON files below a folder, each once even if several links lead to it. Takes
/// only the given metrics; all for an empty list. Throws InputError if it finds no report, if a path's step
/// is missing or ambiguous, if two reports have the same step and, unless forced, if a report is damaged or
/// the reports aren't comparable.
History read_history(const std::filesystem::path& folder, const std::vector<std::string>& metrics,
                     bool force);

std::string to_json(const History& history);
/// A text table, one line per checkpoint.
std::string to_table(const History& history);
/// The HTML page: one chart per metric, with error bars.
std::string history_page(const History& history);

}  // namespace tise::report
