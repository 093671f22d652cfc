// Which runs are comparable.
//
// Two reports agree if every signature field that both have is equal, except `metrics` and `v`. A field
// exists only if a metric that it affects has a value. So a missing field means other metrics, not other
// choices, unless it has a fallback (`transform`: `none`). A field that this version doesn't know affects
// every metric.

#include "comparable.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

#include "signature_fields.h"
#include "tise/base/concat.h"
#include "tise/base/mapped.h"
#include "tise/data/json_document.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

/// Whether a metric is a share (0..1) in our reports; in TISE's files it is a percentage.
bool is_share(std::string_view key) {
  const metrics::Metric* metric = metrics::find_metric(key);
  return metric != nullptr && metric->range == metrics::kShare;
}

bool concerns(std::string_view key, const std::vector<std::string>& metrics) {
  const auto field = find_signature_field(key);
  if (!field) return true;
  return std::ranges::any_of(metrics, [&](const std::string& metric) { return field->moves(metric); });
}

struct Said {
  std::string_view value;
  const Signed* by = nullptr;
};

std::string difference(std::string_view key, const Said& first, const Said& other) {
  const auto field = find_signature_field(key);
  return concat(field ? field->meaning : key, ": ", key, ":", first.value, " in ", first.by->path, ", ", key,
                ":", other.value, " in ", other.by->path);
}

/// Describes a mix of shares and percentages; nullopt if all have one scale. A 0 fits either scale.
std::optional<std::string> mixed_scales(const std::vector<const RankEntry*>& entries,
                                        const std::string& metric) {
  const RankEntry* share = nullptr;
  const RankEntry* percentage = nullptr;
  for (const RankEntry* entry : entries) {
    const double value = entry->values.at(metric);
    if (value > 1 && percentage == nullptr) percentage = entry;
    if (value > 0 && value <= 1 && share == nullptr) share = entry;
  }
  if (share == nullptr || percentage == nullptr) return std::nullopt;
  return concat(metric, ": ", share->values.at(metric), " in ", share->path, " is a share (0..1), but ",
                percentage->values.at(metric), " in ", percentage->path, " is a percentage");
}

}  // namespace

void check_report(const data::Source& source, const nlohmann::json& report) {
  const Fields fields = data::fields_of(source, "", report);
  const int schema = fields.at("schema").integer(0, std::numeric_limits<int>::max());
  if (schema != kSchema)
    fields.fail(concat("has schema ", schema, ", but this version reads schema ", kSchema,
                       "; use the version of tise-eval that wrote it"));
  fields.at("metrics").object();
  fields.at("signature").text();
}

std::vector<std::string> signature_differences(const std::vector<Signed>& runs,
                                               const std::vector<std::string>& metrics) {
  std::map<std::string_view, Said> first;
  std::map<std::string_view, std::string> differences;
  for (const Signed& run : runs) {
    for (const auto& [key, value] : fields_with_fallbacks(run.signature)) {
      if (!concerns(key, metrics)) continue;
      const Said said{value, &run};
      const auto [known, is_first] = first.emplace(key, said);
      if (!is_first && known->second.value != value) {
        differences.emplace(key, difference(key, known->second, said));
      }
    }
  }
  return mapped(differences, [](const auto& of_key) { return of_key.second; });
}

std::vector<std::string> obstacles(const std::vector<const RankEntry*>& entries,
                                   const std::vector<std::string>& metrics) {
  std::vector<Signed> reports;
  for (const RankEntry* entry : entries) {
    if (entry->signature) reports.push_back({entry->path, *entry->signature});
  }
  std::vector<std::string> found = signature_differences(reports, metrics);
  for (const std::string& metric : metrics) {
    if (!is_share(metric)) continue;
    if (auto mixed = mixed_scales(entries, metric)) found.push_back(std::move(*mixed));
  }
  return found;
}

}  // namespace tise::report
