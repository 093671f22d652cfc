// Comparisons as JSON and as text tables.

#include "as_text.h"
#include "parts.h"
#include "tise/base/concat.h"
#include "tise/base/json_text.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/report/compare.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Difference& difference) {
  Json json;
  json["baseline"] = difference.baseline;
  json["baseline_ci95"] = difference.baseline_ci95;
  json["value"] = difference.value;
  json["difference"] = difference.difference;
  const bool has_error = difference.degrees > 0.0;
  json["std_error"] = has_error ? Json(difference.std_error) : Json();
  if (difference.widening != 1.0) json["widening"] = difference.widening;
  json["ci95"] = has_error ? Json(difference.ci95) : Json();
  json["p"] = or_null(difference.p);
  json["p_adjusted"] = or_null(difference.p_adjusted);
  json["detectable"] = or_null(difference.detectable);
  json["verdict"] = difference.verdict;
  if (difference.verdict == Verdict::kNotJudged) json["reason"] = difference.not_judged;
  if (difference.leeway > 0.0) json["leeway"] = difference.leeway;
  json["words"] = difference.words();
  json["higher_is_better"] = difference.higher_is_better;
  json["paired"] = difference.paired;
  json["n"] = difference.n;
  if (!difference.unreliable.empty()) json["unreliable"] = difference.unreliable;
  return json;
}

std::string table_of(const Comparison& comparison, const std::string& baseline) {
  std::vector<Row> rows{
      {"metric", baseline, comparison.name, "p", "Holm's p", "detectable", comparison.name + " is"}};
  Reasons doubts;
  Reasons not_judged;
  for (const Difference& difference : comparison.differences) {
    rows.push_back({difference.metric, shown(difference.baseline), shown(difference.value),
                    shown_p(difference.p), shown_p(difference.p_adjusted),
                    difference.detectable ? shown_error(*difference.detectable) : "-",
                    difference.outcome() + (difference.unreliable.empty() ? "" : " ?")});
    add_reason(doubts, difference.metric, difference.unreliable);
    if (difference.verdict == Verdict::kNotJudged && difference.not_judged != kNotNamed)
      add_reason(not_judged, difference.metric, difference.not_judged);
  }
  std::string below;
  for (const auto& [reason, metrics] : doubts) {
    const bool is_one = metrics.size() == 1;
    below +=
        concat("? the standard ", is_one ? "error of the difference in " : "errors of the differences in ",
               joined(metrics), is_one ? " is" : " are", " unreliable: ", reason, "\n");
  }
  for (const auto& [reason, metrics] : not_judged)
    below += concat(joined(metrics), metrics.size() == 1 ? " is" : " are", " not judged: ", reason, "\n");
  return aligned(rows) + below;
}

}  // namespace

Json json_of(const Comparison& comparison, const std::string& baseline, double alpha) {
  Json json{{"name", comparison.name},
            {"path", comparison.path},
            {"baseline", baseline},
            {"alpha", alpha},
            {"metrics", Json::object()}};
  for (const Difference& difference : comparison.differences) {
    json["metrics"][difference.metric] = json_of(difference);
  }
  if (!comparison.notes.empty()) json["notes"] = comparison.notes;
  if (!comparison.warnings.empty()) json["warnings"] = comparison.warnings;
  return json;
}

std::string to_json(const Comparisons& comparisons) {
  Json json{{"schema", kSchema},
            {"baseline", comparisons.baseline},
            {"alpha", comparisons.alpha},
            {"comparisons", Json::array()}};
  for (const Comparison& comparison : comparisons.others) {
    json["comparisons"].push_back(json_of(comparison, comparisons.baseline, comparisons.alpha));
  }
  return json_text(json, 2) + "\n";
}

std::string to_table(const Comparisons& comparisons) {
  const auto table = [&](const Comparison& comparison) { return table_of(comparison, comparisons.baseline); };
  return joined(mapped(comparisons.others, table), "\n");
}

}  // namespace tise::report
