#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tise/metrics/result.h"
#include "tise/report/compare.h"
#include "tise/report/report.h"

namespace tise::report {

inline constexpr std::string_view kRankingScoreKey = "RS";

/// A value's standard error and 95% interval, as a report has them.
struct ReportedError {
  double std_error = 0;
  std::array<double, 2> ci95{};
  std::optional<double> widening = 1.0;  ///< metrics::Result's
};

/// What a report or a flat file says of one generator.
struct RankEntry {
  std::string name;                             ///< the file's stem, with its folder where two are alike
  std::string path;                             ///< the file, for messages
  std::map<std::string, double> values;         ///< of RS's metrics, those that it has
  std::map<std::string, std::string> missing;   ///< of RS's metrics, the others: why
  std::map<std::string, ReportedError> errors;  ///< of RS's metrics, those that have one
  std::vector<std::string> unused;              ///< keys of a flat file that are not RS's
  std::optional<std::string> signature;         ///< a report's; flat files have none
  bool in_memory = false;                       ///< of the run that is ranked among files
  std::shared_ptr<const SampleSet> samples;     ///< where the entry is of samples, or in memory
};

struct RankSettings {
  std::vector<std::string> metrics;  ///< which of RS's metrics are ranked; empty: all
  bool force = false;                ///< rank what isn't comparable, with a warning
};

/// An entry on a leaderboard.
struct RankedEntry : RankEntry {
  explicit RankedEntry(RankEntry entry) : RankEntry(std::move(entry)) {}

  std::optional<double> score;            ///< RS
  std::string reason;                     ///< why there is none
  std::map<std::string, double> ranks;    ///< by metric; 1 = worst
  std::map<std::string, double> aspects;  ///< mean rank by aspect; RS is their sum
  std::map<std::string, std::string>
      letters;  ///< by metric: entries that share one don't differ significantly
  /// The middle 95% of RS on re-evaluation, on other captions of the kind; nothing where it isn't known.
  std::optional<std::array<double, 2>> interval;
  std::vector<double> chances;  ///< then, of each place, the first one first
};

struct Leaderboard {
  std::vector<std::string> metrics;   ///< those that were ranked, in RS's order
  std::vector<RankedEntry> entries;   ///< best first; then those that lack a metric
  std::string no_variation;           ///< why there are no intervals and chances
  std::vector<std::string> warnings;  ///< what would have been refused without force
  std::vector<std::string> notes;
};

/// The metrics that RS sums, in its order: `IS*, FID, RP, …`.
std::vector<std::string> rank_metrics();

/// RS's spelling of one of its metrics, case ignored; nothing where there is none.
std::optional<std::string> find_rank_metric(std::string_view key);

/// Reads reports (schema 1), samples files, stores, which hold the samples of their last run, and flat files:
/// `{"IS*": 46.61, …}`, `{"AttnGAN": {"IS*": …}, …}`, or a list of flat objects with a `name`. Throws
/// InputError, also where a file is given twice.
std::vector<RankEntry> read_rank_entries(const std::vector<std::filesystem::path>& files);

/// The entry of a report that is still in memory, named `this run`.
RankEntry rank_entry(const Report& report);

/// `no PA (no captions given), no RP (not in the file)`, or nothing where the entry has all of `metrics`.
std::string lacking(const RankEntry& entry, const std::vector<std::string>& metrics);

/// Ranks the entries that have every metric. Throws InputError where fewer than two have, and, unless forced,
/// where they are not comparable: signatures that differ, shares beside percentages.
Leaderboard rank(std::vector<RankEntry> entries, const RankSettings& settings);

/// Throws what `rank` of the run and the others would throw, before the run has its numbers: `expected` has
/// the run's settings, and any value at most 1 for what it will compute.
void check_rivals(const Report& expected, const std::vector<RankEntry>& others, const RankSettings& settings);

/// RS of the report among the others, with ranks and aspects; null with the reason where it can't be had.
metrics::Result ranking_score(const Report& report, const data::Dataset& dataset,
                              const std::vector<RankEntry>& others, const RankSettings& settings);

/// The leaderboard's JSON text (docs/rank.md), ending in a newline.
std::string to_json(const Leaderboard& board);

/// A table for people, one line an entry.
std::string to_table(const Leaderboard& board);

/// The leaderboard as a page, sortable, with intervals and significance groups.
std::string leaderboard_page(const Leaderboard& board);

}  // namespace tise::report
