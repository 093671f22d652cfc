// Counting Alignment (CA), Dinh et al., "TISE", ECCV 2022, section 3.4; CA of the TISE toolbox.
//
// For each pair, the root of the mean squared error over the classes C that its caption asks for, then the
// mean over the pairs that ask for any:
//
//     CA = mean of sqrt( 1/|C| · Σ_{c in C} (asked_c − counted_c)² )
//
// Counted are the detections of the class with a score at or above the threshold, or what the counter says
// where there is one. Asking for none of a class counts like any other number.
//
// The details give the same root of the mean squared error over all (pair, class) with the same asked number
// (`by_number`), and of the same class (`by_class`), and how often so many were counted where so many were
// asked for (`confusion`: by the asked number, by the counted one).
//
// Classes that a counter doesn't know are left out of C, and counted; in TISE's code (Protocol::kTise) there
// are none of them in any image.
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

/// Squared errors of some (pair, class).
struct Errors {
  double squares = 0.0;
  std::size_t count = 0;

  void add(double error) {
    squares += error * error;
    ++count;
  }
  double root_mean() const { return std::sqrt(squares / static_cast<double>(count)); }
};

/// Whole numbers without a decimal point.
std::string shown(double number) {
  return number == std::floor(number) ? std::to_string(std::llround(number))
                                      : json_text(nlohmann::json(number));
}

/// The errors of the pairs so far, and of all of them by the asked number and by class.
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
    result.warn_of("unknown_to_counter", unknown, "count", "asked of classes that the counter doesn't know");
  }
};

/// The pair's own error; nothing where no class is left.
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
          return Result::undefined("the counter knows none of the classes that are asked for");
        Result result = mean_of_pairs(samples, std::move(errors->scores));
        errors->write(samples, result);
        return result;
      });
}

}  // namespace

const Metric kCountingAlignment{
    .key = "CA",
    .summary = "how far numbers of objects are from those that captions ask for",
    .definition =
        "mean over captions that ask for numbers of the root of the mean squared error over their classes",
    .tise = "a class that the counter doesn't know counts as none found",
    .aspect = "counting alignment",
    .higher_is_better = false,
    .role = &kCounts,
    .items = {.captions = true, .objects = true},
    .compute = &counting_alignment};

}  // namespace tise::metrics
