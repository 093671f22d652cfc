// Ranking score (RS), Dinh et al., "TISE", ECCV 2022, section 4.
//
// Every metric ranks the N generators from 1 (worst) to N; an aspect is the mean of its metrics' ranks, and
// RS is the sum over the six aspects:
//
//     RS = ½(IS* + FID) + RP + ½(SOA-C + SOA-I) + ½(O-IS + O-FID) + CA + PA
//
// So RS is meaningful only among the entries that were ranked together. Over fewer metrics it is the sum over
// the aspects that have a metric left, each the mean of the ranks that it has.
//
// Departures: equal values share the mean of their ranks; TISE's script ranks them by the order of its files.
// An entry that is missing a metric gets no RS, and the others are ranked without it.

#include "tise/report/rank.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "comparable.h"
#include "ranking.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"

namespace tise::report {
namespace {

/// In RS's order.
constexpr std::array<std::string_view, 6> kAspects{"image realism",      "text relevance",
                                                   "object accuracy",    "object fidelity",
                                                   "counting alignment", "positional alignment"};

const metrics::Metric& metric_of(std::string_view key) { return *metrics::find_metric(key); }

/// The RS metrics to rank, in RS's order.
std::vector<std::string> chosen(const RankSettings& settings) {
  std::vector<std::string> keys = rank_metrics();
  std::erase_if(keys, [&](const std::string& key) { return !metrics::asked_for(settings.metrics, key); });
  return keys;
}

/// Values that differ only by rounding, such as the FID of the same images in another order, are equal.
bool equal_values(double a, double b) {
  constexpr double kRounding = 1e-9;
  return std::abs(a - b) <= kRounding * std::max(std::abs(a), std::abs(b));
}

double rank_of(double value, const std::vector<double>& all, bool higher_is_better) {
  const auto equal = std::ranges::count_if(all, [&](double other) { return equal_values(other, value); });
  const auto worse = std::ranges::count_if(all, [&](double other) {
    return !equal_values(other, value) && (higher_is_better ? other < value : other > value);
  });
  return static_cast<double>(worse) + static_cast<double>(equal + 1) / 2;
}

void rank_by(const std::string& key, const std::vector<RankedEntry*>& complete) {
  const auto value = [&](const RankedEntry* entry) { return entry->values.at(key); };
  const std::vector<double> ranks = ranks_of(key, mapped(complete, value));
  for (std::size_t i = 0; i < complete.size(); ++i) complete[i]->ranks[key] = ranks[i];
}

/// Computes the aspects from the ranks, and RS from the aspects.
void sum_up(RankedEntry& entry) {
  std::map<std::string, std::vector<double>> by_aspect;
  for (const auto& [key, rank] : entry.ranks) {
    by_aspect[std::string(metric_of(key).aspect)].push_back(rank);
  }
  double sum = 0;
  for (const auto& [aspect, ranks] : by_aspect) {
    double total = 0;
    for (const double rank : ranks) total += rank;
    entry.aspects[aspect] = total / static_cast<double>(ranks.size());
    sum += entry.aspects[aspect];
  }
  entry.score = sum;
}

[[noreturn]] void too_few(const std::vector<RankedEntry>& entries) {
  const auto described = [](const RankedEntry& entry) {
    return entry.name + ": " + (entry.reason.empty() ? "complete" : entry.reason);
  };
  throw InputError(
      "ranking needs two entries that have every ranked metric; rank fewer metrics with --metrics:",
      mapped(entries, described));
}

[[noreturn]] void not_comparable(const std::vector<std::string>& why) {
  throw InputError("these entries are not comparable; pass --force to rank them anyway:", why);
}

/// What users should know in addition to the numbers.
std::vector<std::string> notes_on(const std::vector<RankedEntry>& entries) {
  std::vector<std::string> notes;
  std::vector<std::string> flat;
  std::set<std::string> unused;
  for (const RankedEntry& ranked : entries) {
    if (!ranked.score) notes.push_back(ranked.name + " is not ranked: " + ranked.reason);
    if (!ranked.signature) flat.push_back(ranked.name);
    unused.insert(ranked.unused.begin(), ranked.unused.end());
  }
  if (!unused.empty()) {
    notes.push_back("ignored, because RS does not use them: " + joined(unused));
  }
  if (!flat.empty() && flat.size() < entries.size()) {
    notes.push_back("flat entries have no signature, so it is unknown whether they are comparable: " +
                    joined(flat));
  }
  return notes;
}

std::vector<const RankEntry*> complete_ones(const std::vector<RankEntry>& entries,
                                            const std::vector<std::string>& metrics) {
  std::vector<const RankEntry*> complete;
  for (const RankEntry& entry : entries) {
    if (lacking(entry, metrics).empty()) complete.push_back(&entry);
  }
  return complete;
}

std::vector<RankEntry> with(RankEntry first, const std::vector<RankEntry>& others) {
  std::vector<RankEntry> all{std::move(first)};
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

/// The run's place on a leaderboard, as the result of the report's entry.
metrics::Result result_of(const RankedEntry& run, const Leaderboard& board) {
  std::vector<std::string> against;
  for (const RankedEntry& entry : board.entries) {
    if (entry.score && &entry != &run) against.push_back(entry.name);
  }
  metrics::Result result = metrics::Result::of(*run.score, against.size() + 1);
  auto& variation = result.details["variation"];
  variation["interval"] = run.interval ? nlohmann::ordered_json(*run.interval) : nlohmann::ordered_json();
  if (run.interval) variation["chances"] = run.chances;
  if (!board.no_variation.empty()) variation["reason"] = board.no_variation;
  result.details["ranks"] = run.ranks;
  result.details["aspects"] = run.aspects;
  result.details["metrics"] = board.metrics;
  result.details["against"] = against;
  if (!board.notes.empty()) result.details["notes"] = board.notes;
  result.warnings = board.warnings;
  if (board.metrics.size() < rank_metrics().size()) {
    result.warnings.push_back("ranked only by " + joined(board.metrics));
  }
  return result;
}

/// A leaderboard without letters.
Leaderboard ranked(std::vector<RankEntry> entries, const RankSettings& settings) {
  Leaderboard board;
  board.metrics = chosen(settings);
  for (RankEntry& entry : entries) board.entries.emplace_back(std::move(entry));
  std::vector<RankedEntry*> complete;
  for (RankedEntry& entry : board.entries) {
    entry.reason = lacking(entry, board.metrics);
    if (entry.reason.empty()) complete.push_back(&entry);
  }
  if (complete.size() < 2) too_few(board.entries);
  board.warnings = obstacles({complete.begin(), complete.end()}, board.metrics);
  if (!board.warnings.empty() && !settings.force) not_comparable(board.warnings);
  for (const std::string& key : board.metrics) rank_by(key, complete);
  for (RankedEntry* entry : complete) sum_up(*entry);
  add_variation(board, complete);
  std::ranges::stable_sort(board.entries, std::greater(), &RankedEntry::score);  // without a score: last
  board.notes = notes_on(board.entries);
  return board;
}

}  // namespace

std::vector<double> ranks_of(const std::string& key, const std::vector<double>& values) {
  const bool higher_is_better = metric_of(key).higher_is_better;
  return mapped(values, [&](double value) { return rank_of(value, values, higher_is_better); });
}

double weight_of(const std::string& key, const std::vector<std::string>& keys) {
  const auto shares_aspect = [&](const std::string& other) {
    return metric_of(other).aspect == metric_of(key).aspect;
  };
  return 1.0 / static_cast<double>(std::ranges::count_if(keys, shares_aspect));
}

std::vector<std::string> rank_metrics() {
  std::vector<std::string> keys;
  for (const std::string_view aspect : kAspects) {
    for (const metrics::Metric* metric : metrics::registry()) {
      if (metric->aspect == aspect) keys.emplace_back(metric->key);
    }
  }
  return keys;
}

std::optional<std::string> find_rank_metric(std::string_view key) {
  const metrics::Metric* metric = metrics::find_metric(key);
  if (metric == nullptr || metric->aspect.empty()) return std::nullopt;
  return std::string(metric->key);
}

std::string lacking(const RankEntry& entry, const std::vector<std::string>& metrics) {
  std::vector<std::string> parts;
  for (const std::string& key : metrics) {
    if (const std::string* why = find_in(entry.missing, key))
      parts.push_back(concat("no ", key, " (", *why, ")"));
  }
  return joined(parts);
}

Leaderboard rank(std::vector<RankEntry> entries, const RankSettings& settings) {
  Leaderboard board = ranked(std::move(entries), settings);
  add_letters(board);
  return board;
}

void check_rivals(const Report& expected, const std::vector<RankEntry>& others,
                  const RankSettings& settings) {
  const auto keys = chosen(settings);
  if (complete_ones(others, keys).empty()) {
    const auto lacks = [&](const RankEntry& other) { return other.path + ": " + lacking(other, keys); };
    throw InputError(
        "RS needs another report that has every ranked metric; rank fewer metrics with --metrics:",
        mapped(others, lacks));
  }
  const auto all = with(rank_entry(expected), others);
  const auto found = obstacles(complete_ones(all, keys), keys);
  if (!found.empty() && !settings.force) not_comparable(found);
}

metrics::Result ranking_score(const Report& report, const data::Dataset& dataset,
                              const std::vector<RankEntry>& others, const RankSettings& settings) {
  using metrics::Result;
  if (others.empty()) return Result::undefined("no other reports given (--against)");
  const auto keys = chosen(settings);
  auto all = with(rank_entry(report), others);
  all.front().samples = std::make_shared<const SampleSet>(sample_set(report, dataset));
  const auto complete = complete_ones(all, keys);
  if (const std::string lacks = lacking(all.front(), keys); !lacks.empty()) return Result::undefined(lacks);
  if (complete.size() < 2) return Result::undefined("RS needs another report that has every ranked metric");
  const auto found = obstacles(complete, keys);
  if (!found.empty() && !settings.force) return Result::undefined("not comparable: " + joined(found, "; "));
  const Leaderboard board = ranked(all, settings);
  const auto run =
      std::ranges::find_if(board.entries, [](const RankedEntry& ranked) { return ranked.in_memory; });
  return result_of(*run, board);
}

}  // namespace tise::report
