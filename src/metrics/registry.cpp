#include "tise/metrics/registry.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tise/base/names.h"
#include "tise/metrics/clip_score.h"
#include "tise/metrics/counting_alignment.h"
#include "tise/metrics/fid.h"
#include "tise/metrics/inception_score.h"
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

constexpr std::array kMetrics{
    Metric{kClipScoreKey, kHigh, {.captions = true, .clip = true}, &clip_score},
    Metric{kRefClipScoreKey, kHigh, {.captions = true, .references = true, .clip = true}, &ref_clip_score},
    Metric{kInceptionScoreKey, kHigh, {.inception = true}, &inception_score},
    Metric{kCalibratedInceptionScoreKey, kHigh, {.inception = true}, &calibrated_inception_score},
    Metric{kFidKey, kLow, {.real = true, .fid = true}, &fid},
    Metric{kObjectInceptionScoreKey, kHigh, {.crops = true}, &object_inception_score},
    Metric{kObjectFidKey, kLow, {.real_objects = true, .crops = true}, &object_fid},
    Metric{kRPrecisionKey, kHigh, {.captions = true, .clip = true}, &r_precision},
    Metric{kSoaByClassKey, kHigh, {.captions = true, .objects = true, .detections = true}, &soa_by_class},
    Metric{kSoaByImageKey, kHigh, {.captions = true, .objects = true, .detections = true}, &soa_by_image},
    Metric{kPositionalAlignmentKey,
           kHigh,
           {.captions = true, .opposites = true, .clip = true},
           &positional_alignment},
    Metric{kCountingAlignmentKey,
           kLow,
           {.captions = true, .objects = true, .counts = true},
           &counting_alignment},
};

}  // namespace

Needs& Needs::operator|=(const Needs& other) {
  for (bool Needs::*need : {&Needs::captions, &Needs::references, &Needs::opposites, &Needs::objects,
                            &Needs::real, &Needs::real_objects, &Needs::clip, &Needs::inception, &Needs::fid,
                            &Needs::detections, &Needs::crops, &Needs::counts}) {
    this->*need = this->*need || other.*need;
  }
  return *this;
}

std::span<const Metric> registry() { return kMetrics; }

const Metric* find_metric(std::string_view key) {
  const auto found = std::find_if(kMetrics.begin(), kMetrics.end(),
                                  [&](const Metric& metric) { return same_ignoring_case(metric.key, key); });
  return found == kMetrics.end() ? nullptr : &*found;
}

std::string metric_keys() {
  std::vector<std::string_view> keys;
  for (const Metric& metric : kMetrics) keys.push_back(metric.key);
  return joined(keys);
}

}  // namespace tise::metrics
