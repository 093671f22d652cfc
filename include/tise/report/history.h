#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tise::report {

/// A metric of one checkpoint.
struct HistoryValue {
  double value = 0;
  std::optional<std::array<double, 2>> ci95;
  std::string unreliable;
};

/// A report of one checkpoint, and the step that its path names.
struct Checkpoint {
  std::int64_t step = 0;
  std::string path;  ///< below the folder
  std::string signature;
  std::map<std::string, HistoryValue> metrics;  ///< those that have a value
};

/// Reports over the steps of a training run.
struct History {
  std::string folder;
  std::vector<std::string> metrics;     ///< those that any checkpoint has, in the registry's order
  std::vector<Checkpoint> checkpoints;  ///< by rising step
  std::vector<std::string> warnings;
};

/// The step that a path names: the number after the last `step`, else `iter`, `kimg`, `epoch`, `checkpoint`
/// or `ckpt`, else the last whole number. Nothing where there is no number.
std::optional<std::int64_t> step_of(const std::string& path);

/// Reads the reports among the JSON files below a folder. `metrics`: which, empty for all. Throws InputError
/// where there is none, where a path names no step or two name the same, or, unless forced, where the
/// reports' choices differ.
History read_history(const std::filesystem::path& folder, const std::vector<std::string>& metrics,
                     bool force);

std::string to_json(const History& history);
/// A line a checkpoint.
std::string to_table(const History& history);
/// The page: a chart a metric, with error bars.
std::string history_page(const History& history);

}  // namespace tise::report
