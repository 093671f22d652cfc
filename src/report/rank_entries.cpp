// Reads what `rank` takes: reports, samples, and flat files such as tables from papers and the TISE toolbox.

#include <algorithm>
#include <set>
#include <utility>

#include "comparable.h"
#include "parts.h"
#include "report_files.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/fields.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"
#include "tise/data/json_document.h"
#include "tise/metrics/registry.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

namespace fs = std::filesystem;
using data::Source;

constexpr std::size_t kNameShown = 80;

/// An entry and its possible names, shortest first: `report`, `step10/report`, …
struct Found {
  RankEntry entry;
  std::vector<std::string> names;
};

std::string in_quotes(std::string_view text) { return excerpt(text, kNameShown); }

/// Takes a field of a flat object: a number, null, or a field that RS doesn't use.
void take_field(RankEntry& entry, const Fields& fields, const Field& field) {
  const auto metric = find_rank_metric(field.name());
  if (!metric) {
    entry.unused.emplace_back(field.name());
    return;
  }
  if (entry.values.contains(*metric) || entry.missing.contains(*metric)) {
    fields.fail(concat("has ", *metric, " twice, once as ", in_quotes(field.name()), "; keep one of them"));
  }
  if (field.json().is_null()) {
    entry.missing[*metric] = "null in the file";
    return;
  }
  const double value = entry.values[*metric] = field.number();
  const std::string why = metrics::why_impossible(*metric, value, /*may_be_percentage=*/true);
  if (!why.empty()) field.fail(why + "; write null if it was not computed");
}

RankEntry flat_entry(const Source& source, const std::string& where, const nlohmann::json& object) {
  const Fields fields = data::fields_of(source, where, object);
  RankEntry entry;
  entry.path = source.path.string();
  for (const Field& field : fields.all()) take_field(entry, fields, field);
  if (entry.values.empty() && entry.missing.empty()) {
    fields.fail("is not a report and has none of RS's metrics (" + joined(rank_metrics()) + ")");
  }
  for (const std::string& key : rank_metrics()) {
    if (!entry.values.contains(key)) entry.missing.emplace(key, "not in the file");
  }
  return entry;
}

/// An entry that has a name within its file.
Found named_entry(const Source& source, const std::string& where, const std::string& name,
                  const nlohmann::json& object) {
  Found found{flat_entry(source, where, object), {name}};
  found.entry.path += ": " + name;
  for (const std::string& of_file : file_names(source.path))
    found.names.push_back(concat(of_file, "/", name));
  return found;
}

std::vector<Found> read_map(const Source& source, const data::Document& document) {
  std::vector<Found> found;
  for (const std::string& key : document.keys)
    found.push_back(named_entry(source, "entry " + in_quotes(key), key, document.root.at(key)));
  return found;
}

std::vector<Found> read_list(const Source& source, const nlohmann::json& list) {
  if (list.empty()) data::fail(source, "is an empty list; it must contain at least one entry");
  std::vector<Found> found;
  std::set<std::string> seen;
  for (nlohmann::json object : list) {
    const std::string where = concat("item ", found.size() + 1);
    const std::string name = data::fields_of(source, where, object).at("name").text();
    if (!seen.insert(name).second)
      data::fail(source, where,
                 "the name " + in_quotes(name) + " appears twice; use a different name for each entry");
    object.erase("name");
    found.push_back(named_entry(source, where + " (" + in_quotes(name) + ")", name, object));
  }
  return found;
}

bool is_report(const nlohmann::json& root) {
  return root.contains("schema") || (root.contains("metrics") && root["metrics"].is_object());
}

/// Takes a metric of a report: its value or its reason.
void take_metric(RankEntry& entry, const Source& source, const std::string& key,
                 const nlohmann::json& metric) {
  const Fields fields = data::fields_of(source, "metric " + in_quotes(key), metric);
  if (!metric.contains("value")) fields.fail("has no \"value\"");
  const auto value = fields.find("value");
  if (!value) {
    const auto reason = metric.find("reason");
    entry.missing[key] =
        reason != metric.end() && reason->is_string() ? reason->get<std::string>() : "null in the report";
    return;
  }
  if (!value->json().is_number()) value->fail("must be a number or null, is " + type_in_words(value->json()));
  entry.values[key] = value->number();
  const std::string why = metrics::why_impossible(key, entry.values[key], /*may_be_percentage=*/false);
  if (!why.empty()) value->fail(why);
  const auto error = number_or_null(metric.value("std_error", nlohmann::json()));
  const auto interval = interval_in(metric);
  if (!error || !interval) return;
  entry.errors[key] = {*error, *interval, 1.0};
  if (const auto widening = metric.find("widening"); widening != metric.end())
    entry.errors[key].widening = number_or_null(*widening);
}

RankEntry report_entry(const Source& source, const nlohmann::json& root) {
  check_report(source, root);
  RankEntry entry;
  entry.path = source.path.string();
  entry.signature = root["signature"].get<std::string>();
  for (const std::string& key : rank_metrics()) {
    const auto metric = root["metrics"].find(key);
    if (metric == root["metrics"].end()) {
      entry.missing[key] = "not in the report";
    } else {
      take_metric(entry, source, key, *metric);
    }
  }
  return entry;
}

bool all_objects(const nlohmann::json& root) {
  return !root.empty() &&
         std::ranges::all_of(root, [](const nlohmann::json& value) { return value.is_object(); });
}

/// Takes a metric's result, or the reason why it is missing; `result` may be null.
void take_result(RankEntry& entry, const std::string& key, const metrics::Result* result,
                 const std::string& why_none) {
  if (result == nullptr || !result->value) {
    entry.missing[key] = result == nullptr ? why_none : result->reason;
    return;
  }
  entry.values[key] = *result->value;
  if (result->std_error) entry.errors[key] = {*result->std_error, result->ci95, result->widening};
}

/// A run's entry from its samples.
RankEntry samples_entry(SampleSet&& set) {
  RankEntry entry;
  entry.path = set.path;
  entry.signature = set.signature;
  for (const std::string& key : rank_metrics())
    take_result(entry, key, find_in(set.metrics, key), "not in the samples");
  entry.samples = std::make_shared<const SampleSet>(std::move(set));
  return entry;
}

std::vector<Found> read_file(const fs::path& path) {
  if (holds_samples(path)) return {{samples_entry(read_sample_set(path)), file_names(path)}};
  const Source source = data::read_source(path, "report");
  const data::Document document = data::parse_json(source, source.text);
  const nlohmann::json& root = document.root;
  if (root.is_array()) return read_list(source, root);
  if (!root.is_object()) data::fail(source, "must be an object, is " + type_in_words(root));
  if (is_report(root)) return {{report_entry(source, root), file_names(path)}};
  if (all_objects(root)) return read_map(source, document);
  return {{flat_entry(source, "", root), file_names(path)}};
}

void refuse_twice(const std::vector<fs::path>& files) {
  std::set<std::string> seen;
  for (const fs::path& file : files) {
    if (!seen.insert(identity_of(file).value_or(file.string())).second) {
      throw InputError("report " + file.string() + ": passed twice; pass each file once");
    }
  }
}

}  // namespace

std::vector<RankEntry> read_rank_entries(const std::vector<fs::path>& files) {
  refuse_twice(files);
  std::vector<Found> found;
  for (const fs::path& file : files) {
    for (Found& entry : read_file(file)) found.push_back(std::move(entry));
  }
  const std::vector<std::string> chosen = distinct_names(mapped(found, &Found::names));
  std::vector<RankEntry> entries;
  for (std::size_t i = 0; i < found.size(); ++i) {
    entries.push_back(std::move(found[i].entry));
    entries.back().name = chosen[i];
  }
  return entries;
}

RankEntry rank_entry(const Report& report) {
  RankEntry entry;
  entry.name = entry.path = "this run";
  entry.in_memory = true;
  entry.signature = signature(report);
  for (const std::string& key : rank_metrics()) {
    const MetricEntry* metric = report.find(key);
    take_result(entry, key, metric == nullptr ? nullptr : &metric->result, "not computed");
  }
  return entry;
}

}  // namespace tise::report
