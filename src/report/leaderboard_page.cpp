// The leaderboard as a page.

#include "page_template.h"
#include "tise/metrics/registry.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kAlpha = 0.05;

/// Of each entry that has the metric its letters, by the entry's place.
std::vector<std::string> letters_of(const Leaderboard& board, const std::string& key, bool higher_is_better) {
  std::vector<std::size_t> places;
  std::vector<double> values;
  std::vector<std::optional<double>> errors;
  for (std::size_t i = 0; i < board.entries.size(); ++i) {
    const RankEntry& entry = board.entries[i].entry;
    if (!entry.values.contains(key)) continue;
    const auto error = entry.errors.find(key);
    places.push_back(i);
    values.push_back(entry.values.at(key));
    errors.push_back(error == entry.errors.end() ? std::nullopt : std::optional(error->second.std_error));
  }
  const auto found = significance_letters(values, errors, higher_is_better, kAlpha);
  std::vector<std::string> letters(board.entries.size());
  for (std::size_t i = 0; i < places.size(); ++i) letters[places[i]] = found[i];
  return letters;
}

Json entry_json(const RankedEntry& ranked) {
  Json json{{"name", ranked.entry.name}, {"score", ranked.score ? Json(*ranked.score) : Json()}};
  if (!ranked.score) json["reason"] = ranked.reason;
  json["values"] = ranked.entry.values;
  json["ci95"] = Json::object();
  for (const auto& [key, error] : ranked.entry.errors) json["ci95"][key] = error.ci95;
  json["ranks"] = ranked.ranks;
  json["groups"] = Json::object();
  return json;
}

}  // namespace

std::string leaderboard_page(const Leaderboard& board) {
  Json page{{"metrics", Json::array()},
            {"entries", Json::array()},
            {"warnings", board.warnings},
            {"notes", board.notes}};
  for (const RankedEntry& ranked : board.entries) page["entries"].push_back(entry_json(ranked));
  for (const std::string& key : board.metrics) {
    const metrics::Metric* metric = metrics::find_metric(key);
    const bool higher_is_better = metric != nullptr && metric->higher_is_better;
    page["metrics"].push_back({{"key", key}, {"higher_is_better", higher_is_better}});
    const auto letters = letters_of(board, key, higher_is_better);
    for (std::size_t i = 0; i < letters.size(); ++i) {
      if (!letters[i].empty()) page["entries"][i]["groups"][key] = letters[i];
    }
  }
  return filled_page("leaderboard", "tise-eval: leaderboard", page);
}

}  // namespace tise::report
