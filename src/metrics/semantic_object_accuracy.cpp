// Semantic Object Accuracy (SOA), Hinz, Heinrich, Wermter, "Semantic Object Accuracy for Generative
// Text-to-Image Synthesis", PAMI 2020, section 4; also of the TISE toolbox.
//
// For each class c, N_c pairs have a caption that mentions c; in the images of k_c of them, c is detected:
//
//     SOA-C = 1/|C| · Σ_c k_c / N_c          over the classes that some caption mentions
//     SOA-I = Σ_c k_c / Σ_c N_c
//
// The details list each class. If the detector knows 80 classes (COCO), they also give the value over the 40
// rarest classes by N_c (`bottom40`) and over the other 40 (`top40`). Among equally frequent classes the
// first label is rarer, as in calculate_soa.py of the paper's repository.
//
// A pair, one of n in all, has the influence n · Σ_c (found_c − k_c/N_c) / (|C| N_c) on SOA-C and n · Σ_c
// (found_c − SOA-I) / Σ_c N_c on SOA-I, where the sums are over the classes that it mentions.
//
// A class that the detector doesn't know is left out like one that no caption mentions. This can happen if
// captions' objects are named by the labels of another network. The details and a warning report how often
// captions mention such a class.
//
// An image in which nothing is detected is a miss. TISE's code (Protocol::kTise) leaves it out of N_c; a
// class without any image left then counts as 0 in SOA-C.

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kCocoClasses = 80;

struct Recall {
  bool mentioned = false;  ///< by any caption, and known to the detector
  std::size_t found = 0;   ///< k_c
  std::size_t count = 0;   ///< N_c
  double value() const { return count == 0 ? 0.0 : static_cast<double>(found) / static_cast<double>(count); }
};

/// The recalls of all classes, and each pair's mentions of classes that the detector knows.
struct Recalls {
  std::vector<Recall> of_class;
  Scores scores;                                       ///< each pair's share of found classes
  std::vector<std::vector<Strata::Outcome>> mentions;  ///< by pair: which classes, and whether each is found
  std::vector<std::vector<std::size_t>> pairs_of_image;
  std::size_t left_out = 0;  ///< pairs that don't count since nothing is detected in their image
  std::size_t unknown = 0;   ///< mentions of classes that the detector doesn't know
};

/// The two means over recalls: SOA-C and SOA-I.
enum class Mean { kOverClasses, kOverImages };

/// The mean over some of the classes. Returns nullopt if no caption mentions any of them.
std::optional<double> mean_of(const std::vector<Recall>& recalls, std::span<const std::size_t> classes,
                              Mean mean) {
  Recall all;
  double sum = 0.0;
  std::size_t mentioned = 0;
  for (const std::size_t index : classes) {
    if (!recalls[index].mentioned) continue;
    sum += recalls[index].value();
    ++mentioned;
    all.found += recalls[index].found;
    all.count += recalls[index].count;
  }
  const bool is_over_classes = mean == Mean::kOverClasses;
  if ((is_over_classes ? mentioned : all.count) == 0) return std::nullopt;
  return is_over_classes ? sum / static_cast<double>(mentioned) : all.value();
}

/// Adds what was found in an image.
void add_image(Recalls& recalls, const Reading& reading, std::size_t image, std::span<const double> counts) {
  const bool is_left_out = reading.settings.protocol == Protocol::kTise && reading.rows->lengths[image] == 0;
  for (const std::size_t pair : recalls.pairs_of_image[image]) {
    std::vector<Strata::Outcome> mentions;
    for (const std::size_t index : reading.samples.pairs[pair].objects) {
      if (std::isnan(counts[index])) {
        ++recalls.unknown;
      } else {
        recalls.of_class[index].mentioned = true;
        mentions.push_back({index, counts[index] > 0.0 ? 1.0 : 0.0});
      }
    }
    if (is_left_out) ++recalls.left_out;
    if (is_left_out || mentions.empty()) continue;
    for (const auto& [index, success] : mentions) {
      ++recalls.of_class[index].count;
      if (success == 1.0) ++recalls.of_class[index].found;
    }
    const auto hits = std::ranges::count(mentions, 1.0, &Strata::Outcome::success);
    recalls.scores[pair] = static_cast<double>(hits) / static_cast<double>(mentions.size());
    recalls.mentions[pair] = std::move(mentions);
  }
}

/// The classes by N_c, rarest first.
std::vector<std::size_t> classes_by_frequency(const std::vector<Recall>& recalls) {
  std::vector<std::size_t> classes = numbers_below(recalls.size());
  std::stable_sort(classes.begin(), classes.end(),
                   [&](std::size_t a, std::size_t b) { return recalls[a].count < recalls[b].count; });
  return classes;
}

/// Each pair's influence, n · Σ weight · (found − centre) over its classes.
Influence influence_of_pairs(const Recalls& recalls, Mean mean, const Result& result) {
  const bool is_over_classes = mean == Mean::kOverClasses;
  const auto all = static_cast<double>(result.trials);
  const auto mentioned = static_cast<double>(std::ranges::count_if(recalls.of_class, &Recall::mentioned));
  Influence influence(recalls.scores.size());
  for (std::size_t pair = 0; pair < recalls.scores.size(); ++pair) {
    if (!recalls.scores[pair]) continue;
    double sum = 0.0;
    for (const auto& [index, success] : recalls.mentions[pair]) {
      const Recall& recall = recalls.of_class[index];
      const double weight = 1.0 / (is_over_classes ? mentioned * static_cast<double>(recall.count) : all);
      const double centre = is_over_classes ? recall.value() : *result.value;
      sum += weight * (success - centre);
    }
    influence[pair] = sum * static_cast<double>(result.n);
  }
  return influence;
}

/// Each pair's outcomes in the classes that its caption mentions.
Strata strata_of(const Samples& samples, const Recalls& recalls) {
  Strata strata{"class", "classes", {}, recalls.mentions};
  std::vector<std::size_t> stratum_of(recalls.of_class.size());
  for (std::size_t index = 0; index < recalls.of_class.size(); ++index) {
    stratum_of[index] = strata.names.size();
    if (recalls.of_class[index].mentioned) strata.names.push_back(samples.classes[index]);
  }
  for (auto& outcomes : strata.of_pair) {
    for (auto& outcome : outcomes) outcome.stratum = stratum_of[outcome.stratum];
  }
  return strata;
}

void write_details(Result& result, const Samples& samples, const std::vector<Recall>& recalls, Mean mean) {
  result.details["classes"] = nlohmann::ordered_json::object();
  for (std::size_t index = 0; index < recalls.size(); ++index) {
    const Recall& recall = recalls[index];
    if (!recall.mentioned) continue;
    result.details["classes"][samples.classes[index]] = {
        {"value", recall.value()}, {"k", recall.found}, {"N", recall.count}};
  }
  if (recalls.size() != kCocoClasses) return;
  const std::vector<std::size_t> classes = classes_by_frequency(recalls);
  const std::span<const std::size_t> by_frequency(classes);
  const auto put = [&](const char* name, std::span<const std::size_t> half) {
    const std::optional<double> value = mean_of(recalls, half, mean);
    result.details[name] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  };
  put("top40", by_frequency.last(kCocoClasses / 2));
  put("bottom40", by_frequency.first(kCocoClasses / 2));
}

Result soa_of(const Reading& reading, Recalls& recalls, Mean mean) {
  const auto used = std::ranges::count_if(recalls.scores, &std::optional<double>::has_value);
  if (used == 0) {
    return Result::undefined(recalls.left_out > 0 ? "nothing is detected in any image"
                                                  : "no caption mentions a class that the detector knows");
  }
  Result result = Result::of(*mean_of(recalls.of_class, numbers_below(recalls.of_class.size()), mean),
                             static_cast<std::size_t>(used));
  for (const Recall& recall : recalls.of_class) result.trials += recall.count;
  result.influence = influence_of_pairs(recalls, mean, result);
  if (mean == Mean::kOverClasses) {
    result.strata = strata_of(reading.samples, recalls);
  } else {
    for (const auto& mentions : recalls.mentions) result.pair_trials.push_back(mentions.size());
  }
  result.pair_scores = std::move(recalls.scores);
  if (reading.settings.protocol == Protocol::kTise) result.details["left_out"] = recalls.left_out;
  result.warn_of("unknown_to_detector", recalls.unknown, "mentioned object", {"is", "are"},
                 "unknown to the detector");
  write_details(result, reading.samples, recalls.of_class, mean);
  return result;
}

Step soa(const Reading& reading, Mean mean) {
  const Samples& samples = reading.samples;
  std::vector<std::size_t> pairs = pairs_for(samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  std::erase_if(pairs, [&](std::size_t pair) { return samples.pairs[pair].objects.empty(); });
  if (pairs.empty()) return Result::undefined("no caption mentions a class that the detector knows");

  auto recalls = std::make_shared<Recalls>();
  recalls->of_class.resize(samples.classes.size());
  recalls->scores.resize(samples.pairs.size());
  recalls->mentions.resize(samples.pairs.size());
  recalls->pairs_of_image = pairs_by_image(samples, pairs);
  return pass_over_counts(
      reading,
      [=](std::size_t image, std::span<const double> counts) { add_image(*recalls, reading, image, counts); },
      [=] { return soa_of(reading, *recalls, mean); });
}

constexpr std::string_view kTiseDetectionsRule =
    "an image in which nothing is detected does not count; a class left without images counts as 0";

}  // namespace

extern const Metric kSoaByClass{
    .key = "SOA-C",
    .summary = "share of mentioned objects that the detector finds in the image, mean over classes",
    .definition =
        "share of a class's captions in whose image the class is found, mean over the classes that captions "
        "mention",
    .tise = kTiseDetectionsRule,
    .aspect = "object accuracy",
    .range = kShare,
    .role = &kDetector,
    .items = {.captions = true, .objects = true},
    .settings = {&kProtocolSetting},
    .compute = [](const Reading& reading) { return soa(reading, Mean::kOverClasses); }};

extern const Metric kSoaByImage{
    .key = "SOA-I",
    .summary =
        "share of mentioned objects that the detector finds in the image, over all pairs of image and class",
    .definition =
        "share of all pairs of caption and mentioned class for which the class is found in the image",
    .tise = kTiseDetectionsRule,
    .aspect = "object accuracy",
    .range = kShare,
    .role = &kDetector,
    .items = {.captions = true, .objects = true},
    .settings = {&kProtocolSetting},
    .compute = [](const Reading& reading) { return soa(reading, Mean::kOverImages); }};

}  // namespace tise::metrics
