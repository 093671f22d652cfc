// The samples file: a JSON line a pair, or an image where there are no captions. The first line also holds
// what the lines don't say of the run (`run`), so that a file is enough to compare with.

#include "parts.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

/// What `compare` needs of a run beside its lines.
Json summary_json(const Report& report) {
  Json json;
  json["schema"] = kSchema;
  json["signature"] = signature(report);
  json["metrics"] = Json::object();
  for (const MetricEntry& entry : report.metrics) {
    if (entry.result.influence.empty()) continue;
    Json& metric = json["metrics"][entry.key];
    metric["value"] = *entry.result.value;
    metric["n"] = entry.result.n;
    metric["higher_is_better"] = entry.higher_is_better;
    if (!entry.result.poor_expansion.empty()) metric["poor_expansion"] = entry.result.poor_expansion;
  }
  return json;
}

}  // namespace

void write_samples(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections,
                   const std::function<void(std::string_view)>& write) {
  for (std::size_t i = 0; i < sample_count(dataset); ++i) {
    const SampleLine line = sample_line(dataset, i);
    Json json = line_json(line);
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
    if (detections) json["detections"] = detections_json(detections(line.image));
    if (i == 0) json["run"] = summary_json(report);
    write(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  }
}

}  // namespace tise::report
