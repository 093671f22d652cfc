// Object-centric Inception Score (O-IS), Dinh et al., "TISE", ECCV 2022, section 3.5; O-IS of the TISE
// toolbox.
//
// IS* (inception_score.cpp) over crops of the objects that the detector finds with a score at or above the
// threshold, with a temperature of its own:
//
//     O-IS = exp(mean KL(p(y|crop) ‖ p(y))),   p(y|crop) = softmax(logits / T)
//
// The crops follow their images' order and, within an image, their falling score; that order is permuted and
// cut into splits as the images' is. Objects without a pixel have no crop (`empty`). Crops of an image are
// one sample of the standard error.
//
// TISE's code (Protocol::kTise) doesn't permute, and cuts the first crops into splits of n/10 each.
//
// Departures: TISE's crops are detectron2's.

#include "tise/metrics/object_inception_score.h"

#include "tise/metrics/inception_score.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {

Result object_inception_score(const Samples& samples, const Reference*, const Settings& settings) {
  const std::vector<std::size_t> images = images_for(samples, kObjectInceptionScoreKey);
  if (images.empty()) return Result::undefined("no images");
  if (!samples.crops) return Result::undefined("no crops of objects");
  if (!settings.object_temperature) {
    return Result::undefined(
        "no temperature: the card of the crops' classifier has none; give --object-temperature");
  }
  const std::vector<std::size_t> first = first_places(samples.crops_of_image, images);
  const Cut cut = settings.protocol == Protocol::kTise ? Cut::kEqual : Cut::kPermuted;
  const MetricRows logits{kObjectInceptionScoreKey, "crop", images,
                          object_blocks(samples.crops, images, first, &ObjectRows::logits), first.back()};
  Result result = inception_score_of(samples, logits, cut, *settings.object_temperature, settings);
  if (!result.value) return result;
  result.details["temperature"] = *settings.object_temperature;
  result.details["images"] = images.size();
  result.details["empty"] = empty_objects(samples, images);
  return result;
}

}  // namespace tise::metrics
