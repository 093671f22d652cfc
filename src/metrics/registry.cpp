#include "tise/metrics/registry.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/clip_score.h"
#include "tise/metrics/counting_alignment.h"
#include "tise/metrics/fid.h"
#include "tise/metrics/inception_score.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/object_fid.h"
#include "tise/metrics/object_inception_score.h"
#include "tise/metrics/positional_alignment.h"
#include "tise/metrics/r_precision.h"
#include "tise/metrics/ref_clip_score.h"
#include "tise/metrics/semantic_object_accuracy.h"

namespace tise::metrics {
namespace {

constexpr bool kHigh = true;
constexpr bool kLow = false;
constexpr Range kScore{.lowest = 1.0};
constexpr Range kDistance{};
/// Of cosines: of 2.5 · cos, and of its harmonic mean with another one.
constexpr Range kClipScore{0.0, kClipScoreWeight};
constexpr Range kRefClipScore{0.0, 2.0 * kClipScoreWeight / (kClipScoreWeight + 1.0)};

constexpr std::array kMetrics{
    Metric{kClipScoreKey,
           "2.5·max(cos(image, prompt + caption), 0), mean over pairs",
           kHigh,
           kClipScore,
           {.captions = true, .clip = true},
           &clip_score},
    Metric{kRefClipScoreKey,
           "harmonic mean of CLIP-S and the best cosine of caption and references",
           kHigh,
           kRefClipScore,
           {.captions = true, .references = true, .clip = true},
           &ref_clip_score},
    Metric{kInceptionScoreKey,
           "Inception score: exp(mean KL(p(y|x) ‖ p(y))), mean over splits",
           kHigh,
           kScore,
           {.inception = true},
           &inception_score},
    Metric{kCalibratedInceptionScoreKey,
           "IS of softmax(logits / T), T from the card or --temperature",
           kHigh,
           kScore,
           {.inception = true},
           &calibrated_inception_score},
    Metric{kFidKey,
           "Fréchet distance of the Inception features to those of --real",
           kLow,
           kDistance,
           {.real = true, .fid = true},
           &fid},
    Metric{kObjectInceptionScoreKey,
           "IS* of crops of the objects that the detector finds",
           kHigh,
           kScore,
           {.crops = true},
           &object_inception_score},
    Metric{kObjectFidKey,
           "FID between such crops of the images and of --real",
           kLow,
           kDistance,
           {.real_objects = true, .crops = true},
           &object_fid},
    Metric{kRPrecisionKey,
           "how often an image's own caption ranks first among it and 99 others",
           kHigh,
           kShare,
           {.captions = true, .clip = true},
           &r_precision},
    Metric{kSoaByClassKey,
           "share of the objects that captions mention which are found, mean over classes",
           kHigh,
           kShare,
           {.captions = true, .objects = true, .detections = true},
           &soa_by_class},
    Metric{kSoaByImageKey,
           "the same, mean over pairs of image and class",
           kHigh,
           kShare,
           {.captions = true, .objects = true, .detections = true},
           &soa_by_image},
    Metric{kPositionalAlignmentKey,
           "how often an image prefers its caption to the one with the opposite position",
           kHigh,
           kShare,
           {.captions = true, .opposites = true, .clip = true},
           &positional_alignment},
    Metric{kCountingAlignmentKey,
           "how far numbers of objects are from those that captions ask for",
           kLow,
           kDistance,
           {.captions = true, .objects = true, .counts = true},
           &counting_alignment},
};

std::vector<std::string_view> keys() {
  std::vector<std::string_view> keys;
  for (const Metric& metric : kMetrics) keys.push_back(metric.key);
  return keys;
}

}  // namespace

Needs& Needs::operator|=(const Needs& other) {
  for (bool Needs::*need : {&Needs::captions, &Needs::references, &Needs::opposites, &Needs::objects,
                            &Needs::real, &Needs::real_objects, &Needs::clip, &Needs::inception, &Needs::fid,
                            &Needs::detections, &Needs::crops, &Needs::counts}) {
    this->*need = this->*need || other.*need;
  }
  return *this;
}

Result Metric::compute(const Samples& samples, const Reference* real, const Settings& settings) const {
  Result result = score(samples, real, settings);
  if (result.value) add_standard_error(result, samples, range, settings.prompts);
  return result;
}

std::span<const Metric> registry() { return kMetrics; }

const Metric* find_metric(std::string_view key) {
  const auto found = std::find_if(kMetrics.begin(), kMetrics.end(),
                                  [&](const Metric& metric) { return same_ignoring_case(metric.key, key); });
  return found == kMetrics.end() ? nullptr : &*found;
}

const Metric& metric_named(std::string_view flag, std::string_view key) {
  const Metric* metric = find_metric(key);
  if (metric != nullptr) return *metric;
  throw UsageError(
      concat(flag, ": no metric \"", key, "\"", did_you_mean(key, keys()), "; there are ", metric_keys()));
}

std::string why_impossible(std::string_view key, double value, bool may_be_percentage) {
  constexpr double kRounding = 1e-3;  // a FID of equal sets, summed in float32, may be -0.00008
  constexpr double kHundred = 100.0;
  const Metric* metric = find_metric(key);
  if (metric == nullptr) return "";
  Range range = metric->range;
  const bool is_share = may_be_percentage && range == kShare;
  if (is_share) range.highest = kHundred;
  if (Range{range.lowest - kRounding, range.highest + kRounding}.holds(value)) return "";
  return concat("is ", value, ", but ", metric->key, " is ", metric->range.words(),
                is_share ? ", or to 100 as a percentage" : "");
}

bool asked_for(const std::vector<std::string>& metrics, std::string_view key) {
  return metrics.empty() || std::find(metrics.begin(), metrics.end(), key) != metrics.end();
}

std::string metric_keys() { return joined(keys()); }

}  // namespace tise::metrics
