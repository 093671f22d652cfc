// RS of a run among other reports (--against).

#include "against.h"

#include "tise/base/error.h"
#include "tise/base/paths.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

/// RS's metrics among those asked for.
report::RankSettings rank_settings(const EvaluateOptions& options) {
  report::RankSettings settings;
  settings.force = options.force;
  for (const std::string& key : options.metrics) {
    if (report::find_rank_metric(key)) settings.metrics.push_back(key);
  }
  return settings;
}

bool same_file(const fs::path& a, const std::optional<fs::path>& b) {
  return b && identity_of(a) && identity_of(a) == identity_of(*b);
}

}  // namespace

std::vector<report::RankEntry> read_against(const EvaluateOptions& options, Console& console) {
  std::vector<fs::path> files;
  for (const fs::path& file : options.against) {
    if (same_file(file, options.output)) {
      console.warn("--against " + file.string() + " is the report that this run writes: left out");
    } else {
      files.push_back(file);
    }
  }
  return report::read_rank_entries(files);
}

void check_against(const report::Report& expected, const std::vector<report::RankEntry>& others,
                   const EvaluateOptions& options) {
  if (options.against.empty()) return;
  if (others.empty()) throw UsageError("--against: no report but the one that this run writes");
  const report::RankSettings settings = rank_settings(options);
  const auto keys = settings.metrics.empty() ? report::rank_metrics() : settings.metrics;
  if (const std::string lacks = report::lacking(report::rank_entry(expected), keys); !lacks.empty()) {
    throw UsageError("--against: RS can't be had: " + lacks + "; --metrics names those to rank over");
  }
  report::check_rivals(expected, others, settings);
}

void add_ranking_score(report::Report& report, const data::Dataset& dataset,
                       const std::vector<report::RankEntry>& others, const EvaluateOptions& options) {
  if (!options.metrics.empty() && options.against.empty()) return;
  auto result = report::ranking_score(report, dataset, others, rank_settings(options));
  report.metrics.push_back({std::string(report::kRankingScoreKey), true, std::move(result)});
}

}  // namespace tise::cli
