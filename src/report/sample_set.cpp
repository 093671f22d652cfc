// Reads what `--samples` wrote.

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "difference.h"
#include "parts.h"
#include "report_files.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/metrics/registry.h"
#include "tise/report/compare.h"

namespace tise::report {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRole = "samples";

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw InputError(concat(kRole, " ", path.string(), ": ", why));
}

[[noreturn]] void fail(const fs::path& path, std::size_t line, const std::string& why) {
  fail(path, concat("line ", line, ": ", why));
}

/// The samples file in a store, or the path itself if it isn't a folder.
fs::path samples_file(const fs::path& path) {
  if (!is_folder(path, kRole)) return path;
  const fs::path file = path / kStoreSamples;
  if (exists(file, kRole)) return file;
  throw InputError(concat("store ", path.string(), ": has no ", kStoreSamples,
                          "; run an evaluation with --store ", path.string(), " to write it"));
}

/// Reads what the first line states about the run.
void read_run(SampleSet& set, const fs::path& path, const nlohmann::json& run) {
  const int schema = run.value("schema", 0);
  if (schema != kSchema)
    fail(path, concat("has schema ", schema, ", but this version reads schema ", kSchema,
                      "; use the version of tise-eval that wrote it"));
  set.signature = run.at("signature").get<std::string>();
  if (run.value("prompts", "sampled") == "fixed") set.prompts = metrics::Prompts::kFixed;
  for (const auto& [key, metric] : run.at("metrics").items()) {
    SampledMetric& sampled = set.metrics[key];
    sampled.value = metric.at("value").get<double>();
    const std::string why = metrics::why_impossible(key, *sampled.value, /*may_be_percentage=*/false);
    if (!why.empty()) fail(path, concat("the value of ", key, " ", why));
    sampled.n = metric.at("n").get<std::size_t>();
    sampled.higher_is_better = metric.at("higher_is_better").get<bool>();
    sampled.poor_expansion = metric.value("poor_expansion", "");
    if (!metric.contains("bias") || !metric.contains("widening"))
      fail(path, concat("is from an older version: ", key,
                        " has no \"bias\" or \"widening\"; rerun the evaluation"));
    if (metric.contains("std_error") && metric.contains("ci95")) {
      sampled.std_error = metric["std_error"].get<double>();
      sampled.ci95 = metric["ci95"].get<std::array<double, 2>>();
    }
    sampled.bias = number_or_null(metric["bias"]);
    sampled.widening = number_or_null(metric["widening"]);
    sampled.terms = metric.value("terms", 0.0);
    sampled.choices = metric.value("choices", std::size_t{0});
    sampled.strata.names = metric.value("strata", std::vector<std::string>());
  }
}

/// Reads a line's outcomes in a metric's strata.
void read_strata(metrics::Strata& strata, const nlohmann::json& outcomes) {
  auto& read = strata.of_pair.emplace_back();
  for (const auto& [name, success] : outcomes.items()) {
    const auto known = std::ranges::find(strata.names, name);
    if (known == strata.names.end()) continue;
    read.push_back({static_cast<std::size_t>(known - strata.names.begin()), success.get<double>()});
  }
}

void read_line(SampleSet& set, const nlohmann::json& line) {
  SampleLine read;
  read.id = line.at("id").get<std::string>();
  read.image = line.at("image").get<std::string>();
  if (line.contains("caption")) read.caption = line["caption"].get<std::string>();
  if (line.contains("cluster")) read.cluster = line["cluster"].get<std::string>();
  set.lines.push_back(std::move(read));
  const nlohmann::json& influence = line.at("influence");
  const nlohmann::json strata = line.value("strata", nlohmann::json::object());
  for (auto& [key, metric] : set.metrics) {
    if (!metric.strata.empty()) read_strata(metric.strata, strata.value(key, nlohmann::json::object()));
    const auto found = influence.find(key);
    metric.influence.push_back(found == influence.end() ? std::nullopt
                                                        : std::optional<double>(found->get<double>()));
  }
}

/// Throws InputError if an id appears twice, or if no line has an influence on a metric.
void check_lines(const SampleSet& set, const fs::path& path) {
  std::set<std::string_view> seen;
  for (const SampleLine& line : set.lines) {
    if (!seen.insert(line.id).second) fail(path, "the id \"" + line.id + "\" appears twice");
  }
  for (const auto& [key, metric] : set.metrics) {
    if (lines_in(metric.influence) == 0) fail(path, concat("no line has an influence on ", key));
  }
}

}  // namespace

bool holds_samples(const fs::path& path) {
  if (is_folder(path, kRole)) return true;
  std::ifstream stream(path);
  std::string text;
  while (std::getline(stream, text) && text.empty()) {
  }
  try {
    const auto line = json_or_discarded(text);
    return line.is_object() && line.contains("run") && line.contains("influence");
  } catch (const NestedTooDeep&) {
    return false;
  }
}

SampleSet read_sample_set(const fs::path& path) {
  const fs::path file = samples_file(path);
  check_readable(file, kRole);
  std::ifstream stream(file == kStandardStream ? "/dev/stdin" : file);
  SampleSet set;
  set.path = path.string();
  std::optional<std::size_t> lines;  // nullopt for files of older versions
  std::string text;
  for (std::size_t number = 1; std::getline(stream, text); ++number) {
    if (text.empty()) continue;
    try {
      const auto line = json_or_discarded(text);
      if (set.lines.empty() && (!line.is_object() || !line.contains("run")))
        fail(file, "was not written by --samples; pass a file that was, or a --store, instead of a report");
      if (!line.is_object()) fail(file, number, "is not a JSON object");
      if (set.lines.empty()) {
        read_run(set, file, line.at("run"));
        if (line["run"].contains("lines")) lines = line["run"]["lines"].get<std::size_t>();
      }
      read_line(set, line);
    } catch (const NestedTooDeep& error) {
      fail(file, number, error.what());
    } catch (const nlohmann::json::exception&) {
      fail(file, number, "\"id\", \"image\" or \"influence\" is missing or malformed; rerun the evaluation");
    }
  }
  if (stream.bad()) fail(file, "cannot be read to its end");
  if (set.lines.empty()) fail(file, "has no lines; rerun the evaluation");
  if (lines && *lines != set.lines.size())
    fail(file, concat("has ", set.lines.size(), " of the ", counted(*lines, "line"),
                      " that its run wrote; rerun the evaluation"));
  check_lines(set, file);
  return set;
}

std::vector<SampleSet> read_sample_sets(const std::vector<fs::path>& paths) {
  std::vector<SampleSet> sets = mapped(paths, &read_sample_set);
  const std::vector<std::string> chosen = distinct_names(mapped(paths, &file_names));
  for (std::size_t i = 0; i < sets.size(); ++i) sets[i].name = chosen[i];
  return sets;
}

SampleSet sample_set(const Report& report, const data::Dataset& dataset) {
  SampleSet set;
  set.name = set.path = "this run";
  set.signature = signature(report);
  set.prompts = report.settings.prompts;
  for (std::size_t i = 0; i < sample_count(dataset); ++i) set.lines.push_back(sample_line(dataset, i));
  for (const MetricEntry& entry : report.metrics) {
    if (entry.result.influence.empty()) continue;
    SampledMetric& metric = set.metrics[entry.key] = {entry.result, entry.higher_is_better};
    metric.pair_scores = {};
    metric.details = {};
  }
  return set;
}

}  // namespace tise::report
