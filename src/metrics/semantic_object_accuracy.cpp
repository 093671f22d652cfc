// Semantic Object Accuracy (SOA), Hinz, Heinrich, Wermter, "Semantic Object Accuracy for Generative
// Text-to-Image Synthesis", PAMI 2020, section 4; also of the TISE toolbox.
//
// For each class c, of the N_c pairs whose caption mentions c, k_c have a c detected in their image:
//
//     SOA-C = 1/|C| · Σ_c k_c / N_c          over the classes that some caption mentions
//     SOA-I = Σ_c k_c / Σ_c N_c
//
// A class that no caption mentions is left out of C. The details give each class; where the detector knows 80
// (COCO), also both values over the 40 rarest (`bottom40`) and over the other 40 (`top40`), by N_c; of equals
// the first label is rarer, as in calculate_soa.py of the paper's repository.
//
// An image in which nothing is detected is a miss. TISE's code (Protocol::kTise) leaves it out of N_c; a
// class of which no image is left then counts 0 in SOA-C.

#include "tise/metrics/semantic_object_accuracy.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "tise/metrics/class_counts.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kCocoClasses = 80;

struct Recall {
  bool mentioned = false;  ///< by any caption
  std::size_t found = 0;   ///< k_c
  std::size_t count = 0;   ///< N_c
  double value() const { return count == 0 ? 0.0 : static_cast<double>(found) / static_cast<double>(count); }
};

/// Recalls of all classes, and each pair's share of found classes.
struct Recalls {
  std::vector<Recall> of_class;
  std::vector<std::optional<double>> scores;
  std::size_t left_out = 0;  ///< pairs in whose image nothing is detected, where those don't count
};

using Mean = std::optional<double> (*)(const std::vector<Recall>&, std::span<const std::size_t>);

std::optional<double> mean_over_classes(const std::vector<Recall>& recalls,
                                        std::span<const std::size_t> classes) {
  double sum = 0.0;
  std::size_t count = 0;
  for (const std::size_t index : classes) {
    if (!recalls[index].mentioned) continue;
    sum += recalls[index].value();
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

std::optional<double> mean_over_images(const std::vector<Recall>& recalls,
                                       std::span<const std::size_t> classes) {
  Recall all;
  for (const std::size_t index : classes) {
    all.found += recalls[index].found;
    all.count += recalls[index].count;
  }
  if (all.count == 0) return std::nullopt;
  return all.value();
}

double share_found(const SamplePair& pair, std::span<const double> counts, std::vector<Recall>& recalls) {
  std::size_t found = 0;
  for (const std::size_t index : pair.objects) {
    ++recalls[index].count;
    if (counts[index] == 0.0) continue;
    ++recalls[index].found;
    ++found;
  }
  return static_cast<double>(found) / static_cast<double>(pair.objects.size());
}

Recalls recalls_of(const Samples& samples, const std::vector<std::size_t>& pairs, Protocol protocol) {
  Recalls recalls{std::vector<Recall>(samples.classes.size()),
                  std::vector<std::optional<double>>(samples.pairs.size())};
  for (const std::size_t pair : pairs) {
    for (const std::size_t index : samples.pairs[pair].objects) recalls.of_class[index].mentioned = true;
  }
  const auto by_image = pairs_by_image(samples, pairs);
  visit_detected_counts(samples, images_of(samples, pairs),
                        [&](std::size_t image, std::span<const double> counts) {
                          if (protocol == Protocol::kTise && samples.detections_of_image[image] == 0) {
                            recalls.left_out += by_image[image].size();
                            return;
                          }
                          for (const std::size_t pair : by_image[image]) {
                            recalls.scores[pair] = share_found(samples.pairs[pair], counts, recalls.of_class);
                          }
                        });
  return recalls;
}

/// The classes by N_c, rarest first.
std::vector<std::size_t> classes_by_frequency(const std::vector<Recall>& recalls) {
  std::vector<std::size_t> classes(recalls.size());
  std::iota(classes.begin(), classes.end(), std::size_t{0});
  std::stable_sort(classes.begin(), classes.end(),
                   [&](std::size_t a, std::size_t b) { return recalls[a].count < recalls[b].count; });
  return classes;
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
    const std::optional<double> value = mean(recalls, half);
    result.details[name] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  };
  put("top40", by_frequency.last(kCocoClasses / 2));
  put("bottom40", by_frequency.first(kCocoClasses / 2));
}

Result soa(const Samples& samples, std::string_view key, const Settings& settings, Mean mean) {
  std::vector<std::size_t> pairs = pairs_for(samples, key);
  if (pairs.empty()) return Result::undefined("no pairs");
  std::erase_if(pairs, [&](std::size_t pair) { return samples.pairs[pair].objects.empty(); });
  if (pairs.empty()) return Result::undefined("no caption mentions a class that the detector knows");
  if (!samples.detections) return Result::undefined("no detections");

  Recalls recalls = recalls_of(samples, pairs, settings.protocol);
  if (recalls.left_out == pairs.size()) return Result::undefined("nothing is detected in any image");
  std::vector<std::size_t> all(recalls.of_class.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Result result = Result::of(*mean(recalls.of_class, all), pairs.size() - recalls.left_out);
  result.pair_scores = std::move(recalls.scores);
  if (settings.protocol == Protocol::kTise) result.details["left_out"] = recalls.left_out;
  write_details(result, samples, recalls.of_class, mean);
  return result;
}

}  // namespace

Result soa_by_class(const Samples& samples, const Reference*, const Settings& settings) {
  return soa(samples, kSoaByClassKey, settings, &mean_over_classes);
}

Result soa_by_image(const Samples& samples, const Reference*, const Settings& settings) {
  return soa(samples, kSoaByImageKey, settings, &mean_over_images);
}

}  // namespace tise::metrics
