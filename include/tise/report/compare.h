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

/// A metric that has a value in a run, and each line's influence on it. Only the fields of the result that a
/// samples file holds are set: `value` always, `ci95` if `std_error` is.
struct SampledMetric : metrics::Result {
  bool higher_is_better = true;
};

/// A line of a samples file.
struct SampleLine {
  std::string id;
  std::string image;
  std::optional<std::string> caption;
  std::optional<std::string> cluster;  ///< replaces the caption in standard errors
};

/// What `--samples` writes about a run, except scores and detections.
struct SampleSet {
  std::string name;  ///< the file's stem or the store's name, longer if two would be alike
  std::string path;  ///< for messages
  std::string signature;
  metrics::Prompts prompts = metrics::Prompts::kSampled;
  std::vector<SampleLine> lines;
  std::map<std::string, SampledMetric> metrics;
};

/// The file in a store that holds the samples of its last run.
inline constexpr const char* kStoreSamples = "samples.jsonl";

/// Reads a `--samples` file, or the samples that the last run left in a store. Leaves `name` empty. Throws
/// InputError.
SampleSet read_sample_set(const std::filesystem::path& path);
/// Whether a path is a samples file, judged by its first line, or a folder, which can only be a store.
bool holds_samples(const std::filesystem::path& path);

/// Reads several sample sets and gives each a distinct name.
std::vector<SampleSet> read_sample_sets(const std::vector<std::filesystem::path>& paths);

/// The samples of a run in memory, named `this run`.
SampleSet sample_set(const Report& report, const data::Dataset& dataset);

struct CompareSettings {
  std::vector<std::string> metrics;      ///< empty: all that both runs have
  double alpha = 0.05;                   ///< significance level for the Holm-adjusted p-values
  bool force = false;                    ///< compare runs that aren't comparable, with a warning
  std::vector<std::string> judged = {};  ///< metrics that get a verdict; empty: all
};

/// `not_judged` of a metric that isn't in a non-empty `judged`.
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
  double difference = 0;  ///< value − baseline; if paired, on the shared captions
  double std_error = 0;
  double widening = 1;  ///< factor that the interval and p apply to std_error
  double degrees = 0;   ///< of freedom of Student's t; 0 if the error is unknown
  double leeway = 0;    ///< how much of it unequal sample counts may explain; p tests the rest
  std::array<double, 2> ci95{};
  std::optional<double> p;           ///< two-sided; nullopt if the error is unknown
  std::optional<double> p_adjusted;  ///< Holm-adjusted over the judged metrics of this comparison
  std::optional<double> detectable;  ///< the smallest difference that this test finds with 80% power
  bool paired = true;
  std::size_t n = 0;       ///< number of lines compared, in the run that has fewer
  std::string part;        ///< `5 of 6`: compared lines of the run that has more left over; empty if none is
  std::string unreliable;  ///< why std_error is unreliable; empty if it isn't
  std::string not_judged;  ///< why it gets no verdict or, with a leeway, only one beyond it
  Verdict verdict = Verdict::kNoDifference;

  /// `2.1 ± 0.3 lower: better`
  std::string outcome() const;
  /// The metric and its outcome.
  std::string words() const;
};

struct Comparison {
  std::string name;
  std::string path;
  std::vector<Difference> differences;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;

  /// The metric's difference; null if it wasn't compared.
  const Difference* find(std::string_view metric) const;
  /// One line for each of these metrics that wasn't compared.
  std::vector<std::string> lacking(const std::vector<std::string>& metrics) const;
  /// One line for each metric that is worse, and for each metric in `named` that can't be judged.
  std::vector<std::string> worse(const std::vector<std::string>& named) const;
};

struct Comparisons {
  std::string baseline;
  double alpha = 0.05;
  std::vector<Comparison> others;
};

/// Compares a run with a baseline: paired on the shared captions if these are at least half of the smaller
/// run, else as independent runs. Throws InputError if they have no metric in common or, unless forced, if
/// their signatures differ in a field that affects a metric.
Comparison compare(const SampleSet& baseline, const SampleSet& other, const CompareSettings& settings);

/// Throws what `compare` would throw, before the run has results: `expected` has its metrics with arbitrary
/// values. Returns, by metric, why it can't be judged, as far as the number of images tells.
std::map<std::string, std::string> check_comparable(const SampleSet& baseline, const Report& expected,
                                                    const CompareSettings& settings);

std::string to_json(const Comparisons& comparisons);
nlohmann::ordered_json json_of(const Comparison& comparison, const std::string& baseline, double alpha);
/// A text table for each compared run, with verdicts in words.
std::string to_table(const Comparisons& comparisons);

}  // namespace tise::report
