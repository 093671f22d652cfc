#include "parts.h"

#include <string_view>

#include "as_text.h"
#include "tise/base/json_text.h"
#include "tise/base/utf8.h"

namespace tise::report {

extern const char* const kPageHtml;  // page_html.cpp.in

using Json = nlohmann::ordered_json;

Json tool_json() {
  const Tool tool = this_tool();
  return {{"name", tool.name}, {"version", tool.version}, {"commit", tool.commit}};
}

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::optional<double> number_or_null(const nlohmann::json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<std::array<double, 2>> interval_in(const nlohmann::json& metric) {
  const auto interval = metric.find("ci95");
  if (interval == metric.end() || !interval->is_array() || interval->size() != 2) return std::nullopt;
  if (!(*interval)[0].is_number() || !(*interval)[1].is_number()) return std::nullopt;
  return interval->get<std::array<double, 2>>();
}

Json value_json(const metrics::Result& result) {
  Json json;
  json["value"] = result.value ? Json(*result.value) : Json();
  if (!result.value) json["reason"] = result.reason;
  if (result.std_error) {
    json["std_error"] = *result.std_error;
    json["ci95"] = result.ci95;
    json["detectable"] = or_null(result.detectable);
  }
  if (!result.unreliable.empty()) json["unreliable"] = result.unreliable;
  if (result.widening != 1.0) json["widening"] = or_null(result.widening);
  return json;
}

Json detections_json(const std::vector<Detection>& detections) {
  Json list = Json::array();
  for (const Detection& found : detections) {
    list.push_back({{"label", found.label}, {"score", found.score}, {"box", found.box}});
  }
  return list;
}

std::size_t sample_count(const data::Dataset& dataset) {
  return dataset.pairs.empty() ? dataset.images.size() : dataset.pairs.size();
}

SampleLine sample_line(const data::Dataset& dataset, std::size_t index) {
  if (dataset.pairs.empty()) return {dataset.images[index].name, dataset.images[index].name, {}, {}};
  const data::Pair& pair = dataset.pairs[index];
  return {pair.item.id, dataset.images[pair.image].name, pair.item.caption, pair.item.cluster};
}

Json line_json(const SampleLine& line) {
  Json json{{"id", line.id}, {"image", line.image}};
  if (line.caption) json["caption"] = *line.caption;
  if (line.cluster) json["cluster"] = *line.cluster;
  return json;
}

std::string filled_page(const std::string& kind, const std::string& title, const Json& data) {
  Json shown{{"kind", kind}, {"title", title}, {"tool", tool_json()}};
  shown.update(data);
  constexpr std::string_view kTitle = "@PAGE_TITLE@";
  constexpr std::string_view kData = "@PAGE_DATA@";
  const std::string_view page = kPageHtml;
  const std::size_t title_at = page.find(kTitle);
  const std::size_t data_at = page.find(kData);
  std::string text(page.substr(0, title_at));
  text += escape_markup(title);
  text += page.substr(title_at + kTitle.size(), data_at - title_at - kTitle.size());
  text += replaced(json_text(shown), '<', "\\u003c");  // so that nothing in it ends the <script>
  text += page.substr(data_at + kData.size());
  return text;
}

}  // namespace tise::report
