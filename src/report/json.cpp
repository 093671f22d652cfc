#include <algorithm>

#include "parts.h"
#include "tise/base/concat.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const Run& run) {
  return {{"started", run.started},
          {"seconds", run.seconds},
          {"device", run.device},
          {"precision", run.precision},
          {"images_per_second", run.images_per_second > 0 ? Json(run.images_per_second) : Json()},
          {"stages", run.stages}};
}

void add_pictures(Json& json, const Pictures& pictures) {
  if (const Json facts = to_json(pictures); !facts.is_null()) json.update(facts);
}

Json real_json(const RealInput& real) {
  Json json = Json::object();
  if (!real.path.empty()) {
    json["path"] = real.path;
    if (!real.others.empty()) json["others"] = real.others;
    json["skipped"] = real.skipped;
    if (!real.left_out.empty()) json["left_out"] = real.left_out;
  }
  add_pictures(json, real.pictures);
  json["sets"] = Json::object();
  for (const auto& [role, set] : real.sets) {
    json["sets"][role] = {{"path", set.path},
                          {"count", set.count > 0 ? Json(set.count) : Json()},
                          {"verified", set.verified},
                          {"set", set.set}};
  }
  return json;
}

Json inputs_json(const Inputs& inputs) {
  Json json;
  json["images"] = {{"path", inputs.images.path},
                    {"count", inputs.images.count},
                    {"skipped", inputs.images.skipped},
                    {"unused", inputs.images.unused.size()}};
  add_pictures(json["images"], inputs.images.pictures);
  if (!inputs.images.left_out.empty()) json["images"]["left_out"] = inputs.images.left_out;
  if (const auto& captions = inputs.captions) {
    json["captions"] = {{"path", captions->path},
                        {"format", captions->format},
                        {"sha256", captions->sha256},
                        {"count", captions->count},
                        {"missing", captions->missing}};
    if (captions->cut > 0) json["captions"]["cut"] = captions->cut;
    if (!captions->notes.empty()) json["captions"].update(captions->notes);
  }
  if (const auto& references = inputs.references) {
    json["references"] = {{"path", references->path}, {"sha256", references->sha256}};
  }
  if (inputs.real) json["real"] = real_json(*inputs.real);
  return json;
}

Json model_json(const ModelUsed& model) {
  Json json{{"name", model.name}, {"sha256", model.sha256}, {"input", model.input}, {"source", model.source}};
  if (model.demo) json["demo"] = "trained on the demo world: its numbers mean nothing on other images";
  return json;
}

Json part_json(const metrics::Result& result) {
  Json json = value_json(result);
  json["n"] = result.n;
  if (result.clusters != 0) json["clusters"] = result.clusters;
  return json;
}

Json metric_json(const MetricEntry& entry) {
  const metrics::Result& result = entry.result;
  Json json = part_json(result);
  json["higher_is_better"] = entry.higher_is_better;
  if (result.value && result.bias != 0.0) json["bias"] = or_null(result.bias);
  json.update(result.details);
  for (const ByValue& by : entry.by) {
    Json& values = json["by"][by.field] = Json::object();
    for (const auto& [value, part] : by.values) values[value] = part_json(part);
  }
  if (!result.warnings.empty()) json["warnings"] = result.warnings;
  return json;
}

}  // namespace

Json to_json(const Pictures& pictures) {
  if (pictures.formats.empty()) return {};
  Json json{{"formats", pictures.formats},
            {"sizes",
             {{"smallest", pictures.smallest}, {"median", pictures.median}, {"largest", pictures.largest}}}};
  if (pictures.oriented > 0) json["exif_oriented"] = pictures.oriented;
  if (pictures.animated > 0) json["animated"] = pictures.animated;
  return json;
}

std::string in_words(const Pictures& pictures) {
  if (pictures.formats.empty()) return "";
  const auto size = [](const Pictures::Size& of) { return concat(of[0], " x ", of[1]); };
  std::vector<std::string> formats;
  for (const auto& [format, count] : pictures.formats) formats.push_back(concat(count, " ", format));
  const std::string text = joined(formats) + "; ";
  if (pictures.smallest == pictures.largest) return concat(text, "each ", size(pictures.median));
  return concat(text, size(pictures.smallest), " to ", size(pictures.largest), ", median ",
                size(pictures.median));
}

const MetricEntry* Report::find(std::string_view key) const {
  const auto found = std::ranges::find(metrics, key, &MetricEntry::key);
  return found == metrics.end() ? nullptr : &*found;
}

std::string to_json(const Report& report) {
  Json json{{"schema", kSchema},
            {"tool", tool_json()},
            {"signature", signature(report)},
            {"run", run_json(report.run)},
            {"inputs", inputs_json(report.inputs)},
            {"models", Json::object()}};
  if (const auto& recipe = report.recipe) {
    json["recipe"] = {{"name", recipe->name}, {"status", recipe->tried ? "tried" : "untried"}};
    if (!recipe->overridden.empty()) json["recipe"]["overridden"] = recipe->overridden;
  }
  for (const auto& [archive, model] : report.models) json["models"][archive] = model_json(model);
  json["metrics"] = Json::object();
  for (const MetricEntry& entry : report.metrics) json["metrics"][entry.key] = metric_json(entry);
  if (!report.comparison.is_null()) json["comparison"] = report.comparison;
  if (!report.gates.empty()) json["gates"] = report.gates;
  if (!report.warnings.empty()) json["warnings"] = report.warnings;
  return json_text(json, 2) + "\n";
}

}  // namespace tise::report
