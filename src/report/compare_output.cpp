// Comparisons for programs and for people.

#include "aligned.h"
#include "numbers.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/report/compare.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "worse";
    case Verdict::kNoDifference:
      return "no difference";
  }
  return "";
}

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json json_of(const Difference& difference) {
  Json json;
  json["baseline"] = difference.baseline;
  json["baseline_ci95"] = difference.baseline_ci95;
  json["value"] = difference.value;
  json["difference"] = difference.difference;
  json["std_error"] = difference.std_error;
  json["ci95"] = difference.ci95;
  json["p"] = or_null(difference.p);
  json["p_adjusted"] = or_null(difference.p_adjusted);
  json["verdict"] = to_string(difference.verdict);
  json["words"] = difference.words();
  json["higher_is_better"] = difference.higher_is_better;
  json["paired"] = difference.paired;
  json["n"] = difference.n;
  if (!difference.unreliable.empty()) json["unreliable"] = difference.unreliable;
  return json;
}

std::string table_of(const Comparison& comparison, const std::string& baseline) {
  std::vector<Row> rows{{"metric", baseline, comparison.name, "p", "Holm's p", comparison.name + " is"}};
  std::vector<std::string> doubted;
  for (const Difference& difference : comparison.differences) {
    const bool doubt = !difference.unreliable.empty();
    rows.push_back({difference.metric, shown(difference.baseline), shown(difference.value),
                    shown_p(difference.p), shown_p(difference.p_adjusted),
                    difference.words() + (doubt ? " ?" : "")});
    if (doubt) doubted.push_back(difference.metric + ": " + difference.unreliable);
  }
  std::string text = aligned(rows);
  for (const std::string& doubt : doubted) text += "? the error of " + doubt + "\n";
  return text;
}

}  // namespace

Json json_of(const Comparison& comparison, const std::string& baseline, double alpha) {
  Json json;
  json["name"] = comparison.name;
  json["path"] = comparison.path;
  json["baseline"] = baseline;
  json["alpha"] = alpha;
  json["metrics"] = Json::object();
  for (const Difference& difference : comparison.differences) {
    json["metrics"][difference.metric] = json_of(difference);
  }
  if (!comparison.notes.empty()) json["notes"] = comparison.notes;
  if (!comparison.warnings.empty()) json["warnings"] = comparison.warnings;
  return json;
}

std::string to_json(const Comparisons& comparisons) {
  Json json;
  json["schema"] = kSchema;
  json["baseline"] = comparisons.baseline;
  json["alpha"] = comparisons.alpha;
  json["comparisons"] = Json::array();
  for (const Comparison& comparison : comparisons.others) {
    json["comparisons"].push_back(json_of(comparison, comparisons.baseline, comparisons.alpha));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_table(const Comparisons& comparisons) {
  std::vector<std::string> tables;
  for (const Comparison& comparison : comparisons.others)
    tables.push_back(table_of(comparison, comparisons.baseline));
  return joined(tables, "\n");
}

}  // namespace tise::report
