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
  std::vector<std::string> warnings;    ///< what would have been refused without force
  std::vector<std::string> notes;
};

/// What step a path names, in each way in which it can be read: nothing if it has no number. It is the last
/// number next to `step`, else to `iter`, `kimg`, `epoch`, `checkpoint` or `ckpt`; else a folder or file that
/// is called by nothing but a number; else any number. `10k`, `1.5M`, `1e6` and `10,000` are read in full;
/// `10.000`, `1_000` and `3fa9` can be read in more ways than one.
std::vector<std::int64_t> step_readings(const std::string& path);

/// Reads the reports among the JSON files below a folder, each once, also if links lead to it. `metrics`:
/// which, empty for all. Throws InputError if there is none, if a path's step is missing or unclear, if two
/// name the same, and, unless forced, if a report is damaged or the reports' choices differ.
History read_history(const std::filesystem::path& folder, const std::vector<std::string>& metrics,
                     bool force);

std::string to_json(const History& history);
/// A line a checkpoint.
std::string to_table(const History& history);
/// The page: a chart a metric, with error bars.
std::string history_page(const History& history);

}  // namespace tise::report
