#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tise/metrics/result.h"
#include "tise/report/report.h"

namespace tise::report {

/// A metric of a run that has a value, which must be set, and how each line of the samples moves it: of the
/// result, what they hold. `ci95` goes with `std_error`.
struct SampledMetric : metrics::Result {
  bool higher_is_better = true;
};

/// A line of the samples.
struct SampleLine {
  std::string id;
  std::string image;
  std::optional<std::string> caption;
  std::optional<std::string> cluster;  ///< takes the caption's place in errors
};

/// What `--samples` writes of a run, but for scores and detections.
struct SampleSet {
  std::string name;  ///< the file's stem, or the store's name, with folders where two are alike
  std::string path;  ///< for messages
  std::string signature;
  metrics::Prompts prompts = metrics::Prompts::kSampled;
  std::vector<SampleLine> lines;
  std::map<std::string, SampledMetric> metrics;
};

/// Where a run with `--store` leaves its samples.
inline constexpr const char* kStoreSamples = "samples.jsonl";

/// Reads a file of `--samples`, or a store, which holds the samples of the last run that used it; without a
/// name. Throws InputError.
SampleSet read_sample_set(const std::filesystem::path& path);
/// Whether a file is of samples, by its first line, or a folder, which can only be a store.
bool holds_samples(const std::filesystem::path& path);

/// The same of several, each with a name of its own.
std::vector<SampleSet> read_sample_sets(const std::vector<std::filesystem::path>& paths);

/// The samples of a run that is in memory, named `this run`.
SampleSet sample_set(const Report& report, const data::Dataset& dataset);

struct CompareSettings {
  std::vector<std::string> metrics;      ///< empty: all that both have
  double alpha = 0.05;                   ///< the level of the tests after Holm's adjustment
  bool force = false;                    ///< compare what isn't comparable, with a warning
  std::vector<std::string> judged = {};  ///< those that get a verdict; empty: all that are compared
};

/// Why a metric isn't judged where only others are to be.
inline constexpr std::string_view kNotNamed = "not named";

enum class Verdict { kBetter, kWorse, kNoDifference, kNotJudged };
NLOHMANN_JSON_SERIALIZE_ENUM(Verdict, {{Verdict::kBetter, "better"},
                                       {Verdict::kWorse, "worse"},
                                       {Verdict::kNoDifference, "no difference"},
                                       {Verdict::kNotJudged, "not judged"}})

/// How a metric of one run differs from the baseline's.
struct Difference {
  std::string metric;
  bool higher_is_better = true;
  double baseline = 0;
  std::array<double, 2> baseline_ci95{};
  double value = 0;
  double difference = 0;  ///< value − baseline, on what they share
  double std_error = 0;
  double widening = 1;  ///< so many times as large is the error that the interval and p rest on
  double degrees = 0;   ///< of freedom of Student's t; 0 where there is no error
  double leeway = 0;    ///< what unequal numbers of samples may make of it: p is of what is beyond
  std::array<double, 2> ci95{};
  std::optional<double> p;           ///< two-sided; nothing where there is no error
  std::optional<double> p_adjusted;  ///< Holm's, over the metrics of this comparison that are judged
  std::optional<double> detectable;  ///< the smallest difference that is found so with 80% power
  bool paired = true;
  std::size_t n = 0;       ///< lines that the difference rests on, of the smaller run
  std::string unreliable;  ///< why the error can't be relied on
  std::string not_judged;  ///< why there is no verdict, or none but that it differs, if there is a leeway
  Verdict verdict = Verdict::kNoDifference;

  /// `FID 2.1 ± 0.3 lower: better`
  std::string words() const;
};

struct Comparison {
  std::string name;
  std::string path;
  std::vector<Difference> differences;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;

  /// The metric's difference; null where it wasn't compared.
  const Difference* find(std::string_view metric) const;
  /// A line for each of these metrics that wasn't compared.
  std::vector<std::string> lacking(const std::vector<std::string>& metrics) const;
  /// A line for each metric that is worse, or can't be judged though `named` has it.
  std::vector<std::string> worse(const std::vector<std::string>& named) const;
};

struct Comparisons {
  std::string baseline;
  double alpha = 0.05;
  std::vector<Comparison> others;
};

/// Compares a run with a baseline: on the captions that both have where those are at least half of the
/// smaller run, else as independent. Throws InputError where they have no metric in common, or, unless
/// forced, where their signatures differ in what moves a metric.
Comparison compare(const SampleSet& baseline, const SampleSet& other, const CompareSettings& settings);

/// Throws what `compare` would, before the run has its numbers: `expected` has its metrics, with any value.
/// Returns why metrics that are to be judged can't be, as far as that can be told from the number of images.
std::map<std::string, std::string> check_comparable(const SampleSet& baseline, const Report& expected,
                                                    const CompareSettings& settings);

std::string to_json(const Comparisons& comparisons);
nlohmann::ordered_json json_of(const Comparison& comparison, const std::string& baseline, double alpha);
/// A table for people for each run compared, and what it means in words.
std::string to_table(const Comparisons& comparisons);

}  // namespace tise::report
