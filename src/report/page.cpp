// The data of a report's page, as the JSON that its script reads (src/report/page).

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "parts.h"
#include "signature_fields.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/image/decode.h"
#include "tise/image/thumbnail.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kExtremes = 8;  // best and worst samples of each metric
constexpr int kThumbnailSide = 256;
constexpr std::size_t kBins = 24;

/// Sets of real features from the same images.
struct RealLine {
  const RealSet* set = nullptr;
  std::set<std::string> names;
};

/// Groups sets that have the same path and count, with their roles.
std::vector<RealLine> real_lines(const std::map<std::string, RealSet>& sets) {
  std::vector<RealLine> lines;
  for (const auto& [field, set] : sets) {
    auto line = std::ranges::find_if(lines, [&set = set](const RealLine& known) {
      return known.set->path == set.path && known.set->count == set.count;
    });
    if (line == lines.end()) line = lines.insert(line, {&set, {}});
    const auto [name, archive] = metrics::named(field);
    line->names.insert(concat(name.substr(0, name.find('.')), archive.empty() ? "" : "@", archive));
  }
  return lines;
}

Json inputs_list(const Inputs& inputs) {
  Json list = Json::array();
  const auto add = [&](const std::string& role, const std::string& path, std::size_t count) {
    list.push_back({{"role", role}, {"path", path}});
    if (count > 0) list.back()["count"] = count;
  };
  const auto add_files = [&](const Pictures& pictures) {
    if (const std::string files = in_words(pictures); !files.empty()) list.back()["files"] = files;
  };
  add("images", inputs.images.path, inputs.images.count);
  add_files(inputs.images.pictures);
  if (inputs.captions) add("captions", inputs.captions->path, inputs.captions->count);
  if (inputs.references) add("references", inputs.references->path, 0);
  if (inputs.real) {
    for (const auto& [set, names] : real_lines(inputs.real->sets)) {
      add("real images, for " + joined(names), set->path, set->count);
      if (set->path == inputs.real->path) add_files(inputs.real->pictures);
    }
  }
  return list;
}

/// The metric's entry in the report's comparison, in the page's format of baselines.
Json baselines_json(const Json& comparison, const std::string& key) {
  Json list = Json::array();
  if (comparison.is_null() || !comparison["metrics"].contains(key)) return list;
  const Json& metric = comparison["metrics"][key];
  list.push_back({{"name", comparison["baseline"]},
                  {"value", metric["baseline"]},
                  {"ci95", metric["baseline_ci95"]},
                  {"difference", metric["difference"]},
                  {"std_error", metric["std_error"]},
                  {"p_adjusted", metric["p_adjusted"]},
                  {"verdict", metric["verdict"]},
                  {"words", metric["words"]},
                  {"reason", metric.value("reason", "")}});
  return list;
}

/// The details that fit on a line next to the value: no tables of classes or words.
Json short_details(const Json& details) {
  Json kept = Json::object();
  for (const auto& [key, value] : details.items()) {
    const bool is_table = value.is_object() && key != "extrapolated";
    if (!is_table && !value.is_array()) kept[key] = value;
  }
  return kept;
}

Json metric_json(const MetricEntry& entry, const Json& comparison) {
  const metrics::Result& result = entry.result;
  Json json{{"key", entry.key}, {"higher_is_better", entry.higher_is_better}};
  json.update(value_json(result));
  if (!result.value) return json;
  json["n"] = result.n;
  json["warnings"] = result.warnings;
  json["details"] = short_details(result.details);
  json["baselines"] = baselines_json(comparison, entry.key);
  return json;
}

/// The distinct values of the numbers that exist.
std::set<double> distinct(const std::vector<std::optional<double>>& numbers) {
  std::set<double> values;
  for (const auto& number : numbers) {
    if (number) values.insert(*number);
  }
  return values;
}

/// A histogram of scores; nullopt if they take fewer than three values.
std::optional<Json> distribution_of(const MetricEntry& entry) {
  const std::set<double> scores = distinct(entry.result.pair_scores);
  if (scores.size() < 3) return std::nullopt;
  const double low = *scores.begin();
  const double width = *scores.rbegin() - low;
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kBins; ++i) {
    edges.push_back(low + width * static_cast<double>(i) / kBins);
  }
  std::vector<std::size_t> counts(kBins, 0);
  for (const auto& score : entry.result.pair_scores) {
    if (score) ++counts[std::min(static_cast<std::size_t>((*score - low) / width * kBins), kBins - 1)];
  }
  return Json{{"key", entry.key}, {"edges", edges}, {"counts", counts}};
}

/// `{"dog": {"value": …}}` as a list with names.
Json named(const Json& shares) {
  Json list = Json::array();
  for (const auto& [name, share] : shares.items()) {
    Json item{{"name", name}};
    item.update(share);
    list.push_back(std::move(item));
  }
  return list;
}

/// CA's `confusion` as a matrix: requested numbers as rows, detected ones as columns.
Json confusion_json(const Json& confusion) {
  std::map<double, std::map<std::int64_t, std::int64_t>> cells;
  std::int64_t most = 0;
  for (const auto& [asked, row] : confusion.items()) {
    for (const auto& [counted, n] : row.items()) {
      cells[std::stod(asked)][std::stoll(counted)] = n.get<std::int64_t>();
      most = std::max<std::int64_t>(most, std::stoll(counted));
    }
  }
  Json json{{"asked", Json::array()}, {"counted", Json::array()}, {"cells", Json::array()}};
  for (std::int64_t counted = 0; counted <= most; ++counted) json["counted"].push_back(counted);
  for (const auto& [asked, row] : cells) {
    Json line = Json::array();
    for (std::int64_t counted = 0; counted <= most; ++counted) {
      const std::int64_t* n = find_in(row, counted);
      line.push_back(n == nullptr ? 0 : *n);
    }
    json["asked"].push_back(asked);
    json["cells"].push_back(std::move(line));
  }
  return json;
}

/// What the samples of a metric are ranked by: their scores if these differ, else their influences.
const std::vector<std::optional<double>>& standing_of(const metrics::Result& result) {
  return distinct(result.pair_scores).size() < 2 ? result.influence : result.pair_scores;
}

/// The lines with the largest standings times `sign`; of equal ones the first.
std::vector<std::size_t> largest(const std::vector<std::optional<double>>& standing, double sign) {
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < standing.size(); ++i) {
    if (standing[i]) lines.push_back(i);
  }
  const std::size_t kept = std::min(kExtremes, lines.size());
  std::ranges::partial_sort(lines, lines.begin() + static_cast<std::ptrdiff_t>(kept), {},
                            [&](std::size_t line) { return std::pair(-sign * *standing[line], line); });
  lines.resize(kept);
  return lines;
}

/// The indices of lines in `shown`, to which new lines are added.
Json places_of(const std::vector<std::size_t>& lines, std::vector<std::size_t>& shown) {
  Json json = Json::array();
  for (const std::size_t line : lines) {
    const auto place = std::ranges::find(shown, line);
    json.push_back(place - shown.begin());
    if (place == shown.end()) shown.push_back(line);
  }
  return json;
}

/// The archive that a metric was named with; empty if none.
std::string archive_of(const MetricEntry& entry) {
  const auto chosen = metrics::find_chosen(entry.key);
  return chosen ? chosen->archive : "";
}

/// Whether a later metric of the archive has the same scores: SOA-I averages the scores that SOA-C averages
/// by class.
bool is_shown_later(const Report& report, const MetricEntry& entry) {
  const auto& scores = entry.result.pair_scores;
  return !scores.empty() && std::any_of(&entry + 1, report.metrics.data() + report.metrics.size(),
                                        [&](const MetricEntry& later) {
                                          return archive_of(later) == archive_of(entry) &&
                                                 later.result.pair_scores == scores;
                                        });
}

Json extremes_json(const Report& report, std::vector<std::size_t>& shown) {
  Json list = Json::array();
  for (const MetricEntry& entry : report.metrics) {
    if (!entry.result.value || is_shown_later(report, entry)) continue;
    const auto& standing = standing_of(entry.result);
    if (distinct(standing).size() < 2) continue;
    const double better = entry.higher_is_better ? 1.0 : -1.0;
    list.push_back({{"key", entry.key},
                    {"best", places_of(largest(standing, better), shown)},
                    {"worst", places_of(largest(standing, -better), shown)}});
  }
  return list;
}

void add_picture(Json& json, const data::ImageFile& image, const image::Opening& opening) {
  try {
    const image::Thumbnail thumbnail =
        image::thumbnail(data::read_image(image, "image"), opening, kThumbnailSide);
    json["thumbnail"] = "data:image/jpeg;base64," + base64(thumbnail.jpeg);
    json["width"] = thumbnail.width;
    json["height"] = thumbnail.height;
  } catch (const image::DecodeError&) {  // gone, or changed since it was encoded
  } catch (const InputError&) {
  }
}

Json sample_json(const Report& report, const data::Dataset& dataset, std::size_t line,
                 const DetectionsOf& detections) {
  Json json = line_json(sample_line(dataset, line));
  json["scores"] = Json::object();
  json["influence"] = Json::object();
  for (const MetricEntry& entry : report.metrics) {
    const metrics::Result& result = entry.result;
    if (line < result.pair_scores.size() && result.pair_scores[line]) {
      json["scores"][entry.key] = *result.pair_scores[line];
    } else if (line < result.influence.size() && result.influence[line]) {
      json["influence"][entry.key] = *result.influence[line];
    }
  }
  const std::size_t image = dataset.pairs.empty() ? line : dataset.pairs[line].image;
  if (detections) json["detections"] = detections_json(detections(dataset.images[image].name));
  add_picture(json, dataset.images[image], report.opening);
  return json;
}

Json explained_json(const std::string& signature) {
  Json list = Json::array();
  for (const ExplainedField& field : explained_fields(signature)) {
    list.push_back({{"key", field.key}, {"value", field.value}, {"meaning", joined(field.lines, "\n")}});
  }
  return list;
}

/// A detail of each metric that has it, with the metric's key. Metrics of one archive that differ only in
/// intervals (SOA-C and SOA-I) are listed once.
Json details_json(const Report& report, const char* detail, Json (*json_of)(const Json&)) {
  Json list = Json::array();
  std::set<std::pair<std::string, std::string>> shown;  // archive, and what it shows
  for (const MetricEntry& entry : report.metrics) {
    if (!entry.result.details.contains(detail)) continue;
    Json shows = json_of(entry.result.details[detail]);
    Json plain = shows;
    for (Json& part : plain) {
      if (part.is_object()) part.erase("ci95");
    }
    if (shown.emplace(archive_of(entry), json_text(plain)).second)
      list.push_back({{"metric", entry.key}, {"shows", std::move(shows)}});
  }
  return list;
}

/// For each field that metrics are split by: its values, and each metric over the samples that have them.
Json split_json(const Report& report) {
  Json fields = Json::object();
  for (const MetricEntry& entry : report.metrics) {
    for (const ByValue& by : entry.by) {
      Json& field = fields[by.field];
      for (std::size_t i = 0; i < by.values.size(); ++i) {
        const auto& [value, part] = by.values[i];
        Json& row = field[i];
        row["value"] = value;
        Json& cell = row["metrics"][entry.key];
        cell = value_json(part);
        cell["n"] = part.n;
      }
    }
  }
  return fields;
}

}  // namespace

std::string report_page(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections) {
  const std::string signed_by = signature(report);
  Json page{{"signature", signed_by},
            {"explained", explained_json(signed_by)},
            {"run",
             {{"started", report.run.started},
              {"device", report.run.device},
              {"precision", report.run.precision},
              {"seconds", report.run.seconds}}},
            {"inputs", inputs_list(report.inputs)},
            {"warnings", report.warnings},
            {"metrics", Json::array()},
            {"distributions", Json::array()}};
  if (report.run.images_per_second > 0) page["run"]["images_per_second"] = report.run.images_per_second;
  for (const MetricEntry& entry : report.metrics) {
    page["metrics"].push_back(metric_json(entry, report.comparison));
    if (auto distribution = distribution_of(entry)) page["distributions"].push_back(*distribution);
  }
  page["classes"] = details_json(report, "classes", &named);
  page["split"] = split_json(report);
  page["words"] = details_json(report, "words", &named);
  page["confusion"] = details_json(report, "confusion", &confusion_json);
  std::vector<std::size_t> shown;
  page["extremes"] = extremes_json(report, shown);
  page["samples"] = Json::array();
  for (const std::size_t line : shown) {
    page["samples"].push_back(sample_json(report, dataset, line, detections));
  }
  return filled_page("report", "tise-eval: " + report.inputs.images.path, page);
}

}  // namespace tise::report
