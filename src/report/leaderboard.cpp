#include <algorithm>
#include <cstdio>

#include "aligned.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

/// In RS's order, null where the entry has none.
Json by_metric(const std::vector<std::string>& keys, const std::map<std::string, double>& values) {
  Json json = Json::object();
  for (const std::string& key : keys) {
    const auto value = values.find(key);
    json[key] = value == values.end() ? Json() : Json(value->second);
  }
  return json;
}

Json entry_json(const RankedEntry& ranked, const std::vector<std::string>& keys) {
  Json json;
  json["name"] = ranked.entry.name;
  json["RS"] = ranked.score ? Json(*ranked.score) : Json();
  if (!ranked.score) json["reason"] = ranked.reason;
  json["ranks"] = ranked.score ? by_metric(keys, ranked.ranks) : Json::object();
  json["aspects"] = ranked.aspects;
  json["metrics"] = by_metric(keys, ranked.entry.values);
  return json;
}

std::string five_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}

/// `46.61 (9)`: the value and its rank.
std::string cell(const RankedEntry& ranked, const std::string& key) {
  const auto value = ranked.entry.values.find(key);
  if (value == ranked.entry.values.end()) return "-";
  const auto rank = ranked.ranks.find(key);
  return five_digits(value->second) +
         (rank == ranked.ranks.end() ? "" : " (" + five_digits(rank->second) + ")");
}

}  // namespace

std::string to_json(const Leaderboard& board) {
  Json json;
  json["metrics"] = board.metrics;
  json["entries"] = Json::array();
  for (const RankedEntry& entry : board.entries) json["entries"].push_back(entry_json(entry, board.metrics));
  if (!board.warnings.empty()) json["warnings"] = board.warnings;
  if (!board.notes.empty()) json["notes"] = board.notes;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_table(const Leaderboard& board) {
  std::vector<Row> rows{{"name", "RS"}};
  rows.front().insert(rows.front().end(), board.metrics.begin(), board.metrics.end());
  for (const RankedEntry& entry : board.entries) {
    Row& row = rows.emplace_back(Row{entry.entry.name, entry.score ? five_digits(*entry.score) : "-"});
    for (const std::string& key : board.metrics) row.push_back(cell(entry, key));
  }
  return aligned(rows);
}

}  // namespace tise::report
