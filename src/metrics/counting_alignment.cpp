// Counting Alignment (CA), Dinh et al., "TISE", ECCV 2022, section 3.4; CA of the TISE toolbox.
//
// For each pair, the root mean squared error over the classes C for which its caption asks for a number; then
// the mean over the pairs whose captions ask for any number:
//
//     CA = mean of sqrt( 1/|C| · Σ_{c in C} (asked_c − counted_c)² )
//
// counted_c is the counter's number. Without a counter it is the number of detections of the class with a
// score at or above the threshold. Asking for zero objects of a class counts like any other number.
//
// The details give the root mean squared error over all (pair, class) with the same asked number
// (`by_number`) and with the same class (`by_class`), and how often k were counted when j were asked for
// (`confusion`, by the asked, then the counted number).
//
// Classes that the counter doesn't know are left out of C, and a warning reports how many. In TISE's code
// (Protocol::kTise) they count as not found in any image.
//
// Departures: TISE counts with CountSeg.

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>

#include "tise/base/json_text.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

/// The squared errors of a set of (pair, class).
struct Errors {
  double squares = 0.0;
  std::size_t count = 0;

  void add(double error) {
    squares += error * error;
    ++count;
  }
  double root_mean() const { return std::sqrt(squares / static_cast<double>(count)); }
};

/// The number as text, whole numbers without a decimal point.
std::string shown(double number) {
  return number == std::floor(number) ? std::to_string(std::llround(number))
                                      : json_text(nlohmann::json(number));
}

/// The pairs' own errors, and the errors of all pairs by asked number and by class.
struct Counted {
  Scores scores;
  std::vector<std::vector<std::size_t>> pairs_of_image;
  std::map<double, Errors> by_number;
  std::map<std::size_t, Errors> by_class;
  std::map<double, std::map<std::int64_t, std::size_t>> confusion;  ///< asked, counted (rounded)
  std::size_t unknown = 0;  ///< (pair, class) whose class the counter doesn't know

  void write(const Samples& samples, Result& result) const {
    const auto entry = [](const Errors& errors) {
      return nlohmann::ordered_json{{"value", errors.root_mean()}, {"n", errors.count}};
    };
    for (const auto& [number, errors] : by_number) {
      result.details["by_number"][shown(number)] = entry(errors);
    }
    for (const auto& [index, errors] : by_class) {
      result.details["by_class"][samples.classes[index]] = entry(errors);
    }
    for (const auto& [asked, row] : confusion) {
      for (const auto& [counted, n] : row) {
        result.details["confusion"][shown(asked)][std::to_string(counted)] = n;
      }
    }
    result.warn_of("unknown_to_counter", unknown, "requested count", {"is", "are"},
                   "for objects that the counter does not know");
  }
};

/// The pair's own error; nullopt if no class is left. Also adds the pair's errors to `all`.
std::optional<double> error_of(const SamplePair& pair, std::span<const double> counts, Protocol protocol,
                               Counted& all) {
  Errors own;
  for (const Asked& asked : pair.asked) {
    double found = counts[asked.class_index];
    if (std::isnan(found)) {
      ++all.unknown;
      if (protocol == Protocol::kPaper) continue;
      found = 0.0;
    }
    const double off = found - asked.number;
    own.add(off);
    all.by_number[asked.number].add(off);
    all.by_class[asked.class_index].add(off);
    ++all.confusion[asked.number][std::llround(found)];
  }
  if (own.count == 0) return std::nullopt;
  return own.root_mean();
}

Step counting_alignment(const Reading& reading) {
  const Samples& samples = reading.samples;
  std::vector<std::size_t> pairs = pairs_for(samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  std::erase_if(pairs, [&](std::size_t pair) { return samples.pairs[pair].asked.empty(); });
  if (pairs.empty()) return Result::undefined("no caption asks for a number of objects");

  auto errors = std::make_shared<Counted>();
  errors->scores.resize(samples.pairs.size());
  errors->pairs_of_image = pairs_by_image(samples, pairs);
  return pass_over_counts(
      reading,
      [=](std::size_t image, std::span<const double> counts) {
        for (const std::size_t pair : errors->pairs_of_image[image]) {
          errors->scores[pair] =
              error_of(reading.samples.pairs[pair], counts, reading.settings.protocol, *errors);
        }
      },
      [errors, &samples] {
        if (errors->by_class.empty())
          return Result::undefined("the counter knows none of the classes that captions ask for");
        Result result = mean_of_pairs(samples, std::move(errors->scores));
        errors->write(samples, result);
        return result;
      });
}

}  // namespace

extern const Metric kCountingAlignment{
    .key = "CA",
    .summary = "how far object counts are from the numbers that captions ask for",
    .definition =
        "root mean squared error of a caption's object counts over its classes, "
        "mean over captions that ask for numbers",
    .tise = "a class that the counter does not know counts as not found",
    .aspect = "counting alignment",
    .higher_is_better = false,
    .role = &kCounts,
    .items = {.captions = true, .objects = true},
    .compute = &counting_alignment};

}  // namespace tise::metrics
