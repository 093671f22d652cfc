// The leaderboard as a page.

#include "page_template.h"
#include "tise/metrics/registry.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

Json entry_json(const RankedEntry& ranked) {
  Json json{{"name", ranked.entry.name}, {"score", ranked.score ? Json(*ranked.score) : Json()}};
  if (!ranked.score) json["reason"] = ranked.reason;
  json["values"] = ranked.entry.values;
  json["ci95"] = Json::object();
  for (const auto& [key, error] : ranked.entry.errors) json["ci95"][key] = error.ci95;
  json["ranks"] = ranked.ranks;
  json["groups"] = ranked.letters;
  if (ranked.interval) json["interval"] = *ranked.interval;
  if (!ranked.chances.empty()) json["first"] = ranked.chances.front();
  return json;
}

}  // namespace

std::string leaderboard_page(const Leaderboard& board) {
  Json page{{"metrics", Json::array()},
            {"entries", Json::array()},
            {"warnings", board.warnings},
            {"notes", board.notes}};
  if (!board.no_variation.empty()) page["notes"].push_back("RS has no interval: " + board.no_variation);
  for (const RankedEntry& ranked : board.entries) page["entries"].push_back(entry_json(ranked));
  for (const std::string& key : board.metrics) {
    const metrics::Metric* metric = metrics::find_metric(key);
    const bool higher_is_better = metric != nullptr && metric->higher_is_better;
    page["metrics"].push_back({{"key", key}, {"higher_is_better", higher_is_better}});
  }
  return filled_page("leaderboard", "tise-eval: leaderboard", page);
}

}  // namespace tise::report
