// Object-centric Inception Score (O-IS), Dinh et al., "TISE", ECCV 2022, section 3.5; O-IS of the TISE
// toolbox.
//
// IS* (inception_score.cpp) of crops of the objects that the detector finds with a score at or above the
// threshold, with its own temperature:
//
//     O-IS = exp(mean KL(p(y|crop) ‖ p(y))),   p(y|crop) = softmax(logits / T)
//
// The crops are in the order of their images and, within an image, of falling score. They are permuted and
// cut into splits like IS's images. Objects that cover no pixel have no crop (`empty`). For the standard
// error, the crops of an image are one sample.
//
// TISE's code (Protocol::kTise) doesn't permute. It cuts the first crops into splits of n/10 each and drops
// the rest (`dropped`).
//
// Departures: TISE's crops come from detectron2.

#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

Step object_inception_score(const Reading& reading) {
  const Settings& settings = reading.settings;
  if (images_for(reading.samples, reading.metric).empty()) return Result::undefined("no images");
  if (!settings.object_temperature) {
    return Result::undefined(
        "no temperature: the card of the crops' classifier has none; pass --object-temperature");
  }
  const Cut cut = settings.protocol == Protocol::kTise ? Cut::kEqual : Cut::kPermuted;
  return when_done(inception_score(reading, cut, *settings.object_temperature), [reading](Result result) {
    if (!result.value) return result;
    result.details["temperature"] = *reading.settings.object_temperature;
    put_crops(result, reading);
    return result;
  });
}

}  // namespace

extern const Metric kObjectInceptionScore{
    .key = "O-IS",
    .summary = "IS* of crops of the objects detected in the images",
    .definition = "as IS*, with crops of the detected objects",
    .tise = "splits of n/S crops in order; the rest is dropped",
    .aspect = "object fidelity",
    .range = {.lowest = 1.0},
    .role = &kCropClassifier,
    .column = "logits",
    .order = {kSplits},
    .std_over = "splits",
    .settings = {&kProtocolSetting, &kSplitsSetting, &kSeedSetting, &kObjectTemperatureSetting},
    .compute = &object_inception_score};

}  // namespace tise::metrics
