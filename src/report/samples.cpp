// The samples file: one JSON line per pair, or per image in a run without captions. The first line also
// describes the run (`run`), so that `compare` needs nothing but the file.

#include <utility>

#include "parts.h"
#include "tise/base/json_text.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

/// What `compare` needs to know about a run in addition to its lines.
Json summary_json(const Report& report) {
  Json json{{"schema", kSchema}, {"signature", signature(report)}};
  if (report.settings.prompts != metrics::Prompts::kSampled)
    json["prompts"] = metrics::to_string(report.settings.prompts);
  json["metrics"] = Json::object();
  for (const MetricEntry& entry : report.metrics) {
    const metrics::Result& result = entry.result;
    if (result.influence.empty()) continue;
    Json& metric = json["metrics"][entry.key];
    metric["value"] = *result.value;
    metric["n"] = result.n;
    metric["higher_is_better"] = entry.higher_is_better;
    if (result.std_error) {
      metric["std_error"] = *result.std_error;
      metric["ci95"] = result.ci95;
    }
    if (!result.poor_expansion.empty()) metric["poor_expansion"] = result.poor_expansion;
    metric["bias"] = or_null(result.bias);
    metric["widening"] = or_null(result.widening);
    if (result.terms != 0.0) metric["terms"] = result.terms;
    if (result.choices != 0) metric["choices"] = result.choices;
    if (!result.strata.empty()) metric["strata"] = result.strata.names;
  }
  return json;
}

/// A pair's outcomes in the strata of metrics that are means over strata.
Json strata_json(const Report& report, std::size_t pair) {
  Json json = Json::object();
  for (const MetricEntry& entry : report.metrics) {
    const metrics::Strata& strata = entry.result.strata;
    if (strata.empty()) continue;
    for (const auto& [stratum, success] : strata.of_pair[pair])
      json[entry.key][strata.names[stratum]] = success;
  }
  return json;
}

}  // namespace

void write_samples(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections,
                   const std::function<void(std::string_view)>& write) {
  for (std::size_t i = 0; i < sample_count(dataset); ++i) {
    const SampleLine line = sample_line(dataset, i);
    Json json = line_json(line);
    if (!dataset.pairs.empty()) {
      for (const data::Named& field : dataset.pairs[i].item.fields) json["fields"][field.name] = field.text;
    }
    json["scores"] = Json::object();
    json["influence"] = Json::object();
    for (const MetricEntry& entry : report.metrics) {
      const metrics::Result& result = entry.result;
      if (i < result.pair_scores.size() && result.pair_scores[i]) {
        json["scores"][entry.key] = *result.pair_scores[i];
      }
      if (i < result.influence.size() && result.influence[i]) {
        json["influence"][entry.key] = *result.influence[i];
      }
    }
    if (Json strata = strata_json(report, i); !strata.empty()) json["strata"] = std::move(strata);
    if (detections) json["detections"] = detections_json(detections(line.image));
    if (i == 0) {
      json["run"] = summary_json(report);
      json["run"]["lines"] = sample_count(dataset);
    }
    write(json_text(json) + "\n");
  }
}

}  // namespace tise::report
