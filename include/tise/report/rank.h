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

/// A value's standard error and 95% interval, as in a report.
struct ReportedError {
  double std_error = 0;
  std::array<double, 2> ci95{};
  std::optional<double> widening = 1.0;  ///< as in metrics::Result
};

/// One generator to rank, from a report, a samples file or a flat file.
struct RankEntry {
  std::string name;                             ///< the file's stem, longer if two would be alike
  std::string path;                             ///< the file, for messages
  std::map<std::string, double> values;         ///< of the RS metrics that have one
  std::map<std::string, std::string> missing;   ///< reasons for the other RS metrics
  std::map<std::string, ReportedError> errors;  ///< of the RS metrics that have one
  std::vector<std::string> unused;              ///< keys of a flat file that RS doesn't use
  std::optional<std::string> signature;         ///< none for flat files
  bool in_memory = false;                       ///< whether it is the run that is ranked among files
  std::shared_ptr<const SampleSet> samples;     ///< if the entry has samples
};

struct RankSettings {
  std::vector<std::string> metrics;  ///< the RS metrics to rank; empty: all
  bool force = false;                ///< rank entries that aren't comparable, with a warning
};

/// An entry on a leaderboard.
struct RankedEntry : RankEntry {
  explicit RankedEntry(RankEntry entry) : RankEntry(std::move(entry)) {}

  std::optional<double> score;            ///< RS
  std::string reason;                     ///< why the score is unknown
  std::map<std::string, double> ranks;    ///< by metric; 1 = worst
  std::map<std::string, double> aspects;  ///< mean rank by aspect; RS is their sum
  std::map<std::string, std::string>
      letters;  ///< by metric: entries that share a letter don't differ significantly
  /// The middle 95% of RS on re-evaluation with other captions of the same kind; nullopt if unknown.
  std::optional<std::array<double, 2>> interval;
  std::vector<double> chances;  ///< probability of each place, first place first; empty if unknown
};

struct Leaderboard {
  std::vector<std::string> metrics;   ///< the ranked metrics, in RS's order
  std::vector<RankedEntry> entries;   ///< best first; those that are missing a metric come last
  std::string no_variation;           ///< why intervals and chances are unknown
  std::vector<std::string> warnings;  ///< what would be an error without force
  std::vector<std::string> notes;
};

/// The metrics that RS is made of, in its order: `IS*, FID, RP, …`.
std::vector<std::string> rank_metrics();

/// RS's spelling of one of its metrics, ignoring case; nullopt if RS doesn't use it.
std::optional<std::string> find_rank_metric(std::string_view key);

/// Reads reports (schema 1), samples files, stores (the samples of their last run) and flat files:
/// `{"IS*": 46.61, …}`, `{"AttnGAN": {"IS*": …}, …}`, or a list of flat objects with a `name`. Throws
/// InputError, also if a file is given twice.
std::vector<RankEntry> read_rank_entries(const std::vector<std::filesystem::path>& files);

/// The entry of a report in memory, named `this run`.
RankEntry rank_entry(const Report& report);

/// `no PA (no captions given), no RP (not in the file)`; empty if the entry has all of `metrics`.
std::string lacking(const RankEntry& entry, const std::vector<std::string>& metrics);

/// Ranks the entries that have every metric. Throws InputError if there are fewer than two and, unless
/// forced, if they aren't comparable: their signatures differ, or shares are mixed with percentages.
Leaderboard rank(std::vector<RankEntry> entries, const RankSettings& settings);

/// Throws what `rank` would throw for the run and the others, before the run has results: `expected` has the
/// run's settings and, for each metric that it will compute, any value of at most 1.
void check_rivals(const Report& expected, const std::vector<RankEntry>& others, const RankSettings& settings);

/// RS of the report among the others, with ranks and aspects; undefined with a reason if it is unavailable.
metrics::Result ranking_score(const Report& report, const data::Dataset& dataset,
                              const std::vector<RankEntry>& others, const RankSettings& settings);

/// The leaderboard's JSON text (docs/rank.md), ending in a newline.
std::string to_json(const Leaderboard& board);

/// A text table, one line per entry.
std::string to_table(const Leaderboard& board);

/// The leaderboard as a sortable HTML page, with intervals and significance groups.
std::string leaderboard_page(const Leaderboard& board);

}  // namespace tise::report
