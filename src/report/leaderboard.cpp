#include "as_text.h"
#include "parts.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

/// Values in RS's order; null if the entry has none.
Json by_metric(const std::vector<std::string>& keys, const std::map<std::string, double>& values) {
  Json json = Json::object();
  for (const std::string& key : keys) {
    const double* value = find_in(values, key);
    json[key] = value == nullptr ? Json() : Json(*value);
  }
  return json;
}

Json entry_json(const RankedEntry& ranked, const std::vector<std::string>& keys) {
  Json json;
  json["name"] = ranked.name;
  json["RS"] = ranked.score ? Json(*ranked.score) : Json();
  if (!ranked.score) json["reason"] = ranked.reason;
  json["interval"] = ranked.interval ? Json(*ranked.interval) : Json();
  json["chances"] = ranked.chances;
  json["ranks"] = ranked.score ? by_metric(keys, ranked.ranks) : Json::object();
  json["aspects"] = ranked.aspects;
  json["metrics"] = by_metric(keys, ranked.values);
  json["letters"] = ranked.letters;
  return json;
}

std::string five_digits(double value) { return formatted("%.5g", value); }

/// `32.5 to 38`
std::string interval_of(const RankedEntry& ranked) {
  if (!ranked.interval) return "-";
  return five_digits((*ranked.interval)[0]) + " to " + five_digits((*ranked.interval)[1]);
}

/// `46.61 (9)`: the value and its rank.
std::string cell(const RankedEntry& ranked, const std::string& key) {
  const double* value = find_in(ranked.values, key);
  if (value == nullptr) return "-";
  const double* rank = find_in(ranked.ranks, key);
  return five_digits(*value) + (rank == nullptr ? "" : " (" + five_digits(*rank) + ")");
}

/// An entry as the page's script reads it.
Json shown_entry(const RankedEntry& ranked) {
  Json json{{"name", ranked.name}, {"score", ranked.score ? Json(*ranked.score) : Json()}};
  if (!ranked.score) json["reason"] = ranked.reason;
  json["values"] = ranked.values;
  json["ci95"] = Json::object();
  for (const auto& [key, error] : ranked.errors) json["ci95"][key] = error.ci95;
  json["ranks"] = ranked.ranks;
  json["groups"] = ranked.letters;
  if (ranked.interval) json["interval"] = *ranked.interval;
  if (!ranked.chances.empty()) json["first"] = ranked.chances.front();
  return json;
}

}  // namespace

std::string to_json(const Leaderboard& board) {
  Json json{{"metrics", board.metrics}, {"entries", Json::array()}};
  for (const RankedEntry& entry : board.entries) json["entries"].push_back(entry_json(entry, board.metrics));
  if (!board.no_variation.empty()) json["no_interval"] = board.no_variation;
  if (!board.warnings.empty()) json["warnings"] = board.warnings;
  if (!board.notes.empty()) json["notes"] = board.notes;
  return json_text(json, 2) + "\n";
}

std::string to_table(const Leaderboard& board) {
  const bool varies = board.no_variation.empty();
  std::vector<Row> rows{varies ? Row{"name", "RS", "95% on re-evaluation", "ranks first"}
                               : Row{"name", "RS"}};
  rows.front().insert(rows.front().end(), board.metrics.begin(), board.metrics.end());
  for (const RankedEntry& entry : board.entries) {
    Row& row = rows.emplace_back(Row{entry.name, entry.score ? five_digits(*entry.score) : "-"});
    if (varies) row.push_back(interval_of(entry));
    if (varies)
      row.push_back(entry.chances.empty() ? "-" : formatted("%.0f%%", 100.0 * entry.chances.front()));
    for (const std::string& key : board.metrics) row.push_back(cell(entry, key));
  }
  const std::string& why = board.no_variation;
  return aligned(rows) + (varies ? "" : "RS has no interval: " + why + "\n");
}

std::string leaderboard_page(const Leaderboard& board) {
  Json page{{"metrics", Json::array()},
            {"entries", Json::array()},
            {"warnings", board.warnings},
            {"notes", board.notes}};
  if (!board.no_variation.empty()) page["notes"].push_back("RS has no interval: " + board.no_variation);
  for (const RankedEntry& ranked : board.entries) page["entries"].push_back(shown_entry(ranked));
  for (const std::string& key : board.metrics) {
    page["metrics"].push_back(
        {{"key", key}, {"higher_is_better", metrics::find_metric(key)->higher_is_better}});
  }
  return filled_page("leaderboard", "tise-eval: leaderboard", page);
}

}  // namespace tise::report
